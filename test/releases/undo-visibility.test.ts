import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import { undoRowSchema } from '../../src-preload/contract/undo.ts'
import { hasCeph } from '../sync/sync-fixture.ts'
import { startUndoFixture, type UndoFixture } from './undo-fixture.ts'

const open: HeaderRule[] = [{ glob: '*.css', visibility: 'public' }]
const openAndCached: HeaderRule[] = [{ glob: '*.css', visibility: 'public', cacheControl: 'no-cache' }]

describe.each(['playground', 'ceph'] as const)('undoing what a rule did to who can read, on %s', (server) => {
  if (server === 'ceph' && !hasCeph) {
    test.skip('needs a Ceph RADOS Gateway', () => undefined)
    return
  }
  let fixture: UndoFixture
  beforeEach(async () => {
    fixture = await startUndoFixture(server, 'copies')
  })
  afterEach(() => fixture.close())

  const statusOf = async (key: string) => {
    const answer = await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/${key}`)
    await answer.arrayBuffer()
    return answer.status
  }

  test.each([
    ['alone', open],
    ['together with another header', openAndCached],
  ])('S45 %s: it is shown, and everything is as it was before', async (_, rules) => {
    await fixture.write({ 'a.css': 'a', 'b.txt': 'b' })
    await fixture.sync()
    const { outcome, releaseId } = await fixture.sync({ rules })
    expect(outcome).toMatchObject({ updatedHeaders: 1, failed: [] })
    expect(await statusOf('site/a.css')).toBe(200)
    expect((await fixture.history())[0]).toMatchObject({ undoable: 1, notUndoable: 0 })

    const undo = await fixture.planUndo(releaseId)
    expect(undo.rows.map((row) => undoRowSchema.parse(row))).toEqual([
      expect.objectContaining({ key: 'site/a.css', action: 'restore-headers' }),
    ])
    expect(undo.rows[0]?.headers).toContainEqual({ header: 'Visibility', from: 'public', to: 'private' })
    expect(await fixture.applyUndo(undo)).toMatchObject({ headersRestored: 1, failed: [], undone: 'whole' })
    expect(await statusOf('site/a.css')).toBe(403)
    expect((await fixture.head('site/a.css'))?.cacheControl).toBe('max-age=86400')
    expect((await fixture.planAgain()).counts).toMatchObject({ upload: 0, updateHeaders: 0, delete: 0 })
  })
})
