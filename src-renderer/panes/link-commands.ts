import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { RevocationPlan } from '../../src-preload/contract/revocation.ts'
import type { Stores } from '../stores/create-stores.ts'
import type { WantedLinks } from '../stores/link-store.ts'
import { copiedLinkText, deadLinkText, revokedText } from '../text/link-text.ts'
import { announceDone, announceProblem } from './announce.ts'

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
  /** How long they work when the person chooses nothing, in seconds. */
  readonly defaultSeconds?: number
  readonly note?: string
}

/** See {@link createLinkCommands}. */
export type LinkCommands = ReturnType<typeof createLinkCommands>

/** Links on the clipboard: made, tried, and told of. */
export function createLinkCommands({ stores, fail, refresh, refs }: LinkParts) {
  const { app, destinations, links, objects, view } = stores

  /**
   * Makes links, tries the first and puts them on the clipboard. Whom they are for can be said then, too; a link that does
   * not work is handed out only when the person wants it all the same.
   */
  const handOutLinks = async (wanted: readonly ObjectRef[], how: WantedLinks): Promise<void> => {
    if (wanted.length === 0) return
    const result = await links.getState().copy(wanted, how, destinations.getState().destinations)
    if (!result.ok) {
      fail(result.error)
      return
    }
    const { first, recordIds: linkIds } = result.value
    if (first.test?.outcome === 'failed') {
      announceProblem(deadLinkText(first, wanted.length > 1), {
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

  return {
    handOutLinks,
    /** `expiresInSeconds` is a choice of the person's and is remembered; without it the last choice holds. */
    copyLinks: async (
      expiresInSeconds?: number,
      keys?: readonly string[],
      { defaultSeconds, note = '' }: CopyLinksOptions = {},
    ) => {
      const preferences = app.getState().info?.preferences
      const seconds = expiresInSeconds ?? defaultSeconds ?? preferences?.linkExpirySeconds ?? 3600
      if (expiresInSeconds !== undefined && expiresInSeconds !== preferences?.linkExpirySeconds) {
        void app.getState().setPreferences({ linkExpirySeconds: expiresInSeconds })
      }
      await handOutLinks(refs(keys), { kind: 'presigned', expiresInSeconds: seconds, note })
    },
    copyUrls: (keys?: readonly string[]) =>
      handOutLinks(refs(keys), { kind: 'public', expiresInSeconds: 3600 }),
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
          const expiresInSeconds = app.getState().info?.preferences.linkExpirySeconds ?? 3600
          void handOutLinks([{ ...target, key: newKey }], { kind: 'presigned', expiresInSeconds })
        },
      }
      if (isDone) announceDone(text, copyNew)
      else announceProblem(text, copyNew)
      return null
    },
    linkExpiry: () => app.getState().info?.preferences.linkExpirySeconds ?? 3600,
  }
}
