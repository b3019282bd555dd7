import { describe, expect, test } from 'vitest'
import { chooseChangedKeys, isFont } from '../../src-main/receipt/receipt-urls.ts'
import type { RowDone } from '../../src-main/sync/applied-sync.ts'
import type { PlannedSync } from '../../src-main/sync/plan-facts.ts'
import type { RowFacts } from '../../src-main/sync/row-facts.ts'
import { createRowCollector } from '../../src-main/sync/plan-rows.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'

function row(key: string, action: SyncRow['action'] = 'upload'): SyncRow {
  return { key, path: key, action, reason: 'new', bytes: 1, headers: [] }
}

const done: RowDone = { eTag: null, sizeBytes: 1, atMs: 0 }

/** An applied plan of these rows, of which `failed` were not done. */
function applied(rows: SyncRow[], failed: readonly SyncRow[] = [], visibility?: RowFacts['visibility']) {
  const collector = createRowCollector({
    prefix: '',
    headers: () => ({ contentType: 'text/x-sent' }),
    visibility: () => visibility ?? 'public',
    pathOf: (path) => path,
  })
  for (const each of rows) collector.add(each, { path: each.path, identity: null, md5: null, eTag: null })
  const facts = { options: { visibility: 'public' } }
  return {
    planned: { rows: collector.seal(), facts } as unknown as PlannedSync,
    done: new Map(rows.filter((each) => !failed.includes(each)).map(({ key }) => [key, done])),
  }
}

const many = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => row(name(index)))

describe('what a receipt asks for', () => {
  test('a row of which a rule says otherwise than the destination is judged by the rule', () => {
    const expected = (visibility?: RowFacts['visibility']) =>
      chooseChangedKeys(applied([row('a.css')], [], visibility)).chosen[0]?.visibility
    expect([expected(), expected('public'), expected('private')]).toEqual([null, null, 'private'])
  })

  test('pages and manifests, then styles and scripts, fonts, the rest', () => {
    const rows = ['a.png', 'b.woff2', 'c.css', 'd.html', 'staticfiles.json', 'e.mjs', 'f.ttf'].map((key) =>
      row(key),
    )
    expect(chooseChangedKeys(applied(rows)).chosen.map(({ key }) => key)).toEqual([
      'd.html',
      'staticfiles.json',
      'c.css',
      'e.mjs',
      'b.woff2',
      'f.ttf',
      'a.png',
    ])
  })

  test('only what was really done, and nothing that stayed as it was', () => {
    const failed = row('failed.css')
    const rows = [row('a.css'), failed, row('old.css', 'delete'), row('same.css', 'skip')]
    const { chosen, leftOut } = chooseChangedKeys({
      ...applied(rows, [failed]),
    })
    expect(chosen.map(({ key, action, headers }) => [key, action, headers])).toEqual([
      ['a.css', 'upload', { contentType: 'text/x-sent' }],
      // Of a removed key no header is expected.
      ['old.css', 'delete', {}],
    ])
    expect(leftOut).toBe(0)
  })

  test('at most 200, of every kind some, and it says how many were left out', () => {
    const rows = [
      ...many(300, (index) => `page-${index}.html`),
      ...many(10, (index) => `style-${index}.css`),
      ...many(40, (index) => `font-${index}.woff2`),
      ...many(300, (index) => `picture-${index}.png`),
    ]
    const { chosen, leftOut } = chooseChangedKeys(applied(rows))
    const count = (pattern: RegExp) => chosen.filter(({ key }) => pattern.test(key)).length
    expect(chosen).toHaveLength(200)
    expect(leftOut).toBe(450)
    expect([count(/html/), count(/css/), count(/woff2/), count(/png/)]).toEqual([140, 10, 25, 25])
  })

  test('all of one kind when there is no other', () => {
    const { chosen, leftOut } = chooseChangedKeys(applied(many(201, (index) => `picture-${index}.png`)))
    expect([chosen.length, leftOut]).toEqual([200, 1])
  })

  test('fonts are what browsers want CORS for', () => {
    expect(['a.woff', 'a.WOFF2', 'a.ttf', 'a.otf'].every(isFont)).toBe(true)
    expect(['a.css', 'woff', 'a.svg', 'a.woff2.map'].some(isFont)).toBe(false)
  })
})
