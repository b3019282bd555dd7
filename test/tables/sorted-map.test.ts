import fc from 'fast-check'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import { openSortedFile, writeSortedFile } from '../../src-main/tables/sorted-file.ts'
import { createSortedMap } from '../../src-main/tables/sorted-map.ts'
import { groupsOf } from '../../src-main/tables/sorted-groups.ts'
import { createSortedRun } from '../../src-main/tables/sorted-run.ts'
import { spoolsIn } from '../../src-main/tables/spool.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-sorted-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const ordered = (entries: Iterable<readonly [string, string]>) =>
  [...entries].toSorted(([a], [b]) => compareKeys(a, b))

describe('a sorted map', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'ÿ', 'Ā', '\ud800', '\uffee', '\n', '😀'),
    maxLength: 5,
  })
  const key = fc.oneof(
    fc.nat({ max: 300 }).map((number) => `site/${number % 7}/page-${number}`),
    text,
  )
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('set' as const), key, text) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key, fc.constant('')) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('drop' as const), key, fc.constant('')) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('mark' as const), key, fc.constant('')) },
  )

  test('does as a Map does, on top of a file and with all but a few entries written down again and again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(key, text, { maxKeys: 200, noNullPrototype: true }),
        fc.array(step, { minLength: 20, maxLength: 700, size: 'max' }),
        async (begin, steps) => {
          const path = join(directory, 'begin.sorted')
          const plain = new Map(Object.entries(begin))
          expect(await writeSortedFile(path, ordered(plain), null)).toBe(true)
          const file = openSortedFile(path)
          const map = createSortedMap(spoolsIn(directory), file?.run, { memoryBytes: 1500 })
          const marked = new Set<string>()
          for (const [what, at, value] of steps) {
            if (what === 'set') {
              map.set(at, value)
              plain.set(at, value)
              marked.add(at)
            } else if (what === 'delete') {
              expect(map.delete(at)).toBe(plain.delete(at))
              marked.delete(at)
            } else if (what === 'drop') {
              map.drop(at)
              plain.delete(at)
              marked.delete(at)
            } else {
              map.mark(at)
              if (plain.has(at)) marked.add(at)
            }
          }
          for (const [, at] of steps) expect(map.get(at)).toBe(plain.get(at))
          expect([...map]).toEqual(ordered(plain))
          expect(map.size).toBe(plain.size)
          expect(new Set(map.unmarked())).toEqual(
            new Set([...plain.keys()].filter((one) => !marked.has(one))),
          )
          for (const one of map.unmarked()) map.delete(one)
          expect(new Set([...map].map(([one]) => one))).toEqual(marked)
          map.unmark()
          expect([...map.unmarked()]).toHaveLength(marked.size)
          map.rebase(null)
          file?.release()
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe('what is in a sorted map', () => {
  test('is there whole for whoever goes through it, also when it is written down meanwhile', () => {
    const map = createSortedMap(spoolsIn(directory), null, { memoryBytes: 4000 })
    for (let index = 0; index < 60; index++) map.set(`key-${index + 100}`, `value ${index}`)
    const seen: string[] = []
    for (const [key] of map) {
      seen.push(key)
      map.set(`later-${seen.length}`, 'x'.repeat(200))
    }
    expect(seen.filter((key) => key.startsWith('key-'))).toHaveLength(60)
  })

  test('is not there again once its bytes were not to be read', () => {
    const groups = [...groupsOf([['a', '1']])].map(({ bytes, count, firstKey }) => ({
      bytes: Buffer.from(bytes),
      place: { at: 0, sizeBytes: bytes.byteLength, count, firstKey },
    }))
    let reads = 0
    const run = createSortedRun({
      groups: groups.map(({ place }) => place),
      lastKey: 'a',
      read: (index) => (reads++ === 0 ? null : (groups[index]?.bytes ?? null)),
      cachedGroups: 1,
    })
    expect([...run.entries()]).toEqual([])
    expect(run.locate('a')).toBe(-1)
    expect([...run.entries()]).toEqual([])
    expect(run.isDamaged).toBe(true)
  })
})
