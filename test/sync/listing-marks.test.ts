import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import { mergedKeys, openListingMarks } from '../../src-main/sync/listing-marks.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-marks-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('the last key of every page but the last, of the bucket as it is or will be', async () => {
  const open = () => openListingMarks(directory, ['service', 'bucket'], 2)
  const first = await open()
  expect(first.keys).toEqual([])
  await first.save(['a', 'b', 'c', 'd', 'e'])
  const second = await open()
  expect(second.keys).toEqual(['b', 'd'])
  for (const key of ['b', 'bb', 'c', 'd', 'e']) second.listed(key)
  await second.save(null)
  expect((await open()).keys).toEqual(['bb', 'd'])
  // A last page that is full has no mark of its own.
  await (await open()).save(['a', 'b', 'c', 'd'])
  expect((await open()).keys).toEqual(['b'])
  expect((await openListingMarks(directory, ['service', 'other'])).keys).toEqual([])
})

it('keys of several sources are merged in the order of bytes, not of JavaScript', () => {
  const sources = [['b', 'c', 'd'], [], ['bb', 'c', '\uff01', '😀'], ['a', '\ud7ff', '\uff01'], ['e']]
  expect([...mergedKeys(sources)]).toEqual(['a', 'b', 'bb', 'c', 'd', 'e', '\ud7ff', '\uff01', '😀'])
  expect([...mergedKeys([])]).toEqual([])
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(fc.string({ unit: 'binary' }))), (texts) => {
      const wanted = [...new Set(texts.flat())].toSorted(compareKeys)
      expect([...mergedKeys(texts.map((some) => some.toSorted(compareKeys)))]).toEqual(wanted)
    }),
  )
})

it('a damaged file is as none', async () => {
  const place = ['service', 'damaged'] as const
  await (await openListingMarks(directory, place, 1)).save(['a', 'b', 'c'])
  for (const name of await readdir(directory))
    await writeFile(join(directory, name), '{"pailIndex":1}\n"a"\n')
  expect((await openListingMarks(directory, place)).keys).toEqual([])
})
