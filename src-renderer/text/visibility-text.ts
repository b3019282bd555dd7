import type { ObjectDetails } from '../../src-preload/contract/object.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { formatClock } from './format.ts'

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
