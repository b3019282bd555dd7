/** The last segment of an ownership manifest's key: one at the top of each place whose syncs keep theirs in the bucket. */
export const manifestName = '.pail-sync.json'

/** Below this, at the root of a bucket, are the previous versions that syncs keep. */
export const releasesPrefix = '.pail-releases/'

/**
 * Whether a key below a prefix is one that Pail keeps for itself: an ownership manifest (this place's, or that of a place
 * further down) or anything below `.pail-releases/` at the root of the bucket. A sync neither lists, counts, uploads nor
 * removes such keys, whoever put them there.
 */
export function isPailsOwnKey(key: string, prefix: string): boolean {
  if (key.startsWith(releasesPrefix)) return true
  return key.startsWith(prefix) && (key === prefix + manifestName || key.endsWith(`/${manifestName}`))
}
