import { isIP } from 'node:net'
import { wellFormed } from './object-key.ts'
import type { S3Session } from './s3-session.ts'

/**
 * The plain URL of an object, as a page links to it, with the key encoded exactly (space as `%20`, `+` as `%2B`, `//`
 * kept). With `baseUrl` (a custom domain or CDN that serves the whole bucket) the key follows it as Django prints it. Asks
 * nobody: the region is the one that the session has resolved so far.
 */
export function publicObjectUrl(
  session: S3Session,
  bucket: string,
  key: string,
  baseUrl?: string | null,
): string {
  if (baseUrl !== null && baseUrl !== undefined && baseUrl !== '') {
    return `${baseUrl.replace(/\/+$/, '')}/${encodeKeyForSite(key)}`
  }
  return `${bucketUrl(session, bucket)}/${encodeKey(key)}`
}

/** The key as it stands in a URL: every byte but RFC 3986's unreserved characters and `/` percent-encoded. */
export function encodeKey(key: string): string {
  // Most keys are made of nothing else.
  if (/^[\w.~/-]*$/.test(key)) return key
  return encodeKeyForSite(key).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * The key as Django prints it in the URL of a custom domain (`filepath_to_uri`, with `!'()*` as they are): a page, a cache
 * and a signature of CloudFront know a file by exactly this text.
 */
export function encodeKeyForSite(key: string): string {
  return encodeURIComponent(wellFormed(key)).replaceAll('%2F', '/')
}

/** The bucket's URL without a trailing slash, in the profile's addressing style. */
function bucketUrl(session: S3Session, bucket: string): string {
  const region = session.knownRegion(bucket)
  const url = new URL(session.endpointIn(region) ?? awsUrl(region))
  const isAddress = isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0
  // The wildcard certificate covers one label, so a name with dots needs the path over https.
  const inPath =
    session.addressing === 'path' || isAddress || (url.protocol === 'https:' && bucket.includes('.'))
  return inPath ? `${url.origin}/${encodeURIComponent(bucket)}` : `${url.protocol}//${bucket}.${url.host}`
}

function awsUrl(region: string): string {
  if (region === 'us-east-1') return 'https://s3.amazonaws.com'
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}
