import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openOwnershipRecord, type SyncPlace } from '../../src-main/sync/ownership-record.ts'
import { stateFileName } from '../../src-main/tables/state-file.ts'

let directory: string
const place: SyncPlace = { service: 'aws', bucket: 'bucket', prefix: 'site/' }
const file = () => join(directory, stateFileName(['aws', 'bucket', 'site/']))

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pail-record-')), 'sync-state')
})
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }))

const open = () => openOwnershipRecord(directory, place)
const entries = async () => Object.fromEntries((await open()).entries)

/** A record with these keys, saved. */
async function filled(keys: Iterable<string>): Promise<void> {
  const record = await open()
  for (const key of keys) record.note(key, `"etag of ${key}"`)
  expect(await record.save()).toBe(true)
}

describe('the record of what is ours', () => {
  test('is new until something is saved, and belongs to one place', async () => {
    expect(await open()).toMatchObject({ isNew: true, notice: null })
    await filled(['site/a', 'site/b'])
    const again = await open()
    expect(again).toMatchObject({ isNew: false, notice: null })
    expect(Object.fromEntries(again.entries)).toEqual({
      'site/a': 'etag of site/a',
      'site/b': 'etag of site/b',
    })
    for (const other of [
      { ...place, prefix: '' },
      { ...place, bucket: 'other' },
      { ...place, service: 'https://example.org' },
    ])
      expect((await openOwnershipRecord(directory, other)).entries.size).toBe(0)
  })

  test('is written by itself a second after something was noted', async () => {
    const record = await open()
    record.note('site/a', '"1"')
    for (let tries = 0; tries < 100 && (await entries())['site/a'] === undefined; tries++) await sleep(100)
    expect(await entries()).toEqual({ 'site/a': '1' })
  })

  test('two at once add to each other, and what one removed is removed', async () => {
    await filled(['site/a', 'site/b'])
    const [one, two] = [await open(), await open()]
    one.note('site/c', '"c"')
    two.note('site/d', 'W/"d"')
    one.note('site/a', null)
    expect(await Promise.all([one.save(), two.save()])).toEqual([true, true])
    expect(await entries()).toEqual({ 'site/b': 'etag of site/b', 'site/c': 'c', 'site/d': 'd' })
  })

  test('F30 after a crash at its end it goes on with what came before, and can be added to', async () => {
    await filled(['site/a'])
    await filled(['site/b'])
    await appendFile(file(), '["site/never","1"]\n')
    const record = await open()
    expect(record).toMatchObject({ isNew: false, notice: null })
    record.note('site/c', '"c"')
    expect(await record.save()).toBe(true)
    expect(Object.keys(await entries())).toEqual(['site/a', 'site/b', 'site/c'])
  })

  test('F42 damaged it is kept aside and told, and nothing is ours; then a new one begins', async () => {
    await filled(['site/a'])
    const bytes = await readFile(file())
    bytes[bytes.byteLength - 80] = (bytes[bytes.byteLength - 80] ?? 0) ^ 1
    await writeFile(file(), bytes)
    const record = await openOwnershipRecord(directory, place, () => new Date('2026-01-02T03:04:05Z'))
    expect(record.entries.size).toBe(0)
    expect(record.notice).toMatch(
      /damaged and was kept as “\w{32}\.state\.2026-01-02T03-04-05\.000Z\.\w{6}\.unusable”/,
    )
    const aside = (await readdir(directory)).filter((name) => name.endsWith('.unusable'))
    expect(aside).toHaveLength(1)
    expect(await readFile(join(directory, aside[0] ?? ''))).toEqual(bytes)
    record.note('site/b', '"b"')
    expect(await record.save()).toBe(true)
    expect(await open()).toMatchObject({ notice: null })
    expect(await entries()).toEqual({ 'site/b': 'b' })
  })

  test.each([
    ['of a newer Pail', () => writeFile(file(), '{"pailSyncState":7,"about":[]}\nx'), /newer Pail/],
    ['that cannot be read', () => mkdir(file(), { recursive: true }), /cannot be read \(EISDIR\)/],
  ])('F42 one %s is left as it is and told, and nothing is ours', async (_, make, told) => {
    await mkdir(directory, { recursive: true })
    await make()
    const record = await open()
    expect(record.entries.size).toBe(0)
    expect(record.notice).toMatch(told)
    const before = await stat(file())
    record.note('site/a', '"1"')
    await record.save()
    expect((await stat(file())).mtimeMs).toBe(before.mtimeMs)
    expect((await open()).notice).toMatch(told)
  })

  test('what could not be written is written with what follows', async () => {
    const record = await open()
    // A file where the directory should be.
    await writeFile(directory, 'x')
    record.note('site/a', '"1"')
    expect(await record.save()).toBe(false)
    await rm(directory)
    record.note('site/b', '"2"')
    expect(await record.save()).toBe(true)
    expect(await entries()).toEqual({ 'site/a': '1', 'site/b': '2' })
  })

  test('lines that mean nothing any more go when there are more of them than others', async () => {
    const keys = Array.from({ length: 2000 }, (_, index) => `site/${index}`)
    for (let times = 0; times < 8; times++) await filled(keys)
    const grown = (await stat(file())).size
    const record = await open()
    record.note('site/0', '"new"')
    await record.save()
    expect((await stat(file())).size).toBeLessThan(grown / 4)
    expect(Object.keys(await entries())).toHaveLength(2000)
    expect((await entries())['site/0']).toBe('new')
  })

  test('F47 of 100,000 keys it is read in turns, and a change of 1 % writes 1 % of it', async () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `site/assets/${index % 100}/${index}.txt`)
    await filled(keys)
    const before = await stat(file())

    let turns = 0
    let counting = true
    const count = () => {
      turns++
      if (counting) setImmediate(count)
    }
    setImmediate(count)
    const record = await open()
    counting = false
    expect(record.entries.size).toBe(100_000)
    // Others had their turn at least once for every few thousand lines.
    expect(turns).toBeGreaterThanOrEqual(100_000 / 4000)

    for (const key of keys.slice(0, 1000)) record.note(key, '"0123456789abcdef0123456789abcdef"')
    await record.save()
    const after = await stat(file())
    expect(after.ino).toBe(before.ino)
    expect(after.size - before.size).toBeLessThan(before.size / 50)
    expect((await open()).entries.get(keys[0] ?? '')).toBe('0123456789abcdef0123456789abcdef')
  })
})
