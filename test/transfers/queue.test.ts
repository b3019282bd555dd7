import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import { transferSnapshotSchema } from '../../src-preload/contract/transfer.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import type { EndedBatch, UploadBatch } from '../../src-main/transfers/batch.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import type { TransferQueue, TransferQueueOptions } from '../../src-main/transfers/transfer-queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import type { SelectedFile } from '../../src-main/transfers/selection-store.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'

const mib = 1024 * 1024
let place: PlaygroundForTest
let folder: string
let queue: TransferQueue
let snapshots: TransferSnapshot[]
let ended: EndedBatch[]
let told: ((batch: EndedBatch) => void) | null

beforeAll(async () => {
  place = await startPlaygroundForTest()
})
afterAll(() => place.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-queue-'))
  queue = newQueue()
})
afterEach(async () => {
  await queue.close()
  await rm(folder, { recursive: true, force: true })
})

function newQueue(options: Partial<TransferQueueOptions> = {}): TransferQueue {
  snapshots = []
  ended = []
  told = null
  return createTransferQueue({
    session: () => Promise.resolve(place.session),
    onSnapshot: (snapshot) => snapshots.push(transferSnapshotSchema.parse(snapshot)),
    onBatchEnded: (batch) => {
      ended.push(batch)
      told?.(batch)
    },
    retryDelaysMs: [5, 5],
    ...options,
  })
}

const nextEnd = () =>
  new Promise<EndedBatch>((resolve) => {
    told = resolve
  })

async function select(names: Record<string, string | Buffer>): Promise<SelectedFile[]> {
  const root = await mkdtemp(join(folder, 'up-'))
  for (const [name, content] of Object.entries(names)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
  const store = createSelectionStore()
  const selection = await store.register((await readdir(root)).map((name) => join(root, name)))
  return [...store.get(selection.selectionId)]
}

function upload(files: readonly SelectedFile[], more: Partial<UploadBatch> = {}) {
  const end = nextEnd()
  void queue.upload({
    profileId: 'p',
    bucket: place.open,
    prefix: 'up/',
    files,
    visibility: 'private',
    onConflict: 'fail',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 3600,
    ...more,
  })
  return end
}

async function content(key: string, bucket = place.open): Promise<string> {
  const down = await mkdtemp(join(folder, 'down-'))
  const end = nextEnd()
  await queue.download({ profileId: 'p', bucket, keys: [key], prefixes: [], folder: down })
  await end
  const [name = ''] = await readdir(down)
  return readFile(join(down, name), 'utf8')
}

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const object of listAllObjects(place.session, { bucket: place.open, prefix }))
    keys.push(object.key)
  return keys
}

describe('uploads', () => {
  it('keeps folders, names, types and headers', async () => {
    const names = [
      'photos/a b.jpg',
      'photos/sub/ä+#?%.svg',
      'photos/cafe\u0301.txt',
      'line\nbreak.html',
      '🪣.png',
      'empty.css',
    ]
    const files = await select(
      Object.fromEntries(names.map((name) => [name, name === 'empty.css' ? '' : name])),
    )
    const batch = await upload(files, {
      prefix: 'names/',
      cacheControl: 'max-age=60',
      onConflict: 'keep-both',
    })
    expect(batch).toMatchObject({ done: 6, failed: 0, direction: 'upload', linkExpirySeconds: 3600 })
    expect((await keysBelow('names/')).sort()).toEqual(
      names.map((name) => `names/${name.normalize('NFC')}`).sort(),
    )
    expect(
      await headObject(place.session, { bucket: place.open, key: 'names/photos/sub/ä+#?%.svg' }),
    ).toMatchObject({
      contentType: 'image/svg+xml; charset=utf-8',
      cacheControl: 'max-age=60',
    })
    expect(await content('names/photos/sub/ä+#?%.svg')).toBe('photos/sub/ä+#?%.svg')
  })

  it('fails, skips, keeps both or overwrites as it was told, and never otherwise', async () => {
    await upload(await select({ 'a.tar.gz': 'one' }), { prefix: 'conflict/' })
    const refused = await upload(await select({ 'a.tar.gz': 'two' }), {
      prefix: 'conflict/',
      onConflict: 'fail',
    })
    expect(refused).toMatchObject({ done: 0, failed: 1, keys: [] })
    expect(queue.snapshot().transfers[0]).toMatchObject({
      state: 'failed',
      error: { code: 'already-exists' },
    })
    expect(
      await upload(await select({ 'a.tar.gz': 'three' }), { prefix: 'conflict/', onConflict: 'skip' }),
    ).toMatchObject({
      skipped: 1,
      done: 0,
    })
    expect(await content('conflict/a.tar.gz')).toBe('one')
    const both = await upload(await select({ 'a.tar.gz': 'four' }), {
      prefix: 'conflict/',
      onConflict: 'keep-both',
    })
    expect(both.keys).toEqual([expect.stringMatching(/^conflict\/a\.tar_[A-Za-z0-9]{7}\.gz$/)])
    expect(await content(both.keys[0] ?? '')).toBe('four')
    await upload(await select({ 'a.tar.gz': 'five' }), { prefix: 'conflict/', onConflict: 'overwrite' })
    expect(await content('conflict/a.tar.gz')).toBe('five')
    expect(await keysBelow('conflict/')).toHaveLength(2)
  })

  it('keeps all of twenty files of one name', async () => {
    const files: SelectedFile[] = []
    for (let i = 0; i < 20; i++) files.push(...(await select({ 'same.txt': `content ${i}` })))
    for (const onConflict of ['keep-both', 'overwrite'] as const) {
      const batch = await upload(files, { prefix: `same-${onConflict}/`, onConflict })
      expect(batch.done).toBe(20)
      expect(new Set(batch.keys).size).toBe(20)
      expect(await keysBelow(`same-${onConflict}/`)).toHaveLength(20)
    }
    // None of the others was there before the first, or it would have been overwritten.
    const first = await headObject(place.session, { bucket: place.open, key: 'same-overwrite/same.txt' })
    expect(first?.eTag).toBe(`"${createHash('md5').update('content 0').digest('hex')}"`)
  })

  it('makes files public only where that works, and never uploads them silently as private', async () => {
    const files = await select({ 'p.txt': 'public' })
    await upload(files, { prefix: 'pub/', visibility: 'public' })
    expect((await fetch(`${place.endpoint}/${place.open}/pub/p.txt`)).status).toBe(200)
    const batch = await upload(files, { prefix: 'pub/', visibility: 'public', bucket: place.closed })
    expect(batch).toMatchObject({ done: 0, failed: 1 })
    expect(queue.snapshot().transfers[0]).toMatchObject({
      state: 'failed',
      error: {
        code: 'acls-disabled',
        message: expect.stringMatching(
          /not uploaded.*make the prefix public first, or upload the file as private/,
        ) as string,
      },
    })
    expect(await headObject(place.session, { bucket: place.closed, key: 'pub/p.txt' })).toBeNull()
    await upload(files, { prefix: 'pub/', visibility: 'private', bucket: place.closed })
    expect((await fetch(`${place.endpoint}/${place.closed}/pub/p.txt`)).status).toBe(403)
  })

  it('takes 1,200 files at once, and tells at most ten times a second', async () => {
    const root = await mkdtemp(join(folder, 'many-'))
    for (let i = 0; i < 1200; i++) await writeFile(join(root, `f${i}.txt`), `file ${i}`)
    const store = createSelectionStore()
    const files = store.get((await store.register([root])).selectionId)
    const started = performance.now()
    const batch = await upload(files, { prefix: 'many/' })
    const seconds = (performance.now() - started) / 1000
    expect(batch).toMatchObject({ done: 1200, failed: 0 })
    expect(await keysBelow('many/')).toHaveLength(1200)
    expect(snapshots.length).toBeLessThan(seconds * 10 + 4)
    expect(snapshots.at(-1)).toMatchObject({ counts: { done: 1200, queued: 0, running: 0 } })
    expect(snapshots.at(-1)?.transfers).toHaveLength(1000)
    expect(snapshots.at(-1)?.movedBytes).toBe(snapshots.at(-1)?.totalBytes)
  }, 120_000)

  it('refuses keys that cannot be, and goes on with the others', async () => {
    const [file] = await select({ 'ok.txt': 'x' })
    if (!file) throw new Error('no file')
    const batch = await upload(
      [{ ...file, name: `${'x'.repeat(1100)}.txt` }, { ...file, name: 'a/../b.txt' }, file],
      { prefix: 'odd/' },
    )
    expect(batch).toMatchObject({ done: 1, failed: 2, keys: ['odd/ok.txt'] })
  })

  it('F36 F37 says that a file was changed, removed or replaced by a link, and tries a changed one again', async () => {
    const files = await select({ 'changed.txt': 'before', 'gone.txt': 'x', 'linked.txt': 'x' })
    const path = (name: string) => files.find((file) => file.name === name)?.path ?? ''
    await writeFile(path('changed.txt'), 'after!')
    await rm(path('gone.txt'))
    await rename(path('linked.txt'), `${path('linked.txt')}.moved`)
    await symlink('/etc/passwd', path('linked.txt'))
    expect(await upload(files, { prefix: 'moving/' })).toMatchObject({
      done: 1,
      failed: 2,
      keys: ['moving/changed.txt'],
    })
    expect(await content('moving/changed.txt')).toBe('after!')
    expect(await keysBelow('moving/')).toEqual(['moving/changed.txt'])
    const errors = queue.snapshot().transfers.flatMap((one) => (one.error ? [one.error.code] : []))
    expect(errors.sort()).toEqual(['local-changed', 'local-missing'])
  })

  it('cancels what runs and what waits, leaves no parts behind, and can be told to try again', async () => {
    const big = randomBytes(40 * mib)
    const files = await select({ 'big.bin': big, 'small.txt': 'x' })
    queue = newQueue({ concurrency: 1 })
    const end = upload(files, { prefix: 'cancel/' })
    while ((queue.snapshot().transfers.find((one) => one.name === 'big.bin')?.movedBytes ?? 0) === 0) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    queue.cancel('all')
    expect(await end).toMatchObject({ cancelled: 2, done: 0 })
    expect(await keysBelow('cancel/')).toEqual([])
    const client = await place.session.client(place.open)
    expect(
      (await client.send(new ListMultipartUploadsCommand({ Bucket: place.open }))).Uploads ?? [],
    ).toEqual([])
    const again = nextEnd()
    queue.retry(queue.snapshot().transfers.map((one) => one.id))
    expect(await again).toMatchObject({ done: 2, cancelled: 0 })
    const head = await headObject(place.session, { bucket: place.open, key: 'cancel/big.bin' })
    expect(head).toMatchObject({ sizeBytes: big.byteLength })
    queue.clear()
    expect(queue.snapshot()).toMatchObject({
      transfers: [],
      totalBytes: 0,
      movedBytes: 0,
      counts: { done: 0 },
    })
  })

  it('ends a batch without files', async () => {
    expect(await upload([])).toMatchObject({ done: 0, failed: 0 })
  })

  it('tries again when the service is away for a moment, and fails with its reason when it stays away', async () => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const dead = place.sessionWith({ endpoint: `http://127.0.0.1:${port}` })
    let calls = 0
    queue = newQueue({
      session: () => Promise.resolve(++calls < 3 ? dead : place.session),
      waitsForService: false,
    })
    expect(await upload(await select({ 'later.txt': 'x' }), { prefix: 'later/' })).toMatchObject({ done: 1 })
    expect(calls).toBe(3)
    expect(snapshots.at(-1)?.transfers[0]).toMatchObject({ state: 'done', error: null })
    queue = newQueue({ session: () => Promise.resolve(dead), waitsForService: false })
    expect(await upload(await select({ 'never.txt': 'x' }))).toMatchObject({ failed: 1 })
    expect(snapshots.at(-1)?.transfers[0]?.error).toMatchObject({ code: 'unreachable', retryable: true })
    server.close()
  })
})

describe('downloads', () => {
  const put = async (names: Record<string, string>, prefix: string) =>
    upload(await select(names), { prefix, onConflict: 'overwrite' })

  it('keeps the folders below a prefix and never overwrites a local file', async () => {
    await put({ 'site/index.html': 'index', 'site/css/a.css': 'css', 'top.txt': 'top' }, 'dl/')
    const target = await mkdtemp(join(folder, 'target-'))
    await writeFile(join(target, 'top.txt'), 'mine')
    for (const expected of ['top (2).txt', 'top (3).txt']) {
      const end = nextEnd()
      await queue.download({
        profileId: 'p',
        bucket: place.open,
        keys: ['dl/top.txt'],
        prefixes: [],
        folder: target,
      })
      expect(await end).toMatchObject({ done: 1, direction: 'download' })
      expect(await readFile(join(target, expected), 'utf8')).toBe('top')
    }
    expect(await readFile(join(target, 'top.txt'), 'utf8')).toBe('mine')
    const end = nextEnd()
    const started = await queue.download({
      profileId: 'p',
      bucket: place.open,
      keys: [],
      prefixes: ['dl/site/'],
      folder: target,
    })
    expect(started.transfers).toBe(2)
    await end
    expect(await readFile(join(target, 'site', 'css', 'a.css'), 'utf8')).toBe('css')
    expect((await stat(join(target, 'site', 'index.html'))).mode & 0o777).toBe(0o600)
    expect((await readdir(target)).filter((name) => name.includes('pail-part'))).toEqual([])
  })

  it('F40 keeps hostile keys inside of the folder, and says what they were renamed to', async () => {
    const hostile = [
      '../../etc/passwd',
      '/abs',
      'a//b',
      'x/../y',
      './z',
      'C:evil',
      'bidi\u202Egpj.exe',
      'con\u0000trol',
    ]
    const client = await place.session.client(place.open)
    const { PutObjectCommand } = await import('@aws-sdk/client-s3')
    const stored: string[] = []
    for (const name of hostile) {
      const key = `hostile/${name}`
      const ok = await client.send(new PutObjectCommand({ Bucket: place.open, Key: key, Body: key })).then(
        () => true,
        () => false,
      )
      if (ok) stored.push(key)
    }
    expect(stored.length).toBeGreaterThan(5)
    const outer = await mkdtemp(join(folder, 'outer-'))
    const target = join(outer, 'in', 'ner')
    await mkdir(target, { recursive: true })
    const end = nextEnd()
    await queue.download({
      profileId: 'p',
      bucket: place.open,
      keys: [],
      prefixes: ['hostile/'],
      folder: target,
    })
    expect(await end).toMatchObject({ done: stored.length, failed: 0 })
    const all = (await readdir(outer, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    )
    expect(all).toHaveLength(stored.length)
    for (const entry of all) expect(entry.parentPath.startsWith(target)).toBe(true)
    const contents = await Promise.all(
      all.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
    )
    expect(contents.sort()).toEqual(stored.sort())
    const passwd = queue.snapshot().transfers.find((one) => one.key.endsWith('passwd'))
    expect(passwd?.note).toContain('%2E%2E')
  })

  it('S34 writes nothing through a link in the folder', async () => {
    await put({ 'sub/file.txt': 'x' }, 'link/')
    const target = await mkdtemp(join(folder, 'target-'))
    const outside = await mkdtemp(join(folder, 'outside-'))
    await mkdir(join(target, 'link'))
    await symlink(outside, join(target, 'link', 'sub'))
    const end = nextEnd()
    await queue.download({
      profileId: 'p',
      bucket: place.open,
      keys: [],
      prefixes: ['link/'],
      folder: target,
    })
    expect(await end).toMatchObject({ failed: 1 })
    expect(queue.snapshot().transfers[0]?.error?.code).toBe('safety-refused')
    expect(await readdir(outside)).toEqual([])
  })

  it('has the same bytes for what was uploaded in parts', async () => {
    const bytes = randomBytes(20 * mib)
    await upload(await select({ 'parts.bin': bytes }), { prefix: 'parts/' })
    const target = await mkdtemp(join(folder, 'target-'))
    const end = nextEnd()
    await queue.download({
      profileId: 'p',
      bucket: place.open,
      keys: ['parts/parts.bin'],
      prefixes: [],
      folder: target,
    })
    await end
    const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
    expect(hash(await readFile(join(target, 'parts.bin')))).toBe(hash(bytes))
    const downloaded = queue.snapshot().transfers.find(({ direction }) => direction === 'download')
    expect(downloaded).toMatchObject({ sizeBytes: bytes.byteLength, note: null, verified: true })
  })

  it('names the key that is not there, and refuses a folder that is not there', async () => {
    const end = nextEnd()
    await queue.download({ profileId: 'p', bucket: place.open, keys: ['missing'], prefixes: [], folder })
    expect(await end).toMatchObject({ failed: 1 })
    expect(queue.snapshot().transfers[0]?.error).toMatchObject({ code: 'no-such-key', key: 'missing' })
    await expect(
      queue.download({
        profileId: 'p',
        bucket: place.open,
        keys: ['a'],
        prefixes: [],
        folder: join(folder, 'no'),
      }),
    ).rejects.toMatchObject({ error: { code: 'local-missing' } })
  })
})
