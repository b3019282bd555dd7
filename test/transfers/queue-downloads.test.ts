import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mib, useQueueFixture } from './queue-fixture.ts'

const fixture = useQueueFixture()
const { nextEnd, select, upload } = fixture

describe('downloads', () => {
  const put = async (names: Record<string, string>, prefix: string) =>
    upload(await select(names), { prefix, onConflict: 'overwrite' })

  it('keeps the folders below a prefix and never overwrites a local file', async () => {
    await put({ 'site/index.html': 'index', 'site/css/a.css': 'css', 'top.txt': 'top' }, 'dl/')
    const target = await mkdtemp(join(fixture.folder, 'target-'))
    await writeFile(join(target, 'top.txt'), 'mine')
    for (const expected of ['top (2).txt', 'top (3).txt']) {
      const end = nextEnd()
      await fixture.queue.download({
        profileId: 'p',
        bucket: fixture.place.open,
        keys: ['dl/top.txt'],
        prefixes: [],
        folder: target,
      })
      expect(await end).toMatchObject({ done: 1, direction: 'download' })
      expect(await readFile(join(target, expected), 'utf8')).toBe('top')
    }
    expect(await readFile(join(target, 'top.txt'), 'utf8')).toBe('mine')
    const end = nextEnd()
    const started = await fixture.queue.download({
      profileId: 'p',
      bucket: fixture.place.open,
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
    const client = await fixture.place.session.client(fixture.place.open)
    const { PutObjectCommand } = await import('@aws-sdk/client-s3')
    const stored: string[] = []
    for (const name of hostile) {
      const key = `hostile/${name}`
      const ok = await client
        .send(new PutObjectCommand({ Bucket: fixture.place.open, Key: key, Body: key }))
        .then(
          () => true,
          () => false,
        )
      if (ok) stored.push(key)
    }
    expect(stored.length).toBeGreaterThan(5)
    const outer = await mkdtemp(join(fixture.folder, 'outer-'))
    const target = join(outer, 'in', 'ner')
    await mkdir(target, { recursive: true })
    const end = nextEnd()
    await fixture.queue.download({
      profileId: 'p',
      bucket: fixture.place.open,
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
    const passwd = fixture.queue.snapshot().transfers.find((one) => one.key.endsWith('passwd'))
    expect(passwd?.note).toContain('%2E%2E')
  })

  it('S34 writes nothing through a link in the folder', async () => {
    await put({ 'sub/file.txt': 'x' }, 'link/')
    const target = await mkdtemp(join(fixture.folder, 'target-'))
    const outside = await mkdtemp(join(fixture.folder, 'outside-'))
    await mkdir(join(target, 'link'))
    await symlink(outside, join(target, 'link', 'sub'))
    const end = nextEnd()
    await fixture.queue.download({
      profileId: 'p',
      bucket: fixture.place.open,
      keys: [],
      prefixes: ['link/'],
      folder: target,
    })
    expect(await end).toMatchObject({ failed: 1 })
    expect(fixture.queue.snapshot().transfers[0]?.error?.code).toBe('safety-refused')
    expect(await readdir(outside)).toEqual([])
  })

  it('has the same bytes for what was uploaded in parts', async () => {
    const bytes = randomBytes(20 * mib)
    await upload(await select({ 'parts.bin': bytes }), { prefix: 'parts/' })
    const target = await mkdtemp(join(fixture.folder, 'target-'))
    const end = nextEnd()
    await fixture.queue.download({
      profileId: 'p',
      bucket: fixture.place.open,
      keys: ['parts/parts.bin'],
      prefixes: [],
      folder: target,
    })
    await end
    const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
    expect(hash(await readFile(join(target, 'parts.bin')))).toBe(hash(bytes))
    const downloaded = fixture.queue.snapshot().transfers.find(({ direction }) => direction === 'download')
    expect(downloaded).toMatchObject({ sizeBytes: bytes.byteLength, note: null, verified: true })
  })

  it('names the key that is not there, and refuses a folder that is not there', async () => {
    const end = nextEnd()
    await fixture.queue.download({
      profileId: 'p',
      bucket: fixture.place.open,
      keys: ['missing'],
      prefixes: [],
      folder: fixture.folder,
    })
    expect(await end).toMatchObject({ failed: 1 })
    expect(fixture.queue.snapshot().transfers[0]?.error).toMatchObject({
      code: 'no-such-key',
      key: 'missing',
    })
    await expect(
      fixture.queue.download({
        profileId: 'p',
        bucket: fixture.place.open,
        keys: ['a'],
        prefixes: [],
        folder: join(fixture.folder, 'no'),
      }),
    ).rejects.toMatchObject({ error: { code: 'local-missing' } })
  })
})
