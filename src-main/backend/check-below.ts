import type { BucketRef } from '../../src-preload/contract/call.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { sampleBelow } from '../visibility/objects-of.ts'
import { sampleOf } from '../visibility/sample.ts'
import type { ChangeCause, VisibilityChecks } from './visibility-checks.ts'

/** What is below some prefixes, and who is to read it. */
export interface Below {
  readonly prefixes: readonly string[]
  /** Who is to read an object; undefined where its destination says so. */
  readonly expected: (key: string) => WantedVisibility | null | undefined
  /** What is asked for where the prefixes cannot be listed. */
  readonly otherwise?: readonly string[]
  /** Above so many objects a sample is asked for; 10,000 unless given, which is for tests. */
  readonly most?: number
}

/**
 * Asks without a signature for all objects below prefixes whose readers were changed together, or for a random sample of
 * very many. They are listed in the background; nobody waits for that. Answers the id of the report; null where nobody wants
 * to know.
 */
export function checkBelow(
  checks: VisibilityChecks,
  session: S3Session,
  about: { readonly place: BucketRef; readonly cause: ChangeCause },
  { prefixes, expected, otherwise = [], most = 10_000 }: Below,
): string | null {
  const check = checks.open(about.place, about.cause)
  if (check === null) return null
  const ask = (keys: readonly string[], objects: number) => {
    for (const key of keys) {
      const who = expected(key)
      check.add({ key, ...(who === undefined ? {} : { expected: who }) })
    }
    check.end(objects)
  }
  void sampleBelow(session, about.place.bucket, prefixes, most).then(
    ({ keys, objects }) => ask(keys, objects),
    () => ask(sampleOf(otherwise, most), otherwise.length),
  )
  return check.reportId
}
