import { appendFile, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JournalDisk } from '../../src-main/transfers/journal-file.ts'
import { openJournalFile, parseRecords, realDisk } from '../../src-main/transfers/journal-file.ts'
import type { JournalRecord } from '../../src-main/transfers/journal-records.ts'
import { add, batch, begun, life, part, seen, useJournal } from './journal-scene.ts'

const { directory, path, open, close } = useJournal()

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

describe('what becomes of the journal of transfers', () => {
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
    const told = await open()
    expect(told.notices).toEqual([])
    await close(told)
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
      for (const name of await readdir(directory()))
        if (name.includes('.damaged') || name.includes('.newer')) await rm(join(directory(), name))
    }
  }, 60_000)

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
