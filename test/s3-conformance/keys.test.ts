import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { beforeAll, expect, test } from 'vitest'
import { sendRaw } from './raw-request.ts'
import { conformance } from './scene.ts'

const keys = [
  'with space.txt',
  'a+b.txt',
  '100%.txt',
  'a%2Fb.txt',
  'a#b.txt',
  'a?b=c&d.txt',
  'quote\'"s.txt',
  'a&b<c>.txt',
  'emoji 😀.txt',
  '～fullwidth.txt',
  'é composed',
  'é decomposed',
  '日本語/ファイル.txt',
  'a//b',
  '/leading',
  'trailing/',
  './dot',
  'a/./b',
  '../../etc/passwd',
  'a/../b',
  'line\nbreak',
  'tab\there',
  'back\\slash',
  '*~!()[]{}$,;:@=^`|',
  'CON',
  '0012',
  'true',
  'é'.repeat(512),
] as const

// The keys are sent as they are: a client that went through a URL parser would lose the dots.
const encode = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/')

conformance('keys of every kind', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
  })

  test.each(keys)('%j', async (key) => {
    const path = `/${bucket}/${encode(key)}`
    const body = `content of ${key}`
    expect(await scene.signed({ method: 'PUT', path, body })).toMatchObject({ status: 200 })
    expect((await scene.signed({ method: 'GET', path })).body.toString()).toBe(body)
    expect(await scene.anonymous('GET', path)).toMatchObject({ status: 403 })
    const url = new URL('/', scene.target.endpoint)
    const signed = await getSignedUrl(scene.client, new GetObjectCommand({ Bucket: bucket, Key: key }))
    const byUrl = await sendRaw(url.origin, { method: 'GET', path: signed.slice(url.origin.length) })
    expect(byUrl.body.toString()).toBe(body)
  })

  test('the listing has them all, byte for byte, in the order of their UTF-8', async () => {
    const expected = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const decode = (text = '') => decodeURIComponent(text.replaceAll('+', ' '))
    const listed = await scene.client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }))
    expect(listed.Contents?.map(({ Key }) => decode(Key))).toEqual(expected)
    const folders = await scene.client.send(
      new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url', Delimiter: '/' }),
    )
    expect(folders.CommonPrefixes?.map(({ Prefix }) => decode(Prefix))).toEqual([
      '../',
      './',
      '/',
      'a/',
      'trailing/',
      '日本語/',
    ])
  })

  test('pages end in the same places, whatever the keys are made of', async () => {
    const seen: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await scene.client.send(
        new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url', MaxKeys: 3, ContinuationToken }),
      )
      seen.push(
        ...(page.Contents ?? []).map(({ Key }) => decodeURIComponent((Key ?? '').replaceAll('+', ' '))),
      )
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    expect(seen.toSorted()).toEqual([...keys].toSorted())
  })

  test('without encoding the keys are written in XML', async () => {
    const { body } = await scene.signed({ method: 'GET', path: `/${bucket}?list-type=2&prefix=a%26b` })
    expect(body.toString()).toContain('<Key>a&amp;b&lt;c&gt;.txt</Key>')
  })

  test('1,024 bytes are enough, one more is refused', async () => {
    const answer = await scene.signed({ method: 'PUT', path: `/${bucket}/${'x'.repeat(1025)}`, body: '' })
    expect(answer).toMatchObject(
      scene.differs('ceph', 'long keys')
        ? { status: 400, code: 'InvalidObjectName' }
        : { status: 400, code: 'KeyTooLongError' },
    )
  })

  test('bytes that are no UTF-8 are refused', async () => {
    expect(await scene.anonymous('GET', `/${bucket}/%ff%fe`)).toMatchObject({ status: 400 })
  })

  test('each is deleted by its own name', async () => {
    for (const Key of keys) await scene.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    const { KeyCount } = await scene.client.send(new ListObjectsV2Command({ Bucket: bucket }))
    expect(KeyCount).toBe(0)
  })
})
