import { ListObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { ListObjectsV2CommandInput } from '@aws-sdk/client-s3'
import { beforeAll, expect, test } from 'vitest'
import { conformance, refusal } from './scene.ts'

const keys = ['a', 'a/', 'a/1', 'a/2', 'a/b/3', 'a!', 'b', 'b/1', 'c d/e', 'z'] as const
const sorted = [...keys].toSorted()

conformance('listing', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
    for (const key of keys) await scene.put(bucket, key, `content of ${key}`)
  })
  const list = (input: Omit<ListObjectsV2CommandInput, 'Bucket'>) =>
    scene.client.send(new ListObjectsV2Command({ Bucket: bucket, ...input }))
  const names = async (input: Omit<ListObjectsV2CommandInput, 'Bucket'>) => {
    const { Contents, CommonPrefixes } = await list(input)
    return {
      keys: (Contents ?? []).map(({ Key }) => Key),
      prefixes: (CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    }
  }

  test('everything, in the order of bytes', async () => {
    const { Contents, KeyCount, IsTruncated, MaxKeys, Name } = await list({})
    expect(Contents?.map(({ Key }) => Key)).toEqual(sorted)
    expect({ KeyCount, IsTruncated, MaxKeys, Name }).toEqual({
      KeyCount: keys.length,
      IsTruncated: false,
      MaxKeys: 1000,
      Name: bucket,
    })
    expect(Contents?.[0]).toMatchObject({ Key: 'a', Size: 12, StorageClass: 'STANDARD' })
    expect(Contents?.[0]?.ETag).toMatch(/^"[0-9a-f]{32}"$/)
    expect(Contents?.[0]?.Owner).toBeUndefined()
  })

  test.each([
    [{ Delimiter: '/' }, ['a', 'a!', 'b', 'z'], ['a/', 'b/', 'c d/']],
    [{ Delimiter: '/', Prefix: 'a/' }, ['a/', 'a/1', 'a/2'], ['a/b/']],
    [{ Delimiter: '/', Prefix: 'a' }, ['a', 'a!'], ['a/']],
    [{ Prefix: 'a/' }, ['a/', 'a/1', 'a/2', 'a/b/3'], []],
    [{ Prefix: 'nothing' }, [], []],
    [{ Delimiter: ' ' }, ['a', 'a!', 'a/', 'a/1', 'a/2', 'a/b/3', 'b', 'b/1', 'z'], ['c ']],
    [{ Delimiter: 'b/' }, ['a', 'a!', 'a/', 'a/1', 'a/2', 'b', 'c d/e', 'z'], ['a/b/', 'b/']],
    [{ StartAfter: 'a/2' }, ['a/b/3', 'b', 'b/1', 'c d/e', 'z'], []],
    [{ StartAfter: 'a/15' }, ['a/2', 'a/b/3', 'b', 'b/1', 'c d/e', 'z'], []],
    [{ StartAfter: 'zz' }, [], []],
    [{ StartAfter: 'b', Prefix: 'a' }, [], []],
  ])('%j', async (input, expectedKeys, expectedPrefixes) => {
    expect(await names(input)).toEqual({ keys: expectedKeys, prefixes: expectedPrefixes })
  })

  test.each([1, 2, 3, 7])('pages of %i together give every key and prefix once', async (MaxKeys) => {
    for (const Delimiter of [undefined, '/']) {
      const seen: (string | undefined)[] = []
      let ContinuationToken: string | undefined
      for (let page = 0; page < 20; page++) {
        const answer = await list({ MaxKeys, Delimiter, ContinuationToken })
        const here = [
          ...(answer.Contents ?? []).map(({ Key }) => Key),
          ...(answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ]
        expect(here.length).toBeLessThanOrEqual(MaxKeys)
        expect(answer.KeyCount).toBe(here.length)
        seen.push(...here)
        ContinuationToken = answer.NextContinuationToken
        if (!answer.IsTruncated) break
      }
      const whole = Delimiter ? ['a', 'a!', 'a/', 'b', 'b/', 'c d/', 'z'] : sorted
      expect(seen).toHaveLength(whole.length)
      expect(new Set(seen)).toEqual(new Set(whole))
    }
  })

  test('no keys at all when none are wanted', async () => {
    expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false })
  })

  test('the owner only when asked for', async () => {
    const { Contents } = await list({ FetchOwner: true })
    expect(Contents?.[0]?.Owner?.ID).toBeTruthy()
  })

  test('more than a thousand are never given at once', async () => {
    expect((await list({ MaxKeys: 5000 })).MaxKeys).toBe(1000)
  })

  test('wrong parameters', async () => {
    const status = async (query: string) =>
      (await scene.signed({ method: 'GET', path: `/${bucket}?list-type=2&${query}` })).status
    expect(await status('max-keys=x')).toBe(400)
    expect(await status('max-keys=-1')).toBe(scene.differs('ceph', 'negative max-keys') ? 200 : 400)
    expect(await status('encoding-type=base64')).toBe(scene.differs('ceph', 'encoding types') ? 200 : 400)
    if (scene.differs('ceph', 'continuation tokens are keys'))
      expect(await status('continuation-token=nonsense')).toBe(200)
    else
      expect(await refusal(list({ ContinuationToken: 'nonsense' }))).toMatchObject({
        code: 'InvalidArgument',
      })
  })

  test('version 1: markers, and a next marker only with a delimiter', async () => {
    const send = (input: object) => scene.client.send(new ListObjectsCommand({ Bucket: bucket, ...input }))
    const first = await send({ MaxKeys: 3 })
    expect(first.Contents?.map(({ Key }) => Key)).toEqual(sorted.slice(0, 3))
    expect(first.IsTruncated).toBe(true)
    expect(first.Contents?.[0]?.Owner?.ID).toBeTruthy()
    const second = await send({ Marker: sorted[2] })
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(sorted.slice(3))
    const grouped = await send({ MaxKeys: 3, Delimiter: '/' })
    expect(grouped.NextMarker).toBe('a/')
    const rest = await send({ Delimiter: '/', Marker: grouped.NextMarker })
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['b', 'z'])
    expect(rest.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['b/', 'c d/'])
  })
})

conformance('a listing of 5,000 keys', (scene) => {
  const count = 5000
  const key = (index: number) => `dir-${index % 10}/file-${String(index).padStart(5, '0')}.txt`
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
    for (let at = 0; at < count; at += 50)
      await Promise.all(Array.from({ length: 50 }, (_, index) => scene.put(bucket, key(at + index), 'x')))
  }, 180_000)

  test('comes whole and sorted, in five pages', async () => {
    const seen: string[] = []
    let pages = 0
    let ContinuationToken: string | undefined
    do {
      const page = await scene.client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken }))
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''))
      ContinuationToken = page.NextContinuationToken
      pages += 1
    } while (ContinuationToken !== undefined)
    expect(pages).toBe(5)
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => key(index)).toSorted())
  })

  test('is grouped into ten folders at once', async () => {
    const page = await scene.client.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/' }))
    expect(page.CommonPrefixes?.length).toBe(10)
    expect(page.IsTruncated).toBe(false)
  })
})
