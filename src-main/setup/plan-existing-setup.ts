import type { PublicAccessBlock, Reading } from '../../src-preload/contract/bucket-access.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { BucketSetting, CorsRule } from '../s3/bucket-settings.ts'
import type { LifecycleConfiguration } from '../s3/bucket-lifecycle.ts'
import { mergedLifecycle } from '../sweep/lifecycle-rule.ts'
import { type AccessFacts, aclsCount, policyCounts } from '../visibility/access-facts.ts'
import { isDenied } from '../visibility/opened-by-policy.ts'
import { decideVisibility } from '../visibility/plan-visibility.ts'
import { editPolicy, ownResources, resourceOf } from '../visibility/policy-edit.ts'
import { isForEverybody, isOwnStatement, objectArnBase } from '../visibility/policy-reading.ts'
import { keepPartsDays, type PlannedCall, type PlannedSetup } from './plan-setup.ts'

/** What a bucket that is there has of the settings that a set-up changes. */
export interface ExistingBucket {
  readonly facts: AccessFacts
  readonly cors: Reading<BucketSetting['value']>
  readonly versioning: Reading<BucketSetting['value']>
  /** Null where it has something in it that Pail could not write back. */
  readonly lifecycle: Reading<LifecycleConfiguration> | null
}

/** More rules of CORS S3 does not take. */
const mostCorsRules = 100

/**
 * The calls that a bucket which is there still needs for these kinds of file; `whole` is the plan for a new one. What
 * others have set stays: rules are added to theirs, their statements in the policy are not touched, ACLs stay on or off,
 * and nothing is opened but the public prefixes. Throws Failures: `safety-refused` and `not-allowed` where that cannot be
 * kept to, `public-access-blocked`, and those of what could not be read.
 */
export function planExistingSetup(whole: PlannedSetup, now: ExistingBucket): PlannedSetup {
  const isOpen = whole.places.some(({ visibility }) => visibility === 'public')
  const calls = whole.calls.flatMap((planned): PlannedCall[] => {
    switch (planned.call) {
      case 'CreateBucket':
      case 'PutBucketOwnershipControls':
        return []
      case 'PutPublicAccessBlock':
        return isOpen && planned.notHere === null ? blockFor(planned, now) : []
      case 'PutBucketPolicy':
        return planned.notHere === null ? policyFor(planned, whole, now) : [planned]
      case 'PutBucketCors':
        return corsFor(planned, now)
      case 'PutBucketVersioning':
        return versioningFor(planned, now)
      case 'PutBucketLifecycleConfiguration':
        return lifecycleFor(planned, now)
    }
  })
  const isPrivate = whole.places.some(({ visibility }) => visibility === 'private')
  if (isPrivate && now.facts.quirks.bucketPolicy !== 'none')
    throwRefusal(now.facts, 'private', prefixesOf(whole, 'private'))
  return { ...whole, calls, notes: [...whole.notes, ...notesOn(now, isPrivate)] }
}

function notesOn({ facts, lifecycle }: ExistingBucket, isPrivate: boolean): string[] {
  return [
    ...(aclsCount(facts) === 'no'
      ? []
      : [
          `ACLs stay as they are in this bucket: an object with a public ACL of its own is public wherever it is${isPrivate ? ', also in the private destination (a scan finds it)' : ''}.`,
        ]),
    ...(lifecycle === null
      ? ['The lifecycle rules have something in them that Pail could not write back, and are left alone.']
      : []),
  ]
}

/** Lifts what keeps a public policy out, and nothing else of it. */
function blockFor(planned: PlannedCall, { facts }: ExistingBucket): PlannedCall[] {
  const block = known(facts.publicAccessBlock, 'Block Public Access')
  if (block === null || !(block.blockPublicPolicy || block.restrictPublicBuckets)) return []
  const theirs = (facts.document?.statements ?? []).filter(
    ({ value }) => value['Effect'] !== 'Deny' && isForEverybody(value) && !isOwnStatement(value, facts.place),
  )
  // What the setting keeps from counting would count with it gone.
  if (block.restrictPublicBuckets && theirs.length > 0)
    throw failure(
      'safety-refused',
      'Block Public Access keeps a statement in the bucket’s policy that is for everybody from counting. To open the public prefixes it would have to be lifted, and that statement would open more. Take the statement away first.',
    )
  return [
    {
      ...planned,
      setting: { name: 'publicAccessBlock', value: lifted(block) },
      expected: block,
      purpose: 'Lets a policy open the public prefixes. What it says of ACLs stays.',
    },
  ]
}

function lifted(block: PublicAccessBlock): PublicAccessBlock {
  return { ...block, blockPublicPolicy: false, restrictPublicBuckets: false }
}

function policyFor(planned: PlannedCall, whole: PlannedSetup, { facts }: ExistingBucket): PlannedCall[] {
  const { publicAccessBlock: block } = facts
  const after: AccessFacts =
    block.state === 'read' && block.value !== null
      ? { ...facts, publicAccessBlock: { state: 'read', value: lifted(block.value) } }
      : facts
  if (policyCounts(facts) === 'no') return [{ ...planned, notHere: 'This service has no bucket policies.' }]
  const open = prefixesOf(whole, 'public')
  throwRefusal(after, 'public', open)
  const before = known(facts.policy, 'The policy')
  const base = objectArnBase(facts.place)
  const hidden = prefixesOf(whole, 'private').map((prefix) => base + prefix)
  const edit = editPolicy(before, facts.place, {
    add: open.map((prefix) => resourceOf(facts.place, { prefix })),
    remove: ownResources(facts.document, facts.place).filter((each) =>
      hidden.some((start) => each.startsWith(start)),
    ),
  })
  return edit === null
    ? []
    : [{ ...planned, setting: { name: 'policy', value: edit.after }, expected: before }]
}

function corsFor(planned: PlannedCall, { cors }: ExistingBucket): PlannedCall[] {
  if (cors.state === 'not-offered') return [{ ...planned, notHere: 'This service has no CORS settings.' }]
  const before = known(cors, 'CORS') as readonly CorsRule[] | null
  const there = before ?? []
  const wanted = (planned.setting?.value ?? []) as readonly CorsRule[]
  const missing = wanted.filter((rule) => !there.some((each) => includesRule(each, rule)))
  if (missing.length === 0) return []
  if (there.length + missing.length > mostCorsRules)
    throw failure('too-many', `The bucket has ${there.length} rules of CORS, and S3 takes ${mostCorsRules}.`)
  return [
    {
      ...planned,
      setting: { name: 'cors', value: [...there, ...missing] },
      expected: before,
      purpose:
        there.length === 0 ? planned.purpose : `${planned.purpose} The rules that are there stay before it.`,
    },
  ]
}

/** Whether a rule lets those pages do what another one would. */
function includesRule(rule: CorsRule, other: CorsRule): boolean {
  const has = (list: readonly string[] | undefined, wanted: readonly string[] | undefined) =>
    (wanted ?? []).every((each) => list?.includes(each) === true || list?.includes('*') === true)
  return has(rule.AllowedOrigins, other.AllowedOrigins) && has(rule.AllowedMethods, other.AllowedMethods)
}

function versioningFor(planned: PlannedCall, { versioning }: ExistingBucket): PlannedCall[] {
  if (versioning.state === 'not-offered') return [{ ...planned, notHere: 'This service has no versions.' }]
  const before = known(versioning, 'Versioning')
  return before === 'Enabled' ? [] : [{ ...planned, expected: before }]
}

function lifecycleFor(planned: PlannedCall, { lifecycle }: ExistingBucket): PlannedCall[] {
  if (lifecycle === null) return []
  if (lifecycle.state === 'not-offered')
    return [{ ...planned, notHere: 'This service has no lifecycle rules.' }]
  const before = known(lifecycle, 'The lifecycle')
  if (before === null) return []
  const { after, abortRules } = mergedLifecycle(before, keepPartsDays)
  // Somebody’s own rule for it, with other days, is as good.
  if (abortRules.some(({ coversAll }) => coversAll)) return []
  return [
    {
      ...planned,
      setting: {
        name: 'lifecycle',
        value: after.rules,
        minimumSize: before.transitionDefaultMinimumObjectSize,
      },
      expected: before.rules.length === 0 ? null : before.rules,
      purpose:
        before.rules.length === 0 ? planned.purpose : `${planned.purpose} The rules that are there stay.`,
    },
  ]
}

function prefixesOf({ places }: PlannedSetup, wanted: 'public' | 'private'): string[] {
  return places.filter(({ visibility }) => visibility === wanted).map(({ prefix }) => prefix)
}

/** What the switch between public and private would not do, a set-up does not do either. */
function throwRefusal(
  facts: AccessFacts,
  visibility: 'public' | 'private',
  prefixes: readonly string[],
): void {
  if (prefixes.length === 0) return
  const { refusal, keepsOut } = decideVisibility(facts, { visibility, keys: [], prefixes })
  if (refusal !== null) throw failure(refusal.code, refusal.message)
  // A set-up neither adds nor lifts a Deny: the switch does, which looks whether the service keeps to it.
  const name = (prefix: string) => (prefix === '' ? 'the whole bucket' : prefix)
  const open = keepsOut?.targets.flatMap((target) => ('prefix' in target ? [target.prefix] : []))[0]
  if (open !== undefined)
    throw failure(
      'not-allowed',
      `The bucket’s policy lets everybody read ${name(open)}, which would be a private place. Make it private first (pail set-visibility private), which adds a Deny to the policy.`,
    )
  const shut = visibility === 'public' ? prefixes.find((prefix) => isDenied({ prefix }, facts)) : undefined
  if (shut !== undefined)
    throw failure(
      'not-allowed',
      `Pail’s own Deny in the bucket’s policy keeps ${name(shut)} private. Make it public first (pail set-visibility public).`,
    )
}

/** A value that has to be known, or what is to be added to it would replace it. */
function known<T>(reading: Reading<T>, name: string): T | null {
  if (reading.state === 'read') return reading.value
  if (reading.state === 'not-offered') return null
  throw new Failure({
    code: reading.code,
    message: `${name} of the bucket cannot be read, so nothing can be added to it: ${reading.message}`.slice(
      0,
      2000,
    ),
    retryable: false,
  })
}
