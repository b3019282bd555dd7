import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'

const ownerships = ['BucketOwnerPreferred', 'BucketOwnerEnforced'] as const
const blocks = ['on', 'policies allowed', 'off'] as const
const policies = ['none', 'prefix public', 'deny'] as const

type Combination = readonly [(typeof ownerships)[number], (typeof blocks)[number], (typeof policies)[number]]

const combinations: readonly Combination[] = ownerships.flatMap((ownership) =>
  blocks.flatMap((block) => policies.map((policy) => [ownership, block, policy] as const)),
)

/** A backend on a server, and buckets of every kind on it. */
class Scene {
  readonly #buckets: string[] = []
  readonly server: StartedServer
  readonly backend: RunningBackend
  readonly folder: string
  readonly client: S3Client

  private constructor(server: StartedServer, backend: RunningBackend, folder: string) {
    this.server = server
    this.backend = backend
    this.folder = folder
    this.client = new S3Client({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: server,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  }

  static async open(server: StartedServer): Promise<Scene> {
    const backend = await runBackend({
      clipboard: null,
      environmentProfile: {
        name: 'the test',
        region: 'us-east-1',
        endpoint: server.endpoint,
        addressing: 'path',
        checksums: 'when-required',
        insecureConsent: null,
        credentials: {
          accessKeyId: server.accessKeyId,
          secretAccessKey: server.secretAccessKey,
          sessionToken: null,
        },
      },
    })
    return new Scene(server, backend, await mkdtemp(join(tmpdir(), 'pail-matrix-')))
  }

  async close(): Promise<void> {
    for (const Bucket of this.#buckets) {
      await this.client.send(new DeleteBucketPolicyCommand({ Bucket }))
      const { Contents } = await this.client.send(new ListObjectsV2Command({ Bucket }))
      for (const { Key } of Contents ?? []) await this.client.send(new DeleteObjectCommand({ Bucket, Key }))
      await this.client.send(new DeleteBucketCommand({ Bucket }))
    }
    this.client.destroy()
    await this.backend.close()
    await this.server.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A bucket as the combination says; the settings come last, so that they find the policy there already. */
  async newBucket([ownership, block, policy]: Combination, hasOwnership: boolean): Promise<string> {
    const Bucket = `pail-matrix-${randomBytes(6).toString('hex')}`
    await this.client.send(
      new CreateBucketCommand({ Bucket, ...(hasOwnership ? { ObjectOwnership: ownership } : {}) }),
    )
    this.#buckets.push(Bucket)
    await this.client.send(new DeletePublicAccessBlockCommand({ Bucket }))
    if (policy !== 'none')
      await this.client.send(
        new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policyOf(Bucket, policy)) }),
      )
    if (block !== 'off')
      await this.client.send(
        new PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            IgnorePublicAcls: true,
            BlockPublicPolicy: block === 'on',
            RestrictPublicBuckets: block === 'on',
          },
        }),
      )
    return Bucket
  }

  /** Uploads as the window does; whether that succeeded is not the question here. */
  async upload(bucket: string, key: string, visibility: WantedVisibility): Promise<void> {
    const path = join(this.folder, key.slice(key.indexOf('/') + 1))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `content of ${key}`)
    const { selectionId } = await value(this.backend.api.registerDrop({ sources: [{ path }] }))
    await value(
      this.backend.api.startUpload({
        profileId: environmentProfileId,
        bucket,
        prefix: key.slice(0, key.indexOf('/') + 1),
        selectionId,
        visibility,
        onConflict: 'overwrite',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
      }),
    )
    await this.backend.uploadReport()
  }

  /** The switch: planned, and applied where the plan is not a refusal. Null for a refusal. */
  async toggle(bucket: string, key: string, visibility: WantedVisibility): Promise<string | null> {
    const { api } = this.backend
    const plan = await value(
      api.planVisibility({ profileId: environmentProfileId, bucket, keys: [key], prefixes: [], visibility }),
    )
    if (plan.refusal !== null) return null
    const outcome = await value(api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }))
    expect(outcome.checks.map((check) => check.key)).toEqual([key])
    return outcome.checks[0]!.visibility
  }

  /** The badge, which has to be what an unsigned GET of the test’s own is answered. */
  async badge(bucket: string, key: string): Promise<string> {
    const check = await value(
      this.backend.api.checkVisibility({ profileId: environmentProfileId, bucket, key }),
    )
    const { status } = await fetch(`${this.server.endpoint}/${bucket}/${key}`)
    const truth = status === 200 ? 'public' : status === 403 ? 'private' : `status ${status}`
    expect({ ...check, visibility: check.visibility }).toMatchObject({ visibility: truth, status })
    return truth
  }
}

function policyOf(bucket: string, policy: Exclude<(typeof policies)[number], 'none'>): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Theirs',
        Effect: policy === 'deny' ? 'Deny' : 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${bucket}/media/*`,
      },
    ],
  }
}

/** Whether the public can read, and what each wish for it comes to; written down by hand from S3’s documentation. */
function expected([, block, policy]: Combination): { canOpen: boolean; canClose: boolean } {
  if (block === 'on') return { canOpen: false, canClose: true }
  if (policy === 'deny') return { canOpen: false, canClose: true }
  return { canOpen: true, canClose: policy === 'none' }
}

/** Whether an upload as public is public: by its ACL, or without one because the policy opens the prefix. */
function isShown([ownership, block, policy]: Combination): boolean {
  if (block === 'on' || policy === 'deny') return false
  return policy === 'prefix public' || (ownership === 'BucketOwnerPreferred' && block === 'off')
}

describe('S45 the badge is what an unsigned GET is answered, on the playground', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open(await playgroundServer())
  })
  afterAll(() => scene.close())

  test.each(combinations)('ownership %s, Block Public Access %s, policy %s', async (...combination) => {
    const { canOpen, canClose } = expected(combination)
    const bucket = await scene.newBucket(combination, true)
    await scene.upload(bucket, 'media/shown.txt', 'public')
    expect(await scene.badge(bucket, 'media/shown.txt')).toBe(isShown(combination) ? 'public' : 'private')
    await scene.upload(bucket, 'media/kept.txt', 'private')
    expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canClose ? 'private' : 'public')

    const opened = await scene.toggle(bucket, 'media/kept.txt', 'public')
    expect(opened).toBe(canOpen ? 'public' : null)
    expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canOpen ? 'public' : 'private')
    const closed = await scene.toggle(bucket, 'media/kept.txt', 'private')
    expect(closed).toBe(canClose ? 'private' : null)
    expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canClose ? 'private' : 'public')
  })
})

describe.skipIf(!hasCeph)('S45 the badge is what an unsigned GET is answered, on Ceph', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open(await cephServer())
  })
  afterAll(() => scene.close())

  // It has no ownership controls, refuses every PUT while BlockPublicAcls is on, and does not enforce RestrictPublicBuckets.
  test.each(policies)('ACLs enabled, nothing blocked, policy %s', async (policy) => {
    const combination = ['BucketOwnerPreferred', 'off', policy] as const
    const { canOpen, canClose } = expected(combination)
    const bucket = await scene.newBucket(combination, false)
    await scene.upload(bucket, 'media/shown.txt', 'public')
    expect(await scene.badge(bucket, 'media/shown.txt')).toBe(canOpen ? 'public' : 'private')
    await scene.upload(bucket, 'media/kept.txt', 'private')
    expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canClose ? 'private' : 'public')
    expect(await scene.toggle(bucket, 'media/kept.txt', 'public')).toBe(canOpen ? 'public' : null)
    await scene.badge(bucket, 'media/kept.txt')
    expect(await scene.toggle(bucket, 'media/kept.txt', 'private')).toBe(canClose ? 'private' : null)
    await scene.badge(bucket, 'media/kept.txt')
  })
})
