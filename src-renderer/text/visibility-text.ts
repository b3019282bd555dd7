import type { ObjectDetails } from '../../src-preload/contract/object.ts'
import type { VisibilityOutcome } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { formatClock, formatCount } from './format.ts'
import type { ToastText } from './link-text.ts'
import { lastSegment, visibleName } from './visible-name.ts'

/** The three words for visibility; the same everywhere. */
export const visibilityWords: { readonly [V in VisibilityCheck['visibility']]: string } = {
  public: 'Public',
  private: 'Private',
  unknown: 'Unknown',
}

/** How the visibility was found out: `checked 12:04: 403 to the public`. Nothing is claimed that was not checked. */
export function visibilityEvidence(check: VisibilityCheck): string {
  const time = formatClock(check.checkedAt)
  if (check.status === null) return `checked ${time}: no answer`
  return `checked ${time}: ${check.status} to the public`
}

const aclWords: { readonly [Acl in ObjectDetails['acl']]: string } = {
  private: 'Only the owner',
  'public-read': 'Anyone may read',
  other: 'Custom grants',
  disabled: 'Disabled for this bucket',
  unknown: 'Could not be read',
}

/** What an object's ACL says, in words. */
export function aclText(acl: ObjectDetails['acl']): string {
  return aclWords[acl]
}

/** What a change of visibility, or its undoing, came to: what unsigned requests were answered, and nothing else. */
export function visibilityOutcomeText(outcome: VisibilityOutcome, isUndone = false): ToastText {
  const { checks, counts, failed, visibility } = outcome
  const told = (['public', 'private', 'unknown'] as const).flatMap((word) =>
    counts[word] > 0 ? [`${counts[word].toLocaleString()} ${visibilityWords[word].toLowerCase()}`] : [],
  )
  if (counts.notChecked > 0) told.push(`${counts.notChecked.toLocaleString()} not asked for`)
  const [only, another] = checks
  const answers =
    only !== undefined && another === undefined
      ? `${visibilityWords[only.visibility]}, ${visibilityEvidence(only)}.`
      : told.length === 0
        ? 'There was no object to ask for.'
        : `Asked without signing: ${told.join(', ')}.`
  const [first] = failed
  const stuck = outcome.switches?.find(({ problem }) => problem !== null)?.problem ?? null
  const body =
    stuck !== null
      ? `${stuck.message} ${answers}`
      : first === undefined
        ? answers
        : `${formatCount(failed.length, 'object')} could not be changed: ${first.message} ${answers}`
  if (isUndone) return { title: stuck === null ? 'Undone' : 'Not all of it could be undone', body }
  const wrong = checks.length - counts[visibility]
  if (wrong > 0 || failed.length > 0 || stuck !== null)
    return {
      title: `Asked for ${visibility}, but the check says otherwise`,
      body: outcome.hint === undefined ? body : `${body} ${outcome.hint}`,
    }
  return {
    title:
      only !== undefined && another === undefined
        ? `${visibleName(lastSegment(only.key))} is ${visibility} now`
        : `${formatCount(checks.length + counts.notChecked, 'object')} ${visibility} now`,
    body,
  }
}
