import type { VisibilityMeaning } from '../../src-preload/contract/bucket-access.ts'
import {
  aclBlocks,
  type AccessFacts,
  aclsCount,
  isBlockUnknown,
  isPolicyKnown,
  isRestrictionOn,
  namesOfSettings,
  policyBlocks,
  policyCounts,
} from './access-facts.ts'
import { isSwitchKnown, switchSentences } from './switch-decision.ts'
import { covers, letsCloudFrontRead, objectArnBase, type ReadStatement } from './policy-reading.ts'

/**
 * What "public" and "private" can mean in a bucket, and why, in words. Pure; whatever could not be read is said and
 * makes the answer unsure, and nothing is filled in for it.
 */
export function meaningOfAccess(facts: AccessFacts): {
  public: VisibilityMeaning
  private: VisibilityMeaning
} {
  return { public: meaningOfPublic(facts), private: meaningOfPrivate(facts) }
}

function meaningOfPublic(facts: AccessFacts): VisibilityMeaning {
  const { quirks } = facts
  const notes = quirks.note === null ? [] : [quirks.note]
  if (quirks.providerSwitch !== null)
    return {
      way: 'provider-switch',
      sure: isSwitchKnown(facts),
      reasons: [quirks.providerSwitch, ...switchSentences(facts), ...notes],
    }
  const unread = unreadSentences(facts)
  const denied = facts.statements.find(
    (statement) =>
      statement.effect === 'deny' && !statement.conditional && !statement.own && coversAll(statement, facts),
  )
  if (denied !== undefined)
    return {
      way: 'impossible',
      sure: true,
      reasons: [
        `The bucket’s policy keeps everybody out of every object (${statementName(denied)}), and that wins over everything else.`,
        ...notes,
      ],
    }
  const acls = aclsCount(facts)
  const policy = policyCounts(facts)
  const aclsBlockedBy = aclBlocks(facts)
  const policyBlockedBy = policyBlocks(facts)
  const why = [aclSentence(facts), ...notes]
  if (acls !== 'no' && aclsBlockedBy.length === 0)
    return { way: 'object-acl', sure: acls === 'yes' && unread.length === 0, reasons: [...why, ...unread] }
  if (acls !== 'no')
    why.push(
      `But Block Public Access does not let an ACL make anything public: ${namesOfSettings(aclsBlockedBy)}.`,
    )
  if (policy !== 'no' && policyBlockedBy.length === 0)
    return {
      way: 'prefix-policy',
      sure: policy === 'yes' && unread.length === 0,
      reasons: [
        ...why,
        'A statement in the bucket’s policy lets everybody read a prefix, such as media/, or single objects.',
        ...unread,
      ],
    }
  why.push(
    policy === 'no'
      ? 'The service has no bucket policies.'
      : `Block Public Access allows no public policy: ${namesOfSettings(policyBlockedBy)}.`,
  )
  if (facts.document !== null && letsCloudFrontRead(facts.document))
    return {
      way: 'cdn',
      sure: true,
      reasons: [
        ...why,
        'The policy lets CloudFront read: what its distribution passes on is public there, and the bucket’s own address stays closed.',
      ],
    }
  return {
    way: 'impossible',
    sure: true,
    reasons: [
      ...why,
      policyBlockedBy.length > 0
        ? 'Either these settings are switched off for the bucket, or a CDN such as CloudFront, which signs its requests, stands before it.'
        : 'A CDN that signs its requests can stand before it.',
    ],
  }
}

function meaningOfPrivate(facts: AccessFacts): VisibilityMeaning {
  const { quirks } = facts
  if (quirks.providerSwitch !== null)
    return {
      way: 'provider-switch',
      sure: isSwitchKnown(facts),
      reasons: [quirks.providerSwitch, ...switchSentences(facts)],
    }
  const restricted = policyBlocks(facts).some(({ name }) => name === 'RestrictPublicBuckets')
  const opened = restricted
    ? []
    : facts.statements.filter(({ effect, conditional }) => effect === 'allow' && !conditional)
  const denied = facts.statements.filter(({ effect, conditional }) => effect === 'deny' && !conditional)
  const all = opened.find((statement) => !statement.own && coversAll(statement, facts))
  // A policy that opens anything is not taken then, also not one with a Deny more.
  if (all !== undefined && policyBlocks(facts).length > 0)
    return {
      way: 'impossible',
      sure: true,
      reasons: [
        `The bucket’s policy lets everybody read every object (${statementName(all)}). Nothing in it is private until that statement goes.`,
        ...restrictionIgnored(facts),
      ],
    }
  const unread = [
    ...(isPolicyKnown(facts)
      ? []
      : ['The bucket’s policy could not be read: it may let everybody read something.']),
    ...(restricted && facts.restriction === 'unknown' && isRestrictionOn(facts) ? [restrictionUnknown] : []),
  ]
  const openings = [
    ...opened.map(
      (statement) =>
        `The policy lets everybody read ${patternsOf(statement, facts)} (${statementName(statement)}): an object there is public whatever is sent with it, unless a Deny in the policy keeps it private.`,
    ),
    ...denied
      .filter(() => opened.length > 0)
      .map(
        (statement) =>
          `The policy keeps ${patternsOf(statement, facts)} private all the same (${statementName(statement)}).`,
      ),
  ]
  const acls = aclsCount(facts)
  const sure = unread.length === 0 && acls !== 'unknown'
  if (all !== undefined)
    return {
      way: 'prefix-policy',
      sure: sure && facts.quirks.anonymousKey !== null,
      reasons: [
        `The bucket’s policy lets everybody read every object (${statementName(all)}). An object is private only by a Deny in the policy, which the private switch adds for what is there; nothing is uploaded as private.`,
        ...openings.slice(1),
        ...unread,
      ].slice(0, 12),
    }
  return acls === 'no'
    ? {
        way: 'no-header',
        sure,
        reasons: [
          'No ACL is sent, and an object is private unless the bucket’s policy opens it.',
          ...restrictionIgnored(facts),
          ...openings,
          ...unread,
        ].slice(0, 12),
      }
    : {
        way: 'object-acl',
        sure,
        reasons: [
          'An object without a public ACL is private unless the bucket’s policy opens it.',
          ...restrictionIgnored(facts),
          ...openings,
          ...unread,
        ].slice(0, 12),
      }
}

const restrictionUnknown =
  'RestrictPublicBuckets is on. Whether this service keeps to it is not known (Ceph, for one, does not): what the policy opens may be public all the same.'

/** What was asked for without a signature, and handed out in spite of the setting. */
function restrictionIgnored(facts: AccessFacts): string[] {
  return facts.restriction === 'ignored' && isRestrictionOn(facts)
    ? [
        'RestrictPublicBuckets is on, and this service does not keep to it: an object that the policy opens was handed out without a signature.',
      ]
    : []
}

function aclSentence(facts: AccessFacts): string {
  const { ownership, quirks } = facts
  if (quirks.objectAcls === 'none' || quirks.objectAcls === 'ignored')
    return `${quirks.label} does not look at the ACLs of objects.`
  if (ownership.state === 'read')
    return ownership.value === 'BucketOwnerEnforced'
      ? 'ACLs are disabled in this bucket (BucketOwnerEnforced, as in every new one since April 2023), so that an object cannot say by itself who may read it.'
      : `ACLs are enabled in this bucket (${ownership.value ?? 'no ownership controls'}), so that each object can be public or private by itself.`
  return quirks.objectAcls === 'honoured'
    ? `${quirks.label} honours the ACLs of objects, so that each can be public or private by itself.`
    : 'Whether ACLs count in this bucket could not be read. Pail sends one and asks afterwards, without signing, what came of it.'
}

function unreadSentences(facts: AccessFacts): string[] {
  const sentences: string[] = []
  if (facts.publicAccessBlock.state === 'unknown')
    sentences.push('Whether Block Public Access is on for the bucket could not be read.')
  else if (isBlockUnknown(facts))
    sentences.push('Whether the account blocks public access could not be read; if it does, that wins.')
  if (!isPolicyKnown(facts))
    sentences.push('The bucket’s policy could not be read; it may keep everybody out.')
  return sentences
}

/** Whether a statement is about every object, as far as two unlikely keys can tell. */
function coversAll(statement: ReadStatement, { place }: AccessFacts): boolean {
  const base = objectArnBase(place)
  return covers(statement, `${base}\u0001`) && covers(statement, `${base}\uffff/\u0002`)
}

/** How a statement is called in a sentence. */
export function statementName({ sid, index, own, effect }: ReadStatement): string {
  if (own) return effect === 'deny' ? 'Pail’s own Deny' : 'Pail’s own statement'
  return sid === null ? `statement ${index + 1}` : `statement “${sid.slice(0, 100)}”`
}

function patternsOf({ resources, excluded }: ReadStatement, { place }: AccessFacts): string {
  if (excluded) return 'everything but some of it'
  const base = objectArnBase(place)
  const shown = resources
    .slice(0, 3)
    .map((arn) => (arn.startsWith(base) ? arn.slice(base.length) : arn).slice(0, 200))
  return `${shown.join(', ')}${resources.length > 3 ? ` and ${resources.length - 3} more` : ''}`
}
