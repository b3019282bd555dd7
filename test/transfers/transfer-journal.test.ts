import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'
import { lockPlace } from '../../src-main/sync/place-locks.ts'
import type { JournalDisk } from '../../src-main/transfers/journal-file.ts'
import { openJournalFile, parseRecords, realDisk } from '../../src-main/transfers/journal-file.ts'
import type { JournalRecord } from '../../src-main/transfers/journal-records.ts'
import type { TransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import {
  journalPath,
  openTransferJournal,
  readWantedUploads,
} from '../../src-main/transfers/transfer-journal.ts'

let directory: string
let opened: TransferJournal[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-journal-'))
  opened = []
})
afterEach(async () => {
  for (const journal of opened) await journal.close()
  await rm(directory, { recursive: true, force: true })
})

const path = () => journalPath(directory, 'app')

async function open(disk?: JournalDisk): Promise<TransferJournal> {
  const journal = await openTransferJournal({
    directory,
    name: 'app',
    lock: (place) => lockPlace(join(directory, 'locks'), place),
    ...(disk === undefined ? {} : { disk }),
  })
  if (journal === null) throw new Error('in use')
  opened.push(journal)
  return journal
}

async function close(journal: TransferJournal): Promise<void> {
  opened = opened.filter((one) => one !== journal)
  await journal.close()
}

const batch: JournalRecord = {
  t: 'batch',
  id: 'batch_1',
  direction: 'upload',
  profileId: 'profile_1',
  service: 'http://127.0.0.1:1',
  bucket: 'bucket',
  visibility: 'private',
  baseUrl: null,
  linkExpirySeconds: 3600,
  addedAt: 1,
}

const identity = { dev: '1', ino: '2', sizeBytes: 30, mtimeNs: '1700000000123456789', ctimeNs: '4' }

const add = (id: string): JournalRecord => ({
  t: 'add',
  id,
  batch: 'batch_1',
  name: 'ü\n.bin',
  key: `up/${id}`,
  sizeBytes: 30,
  work: {
    direction: 'upload',
    wantedKey: `up/${id}`,
    onConflict: 'keep-both',
    cacheControl: null,
    file: { name: 'ü\n.bin', path: '/somewhere/ü\n.bin', sizeBytes: 30, identity },
  },
})

const begun = (id: string, uploadId = `upload-${id}`): JournalRecord => ({
  t: 'begun',
  id,
  key: `up/${id}`,
  uploadId,
  partSizeBytes: 10,
  startedAt: 5,
})

const part = (id: string, number: number): JournalRecord => ({
  t: 'part',
  id,
  part: { number, eTag: `"${number}"`, md5: '0'.repeat(32), sizeBytes: 10 },
})

/** A little life: three transfers, of which one ends. */
const life: readonly JournalRecord[] = [
  batch,
  add('a'),
  add('b'),
  begun('a'),
  part('a', 1),
  add('c'),
  { t: 'first', ids: ['c'] },
  part('a', 2),
  { t: 'paused', id: 'b', paused: true },
  { t: 'ended', id: 'c', isCompleted: true },
  { t: 'key', id: 'b', key: 'up/b_1234567' },
]

const seen = (journal: TransferJournal) =>
  [...journal.entries()].map(({ id, key, upload, paused }) => ({
    id,
    key,
    paused,
    parts: upload === null ? null : [...upload.parts.keys()],
  }))

/** What each number of whole lines stands for, told by the code that reads records one after another. */
async function statesOf(records: readonly JournalRecord[]): Promise<string[]> {
  const states: string[] = []
  for (let count = 0; count <= records.length; count++) {
    await rm(path(), { force: true })
    const journal = await open()
    await journal.record(...records.slice(0, count))
    states.push(JSON.stringify(seen(journal)))
    await close(journal)
  }
  await rm(path(), { force: true })
  return states
}

describe('the journal of transfers', () => {
  it('tells after a restart what there is to do, in order, readable by nobody else', async () => {
    const journal = await open()
    await journal.record(...life)
    journal.note(part('a', 3))
    await close(journal)
    expect((await stat(path())).mode & 0o777).toBe(0o600)
    const again = await open()
    expect(again.notices).toEqual([])
    expect(seen(again)).toEqual([
      { id: 'a', key: 'up/a', paused: false, parts: [1, 2, 3] },
      { id: 'b', key: 'up/b_1234567', paused: true, parts: null },
    ])
    const [entry] = again.entries()
    expect(entry?.work).toMatchObject({ file: { path: '/somewhere/ü\n.bin', identity } })
  })

  it('F45 belongs to one process, until that has ended', async () => {
    const journal = await open()
    await expect(open()).rejects.toThrow('in use')
    await close(journal)
    await open()
  })

  it('F30 F31 is what it was before or after a record, wherever the power goes', async () => {
    const states = await statesOf(life)
    const journal = await open()
    const ends: number[] = []
    for (const record of life) {
      await journal.record(record)
      ends.push((await stat(path())).size)
    }
    await close(journal)
    const whole = await readFile(path())
    for (let cut = 0; cut <= whole.byteLength; cut += 1) {
      // The end of each line and its neighbours, and some bytes between.
      if (cut % 31 !== 0 && !ends.some((end) => Math.abs(end - cut) <= 1)) continue
      await writeFile(path(), whole.subarray(0, cut))
      const found = await open()
      const complete = ends.filter((end) => end <= cut).length
      expect(JSON.stringify(seen(found))).toBe(states[complete])
      expect(found.notices).toEqual([])
      // And it can be written to again.
      await found.record(batch, add('z'))
      await close(found)
      const after = await open()
      expect(seen(after).at(-1)).toMatchObject({ id: 'z' })
      await close(after)
    }
  }, 60_000)

  it('F31 has on the disk what it has confirmed', async () => {
    const disk = forgetfulDisk()
    const journal = await open(disk)
    await journal.record(batch, add('a'))
    await journal.record(begun('a'))
    journal.note(part('a', 1))
    // The power goes before the note is written.
    const kept = disk.kept()
    await close(journal)
    expect(disk.kept()).not.toBe(kept)
    await writeFile(path(), kept)
    expect(seen(await open())).toEqual([{ id: 'a', key: 'up/a', paused: false, parts: [] }])
  })

  it('F42 sets damaged lines aside, tells it, and keeps the others', async () => {
    const journal = await open()
    await journal.record(...life)
    await close(journal)
    const bytes = await readFile(path())
    const at = bytes.indexOf('"begun"') + 2
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    await writeFile(path(), bytes)
    const found = await open()
    expect(found.notices).toEqual([expect.stringMatching(/^One line of the list of transfers/)])
    expect(seen(found)).toEqual([
      { id: 'a', key: 'up/a', paused: false, parts: null },
      { id: 'b', key: 'up/b_1234567', paused: true, parts: null },
    ])
    expect(await readFile(`${path()}.damaged`, 'utf8')).toContain('bdgun')
    await close(found)
    // It is told once, and what is set aside later is kept beside it.
    expect((await open()).notices).toEqual([])
    await close(opened[0] as TransferJournal)
    await appendFile(path(), 'noise\n')
    expect((await open()).notices).toHaveLength(1)
    expect(await readFile(`${path()}.damaged-2`, 'utf8')).toBe('noise\n')
  })

  it('F42 never throws over random flips, and invents nothing', async () => {
    const journal = await open()
    await journal.record(...life)
    await close(journal)
    const whole = await readFile(path())
    const known = new Set(['a', 'b', 'c'])
    for (let at = 0; at < whole.byteLength; at += 29) {
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at)
      const found = await parseRecords(bytes)
      expect(found.damaged.length + Number(found.torn)).toBeGreaterThan(0)
      await writeFile(path(), bytes)
      const again = await open()
      for (const { id } of again.entries()) expect(known.has(id)).toBe(true)
      await close(again)
      for (const name of await readdir(directory))
        if (name.includes('.damaged') || name.includes('.newer')) await rm(join(directory, name))
    }
  }, 60_000)

  it('goes on taking what is told after something was told while it wrote', async () => {
    const file = await openJournalFile(path(), { lines: 0, bytes: 0 })
    const first = file.append([{ n: 1 }])
    file.note({ n: 2 })
    await first
    // Longer than a note waits.
    await setTimeout(400)
    await file.append([{ n: 3 }])
    file.note({ n: 4 })
    await file.close()
    expect((await parseRecords(await readFile(path()))).records).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
      { n: 4 },
    ])
  })

  it('closes every file that it has opened: also when it cannot be begun, or is closed while it is written anew', async () => {
    let files = 0
    let fails: 'truncate' | 'replace' | null = null
    const full = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' }))
    const disk: JournalDisk = {
      ...realDisk,
      async open(where) {
        const file = await realDisk.open(where)
        files++
        let isOpen = true
        return {
          ...file,
          truncate: (bytes) => (fails === 'truncate' ? full() : file.truncate(bytes)),
          async close() {
            if (isOpen) files--
            isOpen = false
            await file.close()
          },
        }
      },
      replace: (where, text) => (fails === 'replace' ? full() : realDisk.replace(where, text)),
    }
    for (const how of ['truncate', 'replace'] as const) {
      fails = how
      await expect(open(disk)).rejects.toMatchObject({ error: { code: 'disk-full' } })
      expect(files).toBe(0)
    }
    fails = null
    const file = await openJournalFile(path(), { lines: 0, bytes: 0 }, disk)
    const written = [file.append([{ n: 1 }]), file.rewrite([{ n: 2 }])]
    await file.close()
    await Promise.all(written)
    expect(files).toBe(0)
    expect((await parseRecords(await readFile(path()))).records).toEqual([{ n: 2 }])
  })

  it('F42 does not touch what a later version has written', async () => {
    const file = await openJournalFile(path(), { lines: 0, bytes: 0 })
    await file.append([
      { t: 'pail-transfers', version: 2 },
      { t: 'something', new: true },
    ])
    await file.close()
    const before = await readFile(path())
    const journal = await open()
    expect(journal.notices).toEqual([expect.stringContaining('newer')])
    expect([...journal.entries()]).toEqual([])
    expect(await readFile(`${path()}.newer`)).toEqual(before)
  })

  it('F32 says that the disk is full, and goes on when there is room again', async () => {
    let isFull = false
    const disk: JournalDisk = {
      ...realDisk,
      async open(where) {
        const file = await realDisk.open(where)
        return {
          ...file,
          async append(text) {
            if (!isFull) return file.append(text)
            await file.append(text.slice(0, 20))
            throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })
          },
        }
      },
    }
    const journal = await open(disk)
    await journal.record(batch, add('a'))
    isFull = true
    await expect(journal.record(begun('a'))).rejects.toMatchObject({ error: { code: 'disk-full' } })
    isFull = false
    await journal.record(part('a', 1), add('b'))
    await close(journal)
    const again = await open()
    expect(again.notices).toEqual([])
    expect(seen(again).map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('grows no further than what is still to be done', async () => {
    const journal = await open()
    await journal.record(batch, add('stays'), begun('stays'))
    for (let round = 0; round < 30; round++) {
      const ids = Array.from({ length: 200 }, (_, index) => `t${round}-${index}`)
      await journal.record(...ids.map(add))
      await journal.record(...ids.map((id): JournalRecord => ({ t: 'ended', id, isCompleted: true })))
    }
    await close(journal)
    expect((await stat(path())).size).toBeLessThan(2500 * 500)
    const again = await open()
    expect(seen(again)).toEqual([{ id: 'stays', key: 'up/stays', paused: false, parts: [] }])
    await again.record({ t: 'ended', id: 'stays', isCompleted: false })
    expect([...again.leftovers()]).toMatchObject([{ bucket: 'bucket', uploadId: 'upload-stays' }])
    await close(again)
    // The parts that were sent are still to be taken back.
    const last = await open()
    expect([...last.leftovers()]).toMatchObject([{ bucket: 'bucket', uploadId: 'upload-stays' }])
    await last.record({ t: 'swept', bucket: 'bucket', uploadId: 'upload-stays' })
    await close(last)
    // With nothing left to do there is no file.
    expect(await readdir(directory)).toEqual(['locks'])
  })

  it('tells which uploads are still wanted, also those of another process and of one that was killed', async () => {
    const journal = await open()
    await journal.record(batch, add('a'), begun('a'), add('b'), begun('b'))
    const script = `
      const { openTransferJournal } = await import(${JSON.stringify(new URL('../../src-main/transfers/transfer-journal.ts', import.meta.url).href)})
      const journal = await openTransferJournal({ directory: ${JSON.stringify(directory)}, name: 'put-1', lock: async () => async () => {} })
      await journal.record(...${JSON.stringify([batch, add('k'), begun('k', 'killed')])})
      process.kill(process.pid, 'SIGKILL')`
    await expect(
      promisify(execFile)(typescriptNode(), ['--input-type=module', '-e', script]),
    ).rejects.toMatchObject({ signal: 'SIGKILL' })
    await journal.record({ t: 'dropped', id: 'b' })
    const wanted = await readWantedUploads(directory)
    expect(['upload-a', 'upload-b', 'killed'].map((id) => wanted.isWanted('bucket', id))).toEqual([
      true,
      false,
      true,
    ])
    expect(wanted.isWanted('other', 'upload-a')).toBe(false)
    expect((await readWantedUploads(join(directory, 'nothing'))).isWanted('bucket', 'x')).toBe(false)
  })
})

/** A disk that forgets at a power cut what was not flushed. */
function forgetfulDisk() {
  let kept = ''
  let written = ''
  const disk = {
    kept: () => kept,
    ...realDisk,
    async open(where: string) {
      const file = await realDisk.open(where)
      return {
        ...file,
        async append(text: string) {
          written += text
          await file.append(text)
        },
        async sync() {
          await file.sync()
          kept = written
        },
      }
    },
    async replace(where: string, text: string) {
      await realDisk.replace(where, text)
      kept = written = text
    },
  }
  return disk
}
