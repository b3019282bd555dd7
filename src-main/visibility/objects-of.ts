import { listAllObjects } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** So many objects are counted; of more it is said that there are more. */
const mostCounted = 10_000
/** So many are listed where something is done to each of them. */
export const mostChanged = 100_000

/** The keys that were named and those below the prefixes, as they are now; `more` when not all were counted. Throws Failures. */
export async function objectsOf(
  session: S3Session,
  bucket: string,
  { keys, prefixes }: { readonly keys: Iterable<string>; readonly prefixes: readonly string[] },
  most = mostCounted,
): Promise<{ readonly keys: readonly string[]; readonly more: boolean }> {
  const all = new Set(keys)
  for (const prefix of prefixes)
    for await (const { key } of listAllObjects(session, { bucket, prefix })) {
      if (all.size >= most && !all.has(key)) return { keys: [...all], more: true }
      all.add(key)
    }
  return { keys: [...all], more: false }
}
