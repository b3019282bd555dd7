import { listAllObjects } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** So many objects are counted; of more it is said that there are more. */
const mostCounted = 10_000
/** So many are listed where something is done to each of them. */
export const mostChanged = 100_000

/** No more than so many are listed for a sample. */
const mostListed = 1_000_000

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

/**
 * All keys below prefixes, or so many of them that each had the same chance, and how many there are; of more than a million
 * the first million. Throws Failures.
 */
export async function sampleBelow(
  session: S3Session,
  bucket: string,
  prefixes: readonly string[],
  most: number,
  random: () => number = Math.random,
): Promise<{ readonly keys: readonly string[]; readonly objects: number }> {
  const chosen: string[] = []
  let objects = 0
  // One prefix below another would count its objects twice.
  const apart = prefixes.filter((prefix) => !prefixes.some((one) => one !== prefix && prefix.startsWith(one)))
  for (const prefix of new Set(apart))
    for await (const { key } of listAllObjects(session, { bucket, prefix })) {
      if (objects >= mostListed) return { keys: chosen, objects }
      objects++
      if (chosen.length < most) chosen.push(key)
      else {
        const at = Math.floor(random() * objects)
        if (at < most) chosen[at] = key
      }
    }
  return { keys: chosen, objects }
}
