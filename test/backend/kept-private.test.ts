import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { confirming } from '../../src-preload/contract/told-opens.ts'
import { playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type ScriptedProxy, startScriptedProxy } from '../sync/scripted-proxy.ts'
import { minio, type ProviderDouble, startProvider } from './provider-double.ts'
import { profileAt, type RunningBackend, runBackend, value } from './running-backend.ts'

const bucket = 'opened-media'
const key = 'media/photo.txt'
const opening = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/media/*` },
  ],
})

let server: StartedServer
let client: S3Client
let closing: (() => Promise<void>)[]
beforeEach(async () => {
  closing = []
  server = await playgroundServer()
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: server,
    forcePathStyle: true,
  })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  await client.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: opening }))
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'photo' }))
})
afterEach(async () => {
  for (const close of closing) await close()
  client.destroy()
  await server.close()
})

async function backendAt(profile: Parameters<typeof profileAt>[0]): Promise<RunningBackend> {
  const backend = await runBackend({ environmentProfile: profileAt(profile) })
  closing.unshift(() => backend.close())
  return backend
}

const planFor = ({ api }: RunningBackend, visibility: 'public' | 'private') =>
  value(
    api.planVisibility({ profileId: environmentProfileId, bucket, keys: [key], prefixes: [], visibility }),
  )

test('S44 a service that does not know the condition: the policy is as it was, nothing is left to take back, and the next time another one is tried', async () => {
  let isKnown = false
  const proxy: ScriptedProxy = await startScriptedProxy(server.endpoint, ({ key: name, headers }) =>
    // As Ceph: it hands the object out to whoever does not sign.
    !isKnown && name === key && headers.authorization === undefined
      ? { status: 200, headers: { 'x-amz-request-id': 'scripted' } }
      : null,
  )
  closing.push(() => proxy.close())
  const backend = await backendAt({ ...server, endpoint: proxy.endpoint })
  const { api } = backend
  const first = await planFor(backend, 'private')
  expect(first.policy!.added).toContain('"Condition":{"StringEquals":{"aws:principaltype":"Anonymous"}}')
  expect(await api.applyVisibility({ planId: first.planId, confirmedObjects: 1 })).toMatchObject({
    ok: false,
    error: { code: 'not-supported', key, message: expect.stringContaining('Ask for private once more') },
  })
  const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket: bucket }))
  expect(Policy).toBe(opening)
  expect((await value(api.listVisibilityChanges({ profileId: environmentProfileId, bucket }))).length).toBe(0)
  const second = await planFor(backend, 'private')
  expect(second.policy!.added).toContain('"Condition":{"StringEquals":{"aws:username":"anonymous"}}')
  isKnown = true
  // The playground does not know that one, as AWS does not.
  expect(await api.applyVisibility({ planId: second.planId, confirmedObjects: 1 })).toMatchObject({
    ok: false,
    error: { code: 'not-supported', message: expect.stringContaining('(aws:username)') },
  })
})

test('MinIO keeps an object private by the condition in lower case, and its owner reads it', async () => {
  const double: ProviderDouble = await startProvider(bucket, minio)
  closing.push(() => double.server.close())
  const { endpoint } = double.server
  const objects = double.objects as Map<string, object>
  for (const name of [key, 'media/other.txt'])
    objects.set(name, { body: name, type: 'text/plain', isPublic: false })
  const backend = await backendAt({ ...server, endpoint })
  const { api } = backend
  await fetch(`${endpoint}/${bucket}?policy`, { method: 'PUT', body: opening })
  const status = async (name: string) => (await fetch(`${endpoint}/${bucket}/${name}`)).status
  expect(await status(key)).toBe(200)
  const plan = await planFor(backend, 'private')
  expect(plan.policy!.added).toContain('"aws:principaltype":"Anonymous"')
  const done = await value(api.applyVisibility({ planId: plan.planId, confirmedObjects: 1 }))
  expect(done.counts).toMatchObject({ private: 1, public: 0 })
  expect([await status(key), await status('media/other.txt')]).toEqual([403, 200])
  const { planId } = plan
  const opens = await value(api.planUndoVisibility({ planId }))
  expect(opens).toMatchObject({ objects: 1, sample: [key] })
  await value(api.undoVisibility({ planId, ...confirming(opens) }))
  expect(await status(key)).toBe(200)
})
