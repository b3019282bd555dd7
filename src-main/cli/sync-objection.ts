import type { SyncPlan } from '../../src-preload/contract/sync-plan.ts'
import { needsBucketName } from '../../src-preload/contract/told-opens.ts'
import type { CommandContext } from './command.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { counted } from './plain-text.ts'
import { tellForeign } from './sync-rows.ts'
import { tellOpens } from './tell-opens.ts'

/** Why a sync does not begin, and what to end with. */
export interface SyncObjection {
  readonly exit: ExitCode
  readonly why: string
}

/**
 * Whether the plan may be applied: null when it may. Names what is not ours and goes, and what is there and becomes
 * public, and asks for a word for both at once (S44, S46).
 */
export async function objectionTo(
  context: CommandContext,
  wanted: { readonly yes: boolean; readonly dryRun: boolean },
  plan: SyncPlan,
): Promise<SyncObjection | null> {
  const { delete: deletes } = plan.counts
  const { foreignDeletes, opens } = plan
  if (plan.deleteRefusal !== null) return { exit: exitCode.refused, why: plan.deleteRefusal }
  if (deletes > 0 && foreignDeletes > 0) await tellForeign(context, plan)
  if (opens.objects > 0) tellOpens(context, plan.bucket, opens, 'public, which everybody can read then')
  if (deletes + opens.objects === 0 || wanted.yes || wanted.dryRun) return null
  const where = `s3://${plan.bucket}/${plan.prefix}`
  // The whole bucket is at stake, what is not ours, or many objects become public: its name is asked for, not a habit
  // (S44, S46, S48).
  const isGrave = (deletes > 0 && (plan.prefix === '' || foreignDeletes > 0)) || needsBucketName(opens)
  const expected = isGrave ? plan.bucket : 'yes'
  const foreign = foreignDeletes > 0 ? `, ${foreignDeletes} of them not put there by Pail’s syncs` : ''
  const removes = deletes === 0 ? [] : [`removes ${counted(deletes, 'object')} from ${where}${foreign}`]
  const makes = opens.objects === 0 ? [] : [`makes ${counted(opens.objects, 'object')} public in ${where}`]
  const what = `This ${[...removes, ...makes].join(' and ')}`
  const answer = await context.confirm(`${what}. Type “${expected}” to go on: `, expected)
  if (answer === true) return null
  return {
    exit: exitCode.refused,
    why: answer === null ? `${what}, and there is nobody to ask: add --yes.` : 'Nothing was changed.',
  }
}
