import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { abortUpload } from '../s3/abort-upload.ts'
import { discardReceived } from '../s3/get-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { dropUpload } from './attempt.ts'
import type { QueueItem } from './queue-item.ts'
import type { TransferJournal } from './transfer-journal.ts'

/** Takes back what nobody goes on with, in the background. What cannot be reached now is left to the next start. */
export interface TakeBack {
  /** What a transfer has begun that is not going to be finished: parts that were sent, or a file that is not whole. */
  of(item: QueueItem): void
  /** What an earlier process could not take back, where `isWanted`. */
  leftovers(isWanted: (place: { profileId: string; service: string }) => boolean): void
}

/** Makes one; what is under way stands among `tasks`. */
export function createTakeBack(parts: {
  readonly session: (profileId: string) => Promise<S3Session>
  readonly journal: TransferJournal
  readonly tasks: Set<Promise<void>>
}): TakeBack {
  const { session, journal, tasks } = parts

  /** Downloads whose files are still to be removed. */
  let unwanted: QueueItem[] = []
  let discarding: Promise<void> | null = null

  function later(work: () => Promise<void>): Promise<void> {
    const task = work()
      .catch(() => undefined)
      .finally(() => tasks.delete(task))
    tasks.add(task)
    return task
  }

  /** All that were cancelled together are looked for together, a folder at a time. */
  async function discardAll(): Promise<void> {
    while (unwanted.length > 0) {
      const places = new Map<string, { within: string; ids: string[] }>()
      for (const { id, work } of unwanted) {
        if (work.direction === 'upload') continue
        const directory = dirname(work.place.path)
        const place = places.get(directory) ?? { within: work.folder, ids: [] }
        places.set(directory, place)
        place.ids.push(id)
      }
      unwanted = []
      for (const [directory, place] of places) await discardReceived({ directory, ...place })
    }
    discarding = null
  }

  return {
    of(item) {
      const { work, profileId } = item
      if (!item.hasRun) return
      if (work.direction === 'upload') {
        if (item.upload !== null) void later(async () => dropUpload(item, await session(profileId), journal))
        return
      }
      item.received = null
      unwanted.push(item)
      // In a moment, when all are known.
      discarding ??= later(() => nextTurn().then(discardAll))
      item.discarding = discarding
    },
    leftovers(isWanted) {
      for (const leftover of journal.leftovers()) {
        const { profileId, bucket, key, uploadId } = leftover
        if (!isWanted(leftover)) continue
        void later(async () => {
          if (await abortUpload(await session(profileId), { bucket, key, uploadId }))
            journal.note({ t: 'swept', bucket, uploadId })
        })
      }
    },
  }
}
