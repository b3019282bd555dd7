import { describe, expect, test } from 'vitest'
import { planInvalidation } from '../../src-main/cdn/plan-invalidation.ts'
import type { RowDone } from '../../src-main/sync/applied-sync.ts'
import type { PlannedSync } from '../../src-main/sync/plan-facts.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'

const done: RowDone = { eTag: null, sizeBytes: null, atMs: 0 }

function row(key: string, action: SyncRow['action'], reason: SyncRow['reason']): SyncRow {
  return { key, path: key, action, reason, bytes: 1, headers: [] }
}

const planOf = (rows: SyncRow[], prefix = '') => ({ rows, facts: { prefix } }) as unknown as PlannedSync

const rows = [
  row('static/new.css', 'upload', 'new'),
  row('static/changed.css', 'upload', 'content-differs'),
  row('static/maybe.css', 'upload', 'unverified'),
  row('static/headers.css', 'update-headers', 'header-differs'),
  row('static/gone.css', 'delete', 'remote-only'),
  row('static/same.css', 'skip', 'same'),
  row('static/theirs.css', 'foreign', 'not-ours'),
]

describe('what caches have to forget', () => {
  test('what was changed or removed, not what is new and not what stayed', async () => {
    const planned = planOf(rows, 'static/')
    expect(await planInvalidation({ planned, done: null }, false)).toEqual({
      paths: ['/static/changed.css', '/static/gone.css', '/static/headers.css', '/static/maybe.css'],
      wildcards: 0,
      changed: 4,
      unrelated: 0,
    })
  })

  test('after the sync only what was really done', async () => {
    const planned = planOf(rows, 'static/')
    const some = new Map([['static/changed.css', done]])
    expect((await planInvalidation({ planned, done: some }, false)).paths).toEqual(['/static/changed.css'])
    expect(await planInvalidation({ planned, done: new Map() }, false)).toMatchObject({
      paths: [],
      changed: 0,
    })
  })

  test('below the origin path the prefix is not part of the path', async () => {
    const planned = planOf([row('static/index.html', 'upload', 'content-differs')], 'static/')
    expect((await planInvalidation({ planned, done: null }, true)).paths).toEqual(['/', '/index.html'])
    expect((await planInvalidation({ planned, done: null }, false)).paths).toEqual([
      '/static/',
      '/static/index.html',
    ])
  })

  test('says how many files go that did not change', async () => {
    const many = Array.from({ length: 30 }, (_, index) => row(`js/${index}.js`, 'upload', 'size-differs'))
    // Every beginning of the changed names is also one of these.
    const others = Array.from({ length: 10 }, (_, index) => row(`js/${index}-same.js`, 'skip', 'same'))
    const planned = planOf([...many, ...others, row('index.html', 'skip', 'same')])
    const { paths, wildcards, changed, unrelated } = await planInvalidation({ planned, done: null }, false)
    expect(changed).toBe(30)
    expect(paths.length).toBeLessThanOrEqual(15)
    expect(wildcards).toBe(paths.filter((path) => path.endsWith('*')).length)
    expect(unrelated).toBeGreaterThan(0)
    expect(unrelated).toBeLessThan(10)
  })
})
