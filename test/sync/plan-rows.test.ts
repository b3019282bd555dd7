import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import type { RowFacts } from '../../src-main/sync/row-facts.ts'
import type { KeptFacts } from '../../src-main/sync/kept-row.ts'
import { createRowCollector } from '../../src-main/sync/plan-rows.ts'
import { stageOf } from '../../src-main/sync/publish-order.ts'
import { type SyncRow, syncActionSchema, syncReasonSchema } from '../../src-preload/contract/sync-plan.ts'

const order = ['upload', 'update-headers', 'delete', 'blocked', 'foreign', 'skip']
const prefix = 'site/'

function collect() {
  return createRowCollector({
    prefix,
    headers: ({ path, sentAs }) => ({
      contentType: `of ${path}`,
      contentDisposition: sentAs?.coding ?? 'as is',
    }),
    visibility: ({ path }) => (path.includes('p') ? 'public' : 'private'),
    pathOf: (path) => `/folder/${path}`,
  })
}

const name = fc
  .array(fc.constantFrom('a', 'p', 'é', 'e\u0301', '日', '😀', '"', '/', '.css', '.html', '-0123abcd.'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''))
const quoted = (text: string) => `"${text} "`
const bigint = fc.bigInt({ min: 0n, max: 2n ** 63n })

/** A row with what is kept of it, and what is expected to come back. */
const added = fc
  .record({
    name,
    hasPath: fc.boolean(),
    otherPath: fc.boolean(),
    action: fc.constantFrom(...syncActionSchema.options),
    reason: fc.constantFrom(...syncReasonSchema.options),
    bytes: fc.nat(),
    headers: fc.array(fc.record({ header: name, from: fc.option(name), to: fc.option(name) }), {
      maxLength: 2,
    }),
    sentAs: fc.option(fc.record({ coding: fc.constantFrom('gzip', 'br'), sibling: fc.boolean() })),
    eTag: fc.option(fc.oneof(name, name.map(quoted), fc.constant('"0123456789abcdef-2"'), fc.constant(''))),
    md5: fc.option(fc.oneof(name, fc.constant('0123456789abcdef0123456789abcdef'))),
    isWhole: fc.boolean(),
    isOpen: fc.boolean(),
    aclChange: fc.option(
      fc.constant({ from: 'public', to: 'private', only: true } as NonNullable<RowFacts['aclChange']>),
    ),
    identity: fc.record({ dev: bigint, ino: bigint, sizeBytes: fc.nat(), mtimeNs: bigint, ctimeNs: bigint }),
  })
  .map(({ name: own, hasPath, otherPath, sentAs, eTag, md5, isOpen, aclChange, isWhole, ...rest }) => {
    // Of a row with a file both say the same; a compressed one may differ.
    const identity = isWhole ? { ...rest.identity, sizeBytes: rest.bytes } : rest.identity
    const path = hasPath ? (otherPath ? own.normalize('NFC') : own) : null
    const row: SyncRow = {
      key: prefix + own,
      path,
      action: rest.action,
      reason: rest.reason,
      bytes: rest.bytes,
      headers: rest.headers,
      ...(sentAs === null ? {} : { sentAs: sentAs as NonNullable<SyncRow['sentAs']> }),
    }
    const facts: KeptFacts | null =
      row.action === 'blocked'
        ? null
        : {
            path: path === null ? null : otherPath ? `/folder/${own}` : `/folder/${path}`,
            identity: path === null ? null : identity,
            md5,
            eTag,
            ...(aclChange === null ? (isOpen ? { isOpen } : {}) : { aclChange }),
          }
    return { row, facts }
  })

test('rows come back as they were, in their order, with what applying them takes', () => {
  fc.assert(
    fc.property(fc.array(added, { maxLength: 200, size: 'max' }), (all) => {
      const collector = collect()
      for (const { row, facts } of all) collector.add(row, facts)
      const rows = collector.seal()
      // The sort is stable: what has the same key comes as it was added.
      const expected = all.toSorted(
        (a, b) =>
          order.indexOf(a.row.action) - order.indexOf(b.row.action) || compareKeys(a.row.key, b.row.key),
      )
      const plain = expected.map(({ row }) => row)
      expect([...rows]).toEqual(plain)
      expect(rows.length).toBe(all.length)
      expect(rows.slice(3, 9)).toEqual(plain.slice(3, 9))
      expect([rows.at(-1), rows.at(all.length)]).toEqual([undefined, undefined])
      expect(plain.map((_, index) => rows.key(index))).toEqual(plain.map(({ key }) => key))
      for (const [index, { row, facts }] of expected.entries()) {
        const found = rows.planned(index)
        if (facts === null) expect(found).toBeNull()
        else {
          const acts = order.indexOf(row.action) < 3
          expect(found?.row).toEqual(row)
          expect(found?.facts.path).toEqual(facts.path)
          expect(found?.facts.headers).toEqual(
            row.path === null
              ? {}
              : { contentType: `of ${row.path}`, contentDisposition: row.sentAs?.coding ?? 'as is' },
          )
          // What stays needs no more.
          if (acts) expect(found?.facts).toMatchObject(facts)
        }
      }
      const wanted = plain.filter(
        (row) => row.action === 'upload' && stageOf(row) === 2 && row.sentAs?.sibling !== true,
      )
      expect([...rows.each({ actions: ['upload'], stage: 2, copies: false })].map(({ row }) => row)).toEqual(
        wanted,
      )
      expect([...rows.keys({ actions: ['upload'], isPublic: true })]).toEqual(
        plain.filter(({ action, path }) => action === 'upload' && path?.includes('p')).map(({ key }) => key),
      )
      expect([...rows.keys({ actions: ['skip', 'foreign'], reason: 'excluded' })]).toEqual(
        plain
          .filter(({ action, reason }) => ['skip', 'foreign'].includes(action) && reason === 'excluded')
          .map(({ key }) => key),
      )
      expect([...rows.paths('upload', 'skip')]).toEqual(
        plain.flatMap(({ action, path }) =>
          ['upload', 'skip'].includes(action) && path !== null ? [path] : [],
        ),
      )
      expect(rows.slice(...rows.range('upload', 'delete'))).toEqual(
        plain.filter(({ action }) => ['upload', 'update-headers', 'delete'].includes(action)),
      )
      expect(rows.count('skip', 'delete')).toBe(
        plain.filter(({ action }) => ['skip', 'delete'].includes(action)).length,
      )
    }),
    { numRuns: 25 },
  )
})

test('rows of new files can be taken back, and no others', () => {
  const collector = collect()
  const facts: KeptFacts = { path: '/folder/a', identity: null, md5: null, eTag: null }
  const row = (own: string, reason: SyncRow['reason'], action: SyncRow['action'] = 'upload'): SyncRow => ({
    key: prefix + own,
    path: own,
    action,
    reason,
    bytes: 1,
    headers: [],
  })
  collector.add(row('b', 'new'), facts)
  collector.add(row('a', 'new'), facts)
  collector.add(row('c', 'size-differs'), facts)
  collector.add(row('b', 'same', 'skip'), facts)
  const taken = [...collector.takeNew((key) => key !== 'site/a')]
  expect(taken.map((one) => [one.row.key, one.facts.path])).toEqual([['site/b', '/folder/a']])
  expect(collector.seal().map(({ key, action }) => `${action} ${key}`)).toEqual([
    'upload site/a',
    'upload site/c',
    'skip site/b',
  ])
})
