import { abortUpload } from '../s3/abort-upload.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { dropUpload } from './attempt.ts'
import type { QueueItem } from './queue-item.ts'
import type { TransferJournal } from './transfer-journal.ts'

/** Takes back what nobody goes on with, in the background. What cannot be reached now is left to the next start. */
export interface TakeBack {
  /** What a transfer has begun that is not going to be finished. */
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

  function later(work: () => Promise<void>): void {
    const task = work()
      .catch(() => undefined)
      .finally(() => tasks.delete(task))
    tasks.add(task)
  }

  return {
    of(item) {
      if (item.upload === null) return
      later(async () => dropUpload(item, await session(item.profileId), journal))
    },
    leftovers(isWanted) {
      for (const leftover of journal.leftovers()) {
        const { profileId, bucket, key, uploadId } = leftover
        if (!isWanted(leftover)) continue
        later(async () => {
          if (await abortUpload(await session(profileId), { bucket, key, uploadId }))
            journal.note({ t: 'swept', bucket, uploadId })
        })
      }
    },
  }
}
