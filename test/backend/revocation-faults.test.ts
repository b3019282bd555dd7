import { randomUUID } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import type { MoveHead } from '../../src-main/releases/move-record.ts'
import { emptyAndDelete } from '../s3-conformance/scene.ts'
import { isHere, targetNames } from '../s3-conformance/target.ts'
import { s3Error } from '../sync/scripted-proxy.ts'
import { isCopy, isDeletion, isPartCopy, profileId, useRevocationScene } from './revocation-scene.ts'

describe.each(targetNames)('moving an object away from its links, on %s', (name) => {
  const run = test.skipIf(!isHere(name))
  const scene = useRevocationScene(name)
  const {
    bucket,
    moveRecords,
    restarted,
    put,
    putLarge,
    planned,
    isThere,
    openUploads,
    serviceCopies,
    expectUntouched,
  } = scene

  run('a copy that is refused leaves nothing', async () => {
    await put('refused.txt')
    const plan = await planned('refused.txt')
    scene.script = (request) => (isCopy(request) ? s3Error(403, 'AccessDenied') : null)
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'access-denied' },
    })
    await expectUntouched('refused.txt', plan)
  })

  run('where copies of parts are refused, it is copied at once', async () => {
    await putLarge('whole.bin')
    const plan = await planned('whole.bin')
    scene.script = (request) => (isPartCopy(request) ? s3Error(403, 'AccessDenied') : null)
    await scene.handlers.applyRevocation(plan)
    expect([await isThere(plan.newKey), await plan.isDead()]).toEqual([true, true])
    expect(await openUploads()).toEqual([])
  })

  run('where the tags may not be read, it is copied at once, which takes them along', async () => {
    await putLarge('tagged.bin')
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] }
    await scene.client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'tagged.bin', Tagging }))
    const plan = await planned('tagged.bin')
    scene.script = ({ method, query }) =>
      method === 'GET' && query.has('tagging') ? s3Error(403, 'AccessDenied') : null
    await scene.handlers.applyRevocation(plan)
    expect(
      await scene.client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: plan.newKey })),
    ).toMatchObject(Tagging)
  })

  run('F11 a copy whose answer is lost is gone on with when its repetition finds it', async () => {
    await put('lost.txt')
    const plan = await planned('lost.txt')
    let copies = 0
    scene.script = async (request) => {
      if (!isCopy(request)) return null
      if (copies++ > 0) return s3Error(412, 'PreconditionFailed')
      await serviceCopies('lost.txt', plan.newKey)
      return s3Error(500, 'InternalError')
    }
    await scene.handlers.applyRevocation(plan)
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
    scene.script = async (request) => {
      if (!isCopy(request)) return null
      await put(plan.newKey, 'of somebody else')
      return s3Error(412, 'PreconditionFailed')
    }
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
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
    scene.script = async (request) => {
      if (!isCopy(request)) return null
      if (copies++ === 0) await serviceCopies('mute.txt', plan.newKey)
      return s3Error(503, 'ServiceUnavailable')
    }
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { retryable: true } })
    await expectUntouched('mute.txt', plan)
  })

  run('F11 a completion whose answer is lost leaves no copy', async () => {
    await putLarge('completed.bin')
    const plan = await planned('completed.bin')
    let completions = 0
    scene.script = async ({ method, key, query }) => {
      const UploadId = query.get('uploadId')
      if (method !== 'POST' || key !== plan.newKey || UploadId === null) return null
      if (completions++ > 0) return null
      const where = { Bucket: bucket, Key: key, UploadId }
      const { Parts = [] } = await scene.client.send(new ListPartsCommand(where))
      const MultipartUpload = { Parts: Parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber })) }
      await scene.client.send(new CompleteMultipartUploadCommand({ ...where, MultipartUpload }))
      return s3Error(500, 'InternalError')
    }
    const moved = await scene.handlers.applyRevocation(plan).then(
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
    scene.script = (request) =>
      isDeletion((key) => key === 'kept.txt')(request) ? s3Error(403, 'AccessDenied') : null
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'access-denied', message: expect.stringContaining('its copy was taken back') },
    })
    await expectUntouched('kept.txt', plan)
    expect((await restarted().listLeftCopies({})).map(({ key }) => key)).not.toContain('kept.txt')
  })

  run('keys that may delete nothing at all are told of the copy by its key', async () => {
    await put('both.txt')
    const plan = await planned('both.txt')
    scene.script = (request) => (isDeletion(() => true)(request) ? s3Error(403, 'AccessDenied') : null)
    const told = expect.stringMatching(
      new RegExp(`copy at ${plan.newKey} could not be taken back .*delete it by hand`),
    )
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({
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
    scene.script = (request) => (isDeletion(() => true)(request) ? s3Error(403, 'AccessDenied') : null)
    await expect(remove()).rejects.toMatchObject({ error: { code: 'access-denied' } })
    scene.script = () => null
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
        service: scene.session.service,
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
      scene.client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/cut.txt` }))
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
    await scene.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'cut.txt' }))
    expect(await after.removeLeftCopy({ id: await begin('moved.txt') })).toEqual({ outcome: 'moved' })
    expect(await isThere('moved.txt')).toBe(true)
    expect(await isDead()).toBe(true)
    expect((await after.listLeftCopies({})).map(({ key }) => key)).not.toContain('cut.txt')
  })

  run('whether the old one is there cannot be asked: the copy stays, and both are named', async () => {
    await put('asked.txt')
    const plan = await planned('asked.txt')
    let isAsked = false
    scene.script = (request) => {
      if (isDeletion((key) => key === 'asked.txt')(request)) isAsked = true
      return isAsked && request.key === 'asked.txt' ? s3Error(500, 'InternalError') : null
    }
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: {
        message: expect.stringContaining(`copied to ${plan.newKey}, and may still be at its old key`),
      },
    })
    expect([await isThere('asked.txt'), await isThere(plan.newKey)]).toEqual([true, true])
  })

  run('one that is changed while it is copied stays, changed, and its copy goes', async () => {
    await put('changed.txt')
    const plan = await planned('changed.txt')
    scene.script = async (request) => {
      const isAfterwards = scene.proxy.seen.some((seen) => isCopy(seen) && seen.key === plan.newKey)
      if (isAfterwards && request.method === 'HEAD' && request.key === 'changed.txt') {
        scene.script = () => null
        await put('changed.txt', 'of somebody else')
      }
      return null
    }
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'precondition-failed' },
    })
    await expectUntouched('changed.txt', plan)
  })

  run('where the bucket keeps versions, a copy that is taken back leaves none', async () => {
    const versioned = `${bucket}-v`
    await scene.client.send(new CreateBucketCommand({ Bucket: versioned }))
    try {
      const VersioningConfiguration = { Status: 'Enabled' as const }
      await scene.client.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }))
      await scene.client.send(new PutObjectCommand({ Bucket: versioned, Key: 'v.txt', Body: 'v' }))
      const { planId, newKey } = await scene.handlers.planRevocation({
        profileId,
        bucket: versioned,
        key: 'v.txt',
      })
      scene.script = (request) =>
        isDeletion((key) => key === 'v.txt')(request) ? s3Error(403, 'AccessDenied') : null
      await expect(scene.handlers.applyRevocation({ planId, newKey })).rejects.toMatchObject({
        error: { message: expect.stringContaining('its copy was taken back') },
      })
      const { Versions, DeleteMarkers } = await scene.client.send(
        new ListObjectVersionsCommand({ Bucket: versioned }),
      )
      expect([Versions?.map(({ Key }) => Key), DeleteMarkers ?? []]).toEqual([['v.txt'], []])
    } finally {
      await emptyAndDelete(scene.client, versioned)
    }
  })
})
