import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startPlayground } from '../../src-main/playground/playground.ts'
import { putBucketLifecycle } from '../../src-main/s3/bucket-lifecycle.ts'
import { createBucket } from '../../src-main/s3/buckets.ts'
import { listMultipartUploads } from '../../src-main/s3/list-multipart-uploads.ts'
import { multipartRequests } from '../../src-main/s3/multipart-requests.ts'
import { testSession } from '../s3/scripted-server.ts'

test('an upload that is older than the rule of its prefix says is gone; others stay', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pail-playground-lifecycle-'))
  let offsetMs = 0
  const playground = await startPlayground({ directory, now: () => new Date(Date.now() + offsetMs) })
  const { endpoint, accessKeyId, secretAccessKey } = playground
  const session = testSession(endpoint, { credentials: async () => ({ accessKeyId, secretAccessKey }) })
  const bucket = 'ageing'
  await createBucket(session, { bucket, region: 'us-east-1', access: 'private' })
  const requests = await multipartRequests(session, bucket)
  for (const key of ['drafts/a.mp4', 'media/b.mp4'])
    await requests.create({ bucket, key, headers: {} }, { withCrc32: false })
  const rule = {
    ID: 'drafts',
    Status: 'Enabled',
    Filter: { Prefix: 'drafts/' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
  }
  await putBucketLifecycle(session, { bucket }, { rules: [rule], transitionDefaultMinimumObjectSize: null })
  const left = async () => {
    const keys: string[] = []
    for await (const { key } of listMultipartUploads(session, { bucket, prefix: '' })) keys.push(key)
    return keys
  }
  offsetMs = 47 * 3_600_000
  expect(await left()).toEqual(['drafts/a.mp4', 'media/b.mp4'])
  offsetMs = 49 * 3_600_000
  expect(await left()).toEqual(['media/b.mp4'])
  session.destroy()
  await playground.close()
  await rm(directory, { recursive: true })
})
