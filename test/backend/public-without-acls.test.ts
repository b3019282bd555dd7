import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'
import { clientOf } from '../cli/s3-client.ts'

/** A bucket of today, which refuses an upload with an ACL. */
const Bucket = 'pail-no-acls'

let server: StartedServer
let backend: RunningBackend
let client: S3Client
beforeEach(async () => {
  server = await playgroundServer()
  backend = await runBackend()
  client = clientOf(server)
  await client.send(new CreateBucketCommand({ Bucket }))
})
afterEach(async () => {
  client.destroy()
  await backend.close()
  await server.close()
})

const policy = (Principal: object | string) =>
  client.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
        ],
      }),
    }),
  )

const profileOf = (provider: ProviderId) => saveProfile(backend.api, server, { provider })

/** Uploads one file as public; what came of it. */
async function upload(provider: ProviderId, of?: string) {
  const profileId = of ?? (await profileOf(provider))
  const path = join(backend.folder, 'files', 'photo.txt')
  await mkdir(join(backend.folder, 'files'), { recursive: true })
  await writeFile(path, 'photo')
  const { selectionId } = await value(backend.api.registerDrop({ sources: [{ path }] }))
  await value(
    backend.api.startUpload({
      profileId,
      bucket: Bucket,
      prefix: 'media/',
      selectionId,
      visibility: 'public',
      onConflict: 'overwrite',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 3600,
    }),
  )
  return backend.uploadReport()
}

test.each(['r2', 'b2', 'garage'] as const)(
  'a service without ACLs is sent none, and whether the bucket is public is asked afterwards: %s',
  async (provider) => {
    const closed = await upload(provider)
    expect(closed).toMatchObject({
      uploaded: 1,
      failed: 0,
      link: { kind: 'presigned' },
      linkError: { code: 'public-access-blocked' },
    })
    // As with the switch of the service.
    await client.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await policy('*')
    expect(await upload(provider)).toMatchObject({ uploaded: 1, link: { kind: 'public' }, linkError: null })
  },
)

test('where CloudFront reads the bucket a public file needs no ACL', async () => {
  await policy({ Service: 'cloudfront.amazonaws.com' })
  expect(await upload('other')).toMatchObject({ uploaded: 1, failed: 0, link: { kind: 'presigned' } })
})

test('S44 elsewhere a public file is not uploaded as private without a word', async () => {
  expect(await upload('other')).toMatchObject({ uploaded: 0, failed: 1, link: null })
})

test('S44 where Block Public Access is on for ACLs alone, a public upload says so, and the folder’s policy lets it in', async () => {
  const block = (BlockPublicPolicy: boolean) =>
    client.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy },
      }),
    )
  await client.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
    }),
  )
  await block(true)
  const profileId = await profileOf('other')
  const plan = () =>
    value(
      backend.api.planVisibility({
        profileId,
        bucket: Bucket,
        keys: [],
        prefixes: ['media/'],
        visibility: 'public',
      }),
    )
  expect(await upload('other', profileId)).toMatchObject({ uploaded: 0, failed: 1 })
  const { transfers } = await value(backend.api.listTransfers({}))
  expect(transfers[0]?.error).toMatchObject({
    code: 'public-access-blocked',
    message: expect.stringMatching(/refuses public ACLs.*If a public policy is allowed.*prefix/) as string,
  })
  expect(await plan()).toMatchObject({ refusal: { code: 'public-access-blocked' } })
  await block(false)
  const { planId, objects, refusal } = await plan()
  expect(refusal).toBeNull()
  await value(backend.api.applyVisibility({ planId, confirmedObjects: objects }))
  // With another profile: the first remembers for a moment that the key was not open.
  expect(await upload('other')).toMatchObject({ uploaded: 1, failed: 0, link: { kind: 'public' } })
})
