import { execFileSync } from 'node:child_process'
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import type { Sending } from '../../src-main/sync/apply-file.ts'
import { diskReader } from '../../src-main/sync/local-reader.ts'
import { planSync } from '../../src-main/sync/plan.ts'
import { nodeFileSystem } from '../../src-main/transfers/local-tree.ts'
import {
  type ScriptedAnswer,
  type SeenRequest,
  listPage,
  s3Error,
  startScriptedProxy,
} from './scripted-proxy.ts'
import {
  type SyncFixture,
  allRows,
  changes,
  sessionFor,
  startSyncFixture,
  usualOptions,
} from './sync-fixture.ts'

let fixture: SyncFixture
const toClose: (() => unknown)[] = []

beforeEach(async () => {
  fixture = await startSyncFixture()
})
afterEach(async () => {
  for (const close of toClose.splice(0)) await close()
  await fixture.close()
})

/** A session through a proxy whose script can answer first. */
async function through(
  script: (request: SeenRequest) => ScriptedAnswer | null | Promise<ScriptedAnswer | null>,
): Promise<{ session: S3Session; seen: SeenRequest[] }> {
  const proxy = await startScriptedProxy(fixture.playground.endpoint, script)
  const session = sessionFor(proxy.endpoint, fixture.playground)
  toClose.push(
    () => session.destroy(),
    () => proxy.close(),
  )
  return { session, seen: proxy.seen }
}

const planWith = (session: S3Session, options = {}) =>
  planSync(session, {
    folder: fixture.folder,
    bucket: fixture.bucket,
    prefix: '',
    options: { ...usualOptions, removeRemoteOnly: true, ...options },
    stateDirectory: fixture.stateDirectory,
  })

const deletions = (seen: readonly SeenRequest[]) =>
  seen.filter(({ method, query }) => method === 'DELETE' || query.has('delete'))

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
    expect(outcome.failed.length).toBeLessThanOrEqual(1 + session.pace.limit)
    expect(outcome.failed.at(-1)?.message).toMatch(/^1\d\d more files were not tried/)
    expect(seen.filter(({ method }) => method === 'PUT').length).toBeLessThan(100)
  })

  test('so does a key that may write nothing at all', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}.txt`, `${i}`])))
    const { session } = await through(({ method }) =>
      method === 'PUT' ? s3Error(403, 'AccessDenied') : null,
    )
    const outcome = await fixture.apply(await planWith(session), {}, session)
    const named = outcome.failed.filter(({ key }) => key !== undefined).length
    expect(named).toBeGreaterThanOrEqual(50)
    expect(named).toBeLessThan(50 + session.pace.limit)
    expect(outcome.failed.at(-1)?.message).toBe(
      `${200 - named} more files were not tried, because the same would have happened.`,
    )
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

  test('an ETag under SSE-KMS is not taken for an MD5', async () => {
    await fixture.write({ 'a.txt': 'a' })
    const { session } = await through(({ method, key, query }) => {
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
          ...(kept ? { 'x-amz-meta-pail-md5': '0cc175b9c0f1b6a831c399e269772661' } : {}),
        },
      }
    })
    let kept = false
    expect(changes(await planWith(session))).toEqual(['upload unverified a.txt'])
    kept = true
    expect(changes(await planWith(session))).toEqual([])
  })
})

describe('limits of removal (S46)', () => {
  async function remote(count: number) {
    await fixture.publish(Object.fromEntries(Array.from({ length: count }, (_, i) => [`old/${i}`, 'x'])))
    await fixture.write({ 'a.txt': 'a' })
  }

  test('a plan removes nothing that was not confirmed by number', async () => {
    await remote(3)
    const planned = await fixture.plan({ removeRemoteOnly: true })
    for (const confirmedDeletes of [0, 2, 4])
      await expect(fixture.apply(planned, { confirmedDeletes })).rejects.toMatchObject({
        error: { code: 'safety-refused' },
      })
    expect(await fixture.keys()).toHaveLength(3)
    expect(await fixture.apply(planned)).toMatchObject({ deleted: 3, uploaded: 1 })
  })

  test('the limit that was set refuses the whole run', async () => {
    await remote(3)
    const planned = await fixture.plan({ removeRemoteOnly: true, maxDelete: 2 })
    expect(planned.deleteRefusal).toMatch(/remove 3 objects of 3, and you allowed at most 2 objects/)
    await expect(fixture.apply(planned)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
    expect(await fixture.keys()).toHaveLength(3)
    expect((await fixture.plan({ removeRemoteOnly: true, maxDelete: 3 })).deleteRefusal).toBeNull()
    expect((await fixture.plan({ removeRemoteOnly: true, maxDelete: 0 })).deleteRefusal).not.toBeNull()
  })

  test('without one: 50, or a tenth of the objects where that is more', async () => {
    await remote(51)
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.deleteRefusal).toMatch(/would remove 51 objects of 51.*at most 50 objects, or 10 %/)
    await rm(join(fixture.folder, 'a.txt'))
    await fixture.write({ 'old/0': 'x' })
    expect((await fixture.plan({ removeRemoteOnly: true })).deleteRefusal).toBeNull()
  })

  test('no file in common, the whole bucket, no versions: all of it is said before', async () => {
    await remote(2)
    const { warnings } = await fixture.plan({ removeRemoteOnly: true })
    expect(warnings.join('\n')).toMatch(/whole bucket/)
    expect(warnings.join('\n')).toMatch(/no file in common/)
    expect(warnings.join('\n')).toMatch(/2 objects will be removed.*cannot be undone/)
    expect((await fixture.plan()).warnings).toEqual([])
  })

  test('where copies are kept, removing is not told to be for good', async () => {
    await remote(2)
    const { warnings } = await fixture.plan({ removeRemoteOnly: true, keepPrevious: true })
    expect(warnings.join('\n')).toMatch(/2 objects will be removed\. Copies are kept.*can be undone/)
    expect(warnings.join('\n')).not.toMatch(/cannot be undone/)
  })

  test('a file that came back since the plan keeps its object', async () => {
    await remote(2)
    const planned = await fixture.plan({ removeRemoteOnly: true })
    await fixture.write({ 'old/1': 'back' })
    expect(await fixture.apply(planned)).toMatchObject({
      deleted: 1,
      failed: [{ key: 'old/1', code: 'local-changed' }],
    })
  })

  test('S48: two syncs to one place at a time are refused', async () => {
    await fixture.write({ 'a.txt': 'a' })
    const [first, second] = [
      await fixture.plan({}, { prefix: 'p/' }),
      await fixture.plan({}, { prefix: 'p/q/' }),
    ]
    const elsewhere = await fixture.plan({}, { prefix: 'pp/' })
    const sending: Sending = async (session, options) => {
      await expect(fixture.apply(second)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
      expect(await fixture.apply(elsewhere)).toMatchObject({ uploaded: 1 })
      return uploadFile(session, options)
    }
    expect(await fixture.apply(first, { sending })).toMatchObject({ uploaded: 1, failed: [] })
    expect(await fixture.apply(second)).toMatchObject({ uploaded: 1 })
  })

  test('a cancelled sync removes nothing and says so', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.txt`, `${i}`])))
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    const controller = new AbortController()
    let sent = 0
    const sending: Sending = async (session, options) => {
      if (++sent === 5) controller.abort()
      return uploadFile(session, options)
    }
    const states: string[] = []
    const outcome = await fixture.apply(planned, {
      sending,
      signal: controller.signal,
      onProgress: ({ state }) => states.push(state),
    })
    expect(outcome).toMatchObject({ cancelled: true, deleted: 0, failed: [] })
    expect(outcome.uploaded).toBeLessThan(40)
    expect(outcome.deletesWithheld).toMatch(/stopped before the removals/)
    expect(states.at(-1)).toBe('cancelled')
    expect(await fixture.keys()).toContain('old.txt')
  })

  test('a plan can be cancelled while it reads a file', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.put('a.txt', 'b')
    const controller = new AbortController()
    const planning = fixture.plan(
      {},
      {
        signal: controller.signal,
        reader: {
          ...diskReader,
          hash: (file, options) => {
            controller.abort()
            return diskReader.hash(file, options)
          },
        },
      },
    )
    await expect(planning).rejects.toMatchObject({ error: { code: 'cancelled' } })
  })

  test('a plan can be cancelled', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await expect(fixture.plan({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      error: { code: 'cancelled' },
    })
  })
})

describe('faults of the folder', () => {
  test('S46: an empty folder with a bucket that is not is a hard stop, whatever was asked', async () => {
    await fixture.put('static/a.txt', 'a')
    for (const removeRemoteOnly of [true, false])
      await expect(fixture.plan({ removeRemoteOnly }, { prefix: 'static/' })).rejects.toMatchObject({
        error: { code: 'safety-refused' },
      })
    await fixture.write({ '.DS_Store': 'x', '.git/config': 'x' })
    await expect(fixture.plan({}, { prefix: 'static/' })).rejects.toThrow(/folder is empty.*1 object there/)
    // Elsewhere there is nothing to lose.
    expect((await fixture.plan({}, { prefix: 'other/' })).counts.upload).toBe(0)
    await fixture.put('marked/', '')
    expect((await fixture.plan({}, { prefix: 'marked/' })).counts.upload).toBe(0)
  })

  test('a folder that is not there, or is a file', async () => {
    for (const folder of [join(fixture.folder, 'nowhere'), join(fixture.folder, 'file')]) {
      await fixture.write({ file: 'x' })
      await expect(fixture.plan({}, { folder })).rejects.toMatchObject({ error: { code: 'local-missing' } })
    }
  })

  test('F33: an unreadable folder and file are reported and stop all removals', async () => {
    await fixture.write({ 'ok.txt': 'ok', 'locked/in.txt': 'x', 'secret.txt': 'x' })
    await fixture.publish({ 'locked/in.txt': 'x', 'elsewhere.txt': 'x' })
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' })
    const planned = await fixture.plan(
      { removeRemoteOnly: true },
      {
        fileSystem: {
          ...nodeFileSystem,
          readdir: async (path) => {
            if (path.endsWith('/locked')) throw denied
            return nodeFileSystem.readdir(path)
          },
        },
        reader: { ...diskReader, canRead: async ({ name }) => name !== 'secret.txt' },
      },
    )
    expect(allRows(planned)).toEqual([
      'upload new ok.txt',
      'blocked unreadable locked/',
      'blocked unreadable secret.txt',
      'skip remote-only elsewhere.txt',
      'skip unreadable locked/in.txt',
    ])
    expect(planned.counts.delete).toBe(0)
    expect(planned.warnings.join()).toMatch(/2 files or folders could not be read.*Nothing is removed/)
    expect(await fixture.apply(planned)).toMatchObject({
      uploaded: 1,
      deleted: 0,
      deletesWithheld: expect.stringMatching(/could not be read/) as string,
    })
    expect(await fixture.keys()).toEqual(['elsewhere.txt', 'locked/in.txt', 'ok.txt'])
  })

  test.runIf(process.getuid?.() === 0 && process.seteuid !== undefined)(
    'F33: the same with real permissions',
    async () => {
      await fixture.write({ 'ok.txt': 'ok', 'same.txt': 'same', 'locked/in.txt': 'x' })
      await fixture.put('same.txt', 'same')
      await fixture.publish({ 'gone.txt': 'x' })
      execFileSync('chmod', ['-R', 'a+rX', fixture.stateDirectory])
      execFileSync('chmod', ['755', fixture.folder])
      execFileSync('chmod', ['000', join(fixture.folder, 'locked'), join(fixture.folder, 'same.txt')])
      await fixture.plan()
      process.seteuid?.(65534)
      try {
        const planned = await fixture.plan({ removeRemoteOnly: true })
        expect(allRows(planned)).toEqual([
          'upload new ok.txt',
          'blocked unreadable locked/',
          'blocked unreadable same.txt',
          'skip remote-only gone.txt',
        ])
      } finally {
        process.seteuid?.(0)
      }
    },
  )

  test('F36: a file that changes while it is sent is not stored; when it holds still it is', async () => {
    await fixture.write({ 'a.txt': 'first version', 'b.txt': 'b', 'index.html': 'x' })
    await fixture.put('a.txt', 'remote old')
    const planned = await fixture.plan()
    let once = true
    const sending: Sending = async (session, options) => {
      if (options.key === 'a.txt' && once) {
        once = false
        await writeFile(options.path, 'later version')
        await expect(uploadFile(session, options)).rejects.toMatchObject({ error: { code: 'local-changed' } })
        expect(await fixture.body('a.txt')).toBe('remote old')
      }
      return uploadFile(session, options)
    }
    expect(await fixture.apply(planned, { sending })).toMatchObject({ uploaded: 3, failed: [] })
    expect(await fixture.body('a.txt')).toBe('later version')
  })

  test.each(['truncated', 'grown', 'rewritten at the same size'])(
    'F36: a film that is %s at its first part is not committed',
    async (how) => {
      const film = join(fixture.folder, 'film.mp4')
      await fixture.write({ 'film.mp4': Buffer.alloc(20 * 1024 * 1024, 1) })
      await fixture.put('film.mp4', 'remote old')
      const planned = await fixture.plan()
      let stirred = false
      const stir = async () => {
        if (how === 'truncated') await truncate(film, 9 * 1024 * 1024)
        else if (how === 'grown') await writeFile(film, 'more', { flag: 'a' })
        else await writeFile(film, Buffer.alloc(20 * 1024 * 1024, 2))
      }
      const { session, seen } = await through(async ({ method, query }) => {
        if (method === 'PUT' && query.has('partNumber') && !stirred) {
          stirred = true
          await stir()
        }
        return null
      })
      // Never quiet: it is reported, and the old version stays.
      const busy = setInterval(() => void utimes(film, new Date(), new Date()), 5)
      try {
        const outcome = await fixture.apply(planned, {}, session)
        expect(outcome).toMatchObject({ uploaded: 0, failed: [{ key: 'film.mp4', code: 'local-changed' }] })
      } finally {
        clearInterval(busy)
      }
      expect(seen.some(({ method, query }) => method === 'POST' && query.has('uploadId'))).toBe(false)
      expect(await fixture.body('film.mp4')).toBe('remote old')
    },
  )

  /** A folder beside the synced one, with files of the same names and sizes as those that may be published. */
  async function outsideFolder(): Promise<string> {
    const outside = `${fixture.folder}-outside`
    await mkdir(outside)
    toClose.push(() => rm(outside, { recursive: true, force: true }))
    await writeFile(join(outside, 'x.txt'), 'SECRET')
    return outside
  }

  test('F37: a file, or a folder on the way to it, that became a link is not sent', async () => {
    const outside = await outsideFolder()
    await fixture.write({ 'a.txt': 'public', 'dir/x.txt': 'public', 'b.txt': 'b' })
    const planned = await fixture.plan()
    await rm(join(fixture.folder, 'a.txt'))
    await symlink(join(outside, 'x.txt'), join(fixture.folder, 'a.txt'))
    await rename(join(fixture.folder, 'dir'), join(fixture.folder, 'moved'))
    await symlink(outside, join(fixture.folder, 'dir'))
    const outcome = await fixture.apply(planned)
    expect(outcome.uploaded).toBe(1)
    expect(outcome.failed.map(({ key }) => key).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(
      ['a.txt', 'dir/x.txt'],
    )
    expect(await fixture.keys()).toEqual(['b.txt'])
  })

  test('F37: swapped at any moment, nothing from outside is ever stored', async () => {
    const outside = await outsideFolder()
    const dir = join(fixture.folder, 'dir')
    const aside = `${fixture.folder}-aside`
    toClose.push(() => rm(aside, { recursive: true, force: true }))
    await fixture.write({ 'dir/x.txt': 'public' })
    const pause = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    let refused = 0
    for (let round = 0; round < 100; round++) {
      const sending: Sending = async (session, options) => {
        const swap = (async () => {
          await pause(round % 10)
          await rename(dir, aside)
          await symlink(outside, dir)
          await pause(round % 7)
          await rm(dir)
          await rename(aside, dir)
        })()
        await pause((round * 3) % 11)
        try {
          return await uploadFile(session, options)
        } catch (error) {
          refused++
          throw error
        } finally {
          await swap
        }
      }
      await fixture.apply(await fixture.plan({}, { prefix: `r${round}/` }), { sending, quietMs: 1 })
    }
    expect(refused).toBeGreaterThan(0)
    const keys = await fixture.keys()
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(await fixture.body(key)).toBe('public')
  })

  test('F38: links, loops, a FIFO, a socket and a device end the walk in time, with a reason each', async () => {
    await fixture.write({ 'ok.txt': 'ok' })
    await symlink('.', join(fixture.folder, 'loop'))
    await symlink('/', join(fixture.folder, 'out'))
    execFileSync('mkfifo', [join(fixture.folder, 'fifo')])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(fixture.folder, 'socket'), resolve))
    toClose.push(() => new Promise((resolve) => server.close(resolve)))
    const started = performance.now()
    const planned = await fixture.plan()
    expect(performance.now() - started).toBeLessThan(1000)
    expect(allRows(planned)).toEqual([
      'upload new ok.txt',
      'blocked special-file fifo',
      'blocked symlink loop',
      'blocked symlink out',
      'blocked special-file socket',
    ])
  })

  test('a name that is not UTF-8 is reported, and stops removals', async () => {
    await fixture.write({ 'ok.txt': 'ok' })
    await writeFile(Buffer.concat([Buffer.from(`${fixture.folder}/bad-`), Buffer.from([0xff, 0xfe])]), 'x')
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts).toMatchObject({ upload: 1, blocked: 1, delete: 0 })
    expect(planned.rows.find(({ action }) => action === 'blocked')?.reason).toBe('name-not-utf8')
  })

  test('two spellings of one name are not sent over each other', async () => {
    await fixture.write({ 'caf\u00e9.txt': 'nfc', 'cafe\u0301.txt': 'nfd' })
    const planned = await fixture.plan()
    expect(allRows(planned)).toEqual(['upload new caf\u00e9.txt', 'blocked name-collision caf\u00e9.txt'])
    await fixture.apply(planned)
    expect(await fixture.body('caf\u00e9.txt')).toBe('nfc')
  })

  test.each(['replaced', 'gone'])('F39: a folder that is %s since the plan is a hard stop', async (how) => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts.delete).toBe(1)
    await rename(fixture.folder, `${fixture.folder}-was`)
    toClose.push(() => rm(`${fixture.folder}-was`, { recursive: true, force: true }))
    if (how === 'replaced') await mkdir(fixture.folder)
    await expect(fixture.apply(planned)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
    expect(await fixture.keys()).toEqual(['old.txt'])
  })

  test('F39: a link to the folder that leads elsewhere since the plan is a hard stop', async () => {
    await fixture.write({ 'one/a.txt': 'a', 'two/b.txt': 'b' })
    const current = join(fixture.folder, 'current')
    await symlink('one', current)
    const planned = await fixture.plan({}, { folder: current })
    expect(changes(planned)).toEqual(['upload new a.txt'])
    await rm(current)
    await symlink('two', current)
    await expect(fixture.apply(planned)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
  })

  test('F39: a folder that is replaced during the run gets nothing removed', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts.delete).toBe(1)
    const sending: Sending = async (session, options) => {
      const stored = await uploadFile(session, options)
      await rename(fixture.folder, `${fixture.folder}-was`)
      await mkdir(fixture.folder)
      return stored
    }
    toClose.push(() => rm(`${fixture.folder}-was`, { recursive: true, force: true }))
    const outcome = await fixture.apply(planned, { sending })
    expect(outcome).toMatchObject({ uploaded: 1, deleted: 0 })
    expect(outcome.deletesWithheld).toMatch(/another one has taken its place/)
    expect(await fixture.keys()).toEqual(['a.txt', 'old.txt'])
  })

  test('a sending that fails leaves the removals undone', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.txt': 'x' })
    const sending: Sending = () => Promise.reject(failure('server-error', 'broken'))
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts.delete).toBe(1)
    const outcome = await fixture.apply(planned, { sending })
    expect(outcome).toMatchObject({ uploaded: 0, bytes: 0, deleted: 0, failed: [{ code: 'server-error' }] })
  })
})

describe('visibility', () => {
  test('private sends no ACL header; public on a bucket without ACLs sends none and says so', async () => {
    await fixture.write({ 'a.txt': 'a' })
    const planned = await fixture.plan({ visibility: 'public' })
    expect(planned.warnings.join()).toMatch(/ACLs disabled.*policy/)
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, failed: [] })
  })

  test('public on a bucket with ACLs makes what is sent readable by anybody', async () => {
    const other = await startSyncFixture({ access: 'per-object' })
    try {
      await other.write({ 'a.txt': 'a' })
      const planned = await other.plan({ visibility: 'public' })
      expect(planned.warnings).toEqual([])
      await other.apply(planned)
      const url = `${other.playground.endpoint}/${other.bucket}/a.txt`
      expect((await fetch(url)).status).toBe(200)
      await other.apply(await other.plan({ visibility: 'private' }, { prefix: 'private/' }))
      expect((await fetch(`${other.playground.endpoint}/${other.bucket}/private/a.txt`)).status).toBe(403)
      // A header that is fixed in place leaves it public.
      await other.apply(await other.plan({ visibility: 'public', cacheControl: 'no-cache' }))
      const answer = await fetch(url)
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    } finally {
      await other.close()
    }
  })
})
