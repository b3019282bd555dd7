import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import type { VisibilityCheck, WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type ProbeOptions, probeVisibility } from './probe.ts'

/** The address by which an object is handed out, where that is not the bucket's own. */
export interface HandedOutThrough {
  readonly baseUrl: string
  /** What follows the base URL: the key, or the key without the prefix that the address serves. */
  readonly path: string
  /** The key pair with which links there are signed for CloudFront, where there is one. */
  readonly keyPairId?: string
}

/** Who is to read an object, as the destination says that it is in: the one with the longest prefix. Null where it is in none. */
export function promisedFor(
  destinations: readonly Pick<DestinationInput, 'profileId' | 'bucket' | 'prefix' | 'visibility'>[],
  object: ObjectRef,
): WantedVisibility | null {
  return nearest(destinations, object)?.visibility ?? null
}

function nearest<Destination extends Pick<DestinationInput, 'profileId' | 'bucket' | 'prefix'>>(
  destinations: readonly Destination[],
  { profileId, bucket, key }: ObjectRef,
): Destination | undefined {
  return destinations
    .filter((each) => each.profileId === profileId && each.bucket === bucket && key.startsWith(each.prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0]
}

/** The base URL of the destination that an object is in: the one with the longest prefix. Null for the bucket's own host. */
export function handedOutThrough(
  destinations: readonly Pick<
    DestinationInput,
    'profileId' | 'bucket' | 'prefix' | 'baseUrl' | 'stripPrefix' | 'keyPairId'
  >[],
  object: ObjectRef,
): HandedOutThrough | null {
  const { key } = object
  const found = nearest(destinations, object)
  if (found === undefined || found.baseUrl === null || found.baseUrl === '') return null
  return {
    baseUrl: found.baseUrl,
    path: found.stripPrefix === true ? key.slice(found.prefix.length) : key,
    ...(found.keyPairId == null ? {} : { keyPairId: found.keyPairId }),
  }
}

/**
 * The unsigned truth about an object at the URL that would be handed out. An object behind a CDN is asked for at the
 * bucket's own host as well, unless the CDN gives it to everybody already: private is what nobody gets anywhere. Where that
 * host answers nobody without a signature (R2), the addresses that the service has for the bucket take its place, as far as
 * they can be read. Rejects only when the bucket's host cannot be told.
 */
export async function checkVisibility(
  session: S3Session,
  options: Omit<ProbeOptions, 'baseUrl'> & { readonly through: HandedOutThrough | null },
): Promise<VisibilityCheck> {
  const { through, ...rest } = options
  if (through !== null) {
    const check = await probeVisibility(session, { ...rest, key: through.path, baseUrl: through.baseUrl })
    if (check.visibility === 'public') return check
    const own = await checkOwnAddress(session, rest)
    if (own === null) return check
    return own.visibility === 'public' || (check.visibility === 'private' && own.visibility === 'unknown')
      ? own
      : check
  }
  const own = await checkOwnAddress(session, rest)
  if (own !== null) return own
  const check = await probeVisibility(session, rest)
  return check.visibility === 'unknown' ? { ...check, reason: noPublicAddress } : check
}

const noPublicAddress =
  'R2’s own address answers nobody who does not sign. Say where visitors read the bucket: its custom domain or r2.dev address, as the base URL of a destination; or give the profile an API token of Cloudflare, with which Pail finds them.'

/** As many addresses of one bucket are asked. */
const mostAddresses = 5

/**
 * What the bucket's own host answers, or the service's addresses of the bucket in its place: public when one of them gives it
 * to everybody, private when all refuse. Null where neither tells anything.
 */
async function checkOwnAddress(
  session: S3Session,
  options: Omit<ProbeOptions, 'baseUrl'>,
): Promise<VisibilityCheck | null> {
  if (session.domains === undefined) {
    // Which host serves the bucket depends on its region.
    await session.bucketRegion(options.bucket)
    return probeVisibility(session, options)
  }
  const told = await session.domains.recent(options.bucket)
  if (told.state !== 'read') return null
  // The address at r2.dev refuses while it is off, as itself; a domain that is off may lead anywhere.
  const asked = told.value
    .filter(({ kind, enabled }) => kind === 'managed' || enabled)
    .slice(0, mostAddresses)
  const checks = await Promise.all(
    asked.map(({ baseUrl }) => probeVisibility(session, { ...options, baseUrl })),
  )
  return (
    checks.find(({ visibility }) => visibility === 'public') ??
    checks.find(({ visibility }) => visibility === 'unknown') ??
    checks[0] ??
    null
  )
}
