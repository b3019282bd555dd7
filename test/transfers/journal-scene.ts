import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { lockPlace } from '../../src-main/sync/place-locks.ts'
import type { JournalDisk } from '../../src-main/transfers/journal-file.ts'
import type { JournalRecord } from '../../src-main/transfers/journal-records.ts'
import type { TransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import { journalPath, openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'

/** A folder for the journal of each test; journals that a test has not closed are closed behind it. */
export function useJournal() {
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

  return { directory: () => directory, path, open, close }
}

/** The records of three uploads: each is `a`, `b` or `c`. */
export const batch: JournalRecord = {
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

/** The file behind each upload. */
export const identity = { dev: '1', ino: '2', sizeBytes: 30, mtimeNs: '1700000000123456789', ctimeNs: '4' }

/** That an upload is to be done. */
export const add = (id: string): JournalRecord => ({
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

/** That it has begun, in parts of 10 bytes. */
export const begun = (id: string, uploadId = `upload-${id}`): JournalRecord => ({
  t: 'begun',
  id,
  key: `up/${id}`,
  uploadId,
  partSizeBytes: 10,
  startedAt: 5,
})

/** That a part of it has been sent. */
export const part = (id: string, number: number): JournalRecord => ({
  t: 'part',
  id,
  part: { number, eTag: `"${number}"`, md5: '0'.repeat(32), sizeBytes: 10 },
})

/** A little life: three transfers, of which one ends. */
export const life: readonly JournalRecord[] = [
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

/** What a journal says is still to be done. */
export const seen = (journal: TransferJournal) =>
  [...journal.entries()].map(({ id, key, upload, paused }) => ({
    id,
    key,
    paused,
    parts: upload === null ? null : [...upload.parts.keys()],
  }))
