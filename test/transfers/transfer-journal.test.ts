import { execFile } from 'node:child_process'
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'
import type { JournalDisk } from '../../src-main/transfers/journal-file.ts'
import { openJournalFile, parseRecords, realDisk } from '../../src-main/transfers/journal-file.ts'
import type { JournalRecord } from '../../src-main/transfers/journal-records.ts'
import { readWantedUploads } from '../../src-main/transfers/transfer-journal.ts'
import { add, batch, begun, identity, life, part, seen, useJournal } from './journal-scene.ts'

const { directory, path, open, close } = useJournal()

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
    expect(await readdir(directory())).toEqual(['locks'])
  })

  it('tells which uploads are still wanted, also those of another process and of one that was killed', async () => {
    const journal = await open()
    await journal.record(batch, add('a'), begun('a'), add('b'), begun('b'))
    const script = `
      const { openTransferJournal } = await import(${JSON.stringify(new URL('../../src-main/transfers/transfer-journal.ts', import.meta.url).href)})
      const journal = await openTransferJournal({ directory: ${JSON.stringify(directory())}, name: 'put-1', lock: async () => async () => {} })
      await journal.record(...${JSON.stringify([batch, add('k'), begun('k', 'killed')])})
      process.kill(process.pid, 'SIGKILL')`
    await expect(
      promisify(execFile)(typescriptNode(), ['--input-type=module', '-e', script]),
    ).rejects.toMatchObject({ signal: 'SIGKILL' })
    await journal.record({ t: 'dropped', id: 'b' })
    const wanted = await readWantedUploads(directory())
    expect(['upload-a', 'upload-b', 'killed'].map((id) => wanted.isWanted('bucket', id))).toEqual([
      true,
      false,
      true,
    ])
    expect(wanted.isWanted('other', 'upload-a')).toBe(false)
    expect((await readWantedUploads(join(directory(), 'nothing'))).isWanted('bucket', 'x')).toBe(false)
  })
})
