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
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { expect } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { eventSchemas } from '../../src-preload/contract/schemas.ts'
import type { CheckedObject } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, runBackend, value, profileAt } from './running-backend.ts'

/** What the buckets of the matrix are, in every combination. */
export const ownerships = ['BucketOwnerPreferred', 'BucketOwnerEnforced'] as const
/** What Block Public Access is at. */
export const blocks = ['on', 'policies allowed', 'off'] as const
/** What the bucket's policy says of the prefix. */
export const policies = ['none', 'prefix public', 'Pail’s own', 'deny'] as const

/** A busy machine is given time; an idle one is not made to wait. */
const patient = { timeout: 30_000, interval: 20 }

/** One bucket of the matrix. */
export type Combination = readonly [
  (typeof ownerships)[number],
  (typeof blocks)[number],
  (typeof policies)[number],
]

/** A backend on a server, and buckets of every kind on it. */
export class MatrixScene {
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

  static async open(server: StartedServer): Promise<MatrixScene> {
    const backend = await runBackend({
      clipboard: null,
      environmentProfile: profileAt(server),
    })
    return new MatrixScene(server, backend, await mkdtemp(join(tmpdir(), 'pail-matrix-')))
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

  /** The switch: planned, and applied where the plan is not a refusal. Null for a refusal, and the code where it fails. */
  async toggle(bucket: string, key: string, visibility: WantedVisibility): Promise<string | null> {
    const { api } = this.backend
    const plan = await value(
      api.planVisibility({ profileId: environmentProfileId, bucket, keys: [key], prefixes: [], visibility }),
    )
    if (plan.refusal !== null) return null
    const applied = await api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects })
    if (!applied.ok) return applied.error.code
    const outcome = applied.value
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

  /** The status with which a link that ends is answered, which the owner's keys have signed. */
  async linked(Bucket: string, Key: string): Promise<number> {
    const url = await getSignedUrl(this.client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 })
    return (await fetch(url)).status
  }

  async policy(Bucket: string): Promise<string | undefined> {
    return (await this.client.send(new GetBucketPolicyCommand({ Bucket }))).Policy
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
