import type { Release } from '../../src-preload/contract/release.ts'
import { formatCount } from './format.ts'

/** What a past sync did, in one line. */
export function releaseText(release: Release): string {
  const parts = [
    ...(release.created > 0 ? [`${release.created.toLocaleString()} new`] : []),
    ...(release.overwritten > 0 ? [`${release.overwritten.toLocaleString()} replaced`] : []),
    ...(release.updatedHeaders > 0 ? [`headers of ${formatCount(release.updatedHeaders, 'object')}`] : []),
    ...(release.deleted > 0 ? [`${release.deleted.toLocaleString()} removed`] : []),
    ...(release.failed > 0 ? [`${release.failed.toLocaleString()} failed`] : []),
  ]
  return parts.length === 0 ? 'No changes' : parts.join(', ')
}

const states: { readonly [State in Release['state']]: string } = {
  running: 'Running',
  done: 'Done',
  failed: 'With failures',
  cancelled: 'Stopped',
  interrupted: 'Interrupted',
  unreadable: 'Record damaged',
}

/** How a past sync ended, and whether it has been undone. */
export function releaseStateText(release: Release): string {
  switch (release.undone) {
    case 'whole':
      return 'Undone'
    case 'in-part':
      return 'Undone in part'
    case 'no':
      return states[release.state]
  }
}
