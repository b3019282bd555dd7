import { createHash } from 'node:crypto'
import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { beforeAll, expect, test } from 'vitest'
import { conformance } from './scene.ts'

const lenientOfCeph = ['no key', 'a DTD']

conformance('DeleteObjects', (scene) => {
  let bucket = ''
  beforeAll(async () => {
    bucket = await scene.newBucket()
  })
  const remaining = async () =>
    ((await scene.client.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(
      ({ Key }) => Key,
    )
  const post = (body: string, headers: Record<string, string> = {}) =>
    scene.signed({ method: 'POST', path: `/${bucket}?delete=`, body, headers })
  const md5 = (body: string) => ({ 'content-md5': createHash('md5').update(body).digest('base64') })

  test('many at once, the missing ones too, and nothing else', async () => {
    for (const key of ['a', 'b&<>"', 'c d', 'keep']) await scene.put(bucket, key)
    const keys = ['a', 'b&<>"', 'c d', 'missing']
    const call = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: keys.map((Key) => ({ Key })) },
    })
    const { Deleted, Errors } = await scene.client.send(call)
    expect(Deleted?.map(({ Key }) => Key).toSorted()).toEqual(keys.toSorted())
    expect(Errors ?? []).toEqual([])
    expect(await remaining()).toEqual(['keep'])
  })

  test('quietly: only errors are told', async () => {
    await scene.put(bucket, 'quiet')
    const body = '<Delete><Quiet>true</Quiet><Object><Key>quiet</Key></Object></Delete>'
    const answer = await post(body, md5(body))
    expect(answer.status).toBe(200)
    expect(answer.body.toString()).not.toContain('<Deleted>')
    expect(await remaining()).toEqual(['keep'])
  })

  test('a body that nothing protects is refused', async () => {
    const answer = await post('<Delete><Object><Key>keep</Key></Object></Delete>')
    if (scene.differs('ceph', 'unprotected DeleteObjects')) {
      expect(answer.status).toBe(200)
      await scene.put(bucket, 'keep')
    } else expect(answer).toMatchObject({ status: 400, code: 'InvalidRequest' })
    expect(await remaining()).toEqual(['keep'])
  })

  test('a body that its MD5 does not fit is refused', async () => {
    const answer = await post('<Delete><Object><Key>keep</Key></Object></Delete>', md5('another body'))
    if (scene.differs('ceph', 'MD5 of DeleteObjects')) {
      expect(answer.status).toBe(200)
      await scene.put(bucket, 'keep')
    } else expect(answer).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await remaining()).toEqual(['keep'])
  })

  test.each([
    ['no XML', 'nonsense'],
    ['no key', '<Delete></Delete>'],
    ['another document', '<Keep><Object><Key>keep</Key></Object></Keep>'],
    ['cut short', '<Delete><Object><Key>keep</Key>'],
    ['a DTD', '<!DOCTYPE x [<!ENTITY e "keep">]><Delete><Object><Key>&e;</Key></Object></Delete>'],
    ['more than a thousand keys', `<Delete>${'<Object><Key>x</Key></Object>'.repeat(1001)}</Delete>`],
  ])('%s is refused', async (what, body) => {
    const answer = await post(body, md5(body))
    if (scene.differs('ceph', 'malformed DeleteObjects')) {
      expect([what, answer.status]).toEqual([what, lenientOfCeph.includes(what) ? 200 : 400])
      await scene.put(bucket, 'keep')
    } else expect(answer).toMatchObject({ status: 400, code: 'MalformedXML' })
    expect(await remaining()).toEqual(['keep'])
  })

  test('a key that may not be deleted is told, the others go', async () => {
    await scene.put(bucket, 'locked')
    await scene.put(bucket, 'free')
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:DeleteObject',
          Resource: `arn:aws:s3:::${bucket}/locked`,
        },
      ],
    })
    await scene.signed({ method: 'PUT', path: `/${bucket}?policy=`, body: policy })
    const Objects = [{ Key: 'locked' }, { Key: 'free' }]
    const { Deleted, Errors } = await scene.client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }),
    )
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['free'])
    expect(Errors).toMatchObject([{ Key: 'locked', Code: 'AccessDenied' }])
    expect(await remaining()).toEqual(['keep', 'locked'])
    await scene.signed({ method: 'DELETE', path: `/${bucket}?policy=` })
  })
})
