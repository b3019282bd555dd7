import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { Destination, StaticDestination } from '../../src-preload/contract/destination.ts'
import type { FolderPurpose } from '../../src-preload/contract/selection.ts'
import type { DeadLink } from '../../src-preload/contract/presigned-url.ts'
import type { Release } from '../../src-preload/contract/release.ts'
import type { SyncPlan } from '../../src-preload/contract/sync-plan.ts'
import type { Opens } from '../../src-preload/contract/opens.ts'
import type { VisibilityUndoPlan } from '../../src-preload/contract/visibility-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { createStore } from 'zustand/vanilla'
import type { WantedLinks } from './link-store.ts'
import type { UploadTarget } from './upload-rules.ts'

/** The main panes, in the order of their shortcuts. */
export const paneNames = ['browse', 'sync', 'media', 'links', 'transfers', 'settings'] as const

/** One of {@link paneNames}. */
export type PaneName = (typeof paneNames)[number]

/** What a dialog is about; at most one is open. */
export type DialogRequest =
  | { readonly kind: 'profile'; readonly profileId: string | null }
  | { readonly kind: 'aws-profiles' }
  | { readonly kind: 'delete-profile'; readonly profileId: string }
  | { readonly kind: 'create-bucket' }
  | { readonly kind: 'add-bucket' }
  | { readonly kind: 'delete-bucket'; readonly bucket: string }
  | { readonly kind: 'uploads'; readonly bucket: string }
  | {
      readonly kind: 'destination'
      readonly destination: Destination | null
      /** What a new one starts from: a preset's id. */
      readonly preset: string
    }
  | { readonly kind: 'delete-destination'; readonly destination: Destination }
  | { readonly kind: 'new-folder' }
  | { readonly kind: 'rename'; readonly key: string }
  | { readonly kind: 'delete'; readonly keys: readonly string[]; readonly prefixes: readonly string[] }
  | {
      readonly kind: 'visibility'
      readonly keys: readonly string[]
      /** Folders, with everything that is in them or will be. */
      readonly prefixes: readonly string[]
      readonly visibility: WantedVisibility
    }
  | { readonly kind: 'access'; readonly profileId: string; readonly bucket: string }
  | {
      readonly kind: 'leak-scan'
      readonly profileId: string
      readonly bucket: string
      readonly prefix: string
    }
  | { readonly kind: 'link-note'; readonly linkIds: readonly string[]; readonly note: string }
  | {
      readonly kind: 'dead-links'
      /** All that were to be copied, how, and those that do not work. */
      readonly wanted: readonly ObjectRef[]
      readonly how: WantedLinks
      readonly dead: readonly DeadLink[]
    }
  | { readonly kind: 'signing-keys' }
  | { readonly kind: 'revoke-links'; readonly target: ObjectRef; readonly service: string | null }
  | { readonly kind: 'django-import' }
  | {
      readonly kind: 'undo-visibility'
      readonly plan: VisibilityUndoPlan
      readonly profileId: string | undefined
    }
  | {
      readonly kind: 'undo-setup'
      readonly profileId: string
      readonly bucket: string
      readonly setupId: string
      readonly calls: readonly string[]
      /** What becomes public again. */
      readonly opens: Opens | undefined
    }
  | { readonly kind: 'setup-bucket'; readonly profileId: string; readonly bucket: string }
  | { readonly kind: 'django-export'; readonly profileId: string; readonly bucket: string }
  | { readonly kind: 'custom-expiry'; readonly keys: readonly string[] }
  | {
      readonly kind: 'share-link'
      readonly target: ObjectRef
      readonly linkKind: 'public' | 'presigned'
      readonly expiresInSeconds: number
    }
  | { readonly kind: 'request-upload'; readonly target: UploadTarget }
  | { readonly kind: 'shortcuts' }

/**
 * What a person is asked about a destination's sync. It stays when a dialog comes over it: an undo goes on, and is stopped,
 * in its question.
 */
export type SyncQuestion =
  | { readonly kind: 'confirm-sync'; readonly destination: StaticDestination; readonly plan: SyncPlan }
  | { readonly kind: 'undo-sync'; readonly destination: StaticDestination; readonly release: Release }
  | { readonly kind: 'watch'; readonly destination: StaticDestination }

/** Where the window is looking, and what is open in it. */
export interface ViewState {
  readonly pane: PaneName
  readonly bucket: string | null
  readonly prefix: string
  readonly destinationId: string | null
  readonly dialog: DialogRequest | null
  readonly syncQuestion: SyncQuestion | null
  readonly paletteOpen: boolean
  /** A folder has to be typed for this; asked above whatever dialog is open. */
  readonly folderQuestion: FolderPurpose | null
  readonly showPane: (pane: PaneName) => void
  readonly openBucket: (bucket: string | null, prefix?: string) => void
  readonly openPrefix: (prefix: string) => void
  readonly openDestination: (destination: Destination) => void
  readonly openDialog: (dialog: DialogRequest) => void
  readonly closeDialog: () => void
  /** Asks, unless something is asked already. */
  readonly askAboutSync: (question: SyncQuestion) => void
  readonly closeSyncQuestion: () => void
  readonly setPaletteOpen: (open: boolean) => void
  /** Asks for a folder's path by typing; null when the person cancels. Answered by {@link answerFolderPath}. */
  readonly askFolderPath: (purpose: FolderPurpose) => Promise<string | null>
  readonly answerFolderPath: (path: string | null) => void
}

/** The window's own state; it asks nothing of the main process. */
export function createViewStore() {
  let answer: ((path: string | null) => void) | null = null
  return createStore<ViewState>()((set) => ({
    pane: 'browse',
    bucket: null,
    prefix: '',
    destinationId: null,
    dialog: null,
    syncQuestion: null,
    paletteOpen: false,
    folderQuestion: null,
    showPane: (pane) => set({ pane }),
    openBucket: (bucket, prefix = '') => set({ bucket, prefix, pane: 'browse', destinationId: null }),
    openPrefix: (prefix) => set({ prefix }),
    openDestination: (destination) =>
      set({
        bucket: destination.bucket,
        prefix: destination.prefix,
        destinationId: destination.id,
        pane: destination.kind === 'static' ? 'sync' : 'media',
      }),
    openDialog: (dialog) => set({ dialog, paletteOpen: false }),
    closeDialog: () => set({ dialog: null }),
    askAboutSync: (syncQuestion) =>
      set((state) => (state.dialog === null && state.syncQuestion === null ? { syncQuestion } : {})),
    closeSyncQuestion: () => set({ syncQuestion: null }),
    setPaletteOpen: (paletteOpen) => set({ paletteOpen }),
    askFolderPath: (purpose) => {
      answer?.(null)
      set({ folderQuestion: purpose })
      return new Promise((resolve) => {
        answer = resolve
      })
    },
    answerFolderPath: (path) => {
      set({ folderQuestion: null })
      const resolve = answer
      answer = null
      resolve?.(path)
    },
  }))
}
