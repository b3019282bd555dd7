import { invalidationPrices } from '../../src-preload/contract/invalidation-prices.ts'
import type { Invalidation, InvalidationPlan } from '../../src-preload/contract/invalidation.ts'
import { ask, type CommandContext, type Given } from './command.ts'
import { counted } from './plain-text.ts'
import { UsageError } from './usage-error.ts'

/** The option of `pail sync` that has CloudFront forget what was changed. */
export const invalidationOptions = {
  invalidate: {
    type: 'string',
    value: 'DISTRIBUTION_ID',
    text: 'have this CloudFront distribution forget what was changed; the paths and the cost are shown before',
  },
} as const

/** How an invalidation was asked for. */
export interface InvalidationWish {
  readonly distributionId: string
  readonly stripPrefix: boolean
}

/** An invalidation as the document has it; without the last two when it was not sent. */
export type ToldInvalidation = Omit<InvalidationPlan, 'planId'> & Partial<Omit<Invalidation, 'paths'>>

/** How long a receipt waits for CloudFront to have forgotten, in seconds. */
const longestWaitSeconds = 300

/** What the options ask for; null without `--invalidate`. Throws a UsageError. */
export function readInvalidationWish(given: Given): InvalidationWish | null {
  const distributionId = given.text('invalidate')
  if (distributionId === undefined) return null
  if (!/^[A-Z0-9]{5,64}$/.test(distributionId))
    throw new UsageError(
      `--invalidate takes the ID of a distribution, such as E2QWRUHAPOMQZL, not “${distributionId}”.`,
    )
  return { distributionId, stripPrefix: given.flag('strip-prefix') }
}

/** Says which paths would be invalidated and what that costs, before a sync. Throws Failures. */
export async function showInvalidation(
  context: CommandContext,
  planId: string,
  wish: InvalidationWish,
): Promise<ToldInvalidation> {
  const { api, output } = context
  const { planId: _, ...planned } = await ask(context, api.planInvalidation({ planId, ...wish }))
  const { paths, distributionId, unrelated } = planned
  if (paths.length === 0) {
    output.say(`Nothing to invalidate: ${distributionId} cannot hold anything old.`)
    return planned
  }
  const { freePathsPerMonth, perPathUsd } = invalidationPrices
  output.say(`To invalidate in ${distributionId}:`)
  for (const path of paths) output.say(`  ${path}`)
  if (unrelated > 0) output.say(`  (${counted(unrelated, 'other file')} will be fetched again as well)`)
  output.say(
    `Cost: ${counted(paths.length, 'path')}; ${counted(freePathsPerMonth, 'path')} a month are free, each more costs $${perPathUsd}.`,
  )
  return planned
}

/**
 * Sends the invalidation of what a sync has really changed; null when that is nothing. With `wait` it waits some minutes
 * for its end, so that a receipt does not find what is being forgotten. Throws Failures.
 */
export async function invalidate(
  context: CommandContext,
  syncPlanId: string,
  wish: InvalidationWish,
  wait: boolean,
): Promise<ToldInvalidation> {
  const { api, output } = context
  const { planId, ...planned } = await ask(context, api.planInvalidation({ planId: syncPlanId, ...wish }))
  if (planned.paths.length === 0) return planned
  output.progress(wait ? 'Waiting for CloudFront' : 'Asking CloudFront to forget')
  const made = await ask(
    context,
    api.applyInvalidation({ planId, ...(wait ? { waitSeconds: longestWaitSeconds } : {}) }),
  )
  const { invalidationId, status } = made
  output.say(
    `Invalidation ${invalidationId} of ${counted(planned.paths.length, 'path')} ${status === 'completed' ? 'completed' : 'is under way'}.`,
  )
  return { ...planned, invalidationId, status }
}
