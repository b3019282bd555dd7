import { isIP, BlockList } from 'node:net'
import { S3Error, notImplemented } from './errors.ts'
import { matchesWildcard } from './policy-actions.ts'

/** One operator, key and list of values of a Condition block. */
export interface Condition {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** The values of a request that conditions can speak of; keys in lower case. A missing one is undefined. */
export type ConditionContext = Readonly<Record<string, string | undefined>>

const supportedKeys = new Set([
  'aws:principaltype',
  'aws:principalarn',
  'aws:principalaccount',
  'aws:username',
  'aws:securetransport',
  'aws:referer',
  'aws:useragent',
  'aws:sourceip',
  's3:prefix',
  's3:delimiter',
  's3:max-keys',
  's3:authtype',
  's3:signatureage',
  's3:signatureversion',
  's3:x-amz-acl',
])

type Test = (actual: string, expected: string) => boolean

const positive: Readonly<Record<string, Test>> = {
  StringEquals: (actual, expected) => actual === expected,
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  StringLike: (actual, expected) => matchesWildcard(expected, actual),
  Bool: (actual, expected) => actual === expected.toLowerCase(),
  IpAddress: inBlock,
  NumericEquals: (actual, expected) => Number(actual) === Number(expected),
  NumericLessThan: (actual, expected) => Number(actual) < Number(expected),
  NumericLessThanEquals: (actual, expected) => Number(actual) <= Number(expected),
  NumericGreaterThan: (actual, expected) => Number(actual) > Number(expected),
  NumericGreaterThanEquals: (actual, expected) => Number(actual) >= Number(expected),
}

const negative: Readonly<Record<string, Test | undefined>> = {
  StringNotEquals: positive['StringEquals'],
  StringNotEqualsIgnoreCase: positive['StringEqualsIgnoreCase'],
  StringNotLike: positive['StringLike'],
  NotIpAddress: inBlock,
  NumericNotEquals: positive['NumericEquals'],
}

function inBlock(actual: string, expected: string): boolean {
  const [address = '', bits] = expected.split('/')
  const family = isIP(address)
  if (family === 0 || isIP(actual) !== family) return false
  const list = new BlockList()
  list.addSubnet(
    address,
    bits === undefined ? (family === 4 ? 32 : 128) : Number(bits),
    family === 4 ? 'ipv4' : 'ipv6',
  )
  return list.check(actual, family === 4 ? 'ipv4' : 'ipv6')
}

/** Reads a Condition block; 501 for operators and keys that are not enforced here, never a silent yes. */
export function parseConditions(block: unknown): Condition[] {
  if (block === undefined) return []
  if (typeof block !== 'object' || block === null || Array.isArray(block))
    throw new S3Error('MalformedPolicy', 'Policy has an invalid condition')
  return Object.entries(block as Record<string, unknown>).flatMap(([operator, keys]) => {
    const base = operator.replace(/IfExists$/, '')
    if (!Object.hasOwn(positive, base) && !Object.hasOwn(negative, base) && base !== 'Null')
      throw /^(ForAllValues:|ForAnyValue:|Date|Binary|Arn|String|Numeric)/.test(operator)
        ? notImplemented(`the policy condition operator ${operator}`)
        : new S3Error('MalformedPolicy', `Invalid Condition type : ${operator}`)
    if (typeof keys !== 'object' || keys === null)
      throw new S3Error('MalformedPolicy', 'Policy has an invalid condition')
    return Object.entries(keys as Record<string, unknown>).map(([name, value]) => {
      const key = name.toLowerCase()
      if (!supportedKeys.has(key)) throw notImplemented(`the policy condition key ${name}`)
      const values = (Array.isArray(value) ? value : [value]) as unknown[]
      if (!values.every((item) => ['string', 'number', 'boolean'].includes(typeof item)))
        throw new S3Error('MalformedPolicy', 'Policy has an invalid condition')
      if (base.endsWith('IpAddress') && !values.every(isAddressBlock))
        throw new S3Error('MalformedPolicy', 'Policy has an invalid IP address')
      return { operator, key, values: values.map(String) }
    })
  })
}

function isAddressBlock(value: unknown): boolean {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(value))
  const family = isIP(match?.[1] ?? '')
  return family !== 0 && Number(match?.[2] ?? 0) <= (family === 4 ? 32 : 128)
}

/** Whether a condition holds for a request. */
export function conditionHolds(condition: Condition, context: ConditionContext): boolean {
  const actual = context[condition.key]
  const base = condition.operator.replace(/IfExists$/, '')
  if (base === 'Null')
    return condition.values.some((value) => value.toLowerCase() === String(actual === undefined))
  if (actual === undefined && base !== condition.operator) return true
  const refused = negative[base]
  if (refused) return actual === undefined || !condition.values.some((value) => refused(actual, value))
  const test = positive[base]
  return actual !== undefined && test !== undefined && condition.values.some((value) => test(actual, value))
}

/** Whether a condition keeps an Allow for everybody from being public: fixed addresses do, a Referer does not. */
export function narrowsThePublic(condition: Condition): boolean {
  return (
    condition.key === 'aws:sourceip' &&
    condition.operator === 'IpAddress' &&
    condition.values.every((value) => Number(value.split('/')[1] ?? 32) >= 8)
  )
}
