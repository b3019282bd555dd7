import type { PublicAccessBlock, Reading } from '../../src-preload/contract/bucket-access.ts'
import type { PublicDomain } from '../../src-preload/contract/bucket-switch.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { BucketAccessReadings } from '../s3/bucket-access.ts'
import { type PolicyDocument, parsePolicyDocument } from './policy-document.ts'
import { type PolicyPlace, type ReadStatement, readStatements } from './policy-reading.ts'
import { type ProviderQuirks, quirksOf } from './provider-quirks.ts'

/** What was read of a bucket, ready to be decided on. */
export interface AccessFacts extends BucketAccessReadings {
  readonly place: PolicyPlace
  readonly quirks: ProviderQuirks
  readonly accountPublicAccessBlock: Reading<PublicAccessBlock | null>
  /** The addresses outside S3 by which the service hands the bucket out. */
  readonly domains: Reading<PublicDomain[]>
  /** The policy taken apart; null where there is none, or none that can be understood. */
  readonly document: PolicyDocument | null
  /** What the policy says of everybody reading. */
  readonly statements: readonly ReadStatement[]
  /** Whether RestrictPublicBuckets does what it says, where it is on: a service may keep it and not look at it. */
  readonly restriction: 'enforced' | 'ignored' | 'unknown'
}

/** One of the four settings of Block Public Access by S3's name, and whose it is. */
export interface BlockingSetting {
  readonly name: 'BlockPublicAcls' | 'IgnorePublicAcls' | 'BlockPublicPolicy' | 'RestrictPublicBuckets'
  readonly of: 'bucket' | 'account'
}

/** Puts readings and what is known of the service together. */
export function toAccessFacts(
  readings: BucketAccessReadings,
  context: {
    readonly provider: ProviderId
    readonly place: PolicyPlace
    readonly accountPublicAccessBlock: AccessFacts['accountPublicAccessBlock']
    readonly domains?: AccessFacts['domains']
  },
): AccessFacts {
  const { policy } = readings
  const text = policy.state === 'read' ? policy.value : null
  const document = text === null ? null : parsePolicyDocument(text)
  const quirks = quirksOf(context.provider)
  const place = { ...context.place, anonymousKey: quirks.anonymousKey }
  return {
    ...readings,
    place,
    quirks,
    accountPublicAccessBlock: context.accountPublicAccessBlock,
    domains: context.domains ?? { state: 'not-offered' },
    document,
    statements: document === null ? [] : readStatements(document, place),
    restriction: 'enforced',
  }
}

/** Whether an object's ACL has any effect in this bucket. */
export function aclsCount({ quirks, ownership }: AccessFacts): 'yes' | 'no' | 'unknown' {
  if (quirks.objectAcls === 'none' || quirks.objectAcls === 'ignored') return 'no'
  if (ownership.state === 'read') return ownership.value === 'BucketOwnerEnforced' ? 'no' : 'yes'
  return quirks.objectAcls === 'honoured' ? 'yes' : 'unknown'
}

/** Whether a bucket policy has any effect here. */
export function policyCounts({ quirks, policy }: AccessFacts): 'yes' | 'no' | 'unknown' {
  if (quirks.bucketPolicy === 'none' || policy.state === 'not-offered') return 'no'
  return quirks.bucketPolicy === 'honoured' || policy.state === 'read' ? 'yes' : 'unknown'
}

/** Whether the policy is known, be it that there is none. */
export function isPolicyKnown({ policy, document }: AccessFacts): boolean {
  return (
    policy.state === 'not-offered' ||
    (policy.state === 'read' && (policy.value === null || document !== null))
  )
}

/** Which settings keep public ACLs from being set, or from counting. */
export function aclBlocks(facts: AccessFacts): BlockingSetting[] {
  return settingsOn(facts, ['blockPublicAcls', 'ignorePublicAcls'])
}

/** Which settings keep a public policy from being put, or from counting. */
export function policyBlocks(facts: AccessFacts): BlockingSetting[] {
  return settingsOn(
    facts,
    facts.restriction === 'ignored' ? ['blockPublicPolicy'] : ['blockPublicPolicy', 'restrictPublicBuckets'],
  )
}

/** Whether RestrictPublicBuckets is on, be it looked at or not, and the policy has something that it would keep from counting. */
export function isRestrictionOn(facts: AccessFacts): boolean {
  return (
    settingsOn(facts, ['restrictPublicBuckets']).length > 0 &&
    facts.statements.some(({ effect, conditional }) => effect === 'allow' && !conditional)
  )
}

/** Whether one of the two places where public access can be blocked could not be read. */
export function isBlockUnknown({ publicAccessBlock, accountPublicAccessBlock }: AccessFacts): boolean {
  return publicAccessBlock.state === 'unknown' || accountPublicAccessBlock.state === 'unknown'
}

/** `BlockPublicPolicy and RestrictPublicBuckets of the bucket`, for a sentence. */
export function namesOfSettings(settings: readonly BlockingSetting[]): string {
  const of = (owner: BlockingSetting['of']) => {
    const names = settings.filter((setting) => setting.of === owner).map(({ name }) => name)
    return names.length === 0 ? [] : [`${names.join(' and ')} of the ${owner}`]
  }
  return [...of('bucket'), ...of('account')].join(', ')
}

const s3Names = {
  blockPublicAcls: 'BlockPublicAcls',
  ignorePublicAcls: 'IgnorePublicAcls',
  blockPublicPolicy: 'BlockPublicPolicy',
  restrictPublicBuckets: 'RestrictPublicBuckets',
} as const

function settingsOn(facts: AccessFacts, wanted: readonly (keyof PublicAccessBlock)[]): BlockingSetting[] {
  const on = (reading: AccessFacts['publicAccessBlock'], of: BlockingSetting['of']) => {
    const block = reading.state === 'read' ? reading.value : null
    return block === null
      ? []
      : wanted.filter((name) => block[name]).map((name) => ({ name: s3Names[name], of }))
  }
  return [...on(facts.publicAccessBlock, 'bucket'), ...on(facts.accountPublicAccessBlock, 'account')]
}
