import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { changes, hasCeph, startSyncFixture, type SyncFixture } from './sync-fixture.ts'

const openAssets: HeaderRule[] = [{ glob: 'assets/', visibility: 'public' }]
const closedDrafts: HeaderRule[] = [{ glob: 'drafts/', visibility: 'private' }]

let fixture: SyncFixture
let indexDirectory: string
beforeEach(async () => {
  indexDirectory = await mkdtemp(join(tmpdir(), 'pail-visibility-'))
})
afterEach(async () => {
  await fixture.close()
  await rm(indexDirectory, { recursive: true, force: true })
})

const plan = (options: Partial<SyncOptions> = {}) => fixture.plan(options, { indexDirectory })

/** What anybody gets. */
async function statusOf(key: string): Promise<number> {
  const answer = await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/${key}`)
  await answer.arrayBuffer()
  return answer.status
}

describe.each(['playground', 'ceph'] as const)('who can read what rules speak of, on %s', (server) => {
  if (server === 'ceph' && !hasCeph) {
    test.skip('needs a Ceph RADOS Gateway', () => undefined)
    return
  }
  beforeEach(async () => {
    fixture = await startSyncFixture({ server, access: 'per-object' })
  })

  test('S44 uploads are public where a rule says so, which is told by name and number; private elsewhere', async () => {
    await fixture.write({ 'assets/a.css': 'a', 'assets/b.css': 'b', 'notes.txt': 'n' })
    const planned = await plan({ rules: openAssets })
    expect(planned.warnings).toEqual([
      '2 objects will be readable by everybody, because a rule says public: assets/a.css, assets/b.css.',
    ])
    await fixture.apply(planned)
    expect([await statusOf('assets/a.css'), await statusOf('notes.txt')]).toEqual([200, 403])

    await fixture.write({ 'drafts/d.html': 'd', 'index.html': 'i' })
    const open = await plan({ visibility: 'public', rules: closedDrafts })
    await fixture.apply(open)
    expect([await statusOf('index.html'), await statusOf('drafts/d.html')]).toEqual([200, 403])
  })

  test('compressed copies can be read by whom their file can be read', async () => {
    await fixture.write({ 'assets/a.css': 'a {}\n'.repeat(500), 'b.css': 'b {}\n'.repeat(500) })
    await fixture.apply(await plan({ rules: [...openAssets, { glob: '*', precompress: 'siblings' }] }))
    expect([await statusOf('assets/a.css.gz'), await statusOf('b.css.gz')]).toEqual([200, 403])
  })
})

describe('a bucket that takes no ACLs', () => {
  beforeEach(async () => {
    fixture = await startSyncFixture({ access: 'private' })
  })

  test('gets none, whatever rules say, and says what that means', async () => {
    await fixture.write({ 'assets/a.css': 'a', 'b.txt': 'b' })
    const planned = await plan({ rules: openAssets })
    expect(planned.warnings).toEqual([expect.stringMatching(/ACLs disabled/)])
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 2, failed: [] })
    expect(await statusOf('assets/a.css')).toBe(403)
    expect(changes(await plan({ rules: openAssets }))).toEqual([])
  })
})
