import type { RevocationOutcome, RevocationPlan } from '../../../src-preload/contract/revocation.ts'
import type { CommandContext } from '../command.ts'
import { ask, confirmOrRefuse, interrupted, valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted, plainText } from '../plain-text.ts'
import { formatS3Url, type S3Url } from '../s3-url.ts'
import { progressLine } from '../transfer-batch.ts'

/** How `pail links revoke` goes about it. */
export interface RevokeOptions {
  /** The key that the object gets; null for one that nobody can guess. */
  readonly newKey: string | null
  readonly isDryRun: boolean
  readonly yes: boolean
}

/**
 * Ends all links to an object by moving it: says what else ends, asks, moves, and tells what is found at the old key. Throws
 * a `safety-refused` Failure when it is not confirmed.
 */
export async function revokeLinks(
  context: CommandContext,
  object: S3Url,
  { newKey: wanted, isDryRun, yes }: RevokeOptions,
): Promise<ExitCode> {
  const { api, output, profileId } = context
  const plan = await ask(context, api.planRevocation({ profileId, ...object }))
  const newKey = wanted ?? plan.newKey
  explain(context, plan, newKey)
  if (isDryRun) {
    await output.document({ plan: { ...plan, newKey }, outcome: null })
    return exitCode.done
  }
  if (!yes)
    await confirmOrRefuse(
      context,
      `Every link to ${formatS3Url({ bucket: plan.bucket, key: plan.key })} ends. Type “yes” to go on: `,
      'yes',
    )
  const outcome = await apply(context, plan, newKey, yes)
  await output.line(plainText(formatS3Url({ bucket: object.bucket, key: newKey })))
  const newUrl = await context.api.checkVisibility({ profileId, bucket: object.bucket, key: newKey })
  const visibility = newUrl.ok ? newUrl.value.visibility : 'unknown'
  await output.document({ plan: { ...plan, newKey }, outcome, visibility })
  output.say(newPlaceWords[visibility])
  return report(context, outcome)
}

/** What an unsigned request for the object at its new key says. */
const newPlaceWords = {
  public: 'Everybody can read it at its new key, without a link.',
  private: 'Nobody reads it at its new key without a link.',
  unknown: 'Whether everybody can read it at its new key is not known: an unsigned request did not tell.',
} as const

/** Moves. Ctrl+C cancels the copy and waits until it is taken back: it is known to the end what was done. */
async function apply(
  context: CommandContext,
  { planId, bucket }: RevocationPlan,
  newKey: string,
  yes: boolean,
): Promise<RevocationOutcome> {
  const { api, output, signal } = context
  // Too late once the object is at its new key: the outcome tells.
  const cancel = () => void api.cancelSync({ planId }).catch(() => undefined)
  const unsubscribe = api.onSyncProgress((progress) => {
    if (progress.planId === planId && progress.state === 'running' && progress.bytesDone > 0)
      output.progress(progressLine('Moving', progress.filesDone, progress.filesTotal, progress))
  })
  signal.addEventListener('abort', cancel, { once: true })
  try {
    if (signal.aborted) throw interrupted()
    const result = await api.applyRevocation({ planId, newKey, ...(yes ? { confirmedPublic: true } : {}) })
    if (result.ok || result.error.code !== 'safety-refused' || yes) return valueOf(result)
    // Going public is a step of its own (S44).
    const answer = await context.confirm(
      `Everybody can read it at ${formatS3Url({ bucket, key: newKey })}. Type “yes” to go on: `,
      'yes',
    )
    if (answer !== true) return valueOf(result)
    return valueOf(await api.applyRevocation({ planId, newKey, confirmedPublic: true }))
  } finally {
    signal.removeEventListener('abort', cancel)
    unsubscribe()
    output.endProgress()
  }
}

function explain({ output }: CommandContext, plan: RevocationPlan, newKey: string): void {
  const { bucket, key, links, lastEndsAt, consequences } = plan
  output.say(`${formatS3Url({ bucket, key })} is moved to ${newKey}.`)
  output.say(
    links === 0
      ? 'No live link to it is known on this computer.'
      : `${counted(links, 'live link')} to it ${links === 1 ? 'is' : 'are'} known on this computer${
          lastEndsAt === null ? '' : `, the last until ${lastEndsAt}`
        }.`,
  )
  for (const sentence of consequences) output.say(`- ${sentence}`)
}

/** Says what a stranger finds at the old key; anything but a refusal fails the command. */
function report({ output }: CommandContext, { links, oldLink, oldUrl }: RevocationOutcome): ExitCode {
  output.say(`${counted(links, 'link')} marked as revoked in the list.`)
  if (oldUrl.visibility === 'public')
    output.warn(
      `The old URL still answers with ${oldUrl.status}: a cache before the bucket may have kept it.`,
    )
  switch (oldLink.outcome) {
    case 'failed':
      output.say(`A link to the old key is refused now (${oldLink.status ?? 'no answer'}).`)
      return oldUrl.visibility === 'public' ? exitCode.failed : exitCode.done
    case 'works':
      output.warn('A link to the old key still opens something: an object came to it meanwhile.')
      return exitCode.failed
    case 'not-tested':
      output.warn(
        `Whether links to the old key are refused could not be tried: ${oldLink.problem?.message ?? ''}`,
      )
      return exitCode.done
  }
}
