import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, mkdir, open, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { releasePath } from '../../src-main/releases/release-store.ts'
import { deleteObjectIfMatch } from '../../src-main/s3/delete-objects.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { bucketSnapshot } from './bucket-snapshot.ts'
import { type UndoFixture, startUndoFixture, undoRows } from './undo-fixture.ts'

let fixture: UndoFixture

async function start(keeping: 'versions' | 'copies' | 'nothing'): Promise<void> {
  fixture = await startUndoFixture('playground', keeping)
}

async function setPolicy(statement: object): Promise<void> {
  const client = await fixture.session.client(fixture.bucket)
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await client.send(new PutBucketPolicyCommand({ Bucket: fixture.bucket, Policy }))
}

async function setVersioning(Status: 'Enabled' | 'Suspended'): Promise<void> {
  const client = await fixture.session.client(fixture.bucket)
  await client.send(
    new PutBucketVersioningCommand({ Bucket: fixture.bucket, VersioningConfiguration: { Status } }),
  )
}

/** From now on the disk has no room for such lines. */
async function fillDisk(isRefused: (text: string) => boolean): Promise<void> {
  const file = await open(import.meta.filename)
  await file.close()
  const files = Object.getPrototypeOf(file) as FileHandle
  const append = files.appendFile
  vi.spyOn(files, 'appendFile').mockImplementation(async function (this: FileHandle, data, options) {
    if (isRefused(String(data))) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    return append.call(this, data, options)
  })
}

afterEach(async () => {
  vi.restoreAllMocks()
  await fixture.close()
})

describe('a sync that did not end well', () => {
  beforeEach(() => start('copies'))

  test('F20 after a failure what was done is undone', async () => {
    await fixture.put('site/a.txt', 'old a')
    await fixture.put('site/b.txt', 'old b')
    const before = await bucketSnapshot(fixture)
    await fixture.write({ 'a.txt': 'new a', 'b.txt': 'new b', 'c.txt': 'new c' })
    const { outcome, releaseId } = await fixture.sync(
      {},
      {
        sending: (session, options) =>
          options.key === 'site/b.txt'
            ? Promise.reject(new Error('this file does not go'))
            : uploadFile(session, options),
      },
    )
    expect(outcome).toMatchObject({ uploaded: 2, failed: [{ key: 'site/b.txt' }] })
    expect(await fixture.history()).toMatchObject([
      { state: 'failed', failed: 1, overwritten: 1, created: 1 },
    ])
    const planned = await fixture.planUndo(releaseId)
    expect(undoRows(planned)).toEqual([
      'restore overwritten site/a.txt',
      'remove created site/c.txt',
      'none as-before site/b.txt',
    ])
    expect(await fixture.applyUndo(planned)).toMatchObject({ undone: 'whole' })
    expect(await bucketSnapshot(fixture)).toEqual(before)
  })

  test('cancelled: what is not known to be done is asked for, and is not taken for ours', async () => {
    await fixture.put('site/a.txt', 'old a')
    await fixture.write({ 'a.txt': 'new a', 'b.txt': 'new b', 'c.html': 'new c' })
    const stop = new AbortController()
    let first: () => void = () => undefined
    const firstIsDone = new Promise<void>((resolve) => (first = resolve))
    const { outcome, releaseId } = await fixture.sync(
      {},
      {
        signal: stop.signal,
        onDone: () => first(),
        // It arrives, and its answer does not.
        sending: async (session, options) => {
          const written = await uploadFile(session, options)
          if (options.key !== 'site/b.txt') return written
          await firstIsDone
          stop.abort()
          throw new DOMException('Aborted', 'AbortError')
        },
      },
    )
    expect(outcome.cancelled).toBe(true)
    expect(await fixture.history()).toMatchObject([{ state: 'cancelled' }])
    const planned = await fixture.planUndo(releaseId)
    expect(undoRows(planned)).toEqual([
      'restore overwritten site/a.txt',
      'changed-since not-recorded site/b.txt',
      'none as-before site/c.html',
    ])
    await fixture.applyUndo(planned)
    expect([await fixture.body('site/a.txt'), await fixture.body('site/b.txt')]).toEqual(['old a', 'new b'])
  })

  test('F42 a record that was damaged undoes nothing, and is set aside', async () => {
    await fixture.put('site/a.txt', 'old')
    await fixture.write({ 'a.txt': 'new' })
    const { releaseId } = await fixture.sync()
    const path = releasePath(fixture.records, releaseId)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replaceAll('site/a.txt', 'site/b.txt'))
    await expect(fixture.planUndo(releaseId)).rejects.toMatchObject({ error: { code: 'settings-corrupt' } })
    expect(await readdir(fixture.records)).toEqual([`${releaseId}.jsonl.damaged`])
    expect(await fixture.history()).toMatchObject([{ id: releaseId, state: 'unreadable' }])
    expect(await fixture.body('site/a.txt')).toBe('new')
  })

  test('F31 an undo that was cut off goes on where it was', async () => {
    await fixture.put('site/a.txt', 'old a')
    await fixture.put('site/b.txt', 'old b')
    const before = await bucketSnapshot(fixture)
    await fixture.write({ 'a.txt': 'new a', 'b.txt': 'new b' })
    const { releaseId } = await fixture.sync()
    const stop = new AbortController()
    await fixture.applyUndo(await fixture.planUndo(releaseId), {
      signal: stop.signal,
      onUndone: () => stop.abort(),
    })
    const path = releasePath(fixture.records, releaseId)
    // As if the process had died before it could end the record.
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
    const last = lines.findLastIndex((line) => line.startsWith('{"undone":'))
    await writeFile(path, `${lines.slice(0, last + 1).join('\n')}\n{"undone":"site/`)
    const rest = await fixture.planUndo(releaseId)
    expect(rest.rows.length).toBeLessThan(2)
    expect(await fixture.applyUndo(rest)).toMatchObject({ undone: 'whole' })
    expect(await bucketSnapshot(fixture)).toEqual(before)
    expect(await fixture.history()).toMatchObject([{ undone: 'whole' }])
  })
})

describe('F32 a record that cannot be written', () => {
  beforeEach(() => start('nothing'))

  // A file where the folder of the records would be: also root cannot make one there.
  const spoil = async () => {
    await mkdir(join(fixture.records, '..'), { recursive: true })
    await writeFile(fixture.records, 'a file')
  }

  test('does not hold a sync up, which then cannot be undone', async () => {
    await spoil()
    await fixture.write({ 'a.txt': 'a' })
    const { outcome } = await fixture.sync()
    expect(outcome).toMatchObject({ uploaded: 1, failed: [], releaseId: null })
  })

  test('stops one that was to keep what is there, before it has changed anything', async () => {
    await spoil()
    await fixture.put('site/a.txt', 'old')
    await fixture.write({ 'a.txt': 'new' })
    await expect(fixture.sync({ keepPrevious: true })).rejects.toMatchObject({
      error: { code: 'local-file' },
    })
    expect(await fixture.body('site/a.txt')).toBe('old')
  })

  test('F32 nor does a disk that fills up, on which no half of a record stays', async () => {
    await fillDisk(() => true)
    await fixture.write({ 'a.txt': 'a' })
    const { outcome } = await fixture.sync()
    expect(outcome).toMatchObject({ uploaded: 1, failed: [], releaseId: null })
    expect(await readdir(fixture.records)).toEqual([])
  })

  test('F32 one that was to keep what is there stops at a full disk, before it has changed anything', async () => {
    await fillDisk(() => true)
    await fixture.put('site/a.txt', 'old')
    await fixture.write({ 'a.txt': 'new' })
    await expect(fixture.sync({ keepPrevious: true })).rejects.toMatchObject({
      error: { code: 'local-file' },
    })
    expect(await fixture.body('site/a.txt')).toBe('old')
    expect(await readdir(fixture.records)).toEqual([])
  })

  test('F32 an undo goes on when the disk fills up meanwhile, and says that the history does not know', async () => {
    await fixture.put('site/a.txt', 'old')
    await fixture.write({ 'a.txt': 'new' })
    const { releaseId } = await fixture.sync({ keepPrevious: true })
    const planned = await fixture.planUndo(releaseId)
    await fillDisk(() => true)
    expect(await fixture.applyUndo(planned)).toMatchObject({ restored: 1, failed: [], recorded: false })
    vi.restoreAllMocks()
    expect(await fixture.body('site/a.txt')).toBe('old')
    expect(await fixture.history()).toMatchObject([{ id: releaseId, undone: 'no' }])
    // There is nothing left to undo, whatever the history says.
    const again = await fixture.planUndo(releaseId)
    expect(again.counts).toMatchObject({ restore: 0, restoreHeaders: 0, remove: 0 })
  })

  test('F32 what is there is left alone when nobody would find its copy', async () => {
    await fillDisk((text) => text.includes('{"kept":'))
    await fixture.put('site/a.txt', 'old')
    await fixture.write({ 'a.txt': 'new', 'b.txt': 'new' })
    const { outcome } = await fixture.sync({ keepPrevious: true })
    expect(outcome).toMatchObject({ uploaded: 1, failed: [{ code: 'local-file', key: 'site/a.txt' }] })
    expect(await fixture.body('site/a.txt')).toBe('old')
  })
})

describe('versions', () => {
  beforeEach(() => start('versions'))

  const publish = async () => {
    await fixture.put('site/a.txt', 'old a')
    await fixture.put('site/b.txt', 'old b')
    await fixture.write({ 'a.txt': 'new a' })
    return (await fixture.sync()).releaseId
  }

  test('F20 without the right to list versions it is said so, and what came with them stays', async () => {
    await fixture.write({ 'c.txt': 'created' })
    const releaseId = await publish()
    await setPolicy({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:ListBucketVersions',
      Resource: `arn:aws:s3:::${fixture.bucket}`,
    })
    const planned = await fixture.planUndo(releaseId)
    expect(undoRows(planned)).toEqual([
      'impossible versions-not-readable site/a.txt',
      'impossible versions-not-readable site/b.txt',
      'none may-be-needed site/c.txt',
    ])
    expect(await fixture.applyUndo(planned)).toMatchObject({ removed: 0, undone: 'in-part' })
  })

  test('without the right to remove versions what was deleted is copied back', async () => {
    const releaseId = await publish()
    await setPolicy({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:DeleteObjectVersion',
      Resource: `arn:aws:s3:::${fixture.bucket}/*`,
    })
    const planned = await fixture.planUndo(releaseId)
    expect(await fixture.applyUndo(planned)).toMatchObject({ restored: 2, failed: [], undone: 'whole' })
    expect(await fixture.body('site/b.txt')).toBe('old b')
  })

  test('that were removed since do not come back as older ones', async () => {
    await fixture.put('site/a.txt', 'older a')
    const releaseId = await publish()
    const client = await fixture.session.client(fixture.bucket)
    const { Versions = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: fixture.bucket, Prefix: 'site/a.txt' }),
    )
    await client.send(
      new DeleteObjectCommand({
        Bucket: fixture.bucket,
        Key: 'site/a.txt',
        VersionId: Versions[1]?.VersionId,
      }),
    )
    expect(undoRows(await fixture.planUndo(releaseId))).toContain('impossible version-gone site/a.txt')
  })

  test('that are suspended keep what was there before, and not what came after', async () => {
    await fixture.put('site/a.txt', 'version')
    await setVersioning('Suspended')
    await fixture.write({ 'a.txt': 'null, first' })
    const first = (await fixture.sync()).releaseId
    await fixture.write({ 'a.txt': 'null, second' })
    const second = (await fixture.sync()).releaseId
    // The second sync has overwritten the version null, so nothing is below it but an older state.
    expect(undoRows(await fixture.planUndo(second))).toEqual(['impossible version-gone site/a.txt'])
    expect(undoRows(await fixture.planUndo(first))).toEqual(['changed-since changed site/a.txt'])
  })

  test('an object that was deleted, made and deleted again since comes back as it was', async () => {
    const releaseId = await publish()
    await fixture.put('site/b.txt', 'in between')
    await deleteObjectIfMatch(fixture.session, { bucket: fixture.bucket, key: 'site/b.txt', eTag: null })
    // What is below the marker is not what the sync deleted.
    expect(undoRows(await fixture.planUndo(releaseId))).toContain('impossible version-gone site/b.txt')
  })
})

describe('F27 a sync whose process is killed', () => {
  beforeEach(() => start('versions'))

  test('leaves a record that tells what it did and what is not known', async () => {
    const names = Array.from({ length: 400 }, (_, index) => `${String(index).padStart(3, '0')}.txt`)
    for (const name of names.slice(0, 50)) await fixture.put(`site/${name}`, 'old')
    const before = await bucketSnapshot(fixture)
    await fixture.write(Object.fromEntries(names.map((name) => [name, `new ${name}`])))
    const child = spawnSync()
    await once(child.stdout as NodeJS.ReadableStream, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await nothingArrives()
    const [release] = await fixture.history()
    expect(release).toMatchObject({ state: 'interrupted', endedAt: null })
    const planned = await fixture.planUndo(release?.id ?? '')
    const { counts } = planned
    expect(counts.restore + counts.remove).toBeGreaterThan(0)
    expect(counts.none).toBeGreaterThan(0)
    expect(counts.restore + counts.remove + counts.none + counts.changedSince).toBe(400)
    // No more than the 32 that were on their way, and those whose lines were on theirs to the disk.
    expect(counts.changedSince).toBeLessThanOrEqual(64)
    await fixture.applyUndo(planned)
    const after = await bucketSnapshot(fixture)
    for (const row of planned.rows)
      if (row.action !== 'changed-since' && row.reason !== 'may-be-needed')
        expect(after[row.key]).toEqual(before[row.key])
  }, 60_000)

  /** What was on its way when the process died has been stored, or never will be. */
  async function nothingArrives(): Promise<void> {
    const client = await fixture.session.client(fixture.bucket)
    let before = ''
    for (;;) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: fixture.bucket }))
      const now = Contents.map(({ Key, ETag }) => `${Key} ${ETag}`).join('\n')
      if (now === before) return
      before = now
      await setTimeout(500)
    }
  }

  /** A sync in a process of its own, which says a word as soon as a few rows are done. */
  function spawnSync(): ChildProcess {
    const job = {
      endpoint: fixture.playground.endpoint,
      accessKeyId: fixture.playground.accessKeyId,
      secretAccessKey: fixture.playground.secretAccessKey,
      bucket: fixture.bucket,
      folder: fixture.folder,
      records: join(fixture.records, '..'),
    }
    return spawn(process.execPath, [join(import.meta.dirname, 'sync-process.ts'), JSON.stringify(job)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
})
