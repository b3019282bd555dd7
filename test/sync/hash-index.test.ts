import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { openHashIndex } from '../../src-main/sync/hash-index.ts'
import { diskReader, type LocalReader } from '../../src-main/sync/local-reader.ts'
import { changes, startSyncFixture, type SyncFixture } from './sync-fixture.ts'

let indexDirectory: string

beforeEach(async () => {
  indexDirectory = join(await mkdtemp(join(tmpdir(), 'pail-index-')), 'sync-index')
})
afterEach(() => rm(join(indexDirectory, '..'), { recursive: true, force: true }))

/** A reader of the disk that remembers which files it read. */
function countingReader(): LocalReader & { read: string[] } {
  const read: string[] = []
  return {
    read,
    canRead: (file) => diskReader.canRead(file),
    hash(file, options) {
      read.push(file.name)
      return diskReader.hash(file, options)
    },
  }
}

describe('syncs with an index', () => {
  let fixture: SyncFixture
  beforeEach(async () => {
    fixture = await startSyncFixture()
  })
  afterEach(() => fixture.close())

  /** A plan with an index, and the files whose content it read. */
  async function plan() {
    const reader = countingReader()
    const planned = await fixture.plan({}, { indexDirectory, reader })
    return { planned, changes: changes(planned), read: reader.read }
  }

  /** Files last written long enough ago that the index may trust their times. */
  async function settled(): Promise<void> {
    await sleep(2100)
  }

  test('a second run reads no file, not even after a first that only sent', async () => {
    await fixture.write({ 'a.html': 'a', 'css/b.css': 'b', 'big.bin': Buffer.alloc(9 * 1024 * 1024, 7) })
    await settled()
    await fixture.apply((await plan()).planned)
    expect(await plan()).toMatchObject({ changes: [], read: [] })
    expect((await fixture.head('big.bin'))?.eTag).toMatch(/-2"$/)
  })

  test('files that had just been written when they were sent are read again at its end, if it was long enough', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b', 'c.html': 'c', 'd.html': 'd' })
    const { planned } = await plan()
    await fixture.apply(planned, {
      async sending(session, options) {
        const written = await uploadFile(session, options)
        if (options.key !== 'd.html') return written
        // After their files were sent: two edits, of which one is not seen in the file's size.
        await writeFile(join(fixture.folder, 'b.html'), 'B')
        await rm(join(fixture.folder, 'c.html'))
        await settled()
        return written
      },
    })
    await writeFile(join(fixture.folder, 'c.html'), 'c')
    expect(await plan()).toMatchObject({
      changes: ['upload content-differs b.html'],
      read: ['b.html', 'c.html'],
    })
  })

  test('what other tools sent is read once', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b' })
    for (const key of ['a.html', 'b.html'])
      await fixture.put(key, key[0] ?? '', {
        ContentType: 'text/html; charset=utf-8',
        CacheControl: 'max-age=86400',
      })
    await settled()
    expect((await plan()).read.sort()).toEqual(['a.html', 'b.html'])
    expect(await plan()).toMatchObject({ changes: [], read: [] })
  })

  test('S52: an edit of the same size is caught, also with its time set back; a touched file is only read', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b', 'c.html': 'c', 'd.html': 'd' })
    const old = new Date(Date.now() - 86_400_000)
    for (const name of ['a.html', 'b.html', 'c.html', 'd.html'])
      await utimes(join(fixture.folder, name), old, old)
    await settled()
    await fixture.apply((await plan()).planned)
    const before = await stat(join(fixture.folder, 'a.html'), { bigint: true })
    await writeFile(join(fixture.folder, 'a.html'), 'A')
    await utimes(join(fixture.folder, 'a.html'), old, old)
    expect((await stat(join(fixture.folder, 'a.html'), { bigint: true })).mtimeNs).toBe(before.mtimeNs)
    await utimes(join(fixture.folder, 'b.html'), new Date(), new Date())
    await chmod(join(fixture.folder, 'c.html'), 0o600)
    const second = await plan()
    expect(second.changes).toEqual(['upload content-differs a.html'])
    expect(second.read.sort()).toEqual(['a.html', 'b.html', 'c.html'])
  })

  test('a file that was just written is read again: its time may not show the next edit', async () => {
    await fixture.write({ 'a.html': 'a' })
    await fixture.apply((await plan()).planned)
    expect((await plan()).read).toEqual(['a.html'])
    await writeFile(join(fixture.folder, 'a.html'), 'A')
    expect((await plan()).changes).toEqual(['upload content-differs a.html'])
  })

  test('F42: a damaged index is made anew', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b' })
    await settled()
    await fixture.apply((await plan()).planned)
    const path = join(indexDirectory, (await readdir(indexDirectory))[0] ?? '')
    const good = await readFile(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const damages: Buffer[] = [Buffer.alloc(0), Buffer.from('null\n'), good.subarray(0, good.length - 1)]
    for (let at = 0; at < good.length; at += 29) {
      const flipped = Buffer.from(good)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      damages.push(flipped, good.subarray(0, at))
    }
    /** What is known of the pairs says that nothing has changed, and then nobody asks. */
    const forgetPairs = async () => {
      for (const name of await readdir(indexDirectory))
        if (name.startsWith('pairs-')) await rm(join(indexDirectory, name))
    }
    for (const damaged of damages) {
      await writeFile(path, damaged)
      await forgetPairs()
      expect(await plan()).toMatchObject({ changes: [], read: { length: 2 } })
      expect(await plan()).toMatchObject({ changes: [], read: [] })
    }
    await appendFile(path, 'more\n')
    await forgetPairs()
    expect((await plan()).read).toHaveLength(2)
  })

  test('an index that cannot be written harms nothing', async () => {
    await fixture.write({ 'a.html': 'a' })
    await writeFile(indexDirectory, 'not a folder')
    await fixture.apply((await plan()).planned)
    expect(await plan()).toMatchObject({ changes: [], read: ['a.html'] })
  })

  test('files that are gone are forgotten', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b' })
    await settled()
    await fixture.apply((await plan()).planned)
    await rm(join(fixture.folder, 'b.html'))
    await plan()
    const path = join(indexDirectory, (await readdir(indexDirectory))[0] ?? '')
    expect(await readFile(path, 'utf8')).not.toContain('b.html')
  })
})

describe('the index', () => {
  const hashes = { md5: '0'.repeat(32), parts: null, multipart: new Set<string>() }

  test('tells the digests of parts only for that many parts', async () => {
    const file = join(indexDirectory, '..', 'file')
    await writeFile(file, 'x')
    const identity = await identifyFile(file)
    const index = openHashIndex(indexDirectory, '/site')
    const later = Date.now() + 10_000
    index.note('file', identity, { ...hashes, parts: 2, multipart: new Set(['m-2']) }, later)
    expect(index.find('file', identity, 3)).toBeNull()
    expect(index.find('file', identity, 2)?.multipart).toEqual(new Set(['m-2']))
    expect(index.find('file', identity, null)?.md5).toBe(hashes.md5)
    expect(index.find('other', identity, null)).toBeNull()
    expect(index.find('file', { ...identity, ino: identity.ino + 1n }, null)).toBeNull()
    expect(await index.save()).toBe(true)
    const again = openHashIndex(indexDirectory, '/site')
    expect(again.find('file', identity, 2)?.multipart).toEqual(new Set(['m-2']))
    expect(openHashIndex(indexDirectory, '/other').find('file', identity, null)).toBeNull()
  })

  test('as many folders as fit are remembered, the latest', async () => {
    const file = join(indexDirectory, '..', 'file')
    await writeFile(file, 'x')
    const identity = await identifyFile(file)
    for (let at = 0; at < 253; at++) {
      const index = openHashIndex(indexDirectory, `/site-${at}`)
      index.note('file', identity, hashes, Date.now() + 10_000)
      await index.save()
    }
    expect(await readdir(indexDirectory)).toHaveLength(250)
    expect(openHashIndex(indexDirectory, '/site-252').find('file', identity, null)).not.toBeNull()
  })
})
