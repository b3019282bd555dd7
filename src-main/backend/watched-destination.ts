import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import type { StoredDestination } from '../settings/settings.ts'

/**
 * Why a watch of a destination may not go on, in words: the destination is gone, or says something else of what is
 * published, where to, or who can read it, than when the watch was started. Null while it may.
 */
export function whyNotAsBefore(before: StoredDestination, now: StoredDestination | undefined): string | null {
  const again = 'Start the watch again to publish as it says now.'
  if (now === undefined) return 'Its destination was deleted, so nothing is published any more.'
  if (now.kind !== 'static' || before.kind !== 'static')
    return 'Its destination is filled by uploads now, so no folder is published any more.'
  if (now.visibility !== before.visibility)
    return `Its destination is ${now.visibility} now, and the watch published as ${before.visibility}. ${again}`
  return publishing(now) === publishing(before) ? null : `Its destination was changed meanwhile. ${again}`
}

/** All that a watch takes from a destination. */
function publishing(destination: Extract<StoredDestination, { kind: 'static' }>): string {
  const { profileId, bucket, prefix, folderId, exclude, rules = [] } = destination
  const { cacheControl, longCache = false, manifestInBucket = false, keepPrevious = false } = destination
  return JSON.stringify([
    [profileId, bucket, normalisedPrefix(prefix), folderId],
    [cacheControl, longCache, rules, exclude],
    [manifestInBucket, keepPrevious],
  ])
}
