import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { OnConflict } from '../../src-preload/contract/destination.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import type { StripMetadata } from '../../src-preload/contract/picture.ts'
import type { Selection } from '../../src-preload/contract/selection.ts'
import type { UploadPlan } from '../../src-preload/contract/upload-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { createStore } from 'zustand/vanilla'
import { hostOfAddress } from './dragged-address.ts'
import { base64Of, mostPastedBytes, namedForPaste } from './pasted-file.ts'
import { defaultVisibility, mediaRules, namingOf, stripsMetadata, type UploadTarget } from './upload-rules.ts'

/** An upload that has not started: what, where, how, and how far the questions are. */
export interface PendingUpload {
  readonly target: UploadTarget
  readonly selection: Selection
  readonly visibility: WantedVisibility
  readonly naming: Naming
  readonly leaveOutEmpty: boolean
  /** The object that the one chosen file takes the place of; null for an upload of its own. */
  readonly replaceKey: string | null
  /** The address that the picture was fetched from; null for files and for what was in a page itself. */
  readonly from: string | null
  /** What the main process says it would do; null until it has answered. */
  readonly plan: UploadPlan | null
  /**
   * `sheet`: to be confirmed; `announced`: told, and about to start by itself; `checking`: conflicts are looked for;
   * `conflicts`: the person decides; `starting`.
   */
  readonly step: 'sheet' | 'announced' | 'checking' | 'conflicts' | 'starting'
  readonly conflicts: { readonly keys: readonly string[]; readonly total: number } | null
  readonly error: AppError | null
  /** Everything is as the overlay said: nothing is asked unless something comes up. */
  readonly unasked: boolean
}

/** What was let go and is being counted. */
export interface Dropped {
  readonly target: UploadTarget
  readonly visibility: WantedVisibility
  /** Files and folders, as they were dropped. */
  readonly items: number
  /** The host that a picture is fetched from; null for what is on this computer. */
  readonly fetchedFrom: string | null
}

/** At most one upload is being asked about; the others are transfers. */
export interface UploadState {
  readonly pending: PendingUpload | null
  /**
   * Fetches a picture of which only the address was dropped: always shown before it is sent, with where it came from.
   */
  readonly fetch: (
    address: string,
    target: UploadTarget,
    visibility: WantedVisibility,
    linkExpirySeconds: number,
  ) => Promise<AppError | null>
  /** Null but from a drop until its files are counted. */
  readonly reading: Dropped | null
  /**
   * Turns dropped files into a selection. What nothing is wrong with is announced, with its keys and bytes, and starts
   * by itself after a moment ({@link announcedForMs}) in which it can be cancelled.
   */
  readonly drop: (
    sources: File[],
    target: UploadTarget,
    visibility: WantedVisibility,
    linkExpirySeconds: number,
  ) => Promise<AppError | null>
  /** Files, or pictures without one, from the clipboard: always shown before they are sent. */
  readonly paste: (files: readonly File[], target: UploadTarget, at: Date) => Promise<AppError | null>
  /** The system's dialog, then the sheet. */
  readonly choose: (kind: 'files' | 'folder', target: UploadTarget) => Promise<AppError | null>
  /** The system's dialog for one file, which takes the place of an object when that is confirmed. */
  readonly replace: (
    key: string,
    target: UploadTarget,
    visibility: WantedVisibility,
  ) => Promise<AppError | null>
  /** Plans again where that decides what is removed of pictures, or everybody may be able to read what is to be private. */
  readonly setVisibility: (visibility: WantedVisibility) => Promise<void>
  /** Puts right what is wrong with the names, and plans again. */
  readonly tidyNames: () => Promise<void>
  readonly setLeaveOutEmpty: (leaveOutEmpty: boolean) => Promise<void>
  /** The same files, and another place by its own rules: plans again. */
  readonly moveTo: (target: UploadTarget) => Promise<void>
  /** From the sheet on: looks for conflicts, asks if there are any, else starts. */
  readonly confirm: (linkExpirySeconds: number) => Promise<void>
  /** The answer to the conflicts. */
  readonly resolve: (onConflict: OnConflict, linkExpirySeconds: number) => Promise<void>
  readonly cancel: () => void
}

/**
 * So long, in milliseconds, a drop that nothing is asked about is announced before anything is sent; longer where files
 * get other names than they have, which takes reading.
 */
export const announcedForMs = { asNamed: 1200, renamed: 3000 } as const

/** Whether any file shown gets another name than it has. */
export function renames(plan: UploadPlan, prefix: string): boolean {
  return plan.rows.some(({ key, name }) => key !== prefix + name.normalize('NFC'))
}

/** Whether everybody could read what is to be private, as far as is known: then it is not sent. */
export function isOpened({ opened = null }: UploadPlan): boolean {
  return opened !== null
}

/** More files than this are shown in the sheet before they are sent, even when dropped on a destination. */
export const unaskedFiles = 100

/** What cannot be stripped is sent only when the person has been shown that, and has started the upload all the same. */
function agreedStripping({ plan, unasked }: PendingUpload): StripMetadata {
  return !unasked && (plan?.counts['metadata-stays'] ?? 0) > 0 ? 'where-possible' : 'always'
}

const busy: AppError = {
  code: 'not-allowed',
  message: 'Another upload is being asked about. Answer that first, then drop these again.',
  retryable: true,
}

/** More files than this are not asked about one by one. */
const mostLookedFor = 200

const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/**
 * Uploads from drop to start. A drop on a media destination starts by itself, once it has been announced where it goes,
 * under which names and for whom; anything unusual (problems, trouble with a name, many files, no destination) is shown
 * first. `wait` lets so many milliseconds pass.
 */
export function createUploadStore(api: Api<File>, wait: (ms: number) => Promise<void> = pass) {
  return createStore<UploadState>()((set, get) => {
    const patch = (change: Partial<PendingUpload>) =>
      set((state) => (state.pending === null ? state : { pending: { ...state.pending, ...change } }))

    const start = async (onConflict: OnConflict, linkExpirySeconds: number) => {
      const { pending } = get()
      if (pending === null) return
      patch({ step: 'starting', error: null })
      const { target, selection, visibility, naming, leaveOutEmpty, replaceKey } = pending
      const { destination } = target
      const result = await api.startUpload({
        profileId: target.profileId,
        bucket: target.bucket,
        prefix: target.prefix,
        selectionId: selection.selectionId,
        visibility,
        onConflict,
        cacheControl: destination?.cacheControl ?? null,
        ...(destination?.rules === undefined ? {} : { rules: destination.rules }),
        baseUrl: destination?.baseUrl ?? null,
        linkExpirySeconds: destination?.linkExpirySeconds ?? linkExpirySeconds,
        naming,
        leaveOutEmpty,
        reuseIdentical: mediaRules(target)?.reuseIdentical ?? false,
        linkFormat: destination?.linkFormat ?? 'url',
        ...(stripsMetadata(pending) ? { stripMetadata: agreedStripping(pending) } : {}),
        ...(replaceKey === null ? {} : { replaceKey }),
      })
      if (result.ok) set({ pending: null })
      // What was not asked about is asked now, with the files still there.
      else
        patch({
          step: pending.conflicts === null ? 'sheet' : 'conflicts',
          error: result.error,
          unasked: false,
        })
    }

    const confirm = async (linkExpirySeconds: number) => {
      const { pending } = get()
      if (pending === null || pending.step === 'checking' || pending.step === 'starting') return
      if (pending.replaceKey !== null) {
        await start('overwrite', linkExpirySeconds)
        return
      }
      const rule = mediaRules(pending.target)?.onConflict ?? 'ask'
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
        naming: pending.naming,
        ...(stripsMetadata(pending) ? { stripMetadata: true } : {}),
      })
      if (get().pending?.selection.selectionId !== selection.selectionId) return
      if (!result.ok) patch({ step: 'sheet', error: result.error })
      else if (result.value.total > 0) patch({ step: 'conflicts', conflicts: result.value })
      // Something may appear between the look and the upload: then both are kept.
      else await start('keep-both', linkExpirySeconds)
    }

    const isAnnounced = () => get().pending?.step === 'announced'
    const isAsking = () => get().pending !== null || get().reading !== null

    /** Asks what the upload would do. An answer to what is not asked any more is dropped. */
    const plan = async (lookForExisting: boolean): Promise<UploadPlan | null> => {
      const { pending } = get()
      if (pending === null) return null
      const { target, selection, naming, leaveOutEmpty, replaceKey, visibility } = pending
      const result = await api.planUpload({
        profileId: target.profileId,
        bucket: target.bucket,
        prefix: target.prefix,
        selectionId: selection.selectionId,
        naming,
        leaveOutEmpty,
        lookForExisting: lookForExisting && selection.files <= mostLookedFor,
        visibility,
        ...(stripsMetadata(pending) ? { stripMetadata: true } : {}),
        ...(replaceKey === null ? {} : { replaceKey }),
      })
      const now = get().pending
      if (
        now?.selection !== selection ||
        now.target !== target ||
        now.visibility !== visibility ||
        now.naming !== naming ||
        now.leaveOutEmpty !== leaveOutEmpty ||
        now.step !== 'sheet'
      )
        return null
      if (!result.ok) {
        patch({ error: result.error, unasked: false })
        return null
      }
      patch({ plan: result.value, error: null })
      return result.value
    }

    /** Files of this computer by their paths; what has none (a picture of the clipboard or a browser) by its bytes. */
    const register = async (sources: File[]): Promise<Result<Selection>> => {
      const result = await api.registerDrop({ sources })
      if (result.ok || result.error.code !== 'local-file') return result
      // The size of each file is asked of the disk, while the window waits: not of two thousand for nothing.
      const sizeBytes = sources.reduce((sum, file) => sum + file.size, 0)
      if (sizeBytes > mostPastedBytes) return result
      try {
        const files = await Promise.all(
          sources.map(async (file) => ({ name: file.name, base64: await base64Of(file) })),
        )
        return await api.registerPaste({ files })
      } catch {
        // A folder has no bytes; what the first answer said is what is wrong.
        return result
      }
    }

    const ask = (
      selection: Selection,
      target: UploadTarget,
      visibility: WantedVisibility,
      unasked: boolean,
      { replaceKey = null, from = null }: Partial<Pick<PendingUpload, 'replaceKey' | 'from'>> = {},
    ) =>
      set({
        pending: {
          target,
          selection,
          visibility,
          naming: namingOf(target),
          leaveOutEmpty: false,
          replaceKey,
          from,
          plan: null,
          step: 'sheet',
          conflicts: null,
          error: null,
          unasked,
        },
      })

    return {
      pending: null,
      reading: null,
      drop: async (sources, target, visibility, linkExpirySeconds) => {
        // What was announced has been seen: it starts, and does not wait for the next one to be read.
        if (isAnnounced()) await confirm(linkExpirySeconds)
        if (isAsking()) return busy
        const reading: Dropped = { target, visibility, items: sources.length, fetchedFrom: null }
        set({ reading })
        const result = await register(sources)
        if (get().reading !== reading) return null
        set({ reading: null })
        if (!result.ok) return result.error
        const selection = result.value
        const usual =
          target.destination?.kind === 'media' &&
          selection.problems.length === 0 &&
          selection.files > 0 &&
          selection.files <= unaskedFiles
        ask(selection, target, visibility, usual)
        const planned = await plan(!usual)
        if (!usual) return null
        // Nobody is asked about plain files; trouble is shown before anything is sent.
        if (planned === null || Object.keys(planned.counts).length > 0 || isOpened(planned)) {
          if (get().pending?.selection === selection) patch({ unasked: false })
          return null
        }
        patch({ step: 'announced' })
        const announced = get().pending
        await wait(renames(planned, target.prefix) ? announcedForMs.renamed : announcedForMs.asNamed)
        // Cancelled, or started by hand, meanwhile.
        if (announced !== null && get().pending === announced) await confirm(linkExpirySeconds)
        return null
      },
      fetch: async (address, target, visibility, linkExpirySeconds) => {
        if (isAnnounced()) await confirm(linkExpirySeconds)
        if (isAsking()) return busy
        const reading: Dropped = { target, visibility, items: 1, fetchedFrom: hostOfAddress(address) }
        set({ reading })
        const result = await api.fetchPicture({ address })
        if (get().reading !== reading) return null
        set({ reading: null })
        if (!result.ok) return result.error
        const { from, ...selection } = result.value
        ask(selection, target, visibility, false, { from })
        await plan(true)
        return null
      },
      paste: async (files, target, at) => {
        const result = await register(files.map((file) => namedForPaste(file, at)))
        if (!result.ok) return result.error
        ask(result.value, target, defaultVisibility(target), false)
        await plan(true)
        return null
      },
      choose: async (kind, target) => {
        const result = await api.chooseFiles({ kind })
        if (!result.ok) return result.error
        if (result.value === null) return null
        ask(result.value, target, defaultVisibility(target), false)
        await plan(true)
        return null
      },
      replace: async (key, target, visibility) => {
        const result = await api.chooseFiles({ kind: 'files' })
        if (!result.ok) return result.error
        if (result.value === null) return null
        ask(result.value, target, visibility, false, { replaceKey: key })
        if (result.value.files === 1) await plan(false)
        return null
      },
      setVisibility: async (visibility) => {
        const before = get().pending
        // What was refused was the other wish.
        patch({ visibility, error: null })
        const after = get().pending
        if (before === null || after === null) return
        const isLookedAt = visibility === 'public' || after.plan?.opened !== undefined
        // Who can read it decides what becomes of metadata, and who could anyway, whether it is sent.
        if (after.plan === null || !isLookedAt || stripsMetadata(before) !== stripsMetadata(after))
          await plan(after.replaceKey === null)
      },
      tidyNames: async () => {
        const { pending } = get()
        if (pending === null) return
        patch({ naming: { ...pending.naming, clean: 'tidy' } })
        await plan(true)
      },
      setLeaveOutEmpty: async (leaveOutEmpty) => {
        patch({ leaveOutEmpty })
        await plan(true)
      },
      moveTo: async (target) => {
        patch({
          target,
          visibility: defaultVisibility(target),
          naming: namingOf(target),
          plan: null,
          step: 'sheet',
          conflicts: null,
          error: null,
        })
        await plan(true)
      },
      confirm,
      resolve: (onConflict, linkExpirySeconds) => start(onConflict, linkExpirySeconds),
      cancel: () => set({ pending: null, reading: null }),
    }
  })
}
