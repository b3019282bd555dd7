import { join } from 'node:path'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import { sdkLinkServer } from '../links/sdk-link-server.ts'
import { knowServer } from './handed-out.ts'
import { test as base } from './host.ts'

/** A name by which only a proxy finds the service. */
export const proxiedName = 's3.proxied.test'

/** Keys that are recognised wherever they should not be; the secret changes in every encoding. */
export const canary = {
  accessKeyId: 'AKIACANARYCANARY0001',
  secretAccessKey: 'canary/Secret+0123456789/abcdefghijklmno',
} as const

/** An S3 service of the test's own, which the application knows nothing about. */
export interface Service {
  readonly endpoint: string
  readonly region: string
  /** `policy`: without ACLs, and a policy may make it public. */
  createBucket(bucket: string, access?: 'private' | 'policy' | 'per-object'): Promise<void>
  /** Gives the bucket this policy, in place of the one that it has. */
  setPolicy(bucket: string, statements: readonly object[]): Promise<void>
  put(bucket: string, key: string, body: string | Buffer): Promise<void>
  remove(bucket: string, key: string): Promise<void>
  /** Begins an upload in parts that nobody completes. */
  beginUpload(bucket: string, key: string): Promise<void>
  /** The whole content of an object; rejects when it is not there. */
  get(bucket: string, key: string): Promise<string>
  /** As {@link get}, its bytes; null when it is not there. */
  read(bucket: string, key: string): Promise<Buffer | null>
  /** Every key of a bucket, in its order. */
  keys(bucket: string): Promise<string[]>
  close(): Promise<void>
}

/**
 * Starts a playground with the {@link canary} keys in a folder; all links to it are proved before it closes. `aheadMs` is
 * how far its clock is ahead of this computer's.
 */
export async function startService(directory: string, aheadMs = 0): Promise<Service> {
  let provingAheadMs: number | null = null
  const server: Playground = await startPlayground({
    alsoNamed: proxiedName,
    directory,
    ...canary,
    now: () => new Date(Date.now() + (provingAheadMs ?? aheadMs)),
  })
  const client = new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    forcePathStyle: true,
    // The SDK writes into what it is given.
    credentials: { ...canary },
    systemClockOffset: aheadMs,
  })
  const links = sdkLinkServer(client, server.endpoint, (ms) => {
    provingAheadMs = ms === 0 ? null : ms
  })
  const known = knowServer(links)
  return {
    endpoint: server.endpoint,
    region: server.region,
    async createBucket(bucket, access = 'private') {
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      if (access === 'private') return
      await client.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
      if (access === 'policy') return
      await client.send(
        new PutBucketOwnershipControlsCommand({
          Bucket: bucket,
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
        }),
      )
    },
    async setPolicy(bucket, statements) {
      const policy = { Version: '2012-10-17', Statement: statements }
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }))
    },
    async put(bucket, key, body) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
    },
    async remove(bucket, key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
    },
    async beginUpload(bucket, key) {
      await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }))
    },
    async get(bucket, key) {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return (await answer.Body?.transformToString()) ?? ''
    },
    read: (bucket, key) => links.read({ bucket, key }),
    async keys(bucket) {
      const keys: string[] = []
      let token: string | undefined
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, ...(token ? { ContinuationToken: token } : {}) }),
        )
        for (const { Key } of page.Contents ?? []) keys.push(Key ?? '')
        token = page.NextContinuationToken
      } while (token !== undefined)
      return keys
    },
    async close() {
      await known.proveLinks()
      known.forget()
      client.destroy()
      await server.close()
    },
  }
}

/** A test with a fresh application and an S3 service beside it. */
export const test = base.extend<{ service: Service }>({
  service: async ({ workFolder }, use) => {
    const service = await startService(join(workFolder, 'service'))
    await use(service)
    await service.close()
  },
})
