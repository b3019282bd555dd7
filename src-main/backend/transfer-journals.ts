import { randomBytes } from 'node:crypto'
import type { UnfinishedTransfer } from '../../src-preload/contract/transfer.ts'
import type { Log } from '../logging/log.ts'
import { lockPlace } from '../sync/place-locks.ts'
import type { JournalEntry } from '../transfers/journal-records.ts'
import type { TransferJournal } from '../transfers/transfer-journal.ts'
import {
  createLateJournal,
  createMemoryJournal,
  journalNames,
  listJournalled,
  openTransferJournal,
  readJournals,
} from '../transfers/transfer-journal.ts'

/** The journal that this process writes, and what there is of those of others. */
export interface TransferJournals {
  readonly own: TransferJournal
  /** What was wrong with the own one when it was opened, for a person. */
  readonly notices: readonly string[]
  /** The transfers of all journals that have not ended, and what is wrong with the journals, for a person. */
  list(): Promise<{ transfers: UnfinishedTransfer[]; notices: readonly string[] }>
  /**
   * Takes over the transfers of processes that have ended, where `isWanted`. Answers how many, how many are left to a
   * process that is alive, and what was wrong with the journals.
   */
  adopt(
    isWanted: (entry: JournalEntry) => boolean,
  ): Promise<{ adopted: number; inUse: number; notices: readonly string[] }>
}

/** The journal that outlives the application. */
const appJournal = 'app'

/**
 * Opens the journals of a data folder. The application has one for all its life; a command of the command line makes one
 * of its own when it first has something to transfer, so that several run side by side and beside the application. Where
 * none can be kept the transfers run all the same, and cannot be taken up again.
 */
export async function openTransferJournals(options: {
  readonly directory: string
  readonly locksDirectory: string
  readonly host: 'electron' | 'browser' | 'cli'
  readonly log: Log
}): Promise<TransferJournals> {
  const { directory, log } = options
  const lock = (place: { where: string; prefix: string }) => lockPlace(options.locksDirectory, place)
  const name = options.host === 'cli' ? `cli-${process.pid}-${randomBytes(6).toString('hex')}` : appJournal

  async function open(): Promise<TransferJournal> {
    try {
      const opened = await openTransferJournal({ directory, name, lock })
      if (opened !== null) return opened
      log.warn('The list of transfers is in use by another process: this one keeps none.')
    } catch (error) {
      log.error('The list of transfers cannot be kept.', error)
    }
    return createMemoryJournal()
  }
  const own = options.host === 'cli' ? createLateJournal(open) : await open()
  for (const notice of own.notices) log.warn(notice)

  return {
    own,
    notices: own.notices,
    async list() {
      const running = new Map<string, boolean>()
      const found: UnfinishedTransfer[] = []
      const { transfers, notices } = await readJournals(directory)
      for (const { journal, entry } of transfers) {
        if (!running.has(journal)) running.set(journal, journal === name || (await isInUse(journal)))
        found.push(unfinished(entry, running.get(journal) === true))
      }
      return { transfers: found, notices }
    },
    async adopt(isWanted) {
      const counts = { adopted: 0, inUse: 0, notices: [...own.notices] }
      for (const journal of await journalNames(directory)) {
        if (journal === name) continue
        const other = await openTransferJournal({ directory, name: journal, lock })
        if (other === null) {
          const theirs = (await listJournalled(directory)).filter((one) => one.journal === journal)
          counts.inUse += theirs.filter(({ entry }) => isWanted(entry)).length
          continue
        }
        counts.notices.push(...other.notices)
        try {
          for (const entry of [...other.entries()].filter(isWanted)) {
            // First here and then not there: a crash between leaves it in both, which counts once.
            await own.take(entry)
            await other.record({ t: 'ended', id: entry.id, isCompleted: true })
            counts.adopted++
          }
        } finally {
          await other.close()
        }
      }
      return counts
    },
  }

  async function isInUse(journal: string): Promise<boolean> {
    const unlock = await lock({ where: 'transfers', prefix: `${journal}/` })
    await unlock?.()
    return unlock === null
  }
}

function unfinished(entry: JournalEntry, isRunning: boolean): UnfinishedTransfer {
  const { id, batch, key, name, sizeBytes, upload, error } = entry
  const moved = [...(upload?.parts.values() ?? [])].reduce((sum, part) => sum + part.sizeBytes, 0)
  return {
    id,
    direction: batch.direction,
    profileId: batch.profileId,
    bucket: batch.bucket,
    key,
    name,
    sizeBytes,
    movedBytes: Math.min(moved, sizeBytes),
    state: error !== null ? 'failed' : entry.paused ? 'paused' : isRunning ? 'running' : 'interrupted',
    error,
    addedAt: new Date(batch.addedAt).toISOString(),
  }
}
