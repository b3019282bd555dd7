import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { RevocationPlan } from '../../src-preload/contract/revocation.ts'
import type { Stores } from '../stores/create-stores.ts'
import { destinationOfKey } from '../stores/destination-store.ts'
import type { LinkWait, WantedLinks } from '../stores/link-store.ts'
import { copiedLinkText, deadLinkText, revokedText, tryingText } from '../text/link-text.ts'
import { announceDone, announceOver, announceProblem, announceRunning } from './announce.ts'

interface LinkParts {
  readonly stores: Pick<Stores, 'app' | 'destinations' | 'links' | 'objects' | 'view'>
  readonly fail: (error: AppError | null) => boolean
  /** The objects behind keys of the pane in front; without keys, the selected ones. */
  /** Reads again what is in front. */
  readonly refresh: () => Promise<void>
  readonly refs: (keys?: readonly string[]) => readonly ObjectRef[]
}

/** What a person may say of links to copy. */
export interface CopyLinksOptions {
  readonly note?: string
}

/** See {@link createLinkCommands}. */
export type LinkCommands = ReturnType<typeof createLinkCommands>

/** Who waits for links is told how far they are, once it takes longer than this, in milliseconds. */
const patienceMs = 1000

/** Tells how far the trying of links is, about once a second, with a way to end it. */
function tellTrying(): LinkWait & { readonly end: () => void } {
  const place = 'trying-links'
  const stop = new AbortController()
  let toldAt = performance.now()
  let isTold = false
  return {
    signal: stop.signal,
    onTested: (tested, links) => {
      const now = performance.now()
      if (stop.signal.aborted || now - toldAt < patienceMs) return
      toldAt = now
      isTold = true
      announceRunning(tryingText(tested, links), { label: 'Cancel', act: () => stop.abort() }, place)
    },
    end: () => {
      if (isTold) announceOver(place)
    },
  }
}

/** Links on the clipboard: made, tried, and told of. */
export function createLinkCommands({ stores, fail, refresh, refs }: LinkParts) {
  const { app, destinations, links, objects, view } = stores

  /**
   * Makes links, tries every one and puts them on the clipboard. Whom they are for can be said then, too; a link that does
   * not work is handed out only when the person wants it all the same, and of several the others can be copied without it.
   */
  const handOutLinks = async (wanted: readonly ObjectRef[], how: WantedLinks): Promise<void> => {
    if (wanted.length === 0) return
    const waiting = tellTrying()
    const result = await links.getState().copy(wanted, how, destinations.getState().destinations, waiting)
    waiting.end()
    if (!result.ok) {
      fail(result.error)
      return
    }
    const { dead, recordIds: linkIds } = result.value
    const [first] = dead
    if (first !== undefined) {
      if (wanted.length > 1) view.getState().openDialog({ kind: 'dead-links', wanted, how, dead })
      else
        announceProblem(deadLinkText(first), {
          label: 'Copy anyway',
          act: () => void handOutLinks(wanted, { ...how, anyway: true }),
        })
      return
    }
    const isSaid = how.kind === 'public' || (how.note ?? '') !== '' || linkIds.length === 0
    announceDone(
      copiedLinkText(result.value),
      isSaid
        ? undefined
        : {
            label: 'Who for…',
            act: () => view.getState().openDialog({ kind: 'link-note', linkIds, note: '' }),
          },
    )
  }

  /** What the destination says that the objects lie in, by the first of them; null where they are in none. */
  const ruleFor = ([first]: readonly ObjectRef[]) =>
    first === undefined
      ? null
      : destinationOfKey(destinations.getState().destinations, first.profileId, first.bucket, first.key)
  const formatted = (wanted: readonly ObjectRef[]) => {
    const format = ruleFor(wanted)?.linkFormat
    return format === undefined ? {} : { format }
  }

  return {
    handOutLinks,
    /**
     * `expiresInSeconds` is a choice of the person's and is remembered; without it the destination's word holds, and where
     * there is none, the last choice.
     */
    copyLinks: async (
      expiresInSeconds?: number,
      keys?: readonly string[],
      { note = '' }: CopyLinksOptions = {},
    ) => {
      const wanted = refs(keys)
      const preferences = app.getState().info?.preferences
      const usual = ruleFor(wanted)?.linkExpirySeconds ?? preferences?.linkExpirySeconds ?? 3600
      const seconds = expiresInSeconds ?? usual
      if (expiresInSeconds !== undefined && expiresInSeconds !== preferences?.linkExpirySeconds) {
        void app.getState().setPreferences({ linkExpirySeconds: expiresInSeconds })
      }
      await handOutLinks(wanted, {
        kind: 'presigned',
        expiresInSeconds: seconds,
        note,
        ...formatted(wanted),
      })
    },
    copyUrls: (keys?: readonly string[]) => {
      const wanted = refs(keys)
      return handOutLinks(wanted, { kind: 'public', expiresInSeconds: 3600, ...formatted(wanted) })
    },
    /** Ends all links to an object as it was planned; the error, if it could not be done. */
    revokeLinks: async (
      target: ObjectRef,
      { planId }: RevocationPlan,
      newKey: string,
      confirmedPublic: boolean,
    ): Promise<AppError | null> => {
      const result = await objects.applyRevocation({
        planId,
        newKey,
        ...(confirmedPublic ? { confirmedPublic } : {}),
      })
      if (!result.ok) return result.error
      void refresh()
      if (links.getState().list !== null) void links.getState().load()
      const { isDone, ...text } = revokedText(result.value)
      const copyNew = {
        label: 'Copy a new link',
        act: () => {
          // As where it is now says, which may be another destination.
          const moved = [{ ...target, key: newKey }]
          const usual = app.getState().info?.preferences.linkExpirySeconds
          const expiresInSeconds = ruleFor(moved)?.linkExpirySeconds ?? usual ?? 3600
          void handOutLinks(moved, { kind: 'presigned', expiresInSeconds, ...formatted(moved) })
        },
      }
      if (isDone) announceDone(text, copyNew)
      else announceProblem(text, copyNew)
      return null
    },
    linkExpiry: () => app.getState().info?.preferences.linkExpirySeconds ?? 3600,
  }
}
