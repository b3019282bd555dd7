import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { headObject } from '../../src-main/s3/head-object.ts'
import type { SelectedFile } from '../../src-main/transfers/selection-store.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import { mib, useQueueFixture } from './queue-fixture.ts'

const fixture = useQueueFixture()
const { content, keysBelow, nextEnd, select, upload } = fixture

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
      await headObject(fixture.place.session, {
        bucket: fixture.place.open,
        key: 'names/photos/sub/ä+#?%.svg',
      }),
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
    expect(fixture.queue.snapshot().transfers[0]).toMatchObject({
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
    const first = await headObject(fixture.place.session, {
      bucket: fixture.place.open,
      key: 'same-overwrite/same.txt',
    })
    expect(first?.eTag).toBe(`"${createHash('md5').update('content 0').digest('hex')}"`)
  })

  it('makes files public only where that works, and never uploads them silently as private', async () => {
    const files = await select({ 'p.txt': 'public' })
    await upload(files, { prefix: 'pub/', visibility: 'public' })
    expect((await fetch(`${fixture.place.endpoint}/${fixture.place.open}/pub/p.txt`)).status).toBe(200)
    const batch = await upload(files, { prefix: 'pub/', visibility: 'public', bucket: fixture.place.closed })
    expect(batch).toMatchObject({ done: 0, failed: 1 })
    expect(fixture.queue.snapshot().transfers[0]).toMatchObject({
      state: 'failed',
      error: {
        code: 'acls-disabled',
        message: expect.stringMatching(
          /not uploaded.*make the prefix public first, or upload the file as private/,
        ) as string,
      },
    })
    expect(
      await headObject(fixture.place.session, { bucket: fixture.place.closed, key: 'pub/p.txt' }),
    ).toBeNull()
    await upload(files, { prefix: 'pub/', visibility: 'private', bucket: fixture.place.closed })
    expect((await fetch(`${fixture.place.endpoint}/${fixture.place.closed}/pub/p.txt`)).status).toBe(403)
  })

  it('takes 1,200 files at once, and tells at most ten times a second', async () => {
    const root = await mkdtemp(join(fixture.folder, 'many-'))
    for (let i = 0; i < 1200; i++) await writeFile(join(root, `f${i}.txt`), `file ${i}`)
    const store = createSelectionStore()
    const files = store.get((await store.register([root])).selectionId)
    const started = performance.now()
    const batch = await upload(files, { prefix: 'many/' })
    const seconds = (performance.now() - started) / 1000
    expect(batch).toMatchObject({ done: 1200, failed: 0 })
    expect(await keysBelow('many/')).toHaveLength(1200)
    expect(fixture.snapshots.length).toBeLessThan(seconds * 10 + 4)
    expect(fixture.snapshots.at(-1)).toMatchObject({ counts: { done: 1200, queued: 0, running: 0 } })
    expect(fixture.snapshots.at(-1)?.transfers).toHaveLength(1000)
    expect(fixture.snapshots.at(-1)?.movedBytes).toBe(fixture.snapshots.at(-1)?.totalBytes)
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
    const errors = fixture.queue.snapshot().transfers.flatMap((one) => (one.error ? [one.error.code] : []))
    expect(errors.sort()).toEqual(['local-changed', 'local-missing'])
  })

  it('cancels what runs and what waits, leaves no parts behind, and can be told to try again', async () => {
    const big = randomBytes(40 * mib)
    const files = await select({ 'big.bin': big, 'small.txt': 'x' })
    fixture.renew({ concurrency: 1 })
    const end = upload(files, { prefix: 'cancel/' })
    while (
      (fixture.queue.snapshot().transfers.find((one) => one.name === 'big.bin')?.movedBytes ?? 0) === 0
    ) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    fixture.queue.cancel('all')
    expect(await end).toMatchObject({ cancelled: 2, done: 0 })
    expect(await keysBelow('cancel/')).toEqual([])
    const client = await fixture.place.session.client(fixture.place.open)
    expect(
      (await client.send(new ListMultipartUploadsCommand({ Bucket: fixture.place.open }))).Uploads ?? [],
    ).toEqual([])
    const again = nextEnd()
    fixture.queue.retry(fixture.queue.snapshot().transfers.map((one) => one.id))
    expect(await again).toMatchObject({ done: 2, cancelled: 0 })
    const head = await headObject(fixture.place.session, {
      bucket: fixture.place.open,
      key: 'cancel/big.bin',
    })
    expect(head).toMatchObject({ sizeBytes: big.byteLength })
    fixture.queue.clear()
    expect(fixture.queue.snapshot()).toMatchObject({
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
    const dead = fixture.place.sessionWith({ endpoint: `http://127.0.0.1:${port}` })
    let calls = 0
    fixture.renew({
      session: () => Promise.resolve(++calls < 3 ? dead : fixture.place.session),
      waitsForService: false,
    })
    expect(await upload(await select({ 'later.txt': 'x' }), { prefix: 'later/' })).toMatchObject({ done: 1 })
    expect(calls).toBe(3)
    expect(fixture.snapshots.at(-1)?.transfers[0]).toMatchObject({ state: 'done', error: null })
    fixture.renew({ session: () => Promise.resolve(dead), waitsForService: false })
    expect(await upload(await select({ 'never.txt': 'x' }))).toMatchObject({ failed: 1 })
    expect(fixture.snapshots.at(-1)?.transfers[0]?.error).toMatchObject({
      code: 'unreachable',
      retryable: true,
    })
    server.close()
  })
})
