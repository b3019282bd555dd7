import type { BucketRef } from '../../src-preload/contract/api.ts'
import { serviceName } from '../links/fold-links.ts'
import type { LinkLedger } from '../links/ledger.ts'
import type { Log } from '../logging/log.ts'
import type { Sessions } from './sessions.ts'

/** Hears of objects that are not at their keys any more: removed, or moved to another key. Never rejects. */
export type OnGone = (place: BucketRef, keys: readonly string[], movedTo: string | null) => Promise<void>

/** Marks the links to objects that are gone, whatever took them away: what is listed as out there is to be so. */
export function endLinksOfGone(
  sessions: Sessions,
  ledger: Pick<LinkLedger, 'revoke'>,
  log: Pick<Log, 'error'>,
): OnGone {
  return async (place, keys, movedTo) => {
    try {
      const session = await sessions.open(place.profileId)
      await ledger.revoke({ ...place, service: serviceName(session) }, keys, movedTo)
    } catch (error) {
      // The objects are gone all the same.
      log.error('The links to objects that are gone could not be marked.', error)
    }
  }
}
