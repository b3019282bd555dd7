import { randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetObjectAclCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type {
  ObjectCannedACL,
  ObjectOwnership,
  PutObjectCommandInput,
  S3ClientConfig,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe } from 'vitest'
import { cephDifferences } from './differences.ts'
import type { CephDifference } from './differences.ts'
import { sendRaw } from './raw-request.ts'
import type { RawRequest, RawResponse } from './raw-request.ts'
import { signRequest } from './signed-request.ts'
import type { Unsigned } from './signed-request.ts'
import { isHere, openTarget, targetNames } from './target.ts'
import type { Target } from './target.ts'

/** One target with what the specs need to speak to it; buckets made here are gone afterwards. */
export class Scene {
  readonly #name: Target['name']
  readonly #buckets: string[] = []
  #target: Target | undefined
  #client: S3Client | undefined

  constructor(name: Target['name']) {
    this.#name = name
  }

  async open(): Promise<void> {
    this.#target = await openTarget(this.#name)
    this.#client = this.clientWith({})
  }

  async close(): Promise<void> {
    for (const bucket of this.#buckets) await emptyAndDelete(this.client, bucket)
    this.#client?.destroy()
    await this.#target?.close()
  }

  get target(): Target {
    if (!this.#target) throw new Error('the scene is not open')
    return this.#target
  }

  get client(): S3Client {
    if (!this.#client) throw new Error('the scene is not open')
    return this.#client
  }

  /** A client for this target; it never tries twice, so that a spec sees the first answer. */
  clientWith(changes: S3ClientConfig): S3Client {
    const mode = this.target.knows.flexibleChecksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
    return new S3Client({
      endpoint: this.target.endpoint,
      region: this.target.region,
      credentials: this.target.credentials,
      forcePathStyle: true,
      maxAttempts: 1,
      requestChecksumCalculation: mode,
      responseChecksumValidation: mode,
      ...changes,
    })
  }

  /** Whether this target differs from AWS in that; only differences of the table can be named. */
  differs(name: 'ceph', difference: CephDifference): boolean {
    return this.#name === name && difference in cephDifferences
  }

  /** A bucket name nobody has used. */
  bucketName(): string {
    return `pail-conformance-${randomBytes(6).toString('hex')}`
  }

  /**
   * A new bucket. `open` takes Block Public Access off; an ownership other than the default lets ACLs count.
   * Where there are no ownership controls ACLs always count.
   */
  async newBucket(
    options: { readonly open?: boolean; readonly ownership?: ObjectOwnership } = {},
  ): Promise<string> {
    const bucket = this.bucketName()
    const { ownershipControls, blocksPublicByDefault } = this.target.knows
    await this.client.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ...(ownershipControls && options.ownership ? { ObjectOwnership: options.ownership } : {}),
      }),
    )
    this.#buckets.push(bucket)
    if (options.open && blocksPublicByDefault)
      await this.client.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
    return bucket
  }

  /** Turns versioning on, or suspends it. */
  async setVersioning(Bucket: string, Status: 'Enabled' | 'Suspended'): Promise<void> {
    await this.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
  }

  /** Remembers a bucket that a spec made by itself. */
  adopt(bucket: string): void {
    this.#buckets.push(bucket)
  }

  /** Puts a small object. */
  async put(Bucket: string, Key: string, Body = 'content', more: Partial<PutObjectCommandInput> = {}) {
    return this.client.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentLength: Buffer.byteLength(Body), ...more }),
    )
  }

  /** Sends a request without any signature. */
  anonymous(
    method: string,
    path: string,
    more: Pick<RawRequest, 'headers' | 'body'> = {},
  ): Promise<RawResponse> {
    return sendRaw(this.target.endpoint, { method, path, ...more })
  }

  /** The status of an unsigned GET: the only proof of what is public. */
  async anonymousGet(bucket: string, key: string): Promise<number> {
    return (await this.anonymous('GET', `/${bucket}/${key}`)).status
  }

  /** Puts a canned ACL on an object. */
  async setAcl(Bucket: string, Key: string, ACL: ObjectCannedACL): Promise<void> {
    await this.client.send(new PutObjectAclCommand({ Bucket, Key, ACL }))
  }

  /** The grants of an object, each as `<group or owner> <permission>`. */
  async grants(Bucket: string, Key: string): Promise<string[]> {
    const { Grants } = await this.client.send(new GetObjectAclCommand({ Bucket, Key }))
    return (Grants ?? []).map(
      ({ Grantee, Permission }) => `${Grantee?.URI?.replace(/^.*\//, '') ?? 'owner'} ${Permission ?? ''}`,
    )
  }

  /** Signs a request by hand and sends it. */
  signed(unsigned: Unsigned): Promise<RawResponse> {
    return sendRaw(this.target.endpoint, signRequest(this.target, unsigned).raw)
  }
}

/** Takes a bucket away with everything that is in it: versions, markers, unfinished uploads. */
export async function emptyAndDelete(client: S3Client, Bucket: string): Promise<void> {
  try {
    await client.send(new DeleteBucketPolicyCommand({ Bucket })).catch(ignoreRefusal)
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
    for (const { Key, UploadId } of Uploads ?? [])
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    for (;;) {
      const { Versions, DeleteMarkers, IsTruncated } = await client.send(
        new ListObjectVersionsCommand({ Bucket }),
      )
      const all = [...(Versions ?? []), ...(DeleteMarkers ?? [])]
      for (let at = 0; at < all.length; at += 20)
        await Promise.all(
          all
            .slice(at, at + 20)
            .map(({ Key, VersionId }) => client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))),
        )
      if (!IsTruncated) break
    }
    await client.send(new DeleteBucketCommand({ Bucket }))
  } catch (error) {
    ignoreRefusal(error)
  }
}

// Cleaning up is best effort: a spec may have deleted its bucket already.
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof S3ServiceException)) throw error
}

function specsFor(name: Target['name'], subject: string, specs: (scene: Scene) => void): void {
  describe.skipIf(!isHere(name))(`${subject} (${name})`, () => {
    const scene = new Scene(name)
    beforeAll(() => scene.open())
    afterAll(() => scene.close())
    specs(scene)
  })
}

/** The specs of one subject, once for each target. Ceph's are skipped, and counted so, where there is none. */
export function conformance(subject: string, specs: (scene: Scene) => void): void {
  for (const name of targetNames) specsFor(name, subject, specs)
}

/** Specs of what the playground has to itself: its own account, its honesty about what it lacks. */
export function playgroundOnly(subject: string, specs: (scene: Scene) => void): void {
  specsFor('playground', subject, specs)
}

/** How an SDK call was refused: the S3 code and the HTTP status. Rejects when it was not. */
export async function refusal(call: Promise<unknown>): Promise<{ code: string; status: number }> {
  try {
    await call
  } catch (error) {
    if (error instanceof S3ServiceException)
      return { code: error.name, status: error.$metadata.httpStatusCode ?? 0 }
    throw error
  }
  throw new Error('the request was expected to be refused, and was not')
}
