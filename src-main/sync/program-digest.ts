/** A digest of Pail's source, which the build puts here. */
declare const pailSources: string | undefined

/**
 * Tells one version of this program from another: what an earlier one has decided about a file holds for this one only where
 * they are the same. Without a build it is always the same.
 */
export const programDigest: string = typeof pailSources === 'string' ? pailSources : 'source'
