import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HeadedObject } from '../../src-main/s3/head-object.ts'
import type { ListedObject } from '../../src-main/s3/list-objects.ts'
import { openHeadMemory } from '../../src-main/sync/head-memory.ts'
import { changes, startSyncFixture, type SyncFixture } from './sync-fixture.ts'

let indexDirectory: string
beforeEach(async () => {
  indexDirectory = await mkdtemp(join(tmpdir(), 'pail-heads-'))
})
afterEach(() => rm(indexDirectory, { recursive: true, force: true }))

describe('requests of a sync that has nothing to do', () => {
  let fixture: SyncFixture
  beforeEach(async () => {
    fixture = await startSyncFixture()
  })
  afterEach(() => fixture.close())

  const plan = async () => changes(await fixture.plan({}, { indexDirectory }))

  test('one listing and no HEAD, once the objects have been seen; one HEAD for each that somebody wrote since', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b', 'c.html': 'c' })
    for (const name of ['a.html', 'b.html', 'c.html'])
      await fixture.put(name, name[0] ?? '', {
        ContentType: 'text/html; charset=utf-8',
        CacheControl: 'max-age=86400',
      })
    await sleep(5000)
    fixture.countRequests()
    expect(await plan()).toEqual([])
    // Of what others have put there it is not known who can read it: whether that is to be asked of each the bucket tells.
    const asksTheBucket = { ListObjectsV2: 1, GetBucketOwnershipControls: 1 }
    expect(fixture.countRequests()).toEqual({ ...asksTheBucket, HeadObject: 3 })
    expect(await plan()).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })

    // The same content with another header: the ETag is the same, and LastModified tells.
    await fixture.put('a.html', 'a', { ContentType: 'text/html', CacheControl: 'max-age=86400' })
    fixture.countRequests()
    const planned = await fixture.plan({}, { indexDirectory })
    expect(changes(planned)).toEqual(['update-headers header-differs a.html'])
    expect(fixture.countRequests()).toEqual({ ...asksTheBucket, HeadObject: 1 })
    await fixture.apply(planned)
    expect(await plan()).toEqual([])

    // Other wishes are compared with what is remembered.
    fixture.countRequests()
    const wished = await fixture.plan({ cacheControl: 'no-cache' }, { indexDirectory })
    expect(changes(wished)).toHaveLength(3)
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  })

  test('none right after a sync either, which knows what it has written: new, changed, in parts, its headers changed', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024, 'x')
    await fixture.write({ 'a.html': 'a', 'b.html': 'b', 'large.bin': large })
    await fixture.apply(await fixture.plan({}, { indexDirectory }))
    fixture.countRequests()
    expect(await plan()).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })

    await fixture.write({ 'b.html': 'other' })
    await fixture.apply(await fixture.plan({}, { indexDirectory }))
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1, PutObject: 1 })
    expect(await plan()).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })

    const wish = { cacheControl: 'no-cache' }
    const wished = await fixture.plan(wish, { indexDirectory })
    expect(changes(wished)).toHaveLength(3)
    await fixture.apply(wished)
    fixture.countRequests()
    expect(changes(await fixture.plan(wish, { indexDirectory }))).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
    expect((await fixture.head('large.bin'))?.cacheControl).toBe('no-cache')
  })

  test('what somebody else wrote over ours is asked about, though its content is the same', async () => {
    await fixture.write({ 'a.html': 'a', 'b.html': 'b' })
    await fixture.apply(await fixture.plan({}, { indexDirectory }))
    await sleep(2500)
    await fixture.put('a.html', 'a', { ContentType: 'text/html', CacheControl: 'max-age=86400' })
    fixture.countRequests()
    expect(await plan()).toEqual(['update-headers header-differs a.html'])
    expect(fixture.countRequests()).toEqual({
      ListObjectsV2: 1,
      HeadObject: 1,
      GetBucketOwnershipControls: 1,
    })
  })
})

describe('what is remembered of HEAD', () => {
  const writtenAt = Date.UTC(2026, 0, 1)
  const listed: ListedObject = {
    key: 'a',
    sizeBytes: 3,
    lastModified: new Date(writtenAt + 500),
    eTag: '"e"',
    storageClass: 'STANDARD',
  }
  const head: HeadedObject = {
    sizeBytes: 3,
    lastModified: new Date(writtenAt),
    eTag: '"e"',
    storageClass: null,
    contentType: 'text/css',
    cacheControl: null,
    contentEncoding: 'gzip',
    contentDisposition: null,
    contentLanguage: null,
    expires: null,
    websiteRedirectLocation: null,
    metadata: { 'pail-md5': 'm', 'pail-source': 'gzip-s', owner: 'me' },
    checksum: null,
    serverSideEncryption: 'AES256',
  }
  const later = writtenAt + 60_000

  test('is found again, also by the next run, only for the very same write', async () => {
    const memory = openHeadMemory(indexDirectory, 'place')
    memory.note(listed, head, later)
    expect(await memory.save(true)).toBe(true)
    const again = openHeadMemory(indexDirectory, 'place')
    expect(again.find(listed)).toEqual({
      sizeBytes: 3,
      eTag: '"e"',
      contentType: 'text/css',
      cacheControl: null,
      contentEncoding: 'gzip',
      contentDisposition: null,
      contentLanguage: null,
      metadata: { 'pail-md5': 'm', 'pail-source': 'gzip-s' },
      serverSideEncryption: 'AES256',
      acl: null,
    })
    expect(again.find({ ...listed, lastModified: new Date(writtenAt + 501) })).toBeNull()
    expect(again.find({ ...listed, lastModified: null })).toBeNull()
    expect(again.find({ ...listed, eTag: '"f"' })).toBeNull()
    expect(again.find({ ...listed, sizeBytes: 4 })).toBeNull()
    expect(again.find({ ...listed, key: 'b' })).toBeNull()
    expect(openHeadMemory(indexDirectory, 'other').find(listed)).toBeNull()
    again.forget('a')
    expect(again.find(listed)).toBeNull()
  })

  test('has the language that hardly any object has, of what was asked for and of what was written', async () => {
    const memory = openHeadMemory(indexDirectory, 'place')
    memory.note(listed, { ...head, contentLanguage: 'de' }, later)
    memory.noteWritten('b', { ...head, contentLanguage: 'pt-BR' }, [
      { fromMs: writtenAt, toMs: writtenAt + 1500 },
    ])
    memory.noteWritten('c', { ...head, contentLanguage: 'fr' }, [
      { fromMs: 1, toMs: 2 },
      { fromMs: writtenAt, toMs: writtenAt + 1500 },
    ])
    expect(await memory.save(false)).toBe(true)
    for (let time = 0; time < 2; time += 1) {
      const again = openHeadMemory(indexDirectory, 'place')
      const found = ['a', 'b', 'c'].map((key) => again.find({ ...listed, key })?.contentLanguage)
      expect(found).toEqual(['de', 'pt-BR', 'fr'])
      // Once seen, they are of the time that the listing shows.
      expect(await again.save(false)).toBe(true)
    }
  })

  test.each([
    ['the object is too young', listed, head, writtenAt + 4000],
    ['the server’s clock is not known', listed, head, null],
    ['another object was there by then', listed, { ...head, eTag: '"f"' }, later],
    ['it was written again by then', listed, { ...head, lastModified: new Date(writtenAt + 1000) }, later],
    ['the listing has no ETag', { ...listed, eTag: null }, { ...head, eTag: null }, later],
    ['the listing has no date', { ...listed, lastModified: null }, head, later],
  ])('nothing, when %s', async (_, seen, answer, now) => {
    const memory = openHeadMemory(indexDirectory, 'place')
    memory.note(seen, answer, now)
    expect(memory.find(seen)).toBeNull()
  })

  const written = { ...head, lastModified: null }
  const span = { fromMs: writtenAt, toMs: writtenAt + 1500 }

  test.each([
    ['in the span', writtenAt + 1500, true],
    ['at its beginning', writtenAt, true],
    [
      'in a second of which only the end is in it',
      writtenAt,
      true,
      { fromMs: writtenAt + 900, toMs: writtenAt + 1100 },
    ],
    ['before it', writtenAt - 1, false],
    ['after it', writtenAt + 1501, false],
    ['in the second after it', writtenAt + 2000, false],
  ])('our own write is known by a date %s', async (_, at, known, within = span) => {
    const memory = openHeadMemory(indexDirectory, 'place')
    memory.noteWritten('a', written, [{ fromMs: 1, toMs: 2 }, within])
    await memory.save(false)
    const again = openHeadMemory(indexDirectory, 'place')
    const seen = { ...listed, lastModified: new Date(at) }
    expect(again.find({ ...seen, eTag: '"f"' })).toBeNull()
    expect(again.find({ ...seen, lastModified: null })).toBeNull()
    expect(again.find(seen)?.contentType).toBe(known ? 'text/css' : undefined)
  })

  test('our own write is known by its time in the next runs, too, and nothing is written anew for that', async () => {
    const memory = openHeadMemory(indexDirectory, 'place')
    memory.noteWritten('a', written, [span])
    await memory.save(true)
    const [name, ...others] = await readdir(indexDirectory)
    expect(others).toEqual([])
    const before = await stat(join(indexDirectory, name!))
    for (let run = 0; run < 2; run++) {
      const again = openHeadMemory(indexDirectory, 'place')
      expect(again.find(listed)).not.toBeNull()
      expect(again.find({ ...listed, lastModified: new Date(writtenAt + 2000) })).toBeNull()
      await again.save(true)
      expect(again.find(listed)).not.toBeNull()
    }
    expect(await readdir(indexDirectory)).toEqual([name])
    expect(await stat(join(indexDirectory, name!))).toMatchObject({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
    })
    // Of one that was in several times the date is noted, of which there are few.
    const twice = openHeadMemory(indexDirectory, 'place')
    twice.noteWritten('a', written, [{ fromMs: 1, toMs: 2 }, span])
    expect(twice.find(listed)).not.toBeNull()
    expect(twice.find({ ...listed, lastModified: new Date(writtenAt + 501) })).toBeNull()
  })

  test('an ACL is known of what we wrote or set ourselves, and stays known when HEAD is asked about the same write', async () => {
    const memory = openHeadMemory(indexDirectory, 'place')
    memory.noteWritten('a', written, [span], 'public-read')
    expect(memory.find(listed)?.acl).toBe('public-read')
    memory.note(listed, head, later)
    await memory.save(true)
    const again = openHeadMemory(indexDirectory, 'place')
    expect(again.find(listed)?.acl).toBe('public-read')
    again.noteAcl('a', 'private')
    expect(again.find(listed)?.acl).toBe('private')
    again.noteAcl('a', null)
    expect(again.find(listed)).toMatchObject({ acl: null, contentType: 'text/css' })
    again.noteAcl('a', 'private')
    again.noteAcl('b', 'private')
    // Another write of the same content.
    const rewritten = { ...listed, lastModified: new Date(writtenAt + 10_500) }
    again.note(rewritten, { ...head, lastModified: new Date(writtenAt + 10_000) }, later)
    expect(again.find(rewritten)).toMatchObject({ acl: null })
    expect(again.find({ ...listed, key: 'b' })).toBeNull()
  })

  test('an ACL is not known any more once it was marked as set, and is again of what is written after that', async () => {
    const marks = new Map<string, string>()
    const open = () => {
      const memory = openHeadMemory(indexDirectory, 'place')
      memory.trust({ markOf: (key) => marks.get(key) ?? '' })
      return memory
    }
    const memory = open()
    for (const key of ['a', 'b', 'c']) memory.noteWritten(key, written, [span], 'public-read')
    await memory.save(false)
    marks.set('a', 'x')
    const again = open()
    for (const _ of [1, 2]) {
      expect(again.find(listed)).toMatchObject({ acl: null, contentType: 'text/css' })
      expect(again.find({ ...listed, key: 'b' })?.acl).toBe('public-read')
      // The third is known by what the second has, and is marked all the same.
      marks.set('c', 'y')
      expect(again.find({ ...listed, key: 'c' })?.acl).toBeNull()
    }
    again.note(listed, head, later)
    expect(again.find(listed)?.acl).toBeNull()
    again.noteWritten('a', written, [span], 'public-read')
    expect(again.find(listed)?.acl).toBe('public-read')
    await again.save(true)
    expect(open().find(listed)?.acl).toBe('public-read')
    marks.set('a', 'z')
    expect(open().find(listed)?.acl).toBeNull()
    const last = open()
    last.noteAcl('a', 'private')
    expect(last.find(listed)?.acl).toBe('private')
  })

  test('our own write is not known without a date or an ETag', async () => {
    const memory = openHeadMemory(indexDirectory, 'place')
    memory.noteWritten('a', written, [])
    expect(memory.find(listed)).toBeNull()
    memory.noteWritten('a', { ...written, eTag: null }, [span])
    expect(memory.find({ ...listed, eTag: null })).toBeNull()
  })

  test('what a whole listing did not have is forgotten, and kept when the plan was not finished', async () => {
    const first = openHeadMemory(indexDirectory, 'place')
    first.note(listed, head, later)
    await first.save(true)
    const broken = openHeadMemory(indexDirectory, 'place')
    broken.note({ ...listed, key: 'b' }, head, later)
    await broken.save(false)
    const second = openHeadMemory(indexDirectory, 'place')
    expect(second.find(listed)).not.toBeNull()
    await second.save(true)
    const third = openHeadMemory(indexDirectory, 'place')
    expect(third.find({ ...listed, key: 'b' })).toBeNull()
    expect(third.find(listed)).not.toBeNull()
  })
})
