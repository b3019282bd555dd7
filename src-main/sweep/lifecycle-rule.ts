import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import type { AbortRule, LifecycleChange } from '../../src-preload/contract/sweep.ts'
import type { LifecycleConfiguration, LifecycleRule } from '../s3/bucket-lifecycle.ts'
import { getBucketLifecycle, putBucketLifecycle, unknownLifecycleElements } from '../s3/bucket-lifecycle.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** The name of our rule; a rule of this name is the only one that is ever replaced or removed. */
export const ourRuleId = 'pail-abort-incomplete-uploads'

/** What a change of the rule would do. Nothing has been changed. */
export interface PlannedLifecycle {
  readonly bucket: string
  readonly before: LifecycleConfiguration
  readonly after: LifecycleConfiguration
  readonly change: LifecycleChange
  /** The rules that abort incomplete uploads as they are, ours among them. */
  readonly abortRules: readonly AbortRule[]
  /** Ours as it would be; null when it would be gone. */
  readonly rule: LifecycleRule | null
}

/** Bucket settings become visible by and by: how often they are looked at again, and after how many milliseconds. */
const looks = 4
const betweenLooksMs = 500

/**
 * Works out the configuration with our rule for `days` days, or, for null, without it. Every other rule stays as it is.
 * Throws Failures; `not-supported` when there is something in the configuration that Pail could not write back.
 */
export async function planLifecycle(
  session: S3Session,
  options: { readonly bucket: string; readonly days: number | null; readonly signal?: AbortSignal },
): Promise<PlannedLifecycle> {
  const { bucket, days } = options
  const before = await getBucketLifecycle(session, options)
  if (before.rules.length > 0) {
    const unknown = await unknownLifecycleElements(session, options)
    if (unknown.length > 0)
      throw failure(
        'not-supported',
        `The lifecycle configuration of this bucket has something that Pail does not know (${unknown.slice(0, 5).join(', ').slice(0, 200)}), and so could not keep. It is left alone.`,
      )
  }
  return { bucket, before, ...mergedLifecycle(before, days) }
}

/** The pure part of {@link planLifecycle}. */
export function mergedLifecycle(
  before: LifecycleConfiguration,
  days: number | null,
): Omit<PlannedLifecycle, 'bucket' | 'before'> {
  const others = before.rules.filter(({ ID }) => ID !== ourRuleId)
  const ours = before.rules.find(({ ID }) => ID === ourRuleId)
  // Filters and prefixes of the old kind do not go together in one configuration.
  const isOld = others.some(({ Prefix, Filter }) => Prefix !== undefined && Filter === undefined)
  const rule: LifecycleRule | null =
    days === null
      ? null
      : {
          ID: ourRuleId,
          Status: 'Enabled',
          ...(isOld ? { Prefix: '' } : { Filter: { Prefix: '' } }),
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
        }
  const change: LifecycleChange =
    rule === null
      ? ours === undefined
        ? 'none'
        : 'remove'
      : ours === undefined
        ? 'add'
        : sameRule(ours, rule)
          ? 'none'
          : 'replace'
  const rules = change === 'none' ? before.rules : rule === null ? others : [...others, rule]
  return {
    after: { ...before, rules },
    change,
    abortRules: before.rules.flatMap((one) => abortRuleOf(one) ?? []),
    rule,
  }
}

/**
 * Writes a planned configuration, unless it was changed since the plan (`precondition-failed`), and looks whether the
 * service has it. `confirmed` is false when it does not show it yet. Throws Failures.
 */
export async function applyLifecycle(
  session: S3Session,
  plan: PlannedLifecycle,
  signal?: AbortSignal,
): Promise<{ readonly confirmed: boolean }> {
  if (plan.change === 'none') return { confirmed: true }
  const until = { bucket: plan.bucket, ...(signal ? { signal } : {}) }
  if (!sameConfiguration(await getBucketLifecycle(session, until), plan.before))
    throw failure(
      'precondition-failed',
      'The lifecycle configuration was changed by somebody else since. It was left alone; look at it again.',
    )
  await putBucketLifecycle(session, until, plan.after)
  for (let look = 1; ; look++) {
    const now = await getBucketLifecycle(session, until).catch(() => null)
    if (now !== null && sameConfiguration(now, plan.after)) return { confirmed: true }
    if (look >= looks) return { confirmed: false }
    await sleep(betweenLooksMs, undefined, signal ? { signal } : {})
  }
}

function abortRuleOf(rule: LifecycleRule): AbortRule | null {
  const days = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation
  if (days === undefined) return null
  return {
    id: (rule.ID ?? '').slice(0, 255),
    days,
    isOurs: rule.ID === ourRuleId,
    coversAll: rule.Status === 'Enabled' && coversAll(rule),
  }
}

/** Whether a rule is about every key. */
function coversAll({ Prefix, Filter }: LifecycleRule): boolean {
  if (Filter === undefined) return Prefix === undefined || Prefix === ''
  return Object.entries(Filter).every(
    ([name, value]) => value === undefined || (name === 'Prefix' && value === ''),
  )
}

function sameConfiguration(a: LifecycleConfiguration, b: LifecycleConfiguration): boolean {
  return sameLifecycleRules(a.rules, b.rules)
}

/** Whether rules mean the same: services give them back in another order, with empty fields or without. */
export function sameLifecycleRules(a: readonly LifecycleRule[], b: readonly LifecycleRule[]): boolean {
  const text = (rules: readonly LifecycleRule[]) => rules.map(canonical).toSorted().join('\n')
  return text(a) === text(b)
}

function sameRule(a: LifecycleRule, b: LifecycleRule): boolean {
  return canonical(a) === canonical(b)
}

/** A rule as text in which the order of fields, absent ones and the two ways to say “every key” make no difference. */
function canonical(rule: LifecycleRule): string {
  const everyKey = coversAll(rule) ? { Prefix: undefined, Filter: undefined } : {}
  return JSON.stringify(sorted({ ...rule, ...everyKey }))
}

function sorted(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)] as const).toSorted(byName))
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
