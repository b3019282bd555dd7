import { failure } from '../../src-preload/contract/failure.ts'
import { isForbiddenLiteral, isLoopbackHost } from '../s3/address-policy.ts'

/** An endpoint that may be talked to. */
export interface CheckedEndpoint {
  /** Scheme, host and port, without a trailing slash. */
  readonly origin: string
  readonly hostname: string
  /** Plain http to a host that is not this computer: consented to, and marked for ever (S28). */
  readonly insecure: boolean
}

/** Names that lead to a cloud's metadata service wherever they resolve to. */
const metadataNames = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
])

/**
 * Checks an endpoint as it was typed, before anything is resolved (S28, S29): an absolute http or https URL of a host
 * and perhaps a port, and nothing more. Addresses are judged in every form that a URL parser takes for one (decimal,
 * hexadecimal, octal, IPv6 with an IPv4 inside). Plain http off this computer needs `insecureConsent` to be the host
 * name. Throws Failures: `endpoint-refused`, `insecure-endpoint`. Pure; the address is checked again at connecting.
 */
export function checkEndpoint(endpoint: string, insecureConsent: string | null): CheckedEndpoint {
  const refuse = (message: string) => failure('endpoint-refused', message)
  if (/[\s\p{Cc}]/u.test(endpoint)) throw refuse('The endpoint must not hold spaces.')
  if (/[{}]/.test(endpoint)) {
    throw refuse('Replace what stands in braces, such as {account} or {region}, by your own.')
  }
  let url: URL
  try {
    url = new URL(endpoint)
  } catch {
    throw refuse('The endpoint is not a URL. It looks like https://s3.example.org.')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refuse('The endpoint has to begin with https:// or http://.')
  }
  if (!/^https?:\/\//i.test(endpoint) || endpoint.includes('\\')) {
    throw refuse('The endpoint is not written as https://host.')
  }
  if (url.username !== '' || url.password !== '' || endpoint.includes('@')) {
    throw refuse('The endpoint must not hold a user name or password; keys have fields of their own.')
  }
  if (endpoint.includes('?')) throw refuse('The endpoint must not have a query (the part after “?”).')
  if (endpoint.includes('#')) throw refuse('The endpoint must not have a fragment (the part after “#”).')
  if (url.pathname !== '/' || /^https?:\/\/[^/]*\/./i.test(endpoint)) {
    throw refuse('The endpoint must not have a path: the bucket is chosen later.')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (host === '') throw refuse('The endpoint has no host.')
  // The URL parser takes `..` and `a..b`, which no resolver does.
  if (host.split('.').includes('')) throw refuse('The endpoint’s host lacks a name beside one of its dots.')
  if (metadataNames.has(host) || isForbiddenLiteral(host)) {
    throw refuse(`Pail does not connect to ${host}: it is a link-local, metadata or unusable address.`)
  }
  const insecure = url.protocol === 'http:' && !isLoopbackHost(host)
  if (insecure && insecureConsent?.trim().toLowerCase() !== url.hostname) {
    throw failure(
      'insecure-endpoint',
      `Over http everybody on the way can read and change what is sent to ${url.hostname}. Use https, or type the host name to allow it.`,
    )
  }
  return { origin: url.origin, hostname: url.hostname, insecure }
}

/** Whether a profile's endpoint wears the badge: plain http to a host that is not this computer. */
export function isInsecureEndpoint(endpoint: string | null): boolean {
  if (endpoint === null || !URL.canParse(endpoint)) return false
  const url = new URL(endpoint)
  return url.protocol === 'http:' && !isLoopbackHost(url.hostname)
}
