import fc from 'fast-check'
import { rmSync, symlinkSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { aclMarker } from '../../src-main/sync/acl-marks.ts'
import type { PlannedSync } from '../../src-main/sync/plan.ts'
import { fileSystemAtOnce, type TreeFileSystem } from '../../src-main/transfers/local-tree.ts'
import { startSyncFixture, type SyncFixture } from './sync-fixture.ts'

let fixture: SyncFixture
let indexes = ''

/** A file that was touched less than two seconds before it was read is not remembered. */
const settledMs = 2100

const pages = { 'index.html': '<p>one', 'about/team.html': '<p>two', 'about/us.html': '<p>three' }
const assets = { 'css/a.css': 'a{}', 'css/b.css': 'b{}', 'js/deep/x.js': 'let x', 'js/y.js': 'let y' }
const files: Readonly<Record<string, string>> = { ...pages, ...assets, 'z.txt': 'z' }

beforeAll(async () => {
  fixture = await startSyncFixture({ access: 'per-object' })
  indexes = await mkdtemp(join(tmpdir(), 'pail-recalled-'))
})
afterAll(async () => {
  await fixture.close()
  await rm(indexes, { recursive: true, force: true })
})

const plan = (options: Partial<SyncOptions> = {}, more: Parameters<SyncFixture['plan']>[1] = {}) =>
  fixture.plan(options, { prefix: 'site/', indexDirectory: indexes, ...more })

/** The same without what this is about: from a copy of all that is remembered otherwise. */
async function planWithout(options: Partial<SyncOptions> = {}): Promise<PlannedSync> {
  const copy = await mkdtemp(join(tmpdir(), 'pail-not-recalled-'))
  try {
    await cp(indexes, copy, { recursive: true })
    for (const name of await readdir(copy)) if (name.startsWith('pairs-')) await rm(join(copy, name))
    return await plan(options, { indexDirectory: copy })
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** Makes folder and place the same, and what is remembered of them whole. */
async function startAnew(options: Partial<SyncOptions> = {}): Promise<void> {
  // Sent anew, each has its ACL from the beginning: of one that is set later it is noted that it was.
  const keys = await fixture.keys('site/')
  if (keys.length > 0) await deleteObjects(fixture.session, { bucket: fixture.bucket, keys })
  await rm(fixture.folder, { recursive: true, force: true })
  await mkdir(fixture.folder)
  await fixture.write({ ...files })
  await sleep(settledMs)
  const first = await plan({ ...options, removeRemoteOnly: true, removeForeign: true, maxDelete: 1000 })
  await fixture.apply(first)
  await fixture.apply(await plan(options))
}

const isRecalled = ({ facts }: PlannedSync) => facts.pairs?.recalled != null
const wordsOf = ({ rows, counts, warnings, deleteRefusal, facts }: PlannedSync) => ({
  rows: [...rows],
  counts,
  warnings,
  deleteRefusal,
  withheld: facts.deletesWithheld,
})
const actionsOf = ({ rows }: PlannedSync) =>
  [...rows].filter(({ action }) => action !== 'skip').map(({ key, action, reason }) => [key, action, reason])

describe('a folder that is known from before', () => {
  test('is compared without any other index, and without a HEAD', async () => {
    await startAnew()
    for (const name of await readdir(indexes))
      if (!name.startsWith('pairs-')) await rm(join(indexes, name), { recursive: true })
    fixture.countRequests()
    const planned = await plan()
    expect(isRecalled(planned)).toBe(true)
    expect(planned.counts).toMatchObject({ skip: Object.keys(files).length, upload: 0 })
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  })

  test('has the rows in the order of their keys, with what has changed in its place', async () => {
    await startAnew()
    await fixture.write({ 'css/a.css': 'changed', 'index.html': '<p>xne' })
    const planned = await plan()
    expect(isRecalled(planned)).toBe(true)
    expect(actionsOf(planned)).toEqual([
      ['site/css/a.css', 'upload', 'size-differs'],
      ['site/index.html', 'upload', 'content-differs'],
    ])
    const staying = [...planned.rows].filter(({ action }) => action === 'skip').map(({ key }) => key)
    expect(staying).toEqual(staying.toSorted())
    expect(wordsOf(planned)).toEqual(wordsOf(await planWithout()))
    await fixture.apply(planned)
    expect(await fixture.body('site/index.html')).toBe('<p>xne')
    expect(actionsOf(await plan())).toEqual([])
  })

  test('is not recalled when something else is asked for, or a name has come or gone', async () => {
    await startAnew()
    expect(isRecalled(await plan())).toBe(true)
    const css = { glob: '*.css', cacheControl: 'no-cache' }
    const ruled = await plan({ rules: [css] })
    expect(isRecalled(ruled)).toBe(false)
    expect(ruled.counts.updateHeaders).toBe(2)
    expect(isRecalled(await plan({ exclude: ['*.js'] }))).toBe(false)
    expect(isRecalled(await plan({ cacheControl: 'no-store' }))).toBe(false)
    expect(isRecalled(await plan({ visibility: 'public' }))).toBe(false)
    expect(isRecalled(await plan({}, { prefix: 'other/' }))).toBe(false)
    await startAnew()
    expect(isRecalled(await plan({ removeRemoteOnly: true }))).toBe(true)
    await fixture.write({ 'js/new.js': 'new' })
    const planned = await plan()
    expect(isRecalled(planned)).toBe(false)
    expect(actionsOf(planned)).toEqual([['site/js/new.js', 'upload', 'new']])
  })

  test('S51 a new ignore file counts at once', async () => {
    await startAnew()
    await fixture.write({ '.pailignore': '*.css\n' })
    for (let round = 0; round < 2; round++) {
      const planned = await plan()
      expect(isRecalled(planned)).toBe(false)
      expect(planned.warnings.join()).toContain('.pailignore says so')
    }
  })

  test('what is left out of it may not have become something else', async () => {
    await startAnew()
    await fixture.write({ '.env': 'SECRET=1', 'node_modules/left.js': '1' })
    await plan()
    const planned = await plan()
    expect(isRecalled(planned)).toBe(true)
    expect(wordsOf(planned)).toEqual(wordsOf(await planWithout()))
    // A file of that name is left out by no pattern.
    await rm(join(fixture.folder, 'node_modules'), { recursive: true })
    await fixture.write({ node_modules: 'a file' })
    expect(actionsOf(await plan())).toContainEqual(['site/node_modules', 'upload', 'new'])
  })

  test('an ACL that was set otherwise is seen', async () => {
    await startAnew({ visibility: 'public' })
    expect(actionsOf(await plan({ visibility: 'public' }))).toEqual([])
    const { session, bucket, stateDirectory } = fixture
    await aclMarker(stateDirectory, { service: session.service, bucket })('site/css/a.css')
    await putObjectAcl(session, { bucket, key: 'site/css/a.css', acl: 'private' })
    const planned = await plan({ visibility: 'public' })
    expect(isRecalled(planned)).toBe(true)
    expect(wordsOf(planned)).toEqual(wordsOf(await planWithout({ visibility: 'public' })))
  })

  test('F37 a link in the place of one of its folders leads to nothing', async () => {
    await startAnew()
    const outside = await mkdtemp(join(tmpdir(), 'pail-outside-'))
    try {
      await writeFile(join(outside, 'x.js'), 'what nobody asked to publish')
      let isSwapped = false
      const swapping: TreeFileSystem = {
        readdir: (path) => fileSystemAtOnce.readdir(path),
        lstat(path) {
          // All names have been read when the first file is looked at.
          if (!isSwapped && path === join(fixture.folder, 'about', 'team.html')) {
            isSwapped = true
            rmSync(join(fixture.folder, 'js', 'deep'), { recursive: true })
            symlinkSync(outside, join(fixture.folder, 'js', 'deep'))
          }
          return fileSystemAtOnce.lstat(path)
        },
      }
      const planned = await plan({ removeRemoteOnly: true }, { fileSystem: swapping })
      expect(isSwapped && isRecalled(planned)).toBe(true)
      expect(actionsOf(planned)).toEqual([['site/js/deep/x.js', 'blocked', 'unreadable']])
    } finally {
      await rm(outside, { recursive: true, force: true })
    }
  })

  test('gets other headers again at once', async () => {
    const noCache = { cacheControl: 'no-cache' }
    await startAnew(noCache)
    await fixture.write({ 'z.txt': 'later' })
    await sleep(settledMs)
    const planned = await plan(noCache)
    // Whatever is written in one second has one date.
    await sleep(1000 - (Date.now() % 1000))
    await fixture.apply(planned)
    await fixture.apply(await plan({ cacheControl: 'no-store' }))
    const again = await plan(noCache)
    expect(again.counts).toMatchObject({ updateHeaders: Object.keys(files).length, skip: 0 })
  })

  test('hears that it is cancelled, also when the last file has been looked at', async () => {
    await startAnew()
    const stop = new AbortController()
    const stopping: TreeFileSystem = {
      readdir: (path) => fileSystemAtOnce.readdir(path),
      async lstat(path) {
        if (path === join(fixture.folder, 'z.txt')) {
          // By then the listing is there.
          await sleep(200)
          stop.abort()
        }
        return fileSystemAtOnce.lstat(path)
      },
    }
    const planning = plan({}, { fileSystem: stopping, signal: stop.signal })
    await expect(planning).rejects.toMatchObject({ error: { code: 'cancelled' } })
  })

  test('hears that it is cancelled while what is left out is looked at', async () => {
    await startAnew()
    const names = Array.from({ length: 300 }, (_, at) => `left-out-${at}.pem`)
    await fixture.write(Object.fromEntries(names.map((name) => [name, ''])))
    await plan()
    const stop = new AbortController()
    let looked = 0
    const stopping: TreeFileSystem = {
      readdir: (path) => fileSystemAtOnce.readdir(path),
      lstat(path) {
        if (path.toString().endsWith('.pem') && ++looked === 1) stop.abort()
        return fileSystemAtOnce.lstat(path)
      },
    }
    const planning = plan({}, { fileSystem: stopping, signal: stop.signal })
    await expect(planning).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(looked).toBe(1)
  })

  test('a plan of other names does not forget the headers of what changed', async () => {
    await startAnew()
    await fixture.write({ 'z.txt': 'longer', 'new.txt': 'new' })
    expect(isRecalled(await plan())).toBe(false)
    await fixture.write({ 'z.txt': files['z.txt'] ?? '' })
    fixture.countRequests()
    expect(actionsOf(await plan())).toEqual([['site/new.txt', 'upload', 'new']])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  })

  test('F42 a damaged file of it costs time and nothing else', async () => {
    await startAnew()
    await fixture.write({ 'z.txt': 'Z' })
    for (const name of await readdir(indexes))
      if (name.startsWith('pairs-')) await writeFile(join(indexes, name), 'pail-same-pairs-1 LE\n00000000\n')
    const planned = await plan()
    expect(isRecalled(planned)).toBe(false)
    expect(actionsOf(planned)).toEqual([['site/z.txt', 'upload', 'content-differs']])
  })

  test('comes to the same plan as one that is walked through, whatever has happened', async () => {
    await startAnew()
    const names = Object.keys(files)
    const name = fc.constantFrom(...names)
    const path = (one: string) => join(fixture.folder, one)
    const write = async (one: string, content: string) => {
      await rm(path(one), { recursive: true, force: true })
      await mkdir(dirname(path(one)), { recursive: true })
      await writeFile(path(one), content)
    }
    const put = (one: string, body: string, type = 'text/plain') =>
      fixture.put(`site/${one}`, body, { ContentType: type })
    const acts: Readonly<Record<string, (one: string) => Promise<unknown>>> = {
      edit: (one) => writeFile(path(one), 'edited').catch(() => undefined),
      'edit to the same size': (one) =>
        writeFile(path(one), 'x'.repeat((files[one] ?? '').length)).catch(() => undefined),
      touch: (one) => utimes(path(one), 1, 1).catch(() => undefined),
      replace: (one) => write(one, files[one] ?? ''),
      remove: (one) => rm(path(one), { recursive: true, force: true }),
      'to a folder': async (one) => {
        await rm(path(one), { recursive: true, force: true })
        await write(`${one}/in it`, 'below')
      },
      'to a link': async (one) => {
        await rm(path(one), { recursive: true, force: true })
        await mkdir(dirname(path(one)), { recursive: true })
        await symlink('z.txt', path(one))
      },
      'another case': (one) => rename(path(one), path(one.toUpperCase())).catch(() => undefined),
      add: (one) => write(`${one}.new`, 'new'),
      overwritten: (one) => put(one, 'somebody else'),
      'overwritten by the same': (one) => put(one, files[one] ?? '', 'application/x-other'),
      'overwritten in the same size': (one) => put(one, 'y'.repeat((files[one] ?? '').length)),
      'there alone': (one) => put(`${one}.theirs`, 'theirs'),
      marker: (one) => put(`${dirname(one)}/`, ''),
      gone: async (one) => {
        const { session, bucket } = fixture
        await deleteObjects(session, { bucket, keys: [`site/${one}`] })
      },
    }
    const happenings = fc.array(fc.tuple(fc.constantFrom(...Object.keys(acts)), name), { maxLength: 4 })
    let recalled = 0
    await fc.assert(
      fc.asyncProperty(happenings, fc.boolean(), fc.boolean(), async (all, removes, applies) => {
        for (const [act, one] of all) await acts[act]?.(one)
        const options = { removeRemoteOnly: removes, maxDelete: 1000 }
        const expected = wordsOf(await planWithout(options))
        const planned = await plan(options)
        if (isRecalled(planned)) recalled++
        expect(wordsOf(planned)).toEqual(expected)
        if (applies) await fixture.apply(planned)
      }),
      { numRuns: 80, endOnFailure: true },
    )
    expect(recalled).toBeGreaterThan(20)
  })
})
