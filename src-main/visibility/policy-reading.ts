import type { PolicyOpening } from '../../src-preload/contract/bucket-access.ts'
import type { PolicyDocument } from './policy-document.ts'

/** The Sid of the statement by which Pail opens objects. */
export const ownSid = 'PailPublicRead'

/** The Sid of the statement by which Pail keeps the public out of objects that another statement opens. */
export const ownDenySid = 'PailKeepPrivate'

/**
 * What a condition can tell an unsigned request by. AWS calls its principal type `Anonymous` (IAM user guide, "Principal key
 * values") and reads names of keys without regard to case; MinIO knows this one in lower case only. Ceph calls everybody a
 * `User`, but gives who does not sign the user name `anonymous`, which on AWS is absent.
 */
export type AnonymousKey = 'aws:principaltype' | 'aws:username'

/** By what Amazon S3 tells an unsigned request. */
export const usualAnonymousKey: AnonymousKey = 'aws:principaltype'

const anonymousNames = { 'aws:principaltype': 'Anonymous', 'aws:username': 'anonymous' } as const

/** Where a policy applies. */
export interface PolicyPlace {
  readonly bucket: string
  /** The region, which decides the partition of its ARNs. */
  readonly region: string
  /** Whether objects are reached over https, so that a Deny for plain http says nothing. */
  readonly https: boolean
  /** What conditions tell an unsigned request by at this service; null or absent where that is not known. */
  readonly anonymousKey?: AnonymousKey | null
}

/** What one statement says of everybody reading objects. */
export interface ReadStatement {
  /** Its place in the policy, from 0. */
  readonly index: number
  readonly sid: string | null
  readonly effect: 'allow' | 'deny'
  /** Patterns of ARNs. */
  readonly resources: readonly string[]
  /** Whether it is about everything but its resources. */
  readonly excluded: boolean
  /** Whether it depends on a condition, or has something in it that Pail does not understand. */
  readonly conditional: boolean
  /** Exactly one of the two statements that Pail writes. */
  readonly own: boolean
}

/** The beginning of the ARNs of a bucket's objects: that of its region's partition. */
export function objectArnBase({ bucket, region }: Pick<PolicyPlace, 'bucket' | 'region'>): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:s3:::${bucket}/`
}

/** The statements of a policy that let everybody read objects, or keep everybody from it. */
export function readStatements(document: PolicyDocument, place: PolicyPlace): ReadStatement[] {
  return document.statements.flatMap(({ value }, index) => {
    const effect = value['Effect'] === 'Allow' ? 'allow' : value['Effect'] === 'Deny' ? 'deny' : null
    if (effect === null || !isForEverybody(value) || !isAboutReading(value)) return []
    if (effect === 'deny' && place.https && isOnlyFor('plain http', value['Condition'])) return []
    const excluded = value['NotResource'] !== undefined
    const resources = strings(excluded ? value['NotResource'] : value['Resource'])
    const condition = value['Condition']
    const own = effect === 'allow' ? isOwnStatement(value, place) : isOwnDeny(value, place)
    // Who does not sign is who is asked about: for him such a Deny has no condition, where the service keeps to it. Pail
    // leaves its own only where that was seen.
    const anonymousKey = effect === 'deny' ? anonymousKeyOf(condition) : null
    const isMet =
      (anonymousKey !== null && (own || anonymousKey === place.anonymousKey)) ||
      (effect === 'allow' && place.https && isOnlyFor('https', condition))
    return [
      {
        index,
        sid: typeof value['Sid'] === 'string' ? value['Sid'] : null,
        effect,
        resources,
        excluded,
        conditional:
          (!isMet &&
            condition !== undefined &&
            !(isRecord(condition) && Object.keys(condition).length === 0)) ||
          resources.some((resource) => resource.includes('${')),
        own,
      },
    ]
  })
}

type Statement = Readonly<Record<string, unknown>>
type BucketPlace = Pick<PolicyPlace, 'bucket' | 'region'>

/** Whether a statement has the shape of the one by which Pail opens; S3 may give it back with a lone resource unwrapped. */
export function isOwnStatement(value: Statement, place: BucketPlace): boolean {
  return (
    value['Sid'] === ownSid &&
    value['Effect'] === 'Allow' &&
    strings(value['Action']).join() === 's3:GetObject' &&
    isForObjects(value, place) &&
    hasOnly(value, ['Sid', 'Effect', 'Principal', 'Action', 'Resource'])
  )
}

/** Whether a statement has the shape of the one by which Pail keeps the public out. */
export function isOwnDeny(value: Statement, place: BucketPlace): boolean {
  return (
    value['Sid'] === ownDenySid &&
    value['Effect'] === 'Deny' &&
    strings(value['Action']).toSorted().join() === ownDenyActions.join() &&
    isForObjects(value, place) &&
    anonymousKeyOf(value['Condition']) !== null &&
    hasOnly(value, ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'])
  )
}

/** What Pail keeps the public from: a statement of others may open earlier versions as well. */
export const ownDenyActions = ['s3:GetObject', 's3:GetObjectVersion'] as const

/** The condition that holds for requests without a signature, and for no other ones. */
export function anonymousCondition(key: AnonymousKey): object {
  return { StringEquals: { [key]: anonymousNames[key] } }
}

/** By what a condition tells an unsigned request; null when it is about anything else, or about more than that. */
export function anonymousKeyOf(condition: unknown): AnonymousKey | null {
  if (!isRecord(condition) || Object.keys(condition).join() !== 'StringEquals') return null
  const test = condition['StringEquals']
  const [[name, value] = ['', ''], ...others] = isRecord(test) ? Object.entries(test) : []
  const key = name.toLowerCase()
  if (others.length > 0 || (key !== 'aws:principaltype' && key !== 'aws:username')) return null
  return strings(value).join() === anonymousNames[key] ? key : null
}

function isForObjects(value: Statement, place: BucketPlace): boolean {
  const base = objectArnBase(place)
  const resources = strings(value['Resource'])
  return (
    includesEverybody(value['Principal']) &&
    resources.length > 0 &&
    resources.every((resource) => resource.startsWith(base))
  )
}

function hasOnly(value: Statement, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name))
}

/** Whether a CDN of Amazon's may read the bucket by its policy. */
export function letsCloudFrontRead(document: PolicyDocument): boolean {
  return document.statements.some(({ value }) => {
    if (value['Effect'] !== 'Allow' || !isAboutReading(value) || !isRecord(value['Principal'])) return false
    const { Service, AWS } = value['Principal']
    return (
      strings(Service).includes('cloudfront.amazonaws.com') ||
      strings(AWS).some((name) => /^arn:[^:]+:iam::cloudfront:user\//.test(name))
    )
  })
}

/**
 * How old a signature may be, in seconds, to read a key, or to write to it: beyond the least age that a Deny names (`s3:signatureAge`, in
 * milliseconds) it is refused. Null where none does. Whom else and under which other conditions a statement concerns is
 * not looked at: a link is better said to end too early than too late.
 */
export function signatureAgeLimit(
  document: PolicyDocument,
  place: Pick<PolicyPlace, 'bucket' | 'region'>,
  key: string,
  action: 'GetObject' | 'PutObject' = 'GetObject',
): number | null {
  const arn = objectArnBase(place) + key
  const ages = document.statements.flatMap(({ value }) => {
    const excluded = value['NotResource'] !== undefined
    const resources = strings(excluded ? value['NotResource'] : value['Resource'])
    const isAbout = resources.some((pattern) => matchesPattern(pattern, arn)) !== excluded
    return value['Effect'] === 'Deny' && isAboutAction(value, `s3:${action}`) && isAbout
      ? deniedAges(value['Condition'])
      : []
  })
  return ages.length === 0 ? null : Math.max(1, Math.floor(Math.min(...ages) / 1000))
}

/** The greatest ages, in milliseconds, that conditions leave. */
function deniedAges(condition: unknown): number[] {
  if (!isRecord(condition)) return []
  return Object.entries(condition).flatMap(([operator, tests]) => {
    const greater = /^NumericGreaterThan(Equals)?(?:IfExists)?$/i.exec(operator)
    if (greater === null || !isRecord(tests)) return []
    return Object.entries(tests)
      .filter(([name]) => name.toLowerCase() === 's3:signatureage')
      .flatMap(([, ages]) => [ages].flat().map(Number))
      .filter((age) => Number.isFinite(age))
      .map((age) => (greater[1] === undefined ? age : age - 1))
  })
}

/** Whether a statement is about an ARN. */
export function covers(statement: ReadStatement, arn: string): boolean {
  return statement.resources.some((pattern) => matchesPattern(pattern, arn)) !== statement.excluded
}

/** Statements as the report shows them: with patterns of keys in the place of ARNs. */
export function toOpenings(statements: readonly ReadStatement[], place: PolicyPlace): PolicyOpening[] {
  const base = objectArnBase(place)
  return statements.slice(0, 500).flatMap(({ sid, effect, resources, excluded, conditional, own }) => {
    const patterns = excluded ? ['*'] : [...new Set(resources.flatMap((arn) => keyPattern(arn, base)))]
    if (patterns.length === 0) return []
    // A pattern that begins before the keys is shown as all of them, which it may not be.
    const isExact = !excluded && resources.every((arn) => arn === '*' || arn.startsWith(base))
    return [
      {
        effect,
        sid: sid === null ? null : sid.slice(0, 256),
        patterns: patterns.slice(0, 1000).map((pattern) => pattern.slice(0, 2048)),
        conditional: conditional || !isExact,
        own,
      },
    ]
  })
}

function keyPattern(arn: string, base: string): string[] {
  if (arn.startsWith(base)) return [arn.slice(base.length)]
  return restsWithin(arn, base).length > 0 ? ['*'] : []
}

/**
 * What a pattern can go on with behind `start`, the widest first: each of these patterns is for what follows. Empty where it
 * matches nothing that begins with `start` and is longer.
 */
export function restsWithin(pattern: string, start: string): string[] {
  const size = pattern.length
  /** Ones where the pattern may have come to; a star stays where it is, and lets what follows it begin. */
  let reached = new Uint8Array(size + 1)
  let next = new Uint8Array(size + 1)
  const passStars = (): void => {
    for (let at = 0; at < size; at++) if (reached[at] === 1 && pattern[at] === '*') reached[at + 1] = 1
  }
  reached[0] = 1
  passStars()
  for (const letter of start.split('')) {
    next.fill(0)
    for (let at = 0; at < size; at++) {
      if (reached[at] !== 1) continue
      const wanted = pattern[at]
      if (wanted === '*') next[at] = 1
      else if (wanted === '?' || wanted === letter) next[at + 1] = 1
    }
    ;[reached, next] = [next, reached]
    passStars()
    if (!reached.includes(1)) return []
  }
  const rests: string[] = []
  for (let at = 0; at < size && rests.length < mostRests; at++)
    if (reached[at] === 1) rests.push(pattern.slice(at))
  return rests
}

/** The first of them are the widest; a pattern of thousands of stars has as many. */
const mostRests = 5

/** Whether a text matches a pattern with `*` for any run of characters and `?` for one. In linear memory, without regexes. */
export function matchesPattern(pattern: string, text: string): boolean {
  let inPattern = 0
  let inText = 0
  let star = -1
  let retry = 0
  while (inText < text.length) {
    const wanted = pattern[inPattern]
    if (wanted === '*') {
      star = inPattern++
      retry = inText
    } else if (wanted === '?' || wanted === text[inText]) {
      inPattern++
      inText++
    } else if (star !== -1) {
      inPattern = star + 1
      inText = ++retry
    } else return false
  }
  while (pattern[inPattern] === '*') inPattern++
  return inPattern === pattern.length
}

/** Whether a statement is about everybody, be it with a condition. */
export function isForEverybody(value: Readonly<Record<string, unknown>>): boolean {
  // "Everybody but these" has the unsigned visitor in it.
  return value['NotPrincipal'] !== undefined || includesEverybody(value['Principal'])
}

function includesEverybody(principal: unknown): boolean {
  return principal === '*' || (isRecord(principal) && strings(principal['AWS']).includes('*'))
}

function isAboutReading(value: Readonly<Record<string, unknown>>): boolean {
  return isAboutAction(value, 's3:GetObject')
}

function isAboutAction(value: Readonly<Record<string, unknown>>, action: string): boolean {
  const matches = (field: unknown) =>
    strings(field).some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase()))
  return value['NotAction'] === undefined ? matches(value['Action']) : !matches(value['NotAction'])
}

function isOnlyFor(way: 'https' | 'plain http', condition: unknown): boolean {
  if (!isRecord(condition) || Object.keys(condition).join() !== 'Bool' || !isRecord(condition['Bool']))
    return false
  const [[name, value] = ['', ''], ...others] = Object.entries(condition['Bool'])
  return (
    others.length === 0 &&
    name.toLowerCase() === 'aws:securetransport' &&
    strings(typeof value === 'boolean' ? String(value) : value).join() === String(way === 'https')
  )
}

function strings(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((item) => typeof item === 'string')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
