import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { linkHandlers } from '../../src-main/backend/link-handlers.ts'
import { revocationHandlers } from '../../src-main/backend/revocation-handlers.ts'
import { createRunningWork } from '../../src-main/backend/running-work.ts'
import type { Sessions } from '../../src-main/backend/sessions.ts'
import { moveRecordForm } from '../../src-main/releases/move-record-form.ts'
import type { MoveHead } from '../../src-main/releases/move-record.ts'
import { createChangeRecords } from '../../src-main/releases/change-records.ts'
import { createLinkLedger } from '../../src-main/links/ledger.ts'
import { createBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { linkInput } from '../links/link-input.ts'
import { emptyAndDelete } from '../s3-conformance/scene.ts'
import { isHere, openTarget, type Target, type targetNames } from '../s3-conformance/target.ts'
import { type ScriptedAnswer, type SeenRequest, startScriptedProxy } from '../sync/scripted-proxy.ts'

const partBytes = 5 * 1024 * 1024
const everyLink = { bucket: null, search: '', signingKeyId: null, includeEnded: true }

/** The profile of the scene. */
export const profileId = 'p1'

/** A copy of an object at once. */
export const isCopy = ({ method, headers, query }: SeenRequest) =>
  method === 'PUT' && headers['x-amz-copy-source'] !== undefined && !query.has('partNumber')

/** A copy of a part of one. */
export const isPartCopy = ({ headers, query }: SeenRequest) =>
  headers['x-amz-copy-source'] !== undefined && query.has('partNumber')

/** The deletion of such keys. */
export const isDeletion =
  (wanted: (key: string) => boolean) =>
  ({ method, key, query }: SeenRequest) =>
    method === 'DELETE' && wanted(key) && !query.has('uploadId')

/** Makes a bucket for all tests of a file, with a proxy before it that follows a script, and links to what is put there. */
export function useRevocationScene(name: (typeof targetNames)[number]) {
  // Two files may run in one process.
  const bucket = `pail-move-${process.pid}-${randomBytes(3).toString('hex')}`
  let folder: string
  let target: Target
  let client: S3Client
  let session: S3Session
  let ledger: ReturnType<typeof createLinkLedger>
  let handlers: ReturnType<typeof revocationHandlers>
  let links: ReturnType<typeof linkHandlers>
  let proxy: Awaited<ReturnType<typeof startScriptedProxy>>
  let script: (request: SeenRequest) => ScriptedAnswer | null | Promise<ScriptedAnswer | null> = () => null
  const work = createRunningWork()
  let moments: SyncProgress[] = []

  /** On the disk, as after a restart each time. */
  const moveRecords = () =>
    createChangeRecords<MoveHead, never>(join(folder, 'moves'), async () => moveRecordForm)

  const sessions: Sessions = {
    open: () => Promise.resolve(session),
    forget: () => undefined,
    close: () => undefined,
  }
  const restarted = () =>
    revocationHandlers({
      sessions,
      ledger,
      throughOf: () => null,
      moves: moveRecords(),
      work,
      progress: { emit: (moment) => void moments.push(moment) },
      moving: { byPartsFromBytes: partBytes, partSizeBytes: partBytes, pausesMs: [10, 400] },
    })

  beforeAll(async () => {
    if (!isHere(name)) return
    folder = await mkdtemp(join(tmpdir(), 'pail-move-'))
    target = await openTarget(name)
    proxy = await startScriptedProxy(target.endpoint, (request) => script(request))
    client = new S3Client({
      endpoint: target.endpoint,
      region: target.region,
      credentials: target.credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
    session = createS3Session({
      profileId,
      endpoint: proxy.endpoint,
      region: target.region,
      addressing: 'path',
      checksums: 'when-required',
      insecureAllowed: false,
      credentials: async () => target.credentials,
      retries: { baseDelayMs: 1 },
    })
    ledger = createLinkLedger(join(folder, 'links.jsonl'))
    handlers = restarted()
    links = linkHandlers(sessions, ledger, { clipboard: null })
    await createBucket(session, { bucket, region: target.region, access: 'per-object' })
  })
  afterEach(() => {
    script = () => null
    moments = []
  })
  afterAll(async () => {
    if (!isHere(name)) return
    await emptyAndDelete(client, bucket)
    session.destroy()
    client.destroy()
    await proxy.close()
    await target.close()
    await rm(folder, { recursive: true, force: true })
  })

  const put = (key: string, body = `the bytes of ${key}`) =>
    client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentType: 'text/x-moved',
        CacheControl: 'max-age=60',
        Metadata: { who: 'somebody' },
      }),
    )
  /** Of two whole parts and a little. */
  const putLarge = async (key: string): Promise<Buffer> => {
    const where = { Bucket: bucket, Key: key }
    const bytes = Buffer.alloc(2 * partBytes + 10, 'large ')
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({
        ...where,
        ContentType: 'video/x-moved',
        CacheControl: 'max-age=60',
        ContentDisposition: 'attachment; filename="film.bin"',
        Metadata: { who: 'somebody' },
      }),
    )
    const Parts = await Promise.all(
      [0, 1, 2].map(async (index) => {
        const { ETag } = await client.send(
          new UploadPartCommand({
            ...where,
            UploadId,
            PartNumber: index + 1,
            Body: bytes.subarray(index * partBytes, (index + 1) * partBytes),
          }),
        )
        return { ETag, PartNumber: index + 1 }
      }),
    )
    await client.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts } }))
    return bytes
  }
  const link = (key: string) => links.createLink(linkInput({ profileId, bucket, key }))
  const revokedAt = async (recordId: string | null) =>
    (await ledger.list(everyLink)).links.find(({ id }) => id === recordId)?.revokedAt ?? null
  const planned = async (key: string) => {
    const { url, recordId } = await link(key)
    const { planId, newKey } = await handlers.planRevocation({ profileId, bucket, key })
    return { url, isDead: async () => (await revokedAt(recordId)) !== null, planId, newKey }
  }
  const isThere = async (key: string) => {
    script = () => null
    return (await headObject(session, { bucket, key })) !== null
  }
  const openUploads = async () =>
    (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
  const serviceCopies = (key: string, newKey: string) =>
    client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: newKey,
        CopySource: `${bucket}/${encodeURIComponent(key)}`,
      }),
    )
  /** Everything is as it was: the object, its links, and nothing at the new key. */
  const expectUntouched = async (
    key: string,
    { url, isDead, newKey }: Awaited<ReturnType<typeof planned>>,
  ) => {
    expect([await isThere(key), await isThere(newKey), await isDead()]).toEqual([true, false, false])
    expect((await fetch(url)).status).toBe(200)
    expect(await openUploads()).toEqual([])
  }

  return {
    bucket,
    work,
    get target() {
      return target
    },
    get client() {
      return client
    },
    get session() {
      return session
    },
    get handlers() {
      return handlers
    },
    get links() {
      return links
    },
    get proxy() {
      return proxy
    },
    get moments(): readonly SyncProgress[] {
      return moments
    },
    /** What the proxy does with a request; passes everything on at first, and after each test. */
    set script(next: typeof script) {
      script = next
    },
    moveRecords,
    restarted,
    put,
    putLarge,
    link,
    revokedAt,
    planned,
    isThere,
    openUploads,
    serviceCopies,
    expectUntouched,
  }
}
