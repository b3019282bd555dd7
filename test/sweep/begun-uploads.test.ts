import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { createBegunUploads } from '../../src-main/sweep/begun-uploads.ts'
import { planSweep } from '../../src-main/sweep/plan-sweep.ts'
import { sweepAbandoned } from '../../src-main/sweep/apply-sweep.ts'
import { type SweepFixture, startSweepFixture } from './sweep-fixture.ts'

const upload = (uploadId: string) => ({
  service: 'https://s3.test',
  profileId: 'p',
  bucket: 'b',
  key: `${uploadId}.mp4`,
  uploadId,
})

describe('the record of begun uploads', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pail-begun-'))
  })
  afterEach(() => rm(directory, { recursive: true }))
  const states = async (log = createBegunUploads(directory)) =>
    (await log.list()).map(({ uploadId, isRunning }) => `${uploadId} ${isRunning ? 'running' : 'left'}`)

  it('knows what was begun, given up and ended, also from another process’s point of view', async () => {
    const log = createBegunUploads(directory)
    for (const id of ['a', 'b', 'c', 'd']) await log.begun(upload(id))
    log.ended(upload('a'))
    log.left(upload('b'))
    log.left(upload('c'))
    await log.begun(upload('c'))
    expect(await states(log)).toEqual(['b left', 'c running', 'd running'])
    expect(await states()).toEqual(['b left', 'c running', 'd running'])
    const other = createBegunUploads(directory)
    other.ended(upload('d'))
    expect(await states(other)).toEqual(['b left', 'c running'])
    expect(await states(log)).toEqual(['b left', 'c running'])
  })

  it('writes nothing before the first upload, and leaves nothing when all have ended', async () => {
    const log = createBegunUploads(directory)
    expect(await log.list()).toEqual([])
    expect(await readdir(directory)).toEqual([])
    await log.begun(upload('a'))
    expect(await readdir(directory)).toHaveLength(1)
    log.ended(upload('a'))
    await log.close()
    expect(await readdir(directory)).toEqual([])
    const second = createBegunUploads(directory)
    await second.begun(upload('b'))
    await second.close()
    expect(await readdir(directory)).toHaveLength(1)
  })

  it('F42: a line that is cut off or spoilt costs that line; of a file without its process nothing is swept', async () => {
    const log = createBegunUploads(directory)
    await log.begun(upload('a'))
    log.left(upload('a'))
    await log.begun(upload('b'))
    log.left(upload('b'))
    await log.list()
    const [name = ''] = await readdir(directory)
    await appendFile(join(directory, name), 'not json\n{"t":"begun","service":"x"}\n{"t":"beg')
    expect(await states()).toEqual(['a left', 'b left'])
    await writeFile(
      join(directory, 'headless.jsonl'),
      `${JSON.stringify({ t: 'begun', ...upload('c'), at: '2026-01-01T00:00:00Z' })}\n`,
    )
    expect(await states()).toEqual(expect.arrayContaining(['c running']))
  })

  it('F32: a folder that cannot be written to costs the record and not the upload', async () => {
    const path = join(directory, 'file')
    await writeFile(path, '')
    const log = createBegunUploads(join(path, 'below'))
    await expect(log.begun(upload('a'))).resolves.toBeUndefined()
    log.ended(upload('a'))
    await log.close()
  })
})

describe('an upload in parts', () => {
  let fixture: SweepFixture
  let folder: string
  beforeEach(async () => {
    fixture = await startSweepFixture()
    folder = await mkdtemp(join(tmpdir(), 'pail-begun-file-'))
  })
  afterEach(async () => {
    await fixture.close()
    await rm(folder, { recursive: true })
  })

  const file = async (sizeBytes: number) => {
    const path = join(folder, 'video.mp4')
    await writeFile(path, Buffer.alloc(sizeBytes, 'v'))
    return { path, sizeBytes, identity: await identifyFile(path) }
  }

  it('stands in the record before its first part, and no more when it is whole or was cancelled', async () => {
    const { session, bucket, begun, operations } = fixture
    const source = await file(11 * 1024 * 1024)
    const parted = { bucket, ...source, headers: {}, thresholdBytes: 1, partSizeBytes: 5 * 1024 * 1024 }
    const seen: string[][] = []
    await uploadFile(session, {
      ...parted,
      key: 'whole.mp4',
      onProgress: () => void begun.list().then((all) => seen.push(all.map(({ key }) => key))),
    })
    expect(seen[0]).toEqual(['whole.mp4'])
    expect(await begun.list()).toEqual([])
    const stop = new AbortController()
    const cancelled = uploadFile(session, {
      ...parted,
      key: 'cancelled.mp4',
      onProgress: () => stop.abort(),
      signal: stop.signal,
    })
    await expect(cancelled).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(await begun.list()).toEqual([])
    expect(operations).toContain('AbortMultipartUpload')
  })

  it('F27: of a process that was killed is abandoned, and swept by the next one; while it lives it is wanted', async () => {
    const { session, bucket, records, server, sources } = fixture
    const { path } = await file(40 * 1024 * 1024)
    const program = fileURLToPath(new URL('upload-process.ts', import.meta.url))
    const child = spawn(process.execPath, [program, JSON.stringify({ ...server, bucket, path, records })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const plan = () => planSweep(session, { bucket, prefix: '', olderThanSeconds: null }, sources)
    expect((await plan()).uploads).toMatchObject([{ key: 'killed.mp4', whose: 'wanted' }])
    expect(await sweepAbandoned(session, bucket, sources)).toEqual({ swept: 0, failed: [] })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const left = await plan()
    expect(left.uploads).toMatchObject([{ key: 'killed.mp4', whose: 'abandoned' }])
    expect(left.uploads[0]?.bytes).toBeGreaterThan(0)
    expect(await sweepAbandoned(session, bucket, sources)).toEqual({ swept: 1, failed: [] })
    expect(await fixture.left()).toEqual([])
    await fixture.begun.close()
    expect(await readdir(records)).toEqual([])
  })
})
