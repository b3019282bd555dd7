import type { SyncOutcome } from '../../src-preload/contract/sync-plan.ts'
import type { CheckScope } from '../../src-preload/contract/visibility-report.ts'
import type { CommandContext, Given } from './command.ts'
import {
  sumOfVisibility,
  tellContradictions,
  type ToldVisibility,
  type VisibilityListener,
} from './told-visibility.ts'
import { UsageError } from './usage-error.ts'

/** The option of `pail sync` that says how much of what it changes is asked for without a signature. */
export const checkOptions = {
  'check-visibility': {
    type: 'string',
    value: 'all|sample|none',
    text: 'ask without signing who can read what was changed (default: sample; all with --receipt)',
  },
} as const

const scopes: readonly CheckScope[] = ['all', 'sample', 'none']

/** What the option asks for. Throws a UsageError. */
export function readCheckScope(given: Given): CheckScope {
  const text = given.text('check-visibility')
  if (text === undefined) return given.flag('receipt') ? 'all' : 'sample'
  const scope = scopes.find((each) => each === text)
  if (scope === undefined)
    throw new UsageError(`--check-visibility takes all, sample or none, not “${text}”.`)
  return scope
}

/** A few are not waited for any longer, in milliseconds: they were asked for while the sync went on. */
const patienceMs = 5000

/** Waits for the answers and says what is not as it was asked for. Answers what the document says, and whether all is well. */
export async function tellSyncVisibility(
  context: CommandContext,
  listener: VisibilityListener,
  scope: CheckScope,
  { uploaded, updatedHeaders, visibilityReportId }: SyncOutcome,
): Promise<{ readonly told: ToldVisibility; readonly isWell: boolean }> {
  const ids = visibilityReportId === undefined ? [] : [visibilityReportId]
  const reports = await listener.ends(ids, scope === 'all' ? undefined : patienceMs)
  const told = sumOfVisibility(reports, uploaded + updatedHeaders)
  return { told, isWell: !tellContradictions(context, told) }
}
