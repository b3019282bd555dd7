import type { BucketSetting } from '../s3/bucket-settings.ts'
import { sameLifecycleRules } from '../sweep/lifecycle-rule.ts'
import { isSamePolicy } from '../visibility/policy-document.ts'

/** Whether two values of a setting mean the same: services give back what was put in another order and form. */
export function isSameSetting(
  name: BucketSetting['name'],
  one: BucketSetting['value'],
  other: BucketSetting['value'],
): boolean {
  const values = { one: emptyAsNull(name, one), other: emptyAsNull(name, other) }
  if (values.one === null || values.other === null) return values.one === values.other
  if (name === 'policy' && typeof values.one === 'string' && typeof values.other === 'string')
    return isSamePolicy(values.one, values.other)
  if (name === 'lifecycle' && Array.isArray(values.one) && Array.isArray(values.other))
    return sameLifecycleRules(values.one, values.other)
  return canonical(values.one) === canonical(values.other)
}

/** Nothing blocked, and no rules, are as if there were no such setting: Ceph answers so where none was made. */
function emptyAsNull(name: BucketSetting['name'], value: BucketSetting['value']): BucketSetting['value'] {
  if (Array.isArray(value) && value.length === 0) return null
  if (name !== 'publicAccessBlock' || value === null || typeof value !== 'object') return value
  return Object.values(value).some((isOn) => isOn === true) ? value : null
}

/** As text, with the names and the lists in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (Array.isArray(part)) return [...(part as unknown[])].map((each) => canonical(each)).toSorted()
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(
      Object.entries(part)
        .filter(([, each]) => each !== undefined)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    )
  })
}
