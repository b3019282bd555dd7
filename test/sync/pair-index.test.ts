import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { WrittenObject } from '../../src-main/s3/written-object.ts'
import { mostFiles, mostNames, openPairIndex, type PairIndex } from '../../src-main/sync/pair-index.ts'
import { usualOptions } from './sync-fixture.ts'

const about = { root: '/site', place: ['service', 'region', 'bucket', ''] }
const identity = { sizeBytes: 3, dev: 1n, ino: 2n, mtimeNs: 3n, ctimeNs: 4n }
const md5 = 'acbd18db4cc2f85cedef654fccc4a4d8'
const span = { fromMs: 1000, toMs: 2000 }
const written: Omit<WrittenObject, 'md5'> & { readonly md5: string | null } = {
  eTag: `"${md5}"`,
  md5,
  verified: true,
  writtenIn: [span],
  serverSideEncryption: null,
}
const readAtMs = Date.parse('2026-11-25T10:00:00Z')
const marks = (marked: string) => ({ markOf: (key: string) => (key === marked ? 'mark' : '') })

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-pair-index-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const open = (marked = '-') => openPairIndex(directory, about, usualOptions, marks(marked))
const nameOf = (at: number) => `file-${String(at).padStart(6, '0')}.css`

function fill(index: PairIndex, count: number): void {
  index.folder(
    '',
    Array.from({ length: count }, (_, at) => nameOf(at)),
  )
  for (let at = 0; at < count; at++) {
    const name = nameOf(at)
    index.file({ key: name, name, path: `/site/${name}`, identity })
  }
}

/** The keys that are the same, when it is opened the next time. */
async function sameKeys(marked = '-'): Promise<readonly string[] | null> {
  const recalled = await open(marked).recall(async () => new Map())
  return recalled?.pairs.keys.filter((_, at) => recalled.pairs.eTags[at] !== '') ?? null
}

describe('what is sent', () => {
  test.each<[string, Partial<typeof written>, boolean]>([
    ['by an ETag that is the MD5 of what was sent', {}, true],
    ['but by an ETag of parts', { eTag: `"${md5}-2"` }, false],
    ['but by an ETag of something else', { eTag: `"${'0'.repeat(32)}"` }, false],
    ['but by no ETag', { eTag: null }, false],
    ['but with no MD5', { md5: null }, false],
    ['but at a time that is not known', { writtenIn: [] }, false],
    ['but at one of two times', { writtenIn: [span, span] }, false],
  ])('is remembered %s', async (_, more, isRemembered) => {
    const index = open()
    fill(index, 3)
    index.sent(nameOf(0), identity, written, readAtMs)
    index.sent(nameOf(1), identity, { ...written, ...more }, readAtMs)
    expect(await index.save()).toBe(true)
    expect(await sameKeys()).toEqual(isRemembered ? [nameOf(0), nameOf(1)] : [nameOf(0)])
  })

  test('is not remembered of a file that was just written, nor of an object whose ACL was set', async () => {
    const index = open(nameOf(1))
    fill(index, 4)
    for (const at of [0, 1]) index.sent(nameOf(at), identity, written, readAtMs)
    const fresh = { ...identity, mtimeNs: BigInt(readAtMs - 1000) * 1_000_000n }
    index.sent(nameOf(2), fresh, written, readAtMs)
    index.sent('no such file', identity, written, readAtMs)
    expect(await index.save()).toBe(true)
    expect(await sameKeys()).toEqual([nameOf(0)])
    expect(await sameKeys(nameOf(0))).toEqual([])
  })

  test('is forgotten when the object is about to be changed', async () => {
    const index = open()
    fill(index, 2)
    for (const at of [0, 1]) index.sent(nameOf(at), identity, written, readAtMs)
    index.forget(nameOf(1), 'content')
    expect(await index.save()).toBe(true)
    expect(await sameKeys()).toEqual([nameOf(0)])
  })
})

describe('the index of pairs', () => {
  test.each<[string, number, readonly string[] | null]>([
    ['is written again', 40, [nameOf(0), nameOf(1)]],
    ['is removed, where it cannot be', mostFiles + 1, null],
  ])('%s as soon as an object gets other headers', async (_, files, expected) => {
    const index = open()
    fill(index, 40)
    for (const at of [0, 1, 2, 3]) index.sent(nameOf(at), identity, written, readAtMs)
    expect(await index.save()).toBe(true)
    const other = open()
    fill(other, files)
    for (const at of [0, 1]) other.sent(nameOf(at), identity, written, readAtMs)
    other.forget(nameOf(3), 'headers')
    expect(await other.save()).toBe(true)
    expect(await sameKeys()).toEqual(expected)
  })

  test('looks at no more names once it is given up', () => {
    const index = open()
    index.folder('', ['.pailignore'])
    const names = ['a.css']
    Object.defineProperty(names, 'every', {
      get() {
        throw new Error('They were looked at.')
      },
    })
    index.folder('css/', names)
  })

  test('has others have their turn while many marks are looked up', async () => {
    const index = open()
    fill(index, 4000)
    for (let at = 0; at < 4000; at++) index.sent(nameOf(at), identity, written, readAtMs)
    await index.save()
    const slowly = {
      markOf() {
        const until = performance.now() + 0.02
        while (performance.now() < until);
        return ''
      },
    }
    let turns = 0
    const counting = setInterval(() => turns++, 1)
    await openPairIndex(directory, about, usualOptions, slowly).recall(async () => new Map())
    clearInterval(counting)
    expect(turns).toBeGreaterThan(3)
  })

  test('is written when more than a twentieth of it is new, or anything and there is nothing else to do', async () => {
    const index = open()
    fill(index, 40)
    for (const at of [0, 1]) index.sent(nameOf(at), identity, written, readAtMs)
    expect(await index.save()).toBe(true)
    expect(await readdir(directory)).toEqual([])
    index.sent(nameOf(2), identity, written, readAtMs)
    expect(await index.save()).toBe(true)
    expect(await sameKeys()).toEqual([nameOf(0), nameOf(1), nameOf(2)])
    index.sent(nameOf(3), identity, written, readAtMs)
    expect(await index.save()).toBe(true)
    expect(await sameKeys()).not.toContain(nameOf(3))
    expect(await index.save(true)).toBe(true)
    expect(await sameKeys()).toContain(nameOf(3))
  })

  test.each<[string, (index: PairIndex) => void]>([
    ['more files than there is room for', (index) => fill(index, mostFiles + 1)],
    [
      'more names than there is room for',
      (index) =>
        index.folder(
          'maps/',
          Array.from({ length: mostNames }, (_, at) => `${at}.map`),
        ),
    ],
    ['an ignore file', (index) => index.folder('css/', ['.pailignore', 'a.css'])],
    ['a name that is no text', (index) => index.folder('css/', [Buffer.from([0xff])])],
    [
      'a name that is spelt in another way than its key',
      (index) => index.file({ key: 'zé', name: 'zé', path: '/site/ze\u0301', identity }),
    ],
    ['what could not be read', (index) => index.passedOver([{ key: 'x', name: 'x', reason: 'unreadable' }])],
  ])('is not kept of a folder with %s', async (_, happens) => {
    const index = open()
    fill(index, 2)
    happens(index)
    for (const at of [0, 1]) index.sent(nameOf(at), identity, written, readAtMs)
    expect(await index.save()).toBe(true)
    expect(await readdir(directory)).toEqual([])
  })
})
