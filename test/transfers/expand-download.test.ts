import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import { expandDownload } from '../../src-main/transfers/expand-download.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'

let place: PlaygroundForTest

beforeAll(async () => {
  place = await startPlaygroundForTest()
  for (const key of ['a/', 'a/b/', 'a/b/c.txt', 'a/b/d/e.txt', 'a/bc.txt', 'top.txt', '0012']) {
    await putObjectBytes(place.session, { bucket: place.open, key, headers: {} }, new Uint8Array(0))
  }
})
afterAll(() => place.close())

const expand = async (keys: string[], prefixes: string[], limit?: number) =>
  (await expandDownload(place.session, { bucket: place.open, keys, prefixes, limit })).map(
    ({ key, name }) => [key, name],
  )

describe('expandDownload', () => {
  it('keeps the folders from the prefix’s last one on, leaves markers out and takes each object once', async () => {
    expect(await expand(['top.txt', '0012', 'a/b/c.txt'], ['a/b/'])).toEqual([
      ['top.txt', 'top.txt'],
      ['0012', '0012'],
      ['a/b/c.txt', 'c.txt'],
      ['a/b/d/e.txt', 'b/d/e.txt'],
    ])
    expect(await expand([], ['a/'])).toEqual([
      ['a/b/c.txt', 'a/b/c.txt'],
      ['a/b/d/e.txt', 'a/b/d/e.txt'],
      ['a/bc.txt', 'a/bc.txt'],
    ])
  })

  it('says that it is too much instead of filling the memory', async () => {
    await expect(expand([], ['a/'], 2)).rejects.toMatchObject({ error: { code: 'too-many' } })
  })
})
