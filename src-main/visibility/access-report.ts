import type { BucketAccess } from '../../src-preload/contract/bucket-access.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { readAccountBlock } from '../s3/account-access.ts'
import { readBucketAccess } from '../s3/bucket-access.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { AccountServices } from '../s3/wire/account-operations.ts'
import { type AccessFacts, toAccessFacts } from './access-facts.ts'
import { meaningOfAccess } from './access-meaning.ts'
import { toOpenings } from './policy-reading.ts'
import { quirksOf, recogniseProvider } from './provider-quirks.ts'
import { restrictionSeen } from './restriction.ts'

/** Which bucket to read, and what the profile says of the service. */
export interface AccessReportOptions {
  readonly bucket: string
  readonly provider: ProviderId
  readonly signal?: AbortSignal
  readonly now?: () => Date
  /** Where AWS's services of an account are asked; only a test says so. */
  readonly accountServices?: AccountServices
}

/**
 * Reads a bucket's access settings, all at once. Throws Failures: `no-such-bucket`, and those of the network and of the
 * keys; what the key may not read is `unknown` in the facts.
 */
export async function readAccessFacts(
  session: S3Session,
  options: Omit<AccessReportOptions, 'now'>,
): Promise<AccessFacts> {
  const provider = recogniseProvider(session.endpoint, options.provider)
  const [readings, accountPublicAccessBlock, domains] = await Promise.all([
    readBucketAccess(session, options),
    accountBlock(session, provider, options),
    session.domains?.read(options.bucket, options.signal),
  ])
  const { policy } = readings
  const facts = toAccessFacts(
    policy.state === 'read' && policy.value !== null && policy.value.length > 65_536
      ? { ...readings, policy: { state: 'unknown', code: 'too-many', message: 'The policy is too long.' } }
      : readings,
    {
      provider: seenProvider(session, options.provider),
      place: {
        bucket: options.bucket,
        region: session.knownRegion(options.bucket),
        https: session.endpoint === null || session.endpoint.startsWith('https:'),
      },
      accountPublicAccessBlock,
      ...(domains === undefined ? {} : { domains }),
    },
  )
  return { ...facts, restriction: await restrictionSeen(session, facts, options) }
}

/** As {@link recogniseProvider}; a service of which nothing is known may have said itself what it is. */
function seenProvider(session: S3Session, said: ProviderId): ProviderId {
  const provider = recogniseProvider(session.endpoint, said)
  return provider === 'other' && /^minio\b/i.test(session.serverSoftware() ?? '') ? 'minio' : provider
}

/** The account's setting, where there is such a thing. */
async function accountBlock(
  session: S3Session,
  provider: ProviderId,
  { signal, accountServices: services }: Pick<AccessReportOptions, 'signal' | 'accountServices'>,
): Promise<AccessFacts['accountPublicAccessBlock']> {
  if (!quirksOf(provider).accountBlock) return { state: 'not-offered' }
  const host = session.endpoint === null ? null : new URL(session.endpoint).hostname
  // A server that stands in for AWS has no account, and its keys are none of AWS's business.
  if (host !== null && !/\.amazonaws\.com(\.cn)?$/.test(host))
    return { state: 'unknown', code: 'not-supported', message: 'Only AWS itself has settings of an account.' }
  return readAccountBlock(session, {
    ...(signal ? { signal } : {}),
    ...(services ? { services } : {}),
  })
}

/** The bucket access report: every setting as it was read, and what public and private can mean. Throws as above. */
export async function reportBucketAccess(
  session: S3Session,
  options: AccessReportOptions,
): Promise<BucketAccess> {
  const facts = await readAccessFacts(session, options)
  return {
    bucket: options.bucket,
    provider: seenProvider(session, options.provider),
    readAt: (options.now?.() ?? new Date()).toISOString(),
    ownership: facts.ownership,
    publicAccessBlock: facts.publicAccessBlock,
    accountPublicAccessBlock: facts.accountPublicAccessBlock,
    policy: facts.policy,
    policyIsPublic: facts.policyIsPublic,
    openings: toOpenings(facts.statements, facts.place),
    acl: facts.acl,
    website: facts.website,
    corsOrigins: facts.corsOrigins,
    domains: facts.domains,
    ...meaningOfAccess(facts),
  }
}
