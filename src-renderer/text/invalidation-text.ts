import { invalidationPrices } from '../../src-preload/contract/invalidation-prices.ts'
import type { Invalidation, InvalidationPlan } from '../../src-preload/contract/invalidation.ts'
import { formatCount } from './format.ts'

/** What a planned invalidation does, in one line: `3 paths for 3 changed files.` */
export function invalidationText(plan: InvalidationPlan): string {
  if (plan.paths.length === 0) return 'No cache can hold anything old. There is nothing to invalidate.'
  const also =
    plan.unrelated > 0 ? ` ${formatCount(plan.unrelated, 'other file')} will be fetched again as well.` : ''
  return `${formatCount(plan.paths.length, 'path')} for ${formatCount(plan.changed, 'changed file')}.${also}`
}

/** What an invalidation costs, to be read before it is sent. */
export function invalidationCostText(plan: InvalidationPlan): string {
  const { freePathsPerMonth, perPathUsd } = invalidationPrices
  const most = (plan.paths.length * perPathUsd).toFixed(3)
  return `The first ${freePathsPerMonth.toLocaleString()} paths a month are free for the account, then each costs $${perPathUsd}: at most $${most} for ${plan.paths.length === 1 ? 'this one' : 'these'}.`
}

/** How far an invalidation is. */
export function invalidationStateText({ status, paths }: Invalidation): string {
  return status === 'completed'
    ? `CloudFront has forgotten the old copies (${formatCount(paths, 'path')}).`
    : `CloudFront is forgetting the old copies (${formatCount(paths, 'path')}). This takes a minute or two.`
}
