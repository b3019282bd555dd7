import { failure } from '../../src-preload/contract/failure.ts'
import type { S3Session } from '../s3/s3-session.ts'

const running = new Set<{ readonly where: string; readonly prefix: string }>()

/**
 * Keeps other syncs of this process out of a prefix until the returned function is called. Throws `safety-refused`
 * when one runs in it, above it or below it: each would take the other's files for its own to change (S48).
 */
export function reservePrefix(
  session: Pick<S3Session, 'endpoint'>,
  bucket: string,
  prefix: string,
): () => void {
  // On AWS a bucket has one name in all regions, whichever the profile begins with.
  const mine = { where: `${session.endpoint ?? 'aws'} ${bucket}`, prefix }
  for (const other of running) {
    if (other.where === mine.where && (other.prefix.startsWith(prefix) || prefix.startsWith(other.prefix)))
      throw failure(
        'safety-refused',
        'Another sync to this place is running. Wait until it has ended, then make a new plan.',
      )
  }
  running.add(mine)
  return () => void running.delete(mine)
}
