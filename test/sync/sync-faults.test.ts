import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { runningChecksum } from '../../src-main/s3/running-checksum.ts'
import { type ScriptedAnswer, type SeenRequest, listPage, s3Error } from './scripted-proxy.ts'
import { planSync } from '../../src-main/sync/plan.ts'
import { allRows, changes, usualOptions } from './sync-fixture.ts'
import { deletions, fixture, planWith, through } from './faults-scene.ts'

/** A service that keeps `a.txt`, of one byte, encrypted by KMS, and tells these headers besides. */
const keepingByKms =
  (more: () => Record<string, string>) =>
  ({ method, key, query }: SeenRequest): ScriptedAnswer | null => {
    if (query.get('list-type') === '2') return listPage([['a.txt', 'f'.repeat(32), 1]])
    if (method !== 'HEAD' || key === '') return null
    return {
      status: 200,
      headers: {
        etag: `"${'f'.repeat(32)}"`,
        'content-length': '1',
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'max-age=86400',
        'x-amz-server-side-encryption': 'aws:kms',
        ...more(),
      },
    }
  }

describe('faults of the service', () => {
  test('F20: one key of a hundred is denied: 99 done, 1 reported, nothing removed', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}.txt`, `${i}`])))
    await fixture.put('old.txt', 'x')
    const { session, seen } = await through(({ method, key }) =>
      method === 'PUT' && key === 'f42.txt' ? s3Error(403, 'AccessDenied') : null,
    )
    await fixture.own(['old.txt'], session)
    const planned = await planWith(session)
    expect(planned.counts).toMatchObject({ upload: 100, delete: 1 })
    const outcome = await fixture.apply(planned, {}, session)
    expect(outcome).toMatchObject({ uploaded: 99, deleted: 0, cancelled: false })
    expect(outcome.failed).toHaveLength(1)
    expect(outcome.failed[0]).toMatchObject({ key: 'f42.txt', code: 'access-denied' })
    expect(outcome.deletesWithheld).toMatch(/after an error.*Nothing was removed/)
    expect(deletions(seen)).toEqual([])
    expect(await fixture.keys()).toContain('old.txt')
  })

  test('F4: a file for which the service did not answer in time is sent once more at the end of its stage', async () => {
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
    const tried: string[] = []
    const outcome = await fixture.apply(await planWith(fixture.session), {
      sending: (session, options) => {
        tried.push(options.key)
        if (tried.filter((key) => key === 'a.txt').length === 1 && options.key === 'a.txt')
          throw failure('timeout', 'Silence.', { retryable: true })
        return uploadFile(session, options)
      },
    })
    expect(outcome).toMatchObject({ uploaded: 2, failed: [] })
    expect(tried).toEqual(['a.txt', 'b.txt', 'a.txt'])
    expect(await fixture.keys()).toEqual(['a.txt', 'b.txt'])
  })

  test('F7: a service that asks to slow down for longer than a request is tried gets everything in the end', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.txt`, `${i}`])))
    let refused = 0
    const busyUntil = { at: Number.POSITIVE_INFINITY }
    const { session } = await through(({ method }) => {
      if (method !== 'PUT' || performance.now() > busyUntil.at) return null
      // Busy from the first PUT on, for longer than five attempts last.
      if (refused++ === 0) busyUntil.at = performance.now() + 6000
      return s3Error(503, 'SlowDown')
    })
    const before = session.pace.limit
    const paces: number[] = []
    const outcome = await fixture.apply(
      await planWith(session),
      {
        patience: { untilMs: 60_000, delayMs: 100 },
        onDone: () => void paces.push(session.pace.limit),
      },
      session,
    )
    expect(outcome).toMatchObject({ uploaded: 40, failed: [] })
    expect(refused).toBeGreaterThan(40)
    expect(Math.min(...paces)).toBeLessThanOrEqual(before / 4)
    expect(await fixture.keys()).toHaveLength(40)
  }, 60_000)

  test('F7: one that is busy for ever is told in the end, and cancelling does not wait for it', async () => {
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
    const { session } = await through(({ method }) => (method === 'PUT' ? s3Error(503, 'SlowDown') : null))
    const patience = { untilMs: 1000, delayMs: 50 }
    const outcome = await fixture.apply(await planWith(session), { patience }, session)
    expect(outcome).toMatchObject({ uploaded: 0, cancelled: false })
    expect(outcome.failed.map(({ code }) => code)).toEqual(['slow-down', 'slow-down'])

    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    const startedAt = performance.now()
    const cancelled = await fixture.apply(
      await planWith(session),
      { patience: { untilMs: 60_000, delayMs: 30_000 }, signal: stop.signal },
      session,
    )
    expect(cancelled).toMatchObject({ uploaded: 0, cancelled: true })
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  }, 60_000)

  test('S49: where it cannot be seen whether the folder has a file, its object stays', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'dir/gone.txt': 'x' })
    const planned = await planWith(fixture.session)
    expect(planned.counts.delete).toBe(1)
    // Since the plan was made its folder has become a link that leads nowhere.
    await symlink('dir', join(fixture.folder, 'dir'))
    const outcome = await fixture.apply(planned)
    expect(outcome).toMatchObject({ deleted: 0, failed: [{ key: 'dir/gone.txt', code: 'local-file' }] })
    expect(await fixture.keys()).toContain('dir/gone.txt')
  })

  test('F22: removals that fail are counted and named, the others happen', async () => {
    await fixture.write({ 'a.txt': 'a' })
    for (const key of ['x1', 'x2', 'x3']) await fixture.put(key, key)
    const { session } = await through(({ method, key }) =>
      method === 'DELETE' && key === 'x2' ? s3Error(403, 'AccessDenied') : null,
    )
    await fixture.own(['x1', 'x2', 'x3'], session)
    const outcome = await fixture.apply(await planWith(session), {}, session)
    expect(outcome).toMatchObject({
      deleted: 2,
      failed: [{ key: 'x2', code: 'access-denied' }],
      deletesWithheld: '1 of 3 objects could not be removed.',
    })
    expect(await fixture.keys()).toEqual(['a.txt', 'x2'])
  })

  const pages: Record<string, (page: number) => ScriptedAnswer> = {
    'breaks on page 3': (page) =>
      page === 3 ? s3Error(403, 'AccessDenied') : listPage([`k${page}`], `token${page}`),
    'repeats its token': () => listPage(['k1'], 'same'),
    'is unsorted': (page) => (page === 1 ? listPage(['k2'], 'next') : listPage(['k1'])),
    'repeats a key': (page) => (page === 1 ? listPage(['k1', 'k2'], 'next') : listPage(['k2'])),
    'goes on, but does not say where': () => ({
      ...listPage(['k1']),
      body: listPage(['k1']).body?.replace('<IsTruncated>false', '<IsTruncated>true') ?? '',
    }),
  }
  test.each(Object.keys(pages))('F23: a listing that %s makes no plan', async (name) => {
    await fixture.write({ 'a.txt': 'a' })
    let page = 0
    const { session, seen } = await through(({ query }) =>
      query.get('list-type') === '2' ? (pages[name] as (page: number) => ScriptedAnswer)(++page) : null,
    )
    await expect(planWith(session)).rejects.toMatchObject({
      error: { code: name === 'breaks on page 3' ? 'access-denied' : 'integrity' },
    })
    expect(seen.filter(({ method }) => method === 'PUT' || method === 'DELETE')).toEqual([])
  })

  test('S49: an object that was changed since the plan is not removed', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.txt': 'seen', 'old2.txt': 'seen' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    await fixture.put('old.txt', 'somebody’s new one')
    const outcome = await fixture.apply(planned)
    expect(outcome).toMatchObject({ deleted: 1, failed: [{ key: 'old.txt', code: 'precondition-failed' }] })
    expect(await fixture.keys()).toEqual(['a.txt', 'old.txt'])
  })

  test('headers are not fixed on an object that was changed since the plan', async () => {
    await fixture.write({ 'a.html': 'a' })
    await fixture.put('a.html', 'a', { ContentType: 'text/html' })
    const planned = await fixture.plan()
    await fixture.put('a.html', 'b', { ContentType: 'text/html' })
    expect(await fixture.apply(planned)).toMatchObject({
      updatedHeaders: 0,
      failed: [{ key: 'a.html', code: 'precondition-failed' }],
    })
  })

  test('a key that dies in the middle stops the run instead of failing a thousand times', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}.txt`, `${i}`])))
    const { session, seen } = await through(({ method }) =>
      method === 'PUT' ? s3Error(403, 'InvalidAccessKeyId') : null,
    )
    const outcome = await fixture.apply(await planWith(session), {}, session)
    expect(outcome.uploaded).toBe(0)
    expect(outcome.failed.length).toBeLessThanOrEqual(session.pace.limit)
    expect(outcome.untried).toBe(200 - outcome.failed.length)
    expect(seen.filter(({ method }) => method === 'PUT').length).toBeLessThan(100)
  })

  test('so does a key that may write nothing at all', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}.txt`, `${i}`])))
    const { session } = await through(({ method }) =>
      method === 'PUT' ? s3Error(403, 'AccessDenied') : null,
    )
    const outcome = await fixture.apply(await planWith(session), {}, session)
    expect(outcome.failed.length).toBeGreaterThanOrEqual(50)
    expect(outcome.failed.length).toBeLessThan(50 + session.pace.limit)
    expect(outcome.failed.every(({ key }) => key !== undefined)).toBe(true)
    expect(outcome.untried).toBe(200 - outcome.failed.length)
  })

  test('a HEAD that is refused is told; the content is compared all the same', async () => {
    await fixture.write({ 'a.txt': 'a', 'b.txt': 'b' })
    await fixture.put('a.txt', 'a')
    await fixture.put('b.txt', 'B')
    const { session } = await through(({ method, key }) =>
      method === 'HEAD' && key !== '' ? { status: 403 } : null,
    )
    const planned = await planWith(session)
    expect(allRows(planned)).toEqual(['upload content-differs b.txt', 'skip same a.txt'])
    expect(planned.warnings.join()).toMatch(/headers of 2 objects could not be read/)
  })

  test('what KMS encrypts and others have uploaded is known by its checksum, and then without asking', async () => {
    await fixture.write({ 'a.txt': 'a' })
    const crc = runningChecksum('CRC64NVME')
    crc.update(Buffer.from('a'))
    let checksum = crc.digest()
    const { session, seen } = await through(
      keepingByKms(() => ({
        'x-amz-checksum-crc64nvme': checksum,
        'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      })),
    )
    const heads = () => seen.filter(({ method, key }) => method === 'HEAD' && key !== '').length
    const remembering = async () =>
      changes(
        await planSync(session, {
          folder: fixture.folder,
          bucket: fixture.bucket,
          prefix: '',
          options: usualOptions,
          indexDirectory: join(fixture.stateDirectory, 'index'),
        }),
      )
    expect(await remembering()).toEqual([])
    expect(heads()).toBe(1)
    expect(await remembering()).toEqual([])
    expect(heads()).toBe(1)
    const other = runningChecksum('CRC64NVME')
    other.update(Buffer.from('b'))
    checksum = other.digest()
    expect(changes(await planWith(session))).toEqual(['upload content-differs a.txt'])
    // One of its parts' checksums says nothing of the whole.
    checksum = `${crc.digest()}-2`
    expect(changes(await planWith(session))).toEqual(['upload unverified a.txt'])
  })

  test('an ETag under SSE-KMS is not taken for an MD5', async () => {
    await fixture.write({ 'a.txt': 'a' })
    let kept: Record<string, string> = {}
    const { session } = await through(keepingByKms(() => kept))
    expect(changes(await planWith(session))).toEqual(['upload unverified a.txt'])
    kept = { 'x-amz-meta-pail-md5': '0cc175b9c0f1b6a831c399e269772661' }
    expect(changes(await planWith(session))).toEqual([])
  })
})
