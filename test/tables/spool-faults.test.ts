import { closeSync, openSync, readdirSync, readlinkSync, writeSync } from 'node:fs'
import { mkdtemp, readdir, realpath, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import { openHashIndex } from '../../src-main/sync/hash-index.ts'
import { openOwnership } from '../../src-main/sync/ownership.ts'
import { openOwnershipRecord } from '../../src-main/sync/ownership-record.ts'
import { createPackedPairs } from '../../src-main/tables/packed-pairs.ts'
import { createRowCollector } from '../../src-main/sync/plan-rows.ts'
import { createSortedMap } from '../../src-main/tables/sorted-map.ts'
import { type MakeSpool, spoolsIn } from '../../src-main/tables/spool.ts'
import { fixture } from '../sync/faults-scene.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-lost-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const many = 30_000
const keyOf = (index: number) => `section-${index % 7}/page-${index}.html`

/** The open files below the directory, by what leads to them, each with its path. */
function openFiles(): (readonly [link: string, path: string])[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    const link = `/proc/self/fd/${fd}`
    try {
      const path = readlinkSync(link)
      return path.startsWith(directory) ? [[link, path] as const] : []
    } catch {
      // It was the one by which the folder was read.
      return []
    }
  })
}

/** What is written to the disk becomes zeros there, as where the system could not keep what it had taken. */
function loseSpools(): void {
  let count = 0
  for (const [link, path] of openFiles()) {
    if (!path.includes('spool-')) continue
    const file = openSync(link, 'r+')
    writeSync(file, Buffer.alloc(4096), 0, 4096, 20_000)
    closeSync(file)
    count++
  }
  if (count === 0) throw new Error('Nothing was on the disk.')
}

describe.runIf(process.platform === 'linux')('what was on the disk and is lost', () => {
  test('of pairs and of a map is told, and not taken for nothing', () => {
    const packed = createPackedPairs(spoolsIn(directory))
    const map = createSortedMap(spoolsIn(directory))
    for (let index = 0; index < many; index++) {
      packed.append(keyOf(index), 'value'.repeat(20))
      map.set(keyOf(index), 'older'.repeat(20))
    }
    loseSpools()
    const lost = /temporary file of the plan cannot be read/
    expect(() => [...packed]).toThrow(lost)
    expect(() => [...map]).toThrow(lost)
    expect(() => map.get(keyOf(0))).toThrow(lost)
  })

  test('of the record of what is ours makes nothing ours or forgotten, and what was sent is noted', async () => {
    const place = { service: 'https://s3.example', bucket: 'b', prefix: '' }
    const before = await openOwnershipRecord(directory, place)
    for (let index = 0; index < many; index++) before.note(keyOf(index), `etag-${index}`.padEnd(60, '0'))
    await before.save()
    const owned = await openOwnership(directory, place)
    owned.listed(keyOf(1), null)
    owned.listedAll()
    loseSpools()
    owned.wrote('new.html', '"e"')
    expect(await owned.save()).toBe(false)
    const after = await openOwnershipRecord(directory, place)
    expect(after.notice).toBeNull()
    expect(after.entries.get('new.html')).toBe('e')
    expect(after.entries.get(keyOf(0))).toMatch(/^etag-0/)
  })
})

describe('a plan that cannot be read any more', () => {
  const broken: MakeSpool = () => ({
    append: () => 0,
    read() {
      throw failure('local-file', 'EIO')
    },
    close: () => undefined,
  })

  test.each([true, false])('changes nothing and removes nothing, with a record: %s', async (isRecorded) => {
    await fixture.write({ 'ok.txt': 'ok' })
    await fixture.publish({ 'old.txt': 'old' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts).toMatchObject({ upload: 1, delete: 1 })
    const collector = createRowCollector({
      prefix: '',
      headers: () => ({}),
      visibility: () => 'private',
      pathOf: (name) => join(fixture.folder, name),
      spool: broken,
    })
    const row: Pick<SyncRow, 'action' | 'reason' | 'bytes' | 'headers'> = {
      action: 'upload',
      reason: 'new',
      bytes: 1,
      headers: [],
    }
    const facts = { path: 'x'.repeat(900), identity: null, md5: null, eTag: null }
    // In their order, so that none has to be read to sort them.
    for (let index = 1000; index < 3000; index++)
      collector.add({ ...row, key: `${index}.txt`, path: `${index}.txt` }, facts)
    for (const { row, facts } of planned.rows.each({ actions: ['delete'] })) collector.add(row, facts)
    const rows = collector.seal()
    const releases = join(directory, 'releases')
    const applying = fixture.apply({ ...planned, rows }, isRecorded ? { releasesDirectory: releases } : {})
    await expect(applying).rejects.toThrow('EIO')
    expect(await fixture.keys()).toEqual(['old.txt'])
    // The place is free again.
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, deleted: 1, failed: [] })
  })

  test('gives the place back also when what is ours could not be noted', async () => {
    await fixture.write({ 'ok.txt': 'ok' })
    const planned = await fixture.plan()
    const owned = { ...planned.facts.owned, save: () => Promise.reject(new Error('EIO')) }
    const locksDirectory = join(directory, 'locks')
    const facts = { ...planned.facts, owned }
    await expect(fixture.apply({ ...planned, facts }, { locksDirectory })).rejects.toThrow('EIO')
    expect(await readdir(locksDirectory)).toEqual([])
    await fixture.write({ 'ok.txt': 'other' })
    expect(await fixture.apply(await fixture.plan(), { locksDirectory })).toMatchObject({ uploaded: 1 })
  })
})

test.runIf(process.platform === 'linux')('a sync that has ended keeps no file open', async () => {
  const indexDirectory = join(directory, 'index')
  await fixture.write({ 'ok.txt': 'ok' })
  await utimes(join(fixture.folder, 'ok.txt'), 1e9, 1e9)
  const index = openHashIndex(indexDirectory, await realpath(fixture.folder))
  const identity = await identifyFile(join(fixture.folder, 'ok.txt'))
  const hashes = { md5: '444bcb3a3fcf8389296c49467f27e1d6', multipart: new Set<string>(), parts: null }
  index.note('ok.txt', identity, hashes, Date.now() + 10_000)
  await index.save()
  index.release()
  expect(openFiles()).toEqual([])
  // It is opened again.
  expect(index.find('ok.txt', identity, null)).not.toBeNull()
  index.release()
  const planned = await fixture.plan({}, { indexDirectory })
  expect(openFiles()).not.toEqual([])
  expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, failed: [] })
  expect(openFiles()).toEqual([])
  await rm(join(fixture.folder, 'ok.txt'))
  await expect(fixture.plan({}, { indexDirectory })).rejects.toMatchObject({
    error: { code: 'safety-refused' },
  })
  expect(openFiles()).toEqual([])
})
