import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aclMarker, openAclMarks } from '../../src-main/sync/acl-marks.ts'

const place = { service: 'http://localhost', bucket: 'bucket' }
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-marks-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const open = () => openAclMarks(directory, place)
const file = async () => join(directory, (await readdir(directory))[0] ?? '')

test('a mark is another one each time, of its key and bucket only, and stays', async () => {
  const before = await open()
  expect(before.markOf('a')).toBe('')
  // Nothing is written as long as there is nothing to say.
  expect(await readdir(directory)).toEqual([])
  await before.mark('a')
  const mark = before.markOf('a')
  expect(mark).not.toBe('')
  const after = await before.reopened()
  expect([after.markOf('a'), after.markOf('b')]).toEqual([mark, ''])
  await aclMarker(directory, place)('a')
  expect(after.markOf('a')).toBe(mark)
  expect((await open()).markOf('a')).not.toBe(mark)
  expect((await openAclMarks(directory, { ...place, bucket: 'other' })).markOf('a')).toBe('')
  expect((await openAclMarks(undefined, place)).markOf('a')).toBe('')
})

test('many at the same time are few writes, and of two at once none is lost', async () => {
  const [one, two] = [aclMarker(directory, place), aclMarker(directory, place)]
  const keys = Array.from({ length: 500 }, (_, at) => `key-${at}`)
  await Promise.all(keys.map((key, at) => (at % 2 === 0 ? one : two)(key)))
  const marks = await open()
  expect(keys.filter((key) => marks.markOf(key) === '')).toEqual([])
  // A group of keys has one seal.
  const seals = (await readFile(await file(), 'utf8')).split('\n#').length - 1
  expect(seals).toBeLessThan(20)
})

test.each([
  ['damaged', (text: string) => text.replace('"a"', '"b"')],
  ['torn', (text: string) => `${text}["c","xy`],
])('F42 where they are %s nothing counts that was remembered before, and they go on', async (_, spoil) => {
  const mark = aclMarker(directory, place)
  await mark('a')
  const before = await open()
  const path = await file()
  await writeFile(path, spoil(await readFile(path, 'utf8')))
  const after = await open()
  for (const key of ['a', 'b', 'never marked']) {
    expect(after.markOf(key)).not.toBe('')
    expect(after.markOf(key)).not.toBe(before.markOf(key))
  }
  const all = after.markOf('never marked')
  await mark('b')
  const last = await open()
  expect(last.markOf('never marked')).toBe(all)
  expect(last.markOf('b').startsWith(all) && last.markOf('b') !== all).toBe(true)
})

test('beyond some MB they begin anew, with which nothing counts that was remembered before', async () => {
  const marks = await open()
  const key = (at: number) => `${'long/'.repeat(190)}${at}`
  for (let from = 0; from < 12_000; from += 4000)
    await Promise.all(Array.from({ length: 4000 }, (_, at) => marks.mark(key(from + at))))
  expect((await stat(await file())).size).toBeLessThan(9_000_000)
  const all = marks.markOf('never marked')
  expect(all).not.toBe('')
  expect((await open()).markOf('never marked')).toBe(all)
  await marks.mark('a')
  expect(marks.markOf('a')).toBe((await open()).markOf('a'))
})
