import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination, OnConflict } from '../../src-preload/contract/destination.ts'
import type { Selection } from '../../src-preload/contract/selection.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { createStore } from 'zustand/vanilla'

/** Where files would go, and by which destination's rules; without a destination they are private. */
export interface UploadTarget {
  readonly profileId: string
  readonly bucket: string
  readonly prefix: string
  readonly destination: Destination | null
}

/** An upload that has not started: what, where, how, and how far the questions are. */
export interface PendingUpload {
  readonly target: UploadTarget
  readonly selection: Selection
  readonly visibility: WantedVisibility
  /** `sheet`: to be confirmed; `checking`: conflicts are looked for; `conflicts`: the person decides; `starting`. */
  readonly step: 'sheet' | 'checking' | 'conflicts' | 'starting'
  readonly conflicts: { readonly keys: readonly string[]; readonly total: number } | null
  readonly error: AppError | null
  /** Everything is as the overlay said: nothing is asked unless something comes up. */
  readonly unasked: boolean
}

/** At most one upload is being asked about; the others are transfers. */
export interface UploadState {
  readonly pending: PendingUpload | null
  /** Turns dropped files into a selection and goes on as {@link begin}. */
  readonly drop: (
    sources: File[],
    target: UploadTarget,
    visibility: WantedVisibility,
    linkExpirySeconds: number,
  ) => Promise<AppError | null>
  /** The system's dialog, then the sheet. */
  readonly choose: (kind: 'files' | 'folder', target: UploadTarget) => Promise<AppError | null>
  readonly setVisibility: (visibility: WantedVisibility) => void
  /** From the sheet on: looks for conflicts, asks if there are any, else starts. */
  readonly confirm: (linkExpirySeconds: number) => Promise<void>
  /** The answer to the conflicts. */
  readonly resolve: (onConflict: OnConflict, linkExpirySeconds: number) => Promise<void>
  readonly cancel: () => void
}

/** More files than this are shown in the sheet before they are sent, even when dropped on a destination. */
export const unaskedFiles = 100

/** What the files become unless the person says otherwise: a destination's rule, else private (S44). */
export function defaultVisibility(target: UploadTarget): WantedVisibility {
  return target.destination?.visibility ?? 'private'
}

/**
 * Uploads from drop to start. A drop on a media destination starts at once, because the overlay has said where and for
 * whom; anything unusual (problems, many files, no destination) is shown first.
 */
export function createUploadStore(api: Api<File>) {
  return createStore<UploadState>()((set, get) => {
    const patch = (change: Partial<PendingUpload>) =>
      set((state) => (state.pending === null ? state : { pending: { ...state.pending, ...change } }))

    const start = async (onConflict: OnConflict, linkExpirySeconds: number) => {
      const { pending } = get()
      if (pending === null) return
      patch({ step: 'starting', error: null })
      const { target, selection, visibility } = pending
      const result = await api.startUpload({
        profileId: target.profileId,
        bucket: target.bucket,
        prefix: target.prefix,
        selectionId: selection.selectionId,
        visibility,
        onConflict,
        cacheControl: target.destination?.cacheControl ?? null,
        baseUrl: target.destination?.baseUrl ?? null,
        linkExpirySeconds: target.destination?.linkExpirySeconds ?? linkExpirySeconds,
      })
      if (result.ok) set({ pending: null })
      else patch({ step: pending.conflicts === null ? 'sheet' : 'conflicts', error: result.error })
    }

    const confirm = async (linkExpirySeconds: number) => {
      const { pending } = get()
      if (pending === null || pending.step === 'checking' || pending.step === 'starting') return
      const rule = pending.target.destination?.onConflict ?? 'ask'
      // A rule that the person chose once for this destination needs no question.
      if (rule !== 'ask') {
        await start(rule, linkExpirySeconds)
        return
      }
      patch({ step: 'checking', error: null })
      const { target, selection } = pending
      const result = await api.findConflicts({
        profileId: target.profileId,
        bucket: target.bucket,
        prefix: target.prefix,
        selectionId: selection.selectionId,
      })
      if (get().pending?.selection.selectionId !== selection.selectionId) return
      if (!result.ok) patch({ step: 'sheet', error: result.error })
      else if (result.value.total > 0) patch({ step: 'conflicts', conflicts: result.value })
      // Something may appear between the look and the upload: then both are kept.
      else await start('keep-both', linkExpirySeconds)
    }

    const ask = (
      selection: Selection,
      target: UploadTarget,
      visibility: WantedVisibility,
      unasked: boolean,
    ) =>
      set({
        pending: { target, selection, visibility, step: 'sheet', conflicts: null, error: null, unasked },
      })

    return {
      pending: null,
      drop: async (sources, target, visibility, linkExpirySeconds) => {
        const result = await api.registerDrop({ sources })
        if (!result.ok) return result.error
        const selection = result.value
        const usual =
          target.destination?.kind === 'media' &&
          selection.problems.length === 0 &&
          selection.files > 0 &&
          selection.files <= unaskedFiles
        ask(selection, target, visibility, usual)
        if (usual) await confirm(linkExpirySeconds)
        return null
      },
      choose: async (kind, target) => {
        const result = await api.chooseFiles({ kind })
        if (!result.ok) return result.error
        if (result.value !== null) ask(result.value, target, defaultVisibility(target), false)
        return null
      },
      setVisibility: (visibility) => patch({ visibility }),
      confirm,
      resolve: (onConflict, linkExpirySeconds) => start(onConflict, linkExpirySeconds),
      cancel: () => set({ pending: null }),
    }
  })
}
