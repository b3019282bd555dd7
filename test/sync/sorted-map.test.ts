import fc from 'fast-check'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import { openIndexMap } from '../../src-main/sync/index-map.ts'
import { openSortedFile, writeSortedFile } from '../../src-main/sync/sorted-file.ts'
import { createSortedMap } from '../../src-main/sync/sorted-map.ts'
import { groupsOf } from '../../src-main/sync/sorted-groups.ts'
import { createSortedRun } from '../../src-main/sync/sorted-run.ts'
import { spoolsIn } from '../../src-main/sync/spool.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-sorted-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const ordered = (entries: Iterable<readonly [string, string]>) =>
  [...entries].toSorted(([a], [b]) => compareKeys(a, b))

/** Some 3 MB: a hundred groups. */
const many = Array.from(
  { length: 20_000 },
  (_, at) => [`section-${at % 90}/page ä-${at}`, `value ${at}`.padEnd(120)] as const,
)

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

describe('an index', () => {
  const open = () => openIndexMap(directory, 'files', ['/site'])
  const pathOf = async () =>
    join(directory, (await readdir(directory)).find((name) => name.endsWith('.sorted')) ?? '')

  test('has what was saved, also when that is much, and takes the place of what earlier versions had', async () => {
    const first = open()
    for (const [key, value] of many) first.entries.set(key, value)
    expect(await first.save()).toBe(true)
    // What is set afterwards comes on top of the file.
    first.entries.set('more', '1')
    first.entries.delete(many[5]?.[0] ?? '')
    const expected = ordered([...many.filter((_, at) => at !== 5), ['more', '1']])
    expect([...first.entries]).toEqual(expected)
    expect(await first.save()).toBe(true)
    const again = open()
    expect([...again.entries]).toEqual(expected)
    const before = await stat(await pathOf())
    expect(await again.save()).toBe(true)
    expect((await stat(await pathOf())).ino).toBe(before.ino)
    expect(await readdir(directory)).toHaveLength(1)
  })

  test('has entries that are longer than what is written and read at a time, each in its place', async () => {
    const index = openIndexMap(directory, 'files', ['root'])
    const lengths = [10, 300_000, 20, 70_000, 1_000_000, 30, 200_000, 100_000, 40]
    const entries = lengths.map((length, at) => [`${at}`, `${at}`.repeat(length)] as const)
    for (const [key, value] of entries) index.entries.set(key, value)
    expect(await index.save()).toBe(true)
    index.release()
    expect([...openIndexMap(directory, 'files', ['root']).entries]).toEqual(entries)
  })

  test('F42 of which a part was changed lacks that part, and is made anew', async () => {
    const first = open()
    for (const [key, value] of many) first.entries.set(key, value)
    await first.save()
    const bytes = await readFile(await pathOf())
    bytes[bytes.byteLength >> 1] = (bytes[bytes.byteLength >> 1] ?? 0) ^ 1
    await writeFile(await pathOf(), bytes)
    const damaged = open()
    const left = [...damaged.entries]
    expect(left.length).toBeGreaterThan(many.length - 400)
    expect(left.length).toBeLessThan(many.length)
    expect(ordered(many)).toEqual(expect.arrayContaining(left.slice(0, 50)))
    expect(await damaged.save()).toBe(true)
    const mended = open()
    expect([...mended.entries]).toEqual(left)
    expect(mended.entries.isDamaged).toBe(false)
  })

  test('whose keys are all marked but some of one group tells those by reading that group', async () => {
    const first = open()
    for (const [key, value] of many) first.entries.set(key, value)
    await first.save()
    const file = openSortedFile(join(directory, (await readdir(directory))[0] ?? ''))
    if (file === null) throw new Error('There is no file.')
    const { run } = file
    const map = createSortedMap(null, run)
    const keys = ordered(many).map(([key]) => key)
    const left = keys.slice(-3)
    for (const key of keys) if (!left.includes(key)) map.mark(key)
    // What has no mark is all that can be read now: the last group, which the map has looked into last.
    file.release()
    await rm(directory, { recursive: true })
    expect([...map.unmarked()]).toEqual(left)
    for (const key of left) map.mark(key)
    expect([...map.unmarked()]).toEqual([])
    expect(map.isDamaged).toBe(false)
  })

  test('asked in the order of its keys has few of them in memory', async () => {
    const first = open()
    for (const [key, value] of many) first.entries.set(key, value)
    await first.save()
    const { entries } = open()
    const before = process.memoryUsage().arrayBuffers
    for (const [key, value] of ordered(many))
      if (entries.get(key) !== value) throw new Error(`${key} is lost`)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6)
  })
})
