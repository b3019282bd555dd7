import { failure } from '../../src-preload/contract/failure.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type LockedPlace, lockPlace, placesOverlap } from './place-locks.ts'

const running = new Set<LockedPlace>()

/**
 * Keeps other syncs out of a prefix until the returned function is called: those of this process and, with a directory
 * for locks, those of other processes that share it, such as the command line beside the application (F45). Throws
 * `safety-refused` when one runs in it, above it or below it: each would take the other's files for its own to change
 * (S48); `local-file` when that cannot be known, because the directory cannot be written to.
 */
export async function reservePrefix(
  session: Pick<S3Session, 'service'>,
  bucket: string,
  prefix: string,
  locksDirectory?: string,
): Promise<() => Promise<void>> {
  const mine = { where: `${session.service} ${bucket}`, prefix }
  for (const other of running) if (placesOverlap(other, mine)) throw occupied()
  running.add(mine)
  try {
    const unlock =
      locksDirectory === undefined ? null : await lockPlace(locksDirectory, mine).catch(notWritable)
    if (unlock === null && locksDirectory !== undefined) throw occupied()
    return async () => {
      running.delete(mine)
      await unlock?.()
    }
  } catch (error) {
    running.delete(mine)
    throw error
  }
}

/** Throws what it means that a lock cannot be written. */
function notWritable(cause: unknown): never {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException
  throw failure(
    'local-file',
    `Pail cannot write to the folder where it keeps its settings (${code}), so it cannot keep other syncs out of this place meanwhile. Nothing was changed.`,
    { cause },
  )
}

function occupied() {
  return failure(
    'safety-refused',
    'Another sync to this place is running. Wait until it has ended, then make a new plan.',
  )
}
