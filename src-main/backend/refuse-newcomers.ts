import { failure } from '../../src-preload/contract/failure.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { objectsOf } from '../visibility/objects-of.ts'
import type { WantedObjects } from '../visibility/visibility-decision.ts'

/** What was named and counted before it is made public. */
interface NamedObjects {
  readonly bucket: string
  readonly keys: readonly string[]
  readonly more: boolean
}

/**
 * Throws where objects have come below what is opened as a whole since they were named and counted (S44). Of more than
 * are counted nobody was told a number.
 */
export async function refuseNewcomers(
  session: S3Session,
  { bucket, keys, more }: NamedObjects,
  meant: WantedObjects,
): Promise<void> {
  if (more || meant.prefixes.length === 0) return
  const planned = new Set(keys)
  const now = await objectsOf(session, bucket, meant)
  const came = now.keys.filter((key) => !planned.has(key))
  if (came.length === 0) return
  throw failure(
    'safety-refused',
    `${keys.length} objects were to become public, but ${came.length} more are there by now. Nothing was changed; look at it again.`,
    { key: came[0]! },
  )
}
