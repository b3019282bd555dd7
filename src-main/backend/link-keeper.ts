import type { BucketRef } from '../../src-preload/contract/call.ts'
import { type LinkPlace, serviceName } from '../links/fold-links.ts'
import type { LinkLedger } from '../links/ledger.ts'
import type { Log } from '../logging/log.ts'
import type { Sessions } from './sessions.ts'

/** Hears of what objects come and go, so that what is listed as out there is so. Neither rejects. */
export interface LinkKeeper {
  /** Objects are not at their keys any more: removed, or moved to another key. */
  gone(place: BucketRef, keys: Iterable<string>, movedTo: string | null): Promise<void>
  /** Objects came to keys: links to what was there before lead to them, unless they have ended. */
  came(place: BucketRef, keys: Iterable<string>): Promise<void>
}

/** Nobody keeps links. */
export const noLinkKeeper: LinkKeeper = { gone: async () => undefined, came: async () => undefined }

/**
 * Tells a keeper of all that a piece of work has removed and put there; what went comes first. It goes through the keys more
 * than once and keeps none that has no links.
 */
export async function tellKeeper(
  keeper: LinkKeeper,
  place: BucketRef,
  { gone, came }: { readonly gone: Iterable<string>; readonly came: Iterable<string> },
): Promise<void> {
  if (isAny(gone)) await keeper.gone(place, gone, null)
  if (isAny(came)) await keeper.came(place, came)
}

function isAny(keys: Iterable<string>): boolean {
  for (const _ of keys) return true
  return false
}

/** Marks links as dead with their objects, and as live with what comes to their keys again. */
export function createLinkKeeper(
  sessions: Sessions,
  ledger: Pick<LinkLedger, 'revoke' | 'revive'>,
  log: Pick<Log, 'error'>,
): LinkKeeper {
  const mark = async (place: BucketRef, write: (named: LinkPlace) => Promise<number>): Promise<void> => {
    try {
      await write({ ...place, service: serviceName(await sessions.open(place.profileId)) })
    } catch (error) {
      // What was done to the objects is done all the same.
      log.error('The links to objects that came or went could not be marked.', error)
    }
  }
  return {
    gone: (place, keys, movedTo) => mark(place, (named) => ledger.revoke(named, keys, movedTo)),
    came: (place, keys) => mark(place, (named) => ledger.revive(named, keys)),
  }
}
