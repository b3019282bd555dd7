import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
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
import { putObjectAcl, readObjectAcl } from '../../src-main/s3/object-acl.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import { emptyAndDelete } from '../s3-conformance/scene.ts'
import { isHere, openTarget, type Target, targetNames } from '../s3-conformance/target.ts'
import { type ScriptedAnswer, type SeenRequest, s3Error, startScriptedProxy } from '../sync/scripted-proxy.ts'

const partBytes = 5 * 1024 * 1024
const everyLink = { bucket: null, search: '', signingKeyId: null, includeEnded: true }

const isCopy = ({ method, headers, query }: SeenRequest) =>
  method === 'PUT' && headers['x-amz-copy-source'] !== undefined && !query.has('partNumber')
const isPartCopy = ({ headers, query }: SeenRequest) =>
  headers['x-amz-copy-source'] !== undefined && query.has('partNumber')
const isDeletion =
  (wanted: (key: string) => boolean) =>
  ({ method, key, query }: SeenRequest) =>
    method === 'DELETE' && wanted(key) && !query.has('uploadId')

describe.each(targetNames)('moving an object away from its links, on %s', (name) => {
  const run = test.skipIf(!isHere(name))
  const bucket = `pail-move-${process.pid}`
  const profileId = 'p1'
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
  const planned = async (key: string) => {
    const { url, recordId } = await links.createLink({
      profileId,
      bucket,
      key,
      kind: 'presigned',
      expiresInSeconds: 600,
      downloadAs: null,
      baseUrl: null,
      copy: false,
    })
    const { planId, newKey } = await handlers.planRevocation({ profileId, bucket, key })
    const isDead = async () =>
      (await ledger.list(everyLink)).links.find(({ id }) => id === recordId)?.revokedAt !== null
    return { url, isDead, planId, newKey }
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

  run(
    'a large one goes by parts, tells how far it is, and keeps its headers, metadata, tags and ACL',
    async () => {
      const bytes = await putLarge('film.bin')
      const Tagging = { TagSet: [{ Key: 'a b', Value: 'c+d' }] }
      await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'film.bin', Tagging }))
      await putObjectAcl(session, { bucket, key: 'film.bin', acl: 'public-read' })
      const { url, planId, newKey, isDead } = await planned('film.bin')
      const before = await headObject(session, { bucket, key: 'film.bin' })
      await handlers.applyRevocation({ planId, newKey })
      expect(await isDead()).toBe(true)
      expect([403, 404]).toContain((await fetch(url)).status)

      const moved = await fetch(`${target.endpoint}/${bucket}/${newKey}`)
      expect([moved.status, Buffer.from(await moved.arrayBuffer()).equals(bytes)]).toEqual([200, true])
      expect(await headObject(session, { bucket, key: newKey })).toMatchObject({
        contentType: 'video/x-moved',
        cacheControl: 'max-age=60',
        contentDisposition: before?.contentDisposition,
        metadata: { who: 'somebody' },
      })
      expect((await readObjectAcl(session, { bucket, key: newKey })).acl).toBe('public-read')
      expect(await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: newKey }))).toMatchObject(
        Tagging,
      )
      expect(proxy.seen.filter(isPartCopy)).toHaveLength(3)
      expect(moments.every((moment) => moment.planId === planId && moment.bytesTotal === bytes.length)).toBe(
        true,
      )
      expect(moments[0]).toMatchObject({ state: 'running', bytesDone: 0 })
      expect(moments.at(-1)).toMatchObject({ state: 'done', bytesDone: bytes.length })
    },
  )

  run('cancelled between its parts, it is where it was, and can be moved later', async () => {
    await putLarge('cancelled.bin')
    const plan = await planned('cancelled.bin')
    let parts = 0
    script = (request) => {
      if (isPartCopy(request) && ++parts === 2) work.cancel(plan.planId)
      return null
    }
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'cancelled', message: 'Cancelled. The object is where it was.' },
    })
    expect(moments.at(-1)).toMatchObject({ state: 'cancelled' })
    await expectUntouched('cancelled.bin', plan)
    await handlers.applyRevocation(plan)
    expect([await isThere(plan.newKey), await plan.isDead()]).toEqual([true, true])
  })

  run('cancelled while the service copies it at once, the copy that it makes all the same goes', async () => {
    await put('at once.txt')
    const plan = await planned('at once.txt')
    script = async (request) => {
      if (!isCopy(request)) return null
      work.cancel(plan.planId)
      await serviceCopies('at once.txt', plan.newKey)
      return s3Error(500, 'InternalError')
    }
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { code: 'cancelled' } })
    await expectUntouched('at once.txt', plan)
  })

  run('cancelled when it is copied and not yet removed, the copy goes', async () => {
    await putLarge('late.bin')
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] }
    await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'late.bin', Tagging }))
    const plan = await planned('late.bin')
    script = ({ key, query }) => {
      // Asked for once the copy is complete.
      if (key === plan.newKey && query.has('tagging')) work.cancel(plan.planId)
      return null
    }
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { code: 'cancelled' } })
    await expectUntouched('late.bin', plan)
  })

  run('a copy that is refused leaves nothing', async () => {
    await put('refused.txt')
    const plan = await planned('refused.txt')
    script = (request) => (isCopy(request) ? s3Error(403, 'AccessDenied') : null)
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { code: 'access-denied' } })
    await expectUntouched('refused.txt', plan)
  })

  run('where copies of parts are refused, it is copied at once', async () => {
    await putLarge('whole.bin')
    const plan = await planned('whole.bin')
    script = (request) => (isPartCopy(request) ? s3Error(403, 'AccessDenied') : null)
    await handlers.applyRevocation(plan)
    expect([await isThere(plan.newKey), await plan.isDead()]).toEqual([true, true])
    expect(await openUploads()).toEqual([])
  })

  run('where the tags may not be read, it is copied at once, which takes them along', async () => {
    await putLarge('tagged.bin')
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] }
    await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'tagged.bin', Tagging }))
    const plan = await planned('tagged.bin')
    script = ({ method, query }) =>
      method === 'GET' && query.has('tagging') ? s3Error(403, 'AccessDenied') : null
    await handlers.applyRevocation(plan)
    expect(
      await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: plan.newKey })),
    ).toMatchObject(Tagging)
  })

  run('F11 a copy whose answer is lost is gone on with when its repetition finds it', async () => {
    await put('lost.txt')
    const plan = await planned('lost.txt')
    let copies = 0
    script = async (request) => {
      if (!isCopy(request)) return null
      if (copies++ > 0) return s3Error(412, 'PreconditionFailed')
      await serviceCopies('lost.txt', plan.newKey)
      return s3Error(500, 'InternalError')
    }
    await handlers.applyRevocation(plan)
    expect(copies).toBe(2)
    expect([await isThere('lost.txt'), await isThere(plan.newKey), await plan.isDead()]).toEqual([
      false,
      true,
      true,
    ])
  })

  run('somebody else’s object that comes to the new key meanwhile is not touched', async () => {
    await put('mine.txt')
    const plan = await planned('mine.txt')
    script = async (request) => {
      if (!isCopy(request)) return null
      await put(plan.newKey, 'of somebody else')
      return s3Error(412, 'PreconditionFailed')
    }
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { code: 'already-exists' } })
    expect([await isThere('mine.txt'), await isThere(plan.newKey), await plan.isDead()]).toEqual([
      true,
      true,
      false,
    ])
  })

  run('F11 a copy that is never answered is taken back', async () => {
    await put('mute.txt')
    const plan = await planned('mute.txt')
    let copies = 0
    script = async (request) => {
      if (!isCopy(request)) return null
      if (copies++ === 0) await serviceCopies('mute.txt', plan.newKey)
      return s3Error(503, 'ServiceUnavailable')
    }
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { retryable: true } })
    await expectUntouched('mute.txt', plan)
  })

  run('F11 a completion whose answer is lost leaves no copy', async () => {
    await putLarge('completed.bin')
    const plan = await planned('completed.bin')
    let completions = 0
    script = async ({ method, key, query }) => {
      const UploadId = query.get('uploadId')
      if (method !== 'POST' || key !== plan.newKey || UploadId === null) return null
      if (completions++ > 0) return null
      const where = { Bucket: bucket, Key: key, UploadId }
      const { Parts = [] } = await client.send(new ListPartsCommand(where))
      const MultipartUpload = { Parts: Parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber })) }
      await client.send(new CompleteMultipartUploadCommand({ ...where, MultipartUpload }))
      return s3Error(500, 'InternalError')
    }
    const moved = await handlers.applyRevocation(plan).then(
      () => 'done',
      () => 'failed',
    )
    // A service may know a completion again, and answer as if it were the first.
    if (moved === 'done')
      expect([await isThere('completed.bin'), await isThere(plan.newKey)]).toEqual([false, true])
    else await expectUntouched('completed.bin', plan)
  })

  run('a deletion that is refused leaves everything as it was, and says so', async () => {
    await put('kept.txt')
    const plan = await planned('kept.txt')
    script = (request) =>
      isDeletion((key) => key === 'kept.txt')(request) ? s3Error(403, 'AccessDenied') : null
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'access-denied', message: expect.stringContaining('its copy was taken back') },
    })
    await expectUntouched('kept.txt', plan)
    expect((await restarted().listLeftCopies({})).map(({ key }) => key)).not.toContain('kept.txt')
  })

  run('keys that may delete nothing at all are told of the copy by its key', async () => {
    await put('both.txt')
    const plan = await planned('both.txt')
    script = (request) => (isDeletion(() => true)(request) ? s3Error(403, 'AccessDenied') : null)
    const told = expect.stringMatching(
      new RegExp(`copy at ${plan.newKey} could not be taken back .*delete it by hand`),
    )
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'access-denied', message: told },
    })
    expect([await isThere('both.txt'), await isThere(plan.newKey), await plan.isDead()]).toEqual([
      true,
      true,
      false,
    ])
    // It is known after a restart, and can be removed once the keys may: the object stays, and so do its links.
    const after = restarted()
    const leftOf = async () => (await after.listLeftCopies({})).find(({ key }) => key === 'both.txt')
    const left = await leftOf()
    expect(left).toMatchObject({ profileId, bucket, key: 'both.txt', newKey: plan.newKey })
    const remove = () => after.removeLeftCopy({ id: left?.id ?? '' })
    script = (request) => (isDeletion(() => true)(request) ? s3Error(403, 'AccessDenied') : null)
    await expect(remove()).rejects.toMatchObject({ error: { code: 'access-denied' } })
    script = () => null
    expect(await remove()).toEqual({ outcome: 'removed' })
    expect([await isThere('both.txt'), await isThere(plan.newKey), await plan.isDead()]).toEqual([
      true,
      false,
      false,
    ])
    expect(await leftOf()).toBeUndefined()
    await expect(remove()).rejects.toMatchObject({ error: { code: 'not-found' } })
  })

  run('what is not known to be a copy is not removed, and a move that was made is recognised', async () => {
    await put('cut.txt')
    let endRunning = async () => false
    const begin = async (newKey: string, more: Partial<MoveHead> = {}) => {
      const id = randomUUID()
      const writer = await moveRecords().begin(id, {
        pailMove: 1,
        at: new Date(Date.now() - 2000).toISOString(),
        // No process has this id.
        process: 2 ** 30,
        profileId,
        service: session.service,
        bucket,
        key: 'cut.txt',
        newKey,
        ...more,
      })
      // One that goes on has not ended.
      if (more.process === undefined) await writer.end()
      else endRunning = () => writer.end()
      return id
    }
    const copyTo = (Key: string) =>
      client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/cut.txt` }))
    const after = restarted()

    // Nobody had made the copy yet.
    expect(await after.removeLeftCopy({ id: await begin('none.txt') })).toEqual({ outcome: 'gone' })
    // It was there before the move, or is another object.
    await copyTo('older.txt')
    await put('other.txt', 'no copy at all')
    const soon = { at: new Date(Date.now() + 60_000).toISOString() }
    for (const id of [await begin('older.txt', soon), await begin('other.txt')]) {
      await expect(after.removeLeftCopy({ id })).rejects.toMatchObject({
        error: { code: 'precondition-failed' },
      })
      await moveRecords().forget(id)
    }
    expect([await isThere('older.txt'), await isThere('other.txt')]).toEqual([true, true])
    // One that goes on is not listed, be it of this process or of another.
    const running = await begin('running.txt', { process: process.pid })
    expect((await after.listLeftCopies({})).map(({ id }) => id)).not.toContain(running)
    expect(await endRunning()).toBe(true)
    await moveRecords().forget(running)
    // The object had been removed from its old key when the process ended: its links are dead.
    await copyTo('moved.txt')
    const { isDead } = await planned('cut.txt')
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'cut.txt' }))
    expect(await after.removeLeftCopy({ id: await begin('moved.txt') })).toEqual({ outcome: 'moved' })
    expect(await isThere('moved.txt')).toBe(true)
    expect(await isDead()).toBe(true)
    expect((await after.listLeftCopies({})).map(({ key }) => key)).not.toContain('cut.txt')
  })

  run('whether the old one is there cannot be asked: the copy stays, and both are named', async () => {
    await put('asked.txt')
    const plan = await planned('asked.txt')
    let isAsked = false
    script = (request) => {
      if (isDeletion((key) => key === 'asked.txt')(request)) isAsked = true
      return isAsked && request.key === 'asked.txt' ? s3Error(500, 'InternalError') : null
    }
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: {
        message: expect.stringContaining(`copied to ${plan.newKey}, and may still be at its old key`),
      },
    })
    expect([await isThere('asked.txt'), await isThere(plan.newKey)]).toEqual([true, true])
  })

  run('one that is changed while it is copied stays, changed, and its copy goes', async () => {
    await put('changed.txt')
    const plan = await planned('changed.txt')
    script = async (request) => {
      const isAfterwards = proxy.seen.some((seen) => isCopy(seen) && seen.key === plan.newKey)
      if (isAfterwards && request.method === 'HEAD' && request.key === 'changed.txt') {
        script = () => null
        await put('changed.txt', 'of somebody else')
      }
      return null
    }
    await expect(handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'precondition-failed' },
    })
    await expectUntouched('changed.txt', plan)
  })

  run('where the bucket keeps versions, a copy that is taken back leaves none', async () => {
    const versioned = `${bucket}-v`
    await client.send(new CreateBucketCommand({ Bucket: versioned }))
    try {
      const VersioningConfiguration = { Status: 'Enabled' as const }
      await client.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }))
      await client.send(new PutObjectCommand({ Bucket: versioned, Key: 'v.txt', Body: 'v' }))
      const { planId, newKey } = await handlers.planRevocation({ profileId, bucket: versioned, key: 'v.txt' })
      script = (request) =>
        isDeletion((key) => key === 'v.txt')(request) ? s3Error(403, 'AccessDenied') : null
      await expect(handlers.applyRevocation({ planId, newKey })).rejects.toMatchObject({
        error: { message: expect.stringContaining('its copy was taken back') },
      })
      const { Versions, DeleteMarkers } = await client.send(
        new ListObjectVersionsCommand({ Bucket: versioned }),
      )
      expect([Versions?.map(({ Key }) => Key), DeleteMarkers ?? []]).toEqual([['v.txt'], []])
    } finally {
      await emptyAndDelete(client, versioned)
    }
  })
})
