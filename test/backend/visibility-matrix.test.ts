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
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { eventSchemas } from '../../src-preload/contract/schemas.ts'
import type { CheckedObject } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, runBackend, value, profileAt } from './running-backend.ts'

const ownerships = ['BucketOwnerPreferred', 'BucketOwnerEnforced'] as const
const blocks = ['on', 'policies allowed', 'off'] as const
const policies = ['none', 'prefix public', 'Pail’s own', 'deny'] as const
/** A busy machine is given time; an idle one is not made to wait. */
const patient = { timeout: 30_000, interval: 20 }
const cellTimeout = 60_000

type Combination = readonly [(typeof ownerships)[number], (typeof blocks)[number], (typeof policies)[number]]

const combinations: readonly Combination[] = ownerships.flatMap((ownership) =>
  blocks.flatMap((block) => policies.map((policy) => [ownership, block, policy] as const)),
)

/** A backend on a server, and buckets of every kind on it. */
class Scene {
  readonly #buckets: string[] = []
  /** Those whose policy denies reading to everybody, the owner too. */
  readonly #denied = new Set<string>()
  /** The badges of a window that asks for nothing: the last answer that it was told of each object. */
  readonly #shown = new Map<string, CheckedObject>()
  readonly #ended: VisibilityReport[] = []
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
    const begun = new Set<string>()
    backend.api.onVisibilityReport((event) => {
      const report = eventSchemas.onVisibilityReport.parse(event)
      // As in the window: with a new report, what was known of the bucket is not true any more.
      if (!begun.has(report.reportId))
        for (const id of this.#shown.keys()) if (id.startsWith(`${report.bucket}/`)) this.#shown.delete(id)
      begun.add(report.reportId)
      if (report.state !== 'asking') this.#ended.push(report)
    })
    backend.api.onVisibilityAnswers((event) => {
      const { bucket, checks } = eventSchemas.onVisibilityAnswers.parse(event)
      for (const check of checks) this.#shown.set(idOf(bucket, check.key), check)
    })
  }

  static async open(server: StartedServer): Promise<Scene> {
    const backend = await runBackend({
      clipboard: null,
      environmentProfile: profileAt(server),
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

  /** A bucket with the ownership and the policy of the combination; nothing is blocked yet. */
  async newBucket([ownership, , policy]: Combination, hasOwnership: boolean): Promise<string> {
    const Bucket = `pail-matrix-${randomBytes(6).toString('hex')}`
    await this.client.send(
      new CreateBucketCommand({ Bucket, ...(hasOwnership ? { ObjectOwnership: ownership } : {}) }),
    )
    this.#buckets.push(Bucket)
    await this.client.send(new DeletePublicAccessBlockCommand({ Bucket }))
    if (policy === 'deny') this.#denied.add(Bucket)
    if (policy === 'Pail’s own')
      expect(await this.togglePrefix(Bucket, 'media/', 'public')).toBe('no objects')
    else if (policy !== 'none')
      await this.client.send(
        new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policyOf(Bucket, policy)) }),
      )
    return Bucket
  }

  /** Blocks what the combination says; last, so that it finds the policy there already. */
  async block(Bucket: string, [, block]: Combination): Promise<void> {
    if (block === 'off') return
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
  }

  /**
   * Uploads as the window does: `done`, or the code of the refusal. The object is there after the one, and not there
   * and without a badge after the other.
   */
  async upload(bucket: string, key: string, visibility: WantedVisibility): Promise<ErrorCode | 'done'> {
    const path = join(this.folder, key.slice(key.indexOf('/') + 1))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `content of ${key}`)
    const { selectionId } = await value(this.backend.api.registerDrop({ sources: [{ path }] }))
    const started = await this.backend.api.startUpload({
      profileId: environmentProfileId,
      bucket,
      prefix: key.slice(0, key.indexOf('/') + 1),
      selectionId,
      visibility,
      onConflict: 'overwrite',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 3600,
    })
    if (!started.ok) {
      expect(await this.exists(bucket, key)).toBe(false)
      expect(this.#shown.get(idOf(bucket, key))).toBeUndefined()
      return started.error.code
    }
    const report = await this.backend.uploadReport()
    const { transfers } = await value(this.backend.api.listTransfers({}))
    const transfer = transfers.find((each) => each.bucket === bucket && each.key === key)
    const isThere = await this.exists(bucket, key)
    if (report.uploaded === 1) {
      expect(transfer).toMatchObject({ state: 'done', error: null })
      expect(isThere).toBe(true)
      await this.#told(({ reportId }) => reportId === report.visibilityReportId)
      return 'done'
    }
    expect(report).toMatchObject({ failed: 1, link: null })
    expect(transfer?.state).toBe('failed')
    expect(isThere).toBe(false)
    expect(report.visibilityReportId).toBeUndefined()
    expect(this.#shown.get(idOf(bucket, key))).toBeUndefined()
    return transfer!.error!.code
  }

  /** Whether there is an object: as a signed HEAD is answered, or a listing where the policy denies that to everybody. */
  async exists(Bucket: string, Key: string): Promise<boolean> {
    const status = await this.client.send(new HeadObjectCommand({ Bucket, Key })).then(
      () => 200,
      (error: S3ServiceException) => error.$metadata.httpStatusCode,
    )
    if (status === 200 || status === 404) return status === 200
    expect([status, this.#denied.has(Bucket)]).toEqual([403, true])
    const { Contents } = await this.client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))
    return Contents?.some((object) => object.Key === Key) ?? false
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
    await this.#told(({ causeId }) => causeId === plan.planId)
    return outcome.checks[0]!.visibility
  }

  /** As the switch, for all below a prefix; `no objects` where there are none. Null for a refusal. */
  async togglePrefix(bucket: string, prefix: string, visibility: WantedVisibility): Promise<string | null> {
    const { api } = this.backend
    const wanted = { profileId: environmentProfileId, bucket, keys: [], prefixes: [prefix] }
    const plan = await value(api.planVisibility({ ...wanted, visibility }))
    if (plan.refusal !== null) return null
    const outcome = await value(api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }))
    if (outcome.checks.length === 0) return 'no objects'
    await this.#told(({ causeId }) => causeId === plan.planId)
    return [...new Set(outcome.checks.map((check) => check.visibility))].join(' and ')
  }

  /** An object that another tool puts there, without an ACL. */
  async putByOthers(Bucket: string, Key: string): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket, Key, Body: `content of ${Key}` }))
  }

  /** Why a plan to make an object private is a refusal; empty where it is none. */
  async whyNotPrivate(bucket: string, key: string): Promise<string> {
    const wanted = { profileId: environmentProfileId, bucket, keys: [key], prefixes: [] }
    const plan = await value(this.backend.api.planVisibility({ ...wanted, visibility: 'private' }))
    return plan.refusal?.message ?? ''
  }

  /** What a window is told that asks for an object that is there: what an unsigned GET of the test’s own is answered. */
  async asked(bucket: string, key: string): Promise<string> {
    expect(await this.exists(bucket, key)).toBe(true)
    const check = await value(
      this.backend.api.checkVisibility({ profileId: environmentProfileId, bucket, key }),
    )
    const { status } = await fetch(`${this.server.endpoint}/${bucket}/${key}`)
    const truth = status === 200 ? 'public' : status === 403 ? 'private' : `status ${status}`
    expect(check).toMatchObject({ visibility: truth, status })
    return truth
  }

  /** The badge: what the window was told by itself of the last change, which has to be the same. */
  async badge(bucket: string, key: string): Promise<string> {
    const truth = await this.asked(bucket, key)
    expect(this.#shown.get(idOf(bucket, key))).toMatchObject({
      key,
      visibility: truth,
      status: truth === 'public' ? 200 : 403,
    })
    return truth
  }

  /** Waits for the end of what is told of a change; the answers have come before it. */
  async #told(isMeant: (report: VisibilityReport) => boolean): Promise<void> {
    await expect.poll(() => this.#ended.find(isMeant)?.state, patient).toBe('done')
  }
}

function idOf(bucket: string, key: string): string {
  return `${bucket}/${key}`
}

function policyOf(bucket: string, policy: 'prefix public' | 'deny'): object {
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

/** What comes of a combination; written down by hand from S3’s documentation. */
interface Expected {
  /** An upload as public. */
  readonly upload: ErrorCode | 'done'
  readonly isShown: boolean
  /** Whether the policy opens the prefix, so that nothing is sent there as private. */
  readonly isOpen: boolean
  /** Whether an object can be made public, and private. */
  readonly canOpen: boolean
  readonly canClose: boolean
}

function opensPrefix(policy: (typeof policies)[number]): boolean {
  return policy === 'prefix public' || policy === 'Pail’s own'
}

function expected([ownership, block, policy]: Combination): Expected {
  const isRestricted = block === 'on'
  const isOpen = opensPrefix(policy) && !isRestricted
  const takesAcls = ownership === 'BucketOwnerPreferred' && block === 'off'
  return {
    // Without an ACL because the policy opens the prefix, or with one.
    upload:
      isOpen || takesAcls
        ? 'done'
        : ownership === 'BucketOwnerEnforced'
          ? 'acls-disabled'
          : 'public-access-blocked',
    isShown: isOpen || (takesAcls && policy !== 'deny'),
    isOpen,
    canOpen: !isRestricted && policy !== 'deny',
    // Pail’s own statement opens the prefix as a whole, also while the bucket does not let it count.
    canClose: !isOpen && policy !== 'Pail’s own',
  }
}

/** Both ways for the prefix that Pail's own statement opens, with an upload as private in between. */
async function toggleOwn(
  scene: Scene,
  bucket: string,
  canOpen: boolean,
  { takesUploads = true }: { readonly takesUploads?: boolean } = {},
): Promise<void> {
  expect(await scene.togglePrefix(bucket, 'media/', 'private')).toBe('private')
  expect(await scene.badge(bucket, 'media/kept.txt')).toBe('private')
  const keys = ['media/kept.txt']
  if (takesUploads) {
    keys.push('media/after.txt')
    expect(await scene.upload(bucket, 'media/after.txt', 'private')).toBe('done')
    expect(await scene.badge(bucket, 'media/after.txt')).toBe('private')
  }
  expect(await scene.togglePrefix(bucket, 'media/', 'public')).toBe(canOpen ? 'public' : null)
  if (canOpen) for (const key of keys) expect(await scene.badge(bucket, key)).toBe('public')
}

describe('S45 the badge is what an unsigned GET is answered, on the playground', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open(await playgroundServer())
  })
  afterAll(() => scene.close())

  test.each(combinations)(
    'ownership %s, Block Public Access %s, policy %s',
    async (...combination) => {
      const { upload, isShown, isOpen, canOpen, canClose } = expected(combination)
      const bucket = await scene.newBucket(combination, true)
      await scene.block(bucket, combination)
      expect(await scene.upload(bucket, 'media/shown.txt', 'public')).toBe(upload)
      if (upload === 'done')
        expect(await scene.badge(bucket, 'media/shown.txt')).toBe(isShown ? 'public' : 'private')
      expect(await scene.upload(bucket, 'media/kept.txt', 'private')).toBe(isOpen ? 'safety-refused' : 'done')
      if (isOpen) {
        await scene.putByOthers(bucket, 'media/kept.txt')
        expect(await scene.asked(bucket, 'media/kept.txt')).toBe('public')
      } else expect(await scene.badge(bucket, 'media/kept.txt')).toBe('private')

      const opened = await scene.toggle(bucket, 'media/kept.txt', 'public')
      expect(opened).toBe(canOpen ? 'public' : null)
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canOpen ? 'public' : 'private')
      const closed = await scene.toggle(bucket, 'media/kept.txt', 'private')
      expect(closed).toBe(canClose ? 'private' : null)
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe(isOpen ? 'public' : 'private')
      if (combination[2] === 'Pail’s own') await toggleOwn(scene, bucket, canOpen)
    },
    cellTimeout,
  )
})

describe.skipIf(!hasCeph)('S45 the badge is what an unsigned GET is answered, on Ceph', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open(await cephServer())
  })
  afterAll(() => scene.close())

  // What it has of the matrix: twelve cells of twenty-four. It has no ownership controls, so that there is no bucket with
  // BucketOwnerEnforced: ACLs always count. While BlockPublicAcls is on it refuses every PUT of an object, a private one,
  // too; so in the eight cells with it the objects are there before, and both uploads are seen to be refused afterwards. It
  // keeps RestrictPublicBuckets and does not enforce it: what a policy opens stays open. Pail has to find that out by asking,
  // and say so in place of a change that would be in vain.
  test.each(combinations.filter(([ownership]) => ownership === 'BucketOwnerPreferred'))(
    'ACLs enabled (%s), Block Public Access %s, policy %s',
    async (...combination) => {
      const [, block, policy] = combination
      const isOpen = opensPrefix(policy)
      const isBlocked = block !== 'off'
      const { canOpen } = expected(combination)
      const bucket = await scene.newBucket(combination, false)
      expect(await scene.upload(bucket, 'media/shown.txt', 'public')).toBe('done')
      expect(await scene.badge(bucket, 'media/shown.txt')).toBe(policy === 'deny' ? 'private' : 'public')
      expect(await scene.upload(bucket, 'media/kept.txt', 'private')).toBe(isOpen ? 'safety-refused' : 'done')
      if (isOpen) {
        await scene.putByOthers(bucket, 'media/kept.txt')
        expect(await scene.asked(bucket, 'media/kept.txt')).toBe('public')
      } else expect(await scene.badge(bucket, 'media/kept.txt')).toBe('private')

      if (isBlocked) {
        await scene.block(bucket, combination)
        expect(await scene.upload(bucket, 'media/late.txt', 'public')).toBe('access-denied')
        // Where everybody could read it, the service is not even asked to take it.
        expect(await scene.upload(bucket, 'media/late-kept.txt', 'private')).toBe(
          isOpen ? 'safety-refused' : 'access-denied',
        )
        // The public ACL of the first is ignored now.
        expect(await scene.asked(bucket, 'media/shown.txt')).toBe(isOpen ? 'public' : 'private')
      }
      const opened = await scene.toggle(bucket, 'media/kept.txt', 'public')
      expect(opened).toBe(canOpen || isOpen ? 'public' : null)
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canOpen || isOpen ? 'public' : 'private')
      const closed = await scene.toggle(bucket, 'media/kept.txt', 'private')
      expect(closed).toBe(isOpen ? null : 'private')
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe(isOpen ? 'public' : 'private')
      if (policy === 'Pail’s own') await toggleOwn(scene, bucket, canOpen, { takesUploads: !isBlocked })
      if (policy === 'prefix public' && block === 'on')
        expect(await scene.whyNotPrivate(bucket, 'media/kept.txt')).toContain(
          'RestrictPublicBuckets is on, and this service does not keep to it',
        )
    },
    cellTimeout,
  )
})
