import type {
  AbortRule,
  LifecyclePlan,
  SweepOutcome,
  SweepTotals,
  UploadOwner,
} from '../../src-preload/contract/sweep.ts'
import { storagePrice } from '../../src-preload/contract/storage-price.ts'
import { formatBytes, formatCount } from './format.ts'

/** Whose an incomplete upload is, for a column. */
export const uploadOwnerText: { readonly [Owner in UploadOwner]: string } = {
  wanted: 'A transfer is sending it',
  abandoned: 'Pail’s, lost',
  unknown: 'Somebody else’s',
}

/** Uploads and their size in one line: `3 uploads, 1.2 GB`. */
export function sweepTotalsText({ uploads, bytes, sizesUnknown }: SweepTotals): string {
  const unknown =
    sizesUnknown === 0 ? '' : `, and ${formatCount(sizesUnknown, 'of unknown size', 'of unknown size')}`
  return `${formatCount(uploads, 'incomplete upload')}, ${formatBytes(bytes)}${unknown}`
}

/** What they cost a month, said as the estimate it is; null where it is not known. */
export function sweepCostText({ monthlyUsd, uploads }: SweepTotals): string | null {
  if (monthlyUsd === null || uploads === 0) return null
  const price = `an estimate with $${storagePrice.perGbMonthUsd} for each GB in S3 Standard`
  const subject = uploads === 1 ? 'It costs' : 'They cost'
  return monthlyUsd < 0.01
    ? `${subject} less than $0.01 a month (${price}).`
    : `${subject} about $${monthlyUsd.toFixed(2)} a month (${price}).`
}

/** What aborting came to, in sentences. */
export function sweepOutcomeText(outcome: SweepOutcome): string {
  const { aborted, freedBytes, goneTotal, nowWanted, failedTotal, cancelled, remaining } = outcome
  const sentences = [`${formatCount(aborted, 'upload')} aborted, ${formatBytes(freedBytes)} freed.`]
  if (goneTotal > 0)
    sentences.push(`${formatCount(goneTotal, 'was', 'were')} completed or aborted meanwhile.`)
  if (nowWanted > 0) sentences.push(`${formatCount(nowWanted, 'is', 'are')} being sent again and stayed.`)
  if (failedTotal > 0) sentences.push(`${failedTotal.toLocaleString()} could not be aborted.`)
  if (cancelled) sentences.push('The rest was left.')
  sentences.push(
    remaining === null
      ? 'What remains is not known.'
      : remaining.uploads === 0
        ? 'None remain.'
        : `${formatCount(remaining.uploads, 'remains', 'remain')}.`,
  )
  return sentences.join(' ')
}

/** What the bucket does about incomplete uploads by itself. */
export function abortRulesText(rules: readonly AbortRule[]): string {
  const whole = rules.filter(({ coversAll }) => coversAll)
  const soonest = whole.toSorted((a, b) => a.days - b.days)[0]
  if (soonest !== undefined)
    return `This bucket aborts incomplete uploads by itself after ${formatCount(soonest.days, 'day')}${soonest.isOurs ? ', by the rule that Pail has added' : ''}.`
  return rules.length === 0
    ? 'Nothing in this bucket aborts incomplete uploads by itself.'
    : 'A rule of this bucket aborts some incomplete uploads by itself, but not all.'
}

/** What stays when the rule is written. */
export function otherRulesText({ otherRules }: LifecyclePlan): string {
  return otherRules === 0
    ? 'The bucket has no other lifecycle rules.'
    : `${formatCount(otherRules, 'other lifecycle rule')} ${otherRules === 1 ? 'stays as it is' : 'stay as they are'}.`
}
