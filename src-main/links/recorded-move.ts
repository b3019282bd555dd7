import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { MoveHead, MoveRecords } from '../releases/move-record.ts'
import { bareETag } from '../s3/e-tag.ts'
import { type HeadedObject, headObject } from '../s3/head-object.ts'
import { type MovedCopy, moveObject, type MoveObjectOptions, removeCopy } from '../s3/move-object.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** No move takes longer, in milliseconds. */
const longestMoveMs = 24 * 60 * 60 * 1000

/** A move of which a copy may be left. */
export interface LeftMove {
  readonly id: string
  readonly head: MoveHead
}

/**
 * Moves an object as `moveObject` does, and writes that down before, so that a copy that is left (the old one may not be
 * deleted, nor the copy, or the process ends) is still known after a restart. Throws the failures of moving.
 */
export async function moveRecorded(
  session: S3Session,
  {
    id,
    profileId,
    records,
  }: { readonly id: string; readonly profileId: string; readonly records: MoveRecords },
  options: MoveObjectOptions,
): Promise<MovedCopy> {
  const { bucket, key, newKey } = options
  const head: MoveHead = {
    pailMove: 1,
    at: new Date(Date.now() + session.clockOffsetMs()).toISOString(),
    process: process.pid,
    profileId,
    service: session.service,
    bucket,
    key,
    newKey,
  }
  // Where nothing can be written, an object can be moved all the same; what is left is named then.
  const kept = await records.begin(id, head).catch(() => null)
  try {
    const moved = await moveObject(session, options)
    await kept?.end()
    await records.forget(id)
    return moved
  } catch (error) {
    await kept?.end()
    if (!(await mayBeLeft(session, head, error))) await records.forget(id)
    throw error
  }
}

/** A failure may leave a copy, and so may a copy that the service goes on with by itself. */
async function mayBeLeft(session: S3Session, head: MoveHead, error: unknown): Promise<boolean> {
  const found = await look(session, head).catch(() => null)
  if (found === null) return true
  if (found.copy !== null) return found.isCopy
  return !(error instanceof Failure) || error.error.retryable || error.error.code === 'cancelled'
}

/** The moves of which a copy may be left, newest first; not those that are under way. */
export async function listLeftMoves(records: MoveRecords): Promise<LeftMove[]> {
  return (await records.list())
    .filter(({ head, hasEnded }) => hasEnded || !isUnderWay(head))
    .map(({ id, head }) => ({ id, head }))
}

/** What became of a copy that was to be removed. `moved`: the move had been made, and the copy is the object. */
export type LeftCopyOutcome = 'removed' | 'gone' | 'moved'

/**
 * Removes the copy that a move has left: only what came to the new key since, is of the same size as the object that is at
 * the old key, and is still there unchanged. Throws Failures: `precondition-failed` where it is not known to be a copy.
 */
export async function removeLeftCopy(session: S3Session, head: MoveHead): Promise<LeftCopyOutcome> {
  const { bucket, newKey } = head
  const { old, copy, isCopy } = await look(session, head)
  if (copy === null) return 'gone'
  if (old === null) return 'moved'
  if (!isCopy)
    throw failure(
      'precondition-failed',
      'What is at the new key is not known to be a copy of what is at the old one, so it is left alone. Look at both, and delete the one that is not wanted.',
      { key: newKey },
    )
  const problem = await removeCopy(session, bucket, newKey, { eTag: copy.eTag, versionId: null })
  if (problem === null) return 'removed'
  throw failure('access-denied', `The copy could not be removed (${problem}).`, { key: newKey })
}

interface Found {
  readonly old: HeadedObject | null
  readonly copy: HeadedObject | null
  readonly isCopy: boolean
}

async function look(session: S3Session, { bucket, key, newKey, at }: MoveHead): Promise<Found> {
  const [old, copy] = await Promise.all([
    headObject(session, { bucket, key }),
    headObject(session, { bucket, key: newKey }),
  ])
  return { old, copy, isCopy: isCopyOf(old, copy, at) }
}

/** Dates of objects are told to the second. A copy by parts has another ETag than the object. */
function isCopyOf(old: HeadedObject | null, copy: HeadedObject | null, at: string): boolean {
  if (old === null || copy === null || copy.lastModified === null || copy.sizeBytes !== old.sizeBytes)
    return false
  const since = Math.floor(Date.parse(at) / 1000) * 1000
  const [one, other] = [bareETag(old.eTag ?? ''), bareETag(copy.eTag ?? '')]
  return copy.lastModified.getTime() >= since && (one === other || one.includes('-') || other.includes('-'))
}

/** The id of a process may be another program's after a restart of the computer. */
function isUnderWay({ process: pid, at }: MoveHead): boolean {
  return (pid === process.pid || isAlive(pid)) && Date.now() - Date.parse(at) < longestMoveMs
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
