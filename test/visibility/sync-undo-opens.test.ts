import { afterEach, expect, test } from 'vitest'
import { whatSyncUndoOpens } from '../../src-main/visibility/sync-undo-opens.ts'
import type { UndoRow } from '../../src-preload/contract/undo.ts'
import { b2, type ProviderDouble, startProvider } from '../backend/provider-double.ts'
import { testSession } from '../s3/scripted-server.ts'

let provider: ProviderDouble
afterEach(() => provider.server.close())

test('S44 on B2 what comes back to a public bucket is named, and what only gets its old content back is not', async () => {
  provider = await startProvider('website', b2)
  const session = testSession(provider.server.endpoint)
  const row = (key: string): UndoRow => ({ key, action: 'restore', reason: 'deleted', bytes: 1, headers: [] })
  const [back, over] = [row('back.html'), row('over.html')]
  const copy = { acl: { acl: 'private', ownerId: null, grants: [] } } as never
  const planned = {
    rows: [back, over],
    steps: new Map([
      [back, { do: 'restore-copy', copy, replaces: null } as const],
      [over, { do: 'restore-copy', copy, replaces: '"e"' } as const],
    ]),
    record: { head: { bucket: 'website', acl: null } } as never,
  }
  const opens = () => whatSyncUndoOpens(session, planned, { provider: 'b2' })
  try {
    expect(await opens()).toEqual([])
    provider.isPublic = true
    expect(await opens()).toEqual(['back.html'])
  } finally {
    session.destroy()
  }
})
