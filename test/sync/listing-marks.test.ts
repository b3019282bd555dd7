import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { keysAfterwards, openListingMarks } from '../../src-main/sync/listing-marks.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-marks-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('the last key of every page but the last, of the bucket as it will be', async () => {
  const open = () => openListingMarks(directory, 'service', 'bucket')
  const first = await open()
  expect(first.keys).toEqual([])
  await first.save(['a', 'b', 'c', 'd', 'e'], 2)
  const second = await open()
  expect(second.keys).toEqual(['b', 'd'])
  // Added and removed by the sync that was planned; in the order of bytes, not of JavaScript.
  const after = [...keysAfterwards(['a', 'b', 'c', 'd', 'e'], ['a', 'e'], ['bb', 'c', '\uff01', '😀'])]
  expect(after).toEqual(['b', 'bb', 'c', 'd', '\uff01', '😀'])
  await second.save(after, 2)
  expect((await open()).keys).toEqual(['bb', 'd'])
  // A last page that is full has no mark of its own.
  await (await open()).save(['a', 'b', 'c', 'd'], 2)
  expect((await open()).keys).toEqual(['b'])
  expect((await openListingMarks(directory, 'service', 'other')).keys).toEqual([])
})

it('a damaged file is as none', async () => {
  const place = ['service', 'damaged'] as const
  await (await openListingMarks(directory, ...place)).save(['a', 'b', 'c'], 1)
  for (const name of await readdir(directory))
    await writeFile(join(directory, name), '{"pailIndex":1}\n"a"\n')
  expect((await openListingMarks(directory, ...place)).keys).toEqual([])
})
