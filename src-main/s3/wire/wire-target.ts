import { isIP } from 'node:net'
import { encodeKey } from '../object-url.ts'
import type { S3Session } from '../s3-session.ts'
import type { Wire } from './send.ts'
import { encodeRfc3986 } from './sigv4.ts'

/** A bucket as requests reach it. */
export interface WireTarget {
  readonly wire: Wire
  readonly origin: Readonly<URL>
  /** The same as text, and its host: a URL makes them anew whenever they are asked for. */
  readonly originText: string
  readonly host: string
  /** `/bucket` where the path names it, else empty. */
  readonly bucketPath: string
  readonly region: string
}

/** Where the rules for hosts and signatures are those of plain buckets. */
const plainRegion = /^(us|eu|ap|sa|ca|me|af|il|mx|cn)(-gov)?-[a-z]+-\d+$/

/**
 * The way to a bucket in its own region, which is resolved once; null when the session uses the SDK, or when only the
 * SDK knows the rules: ARNs, directory buckets, Outposts, and partitions of AWS with names of their own.
 */
export async function wireTo(session: S3Session, bucket: string): Promise<WireTarget | null> {
  if (session.wire === undefined || !isPlainBucket(bucket)) return null
  return targetIn(session, session.wire, bucket, await session.bucketRegion(bucket))
}

/** As {@link wireTo}, in a region that is known. */
export function wireIn(
  session: Pick<S3Session, 'wire' | 'endpointIn' | 'addressing'>,
  bucket: string,
  region: string,
): WireTarget | null {
  if (session.wire === undefined || !isPlainBucket(bucket)) return null
  return targetIn(session, session.wire, bucket, region)
}

function targetIn(
  session: Pick<S3Session, 'endpointIn' | 'addressing'>,
  wire: Wire,
  bucket: string,
  region: string,
): WireTarget | null {
  const endpoint = session.endpointIn(region) ?? awsOrigin('s3', region)
  if (endpoint === null) return null
  const { addressing } = session
  const last = lastTargets.get(wire)
  if (
    last?.bucket === bucket &&
    last.endpoint === endpoint &&
    last.addressing === addressing &&
    last.target.region === region
  )
    return last.target
  const reached = reach(new URL(endpoint), addressing, bucket)
  const { origin: originText, host } = reached.origin
  const target = { wire, region, ...reached, originText, host }
  lastTargets.set(wire, { bucket, endpoint, addressing, target })
  return target
}

/** Where a session was going to last: mostly it goes there again. */
const lastTargets = new WeakMap<
  Wire,
  {
    readonly bucket: string
    readonly endpoint: string
    readonly addressing: S3Session['addressing']
    readonly target: WireTarget
  }
>()

function reach(
  origin: URL,
  addressing: S3Session['addressing'],
  bucket: string,
): Pick<WireTarget, 'origin' | 'bucketPath'> {
  if (needsPath(addressing, origin, bucket)) return { origin, bucketPath: `/${encodeRfc3986(bucket)}` }
  origin.hostname = `${bucket}.${origin.hostname}`
  return { origin, bucketPath: '' }
}

/** The path of an object, percent-encoded. */
export function objectPath(target: WireTarget, key: string): string {
  return `${target.bucketPath}/${encodeKey(key)}`
}

/** The part of a request that says where it goes to and for where it is signed. */
export function addressOf({ origin, region }: WireTarget): { origin: URL; region: string } {
  return { origin, region }
}

function isPlainBucket(bucket: string): boolean {
  return /^[A-Za-z0-9._-]{1,255}$/.test(bucket) && !/--[a-z0-9]+-s3(\.|$)/.test(bucket)
}

/** The rules of the SDK for which names can stand in a host. */
function needsPath(addressing: S3Session['addressing'], origin: URL, bucket: string): boolean {
  if (addressing === 'path' || isIP(origin.hostname.replace(/^\[|\]$/g, '')) !== 0) return true
  const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
  const labels = origin.protocol === 'http:' ? bucket.split('.') : [bucket]
  return (
    bucket.length < 3 || bucket.length > 63 || isIP(bucket) !== 0 || !labels.every((part) => label.test(part))
  )
}

/** Where a service of AWS listens in a region; null where only the SDK knows that. */
export function awsOrigin(service: string, region: string): string | null {
  if (!plainRegion.test(region)) return null
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}
