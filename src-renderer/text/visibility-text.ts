import type { ObjectDetails } from '../../src-preload/contract/object.ts'
import type { VisibilityOutcome } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { VisibilityCheck, WantedVisibility } from '../../src-preload/contract/visibility.ts'
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

/** The first few names, and how many more there are. */
function namedFew(keys: readonly string[], objects: number): string {
  const named = keys.slice(0, 5).map((key) => visibleName(lastSegment(key)))
  return `${named.join(', ')}${objects > named.length ? ` and ${(objects - named.length).toLocaleString()} more` : ''}`
}

/** So many of what was changed, and what was to become of it. */
function changedWords({ cause }: VisibilityReport, objects: number, wanted: WantedVisibility): string {
  if (cause === 'upload') return `${formatCount(objects, 'file')} uploaded as ${wanted}`
  if (cause === 'sync' || cause === 'watch') return `${formatCount(objects, 'file')} synced as ${wanted}`
  return `${formatCount(objects, 'object')} that ${objects === 1 ? 'is' : 'are'} to be ${wanted}`
}

/**
 * What unsigned requests have shown to be otherwise than it was asked for, with number and names; null where nothing is.
 * What everybody can read is told before what nobody can.
 */
export function contradictionText(report: VisibilityReport): ToastText | null {
  const { exposed, blocked, objects, state } = report
  const asked = objects - report.notAsked
  const sure =
    state === 'asking' || asked < objects
      ? ` ${asked.toLocaleString()} of ${objects.toLocaleString()} were asked for without signing${state === 'asking' ? ' so far' : ''}.`
      : ' Asked for without signing.'
  if (exposed.objects > 0)
    return {
      title: `Everybody can read ${changedWords(report, exposed.objects, 'private')}`,
      body: `${namedFew(exposed.sample, exposed.objects)}.${sure}${
        blocked.objects > 0
          ? ` Visitors cannot read ${changedWords(report, blocked.objects, 'public')}: ${namedFew(blocked.sample, blocked.objects)}.`
          : ''
      }`,
    }
  if (blocked.objects === 0) return null
  return {
    title: `Visitors cannot read ${changedWords(report, blocked.objects, 'public')}`,
    body: `${namedFew(blocked.sample, blocked.objects)}.${sure}`,
  }
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
  const wrong = checks.filter((check) => check.visibility !== visibility)
  if (wrong.length > 0 || failed.length > 0 || stuck !== null) {
    const names =
      wrong.length === 0 || checks.length === 1
        ? ''
        : ` Not ${visibility}: ${namedFew(
            wrong.map(({ key }) => key),
            wrong.length,
          )}.`
    return {
      title: `Asked for ${visibility}, but the check says otherwise`,
      body: `${body}${names}${outcome.hint === undefined ? '' : ` ${outcome.hint}`}`,
    }
  }
  return {
    title:
      only !== undefined && another === undefined
        ? `${visibleName(lastSegment(only.key))} is ${visibility} now`
        : `${formatCount(checks.length + counts.notChecked, 'object')} ${visibility} now`,
    body,
  }
}

/** Above the new key at which everybody can read what is private now. */
export const opensThereText = 'Everybody can read it there'

/** Why that is so. */
export const opensThereReason =
  'The bucket’s policy opens the new key, and not the one that it has now. Nothing was changed so far.'
