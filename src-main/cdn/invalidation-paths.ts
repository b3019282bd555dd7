import { wellFormed } from '../s3/object-key.ts'
import { encodeKey, encodeKeyForSite } from '../s3/object-url.ts'

/** CloudFront takes paths of at most so many characters. */
const longestPath = 4000

/**
 * The paths below which CloudFront may keep an object, as CreateInvalidation wants them. CloudFront compares paths in
 * the form in which it is asked to escape them: what is not ASCII and what RFC 1738 calls unsafe, and nothing else.
 * Where pages link in another form (Django's and Pail's at a custom domain, and everything escaped), all are named.
 * `index.html` is also what a directory's URL serves. A `~` cannot be named at all: a wildcard stops before it.
 */
export function invalidationPaths(key: string): string[] {
  const directory = /(^|\/)index\.html?$/.test(key) ? [key.slice(0, key.lastIndexOf('/') + 1)] : []
  return [
    ...new Set(
      [key, ...directory].flatMap((name) =>
        [escapeUnsafe, encodeKeyForSite, encodeKey].map((encode) => `/${encode(name)}`),
      ),
    ),
  ].map(nameable)
}

/** Whether a path stands for all that begin with it: `*` has this meaning at the end only. */
export function isWildcard(path: string): boolean {
  return path.endsWith('*')
}

/** Whether a path of an invalidation is that path or covers it. */
export function covers(pattern: string, path: string): boolean {
  return isWildcard(pattern) ? path.startsWith(pattern.slice(0, -1)) : path === pattern
}

/** A beginning of paths without half an escape, or half a character of several bytes, at its end. */
export function wholeEscapes(prefix: string): string {
  return prefix.replace(/%[0-9A-F]?$/, '').replace(/(%[89A-F][0-9A-F])+$/, '')
}

function nameable(path: string): string {
  const tilde = path.indexOf('~')
  if (tilde !== -1) return nameable(`${wholeEscapes(path.slice(0, tilde))}*`)
  return path.length > longestPath ? `${wholeEscapes(path.slice(0, longestPath - 1))}*` : path
}

/** `?` is safe by RFC 1738, but begins the query. */
function escapeUnsafe(name: string): string {
  return encodeURIComponent(wellFormed(name)).replace(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, (escaped) =>
    decodeURIComponent(escaped),
  )
}
