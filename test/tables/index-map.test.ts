import fc from 'fast-check'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import { openIndexMap } from '../../src-main/tables/index-map.ts'
import { openSortedFile } from '../../src-main/tables/sorted-file.ts'
import { createSortedMap } from '../../src-main/tables/sorted-map.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-index-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const ordered = (entries: Iterable<readonly [string, string]>) =>
  [...entries].toSorted(([a], [b]) => compareKeys(a, b))

/** Some 3 MB: a hundred groups. */
const many = Array.from(
  { length: 20_000 },
  (_, at) => [`section-${at % 90}/page ä-${at}`, `value ${at}`.padEnd(120)] as const,
)

describe('an index', () => {
  const open = () => openIndexMap(directory, 'files', ['/site'])
  const pathOf = async () =>
    join(directory, (await readdir(directory)).find((name) => name.endsWith('.sorted')) ?? '')

  test('has what was saved, also when that is much, and takes the place of what earlier versions had', async () => {
    const first = open()
    for (const [key, value] of many) first.entries.set(key, value)
    expect(await first.save()).toBe(true)
    // What is set afterwards comes on top of the file.
    for (const [key] of many.slice(0, 3000)) first.entries.set(key, '1')
    first.entries.delete(many[5]?.[0] ?? '')
    const expected = ordered([
      ...many.slice(0, 3000).flatMap(([key], at) => (at === 5 ? [] : [[key, '1'] as const])),
      ...many.slice(3000),
    ])
    expect([...first.entries]).toEqual(expected)
    expect(await first.save()).toBe(true)
    const again = open()
    expect([...again.entries]).toEqual(expected)
    const before = await stat(await pathOf())
    expect(await again.save()).toBe(true)
    expect((await stat(await pathOf())).ino).toBe(before.ino)
    expect(await readdir(directory)).toHaveLength(1)
  })

  test('is not written for what is dropped and was not there', async () => {
    const index = open()
    index.entries.drop('a')
    expect(await index.save()).toBe(true)
    expect(await readdir(directory)).toEqual([])
  })

  test('is not what makes room for others as long as something of it changes', async () => {
    const first = open()
    for (const [key, value] of many) first.entries.set(key, value)
    expect(await first.save()).toBe(true)
    first.release()
    const longAgo = new Date('2001-01-01')
    await utimes(await pathOf(), longAgo, longAgo)
    for (let at = 0; at < 249; at++) await writeFile(join(directory, `objects-${at}.sorted`), 'another')
    const [key = ''] = many[7] ?? []
    const second = open()
    second.entries.set(key, 'changed')
    expect(await second.save()).toBe(true)
    second.release()
    expect(await readdir(directory)).toHaveLength(250)
    const third = open()
    expect([third.entries.size, third.entries.get(key)]).toEqual([many.length, 'changed'])
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

describe('a few changes of an index', () => {
  const open = () => openIndexMap(directory, 'files', ['/site'])
  const filed = async () =>
    new Map(
      await Promise.all(
        (await readdir(directory)).map(async (name) => [name, await stat(join(directory, name))] as const),
      ),
    )
  const changesName = async () =>
    [...(await filed()).keys()].find((name) => name.endsWith('.changes.sorted')) ?? ''
  async function begin(): Promise<void> {
    const first = open()
    for (const [key, value] of many) first.entries.set(key, value)
    await first.save()
    first.release()
  }

  test('are written beside it, and it is as it was', async () => {
    await begin()
    const [name, before] = [...(await filed())][0]!
    const changed = open()
    const expected = new Map<string, string>(many)
    for (const at of [3, 500, 19_000]) {
      changed.entries.set(many[at]![0], 'new')
      expected.set(many[at]![0], 'new')
    }
    changed.entries.set('a new one', '1')
    expected.set('a new one', '1')
    changed.entries.delete(many[7]![0])
    expected.delete(many[7]![0])
    expect(await changed.save()).toBe(true)
    const after = await filed()
    expect(after.size).toBe(2)
    expect(after.get(name)).toMatchObject({ ino: before.ino, birthtimeMs: before.birthtimeMs })
    expect(after.get(await changesName())!.size).toBeLessThan(2000)

    // Changed once more by somebody else, who knows of it.
    const again = open()
    expect([...again.entries]).toEqual(ordered(expected))
    expect(again.entries.get(many[7]![0])).toBeUndefined()
    again.entries.set(many[7]![0], 'back')
    expected.set(many[7]![0], 'back')
    again.entries.delete('a new one')
    expected.delete('a new one')
    expect(await again.save()).toBe(true)
    expect([...open().entries]).toEqual(ordered(expected))
    expect((await filed()).get(name)).toMatchObject({ ino: before.ino })
  })

  test('that have become many are written with the rest, and are beside it no more', async () => {
    await begin()
    const index = open()
    index.entries.set('one', '1')
    await index.save()
    expect((await filed()).size).toBe(2)
    for (const [key] of many.slice(0, 2500)) index.entries.set(key, 'new')
    await index.save()
    expect((await filed()).size).toBe(1)
    index.entries.set('two', '2')
    await index.save()
    const expected = [...many.slice(0, 2500).map(([key]) => [key, 'new'] as const), ...many.slice(2500)]
    expect([...open().entries]).toEqual(ordered([...expected, ['one', '1'], ['two', '2']]))
  })

  test('F42 that are damaged, or of another file, are nothing', async () => {
    await begin()
    const index = open()
    index.entries.set('one', '1')
    await index.save()
    const changes = join(directory, await changesName())
    const bytes = await readFile(changes)
    for (const at of [0, 40, bytes.byteLength - 5]) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      await writeFile(changes, damaged)
      expect([...open().entries]).toEqual(ordered(many))
    }
    await writeFile(changes, bytes)
    expect(open().entries.get('one')).toBe('1')
    // Somebody else has written it whole meanwhile.
    const other = open()
    for (const [key] of many) other.entries.set(key, 'other')
    await other.save()
    await writeFile(changes, bytes)
    expect(open().entries.get('one')).toBe('1')
    other.entries.delete('one')
    for (const [key] of many) other.entries.set(key, 'another')
    await other.save()
    await writeFile(changes, bytes)
    expect([...open().entries]).toEqual(ordered(many.map(([key]) => [key, 'another'])))
  })

  test('have no marks when they come back, whatever is done before and after', async () => {
    const name = fc.nat({ max: 400 }).map((at) => `key-${at}`)
    const step = fc.tuple(fc.constantFrom('set', 'delete'), name)
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.array(step, { maxLength: 10 }),
        fc.uniqueArray(name),
        async (before, after, marked) => {
          await rm(directory, { recursive: true, force: true })
          const plain = new Map<string, string>()
          const first = open()
          for (let at = 0; at < 350; at++) {
            first.entries.set(`key-${at}`, 'old')
            plain.set(`key-${at}`, 'old')
          }
          await first.save()
          const apply = async (steps: typeof before, value: string) => {
            const index = open()
            for (const [what, key] of steps)
              if (what === 'set') {
                index.entries.set(key, value)
                plain.set(key, value)
              } else expect(index.entries.delete(key)).toBe(plain.delete(key))
            await index.save()
            index.release()
          }
          await apply(before, 'before')
          await apply(after, 'after')
          const { entries } = open()
          expect([...entries]).toEqual(ordered(plain))
          expect(entries.size).toBe(plain.size)
          for (const key of marked) entries.mark(key)
          const left = [...plain.keys()].filter((key) => !marked.includes(key))
          expect(new Set(entries.unmarked())).toEqual(new Set(left))
          for (const key of entries.unmarked()) entries.delete(key)
          expect([...entries].map(([key]) => key)).toEqual(
            marked.filter((key) => plain.has(key)).toSorted(compareKeys),
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})
