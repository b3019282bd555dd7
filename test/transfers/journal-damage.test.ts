import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noticesSchema } from '../../src-preload/contract/app-info.ts'
import { createLogDouble } from '../log-double.ts'
import { openTransferJournals } from '../../src-main/backend/transfer-journals.ts'
import type { JournalRecord } from '../../src-main/transfers/journal-records.ts'
import { journalPath, openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-damage-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const batch: JournalRecord = {
  t: 'batch',
  id: 'batch_1',
  direction: 'download',
  profileId: 'profile_1',
  service: 'http://127.0.0.1:1',
  bucket: 'bucket',
  visibility: null,
  baseUrl: null,
  linkExpirySeconds: null,
  addedAt: 1,
}
const add = (id: string, name = `${id}.bin`): JournalRecord => ({
  t: 'add',
  id,
  batch: 'batch_1',
  name,
  key: `dir/${name}`,
  sizeBytes: 30,
  work: {
    direction: 'download',
    folder: '/f',
    place: { path: `/f/${name}`, relative: name, changed: false },
  },
})

/** A journal with these records, of which the lines that fit are changed by one letter in their middle. */
async function damaged(records: readonly JournalRecord[], fits: (line: string) => boolean, name = 'app') {
  const journal = await openTransferJournal({ directory, name, lock: async () => async () => undefined })
  await journal?.record(...records)
  await journal?.close()
  const path = journalPath(directory, name)
  const lines = (await readFile(path, 'utf8')).split('\n')
  // Each line has one of them; its checksum fits no more.
  const spoil = (line: string) => line.replace('"sizeBytes":30', '"sizeBytes":31').replace('0.1:1', '0.1:2')
  await writeFile(path, lines.map((line) => (fits(line) ? spoil(line) : line)).join('\n'))
}

async function noticesOf(): Promise<readonly string[]> {
  const journal = await openTransferJournal({
    directory,
    name: 'app',
    lock: async () => async () => undefined,
  })
  await journal?.close()
  return noticesSchema.parse(journal?.notices)
}

describe('F42 a damaged list of transfers', () => {
  it('names what is lost with it, at most five of them, and says what to do', async () => {
    await damaged([batch, add('a'), add('b')], (line) => line.includes('a.bin'))
    expect(await noticesOf()).toEqual([
      'One line of the list of transfers could not be read. No longer on it: “a.bin”. Start it again. What could not be read was kept as “app.journal.damaged”, beside the list.',
    ])
    const long = add('l', 'n'.repeat(300))
    await damaged([batch, long, ...[1, 2, 3, 4, 5, 6].map((n) => add(`n${n}`)), add('kept')], (line) =>
      /"n\d|nnn/.test(line),
    )
    expect(await noticesOf()).toEqual([
      expect.stringMatching(
        /^7 lines .* No longer on it: “n{80}…”, “n1\.bin”, “n2\.bin”, “n3\.bin”, “n4\.bin” and 2 more\. Start them again\./,
      ),
    ])
  })

  it('names the transfers of a batch that is lost, though they themselves could be read', async () => {
    await damaged([batch, add('a'), add('b')], (line) => line.includes('"t":"batch"'))
    expect(await noticesOf()).toEqual([
      expect.stringContaining('No longer on it: “a.bin” and “b.bin”. Start them again.'),
    ])
  })

  it('says that nothing is missing when only progress is, and that something may be when nothing tells', async () => {
    const received: JournalRecord = { t: 'received', id: 'a', received: { spans: [], sizeBytes: 30 } }
    await damaged([batch, add('a'), received], (line) => line.includes('"t":"received"'))
    expect(await noticesOf()).toEqual([expect.stringContaining('No transfer is missing;')])
    await writeFile(journalPath(directory, 'app'), 'noise\n')
    expect(await noticesOf()).toEqual([expect.stringContaining('A transfer may be missing from it: look')])
  })

  it('is told by the command line as well: before it is set aside, and after that until it is seen to', async () => {
    await damaged([batch, add('a'), add('b')], (line) => line.includes('a.bin'), 'cli-1-other')
    const journals = await openTransferJournals({
      directory,
      locksDirectory: join(directory, 'locks'),
      host: 'cli',
      log: createLogDouble(),
    })
    const before = await journals.list()
    expect(before.transfers.map(({ name }) => name)).toEqual(['b.bin'])
    expect(before.notices).toEqual([
      'One line of the list of transfers could not be read. No longer on it: “a.bin”. Start it again.',
    ])
    const adopted = await journals.adopt(() => true)
    expect(adopted.adopted).toBe(1)
    expect(adopted.notices).toEqual([expect.stringContaining('No longer on it: “a.bin”')])
    expect((await journals.list()).notices).toEqual([
      'Lines of the list of transfers that could not be read are kept as “cli-1-other.journal.damaged”. They were about “a.bin”. Start again what has not arrived, and delete that file.',
    ])
    await rm(join(directory, 'cli-1-other.journal.damaged'))
    expect((await journals.list()).notices).toEqual([])
    await journals.own.close()
    expect((await readdir(directory)).filter((name) => name.includes('other'))).toEqual([])
  })
})
