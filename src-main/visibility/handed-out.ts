import type { ObjectRef } from '../../src-preload/contract/api.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
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

/** The base URL of the destination that an object is in: the one with the longest prefix. Null for the bucket's own host. */
export function handedOutThrough(
  destinations: readonly Pick<
    DestinationInput,
    'profileId' | 'bucket' | 'prefix' | 'baseUrl' | 'stripPrefix' | 'keyPairId'
  >[],
  { profileId, bucket, key }: ObjectRef,
): HandedOutThrough | null {
  const [nearest] = destinations
    .filter((each) => each.profileId === profileId && each.bucket === bucket && key.startsWith(each.prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)
  if (nearest === undefined || nearest.baseUrl === null || nearest.baseUrl === '') return null
  return {
    baseUrl: nearest.baseUrl,
    path: nearest.stripPrefix === true ? key.slice(nearest.prefix.length) : key,
    ...(nearest.keyPairId == null ? {} : { keyPairId: nearest.keyPairId }),
  }
}

/**
 * The unsigned truth about an object at the URL that would be handed out. An object behind a CDN is asked for at the
 * bucket's own host as well, unless the CDN gives it to everybody already: private is what nobody gets anywhere. Rejects
 * only when the bucket's host cannot be told.
 */
export async function checkVisibility(
  session: S3Session,
  options: Omit<ProbeOptions, 'baseUrl'> & { readonly through: HandedOutThrough | null },
): Promise<VisibilityCheck> {
  const { through, ...rest } = options
  if (through !== null) {
    const check = await probeVisibility(session, { ...rest, key: through.path, baseUrl: through.baseUrl })
    if (check.visibility === 'public') return check
    const own = await checkVisibility(session, { ...options, through: null })
    return own.visibility === 'public' || (check.visibility === 'private' && own.visibility === 'unknown')
      ? own
      : check
  }
  // Which host serves the bucket depends on its region.
  await session.bucketRegion(options.bucket)
  return probeVisibility(session, rest)
}
