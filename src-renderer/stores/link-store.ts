import type { Api, InputOf } from '../../src-preload/contract/api.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { PixelSize } from '../../src-preload/contract/picture.ts'
import type { LinkFormat } from '../../src-preload/contract/naming.ts'
import { mostCopiedLinks } from '../../src-preload/contract/format-links.ts'
import type {
  Arrival,
  CopiedLinks,
  CreatedLink,
  LinkFilter,
  LinkList,
} from '../../src-preload/contract/presigned-url.ts'
import type { LeftCopy, LeftCopyOutcome } from '../../src-preload/contract/revocation.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import type { UploadRequest } from '../../src-preload/contract/upload-request.ts'
import { createStore } from 'zustand/vanilla'
import { destinationOfKey } from './destination-store.ts'

/** Which links are made. */
export interface WantedLinks {
  readonly kind: 'public' | 'presigned'
  readonly expiresInSeconds: number
  /** Plain URLs unless another format is asked for. */
  readonly format?: LinkFormat
  /** Whom they are for. */
  readonly note?: string
  /** Whether the person wants them although some have been shown not to work. */
  readonly anyway?: boolean
}

/** Whoever waits for many links. */
export interface LinkWait {
  /** How many have been tried so far. */
  readonly onTested: (tested: number, links: number) => void
  /** Aborted when they are not wanted any more. */
  readonly signal: AbortSignal
}

/** The ledger of links given out. The links themselves are nowhere but on the clipboard (S41). */
export interface LinkState {
  /** What the filter leaves, live links first. */
  readonly list: LinkList | null
  readonly filter: LinkFilter
  readonly error: AppError | null
  /** What has come with links to upload with for which a size was asked, by link. */
  readonly arrivals: Readonly<Record<string, Arrival>>
  readonly load: () => Promise<void>
  /** The copies that moves may have left. */
  readonly leftCopies: readonly LeftCopy[]
  /** Removes one; the answer is read anew. */
  readonly removeLeftCopy: (id: string, profileId: string) => Promise<Result<LeftCopyOutcome>>
  /** Looks, with a profile, at what has come. */
  readonly loadArrivals: (profileId: string) => Promise<void>
  readonly setFilter: (change: Partial<LinkFilter>) => Promise<void>
  /** Says whom links are for; the error, if it could not be kept. */
  readonly setNote: (linkIds: readonly string[], note: string) => Promise<AppError | null>
  /**
   * Makes a link that is put nowhere; a base URL is taken from the key's destination. It is tried, and counts as handed out
   * unless it does not work.
   */
  readonly make: (
    ref: ObjectRef,
    wanted: Omit<WantedLinks, 'format'>,
    destinations: readonly Destination[],
  ) => Promise<Result<CreatedLink>>
  /** Makes a link to upload to, which is put nowhere. */
  readonly requestUpload: (input: InputOf<'createUploadRequest'>) => Promise<Result<UploadRequest>>
  /**
   * Makes links to objects of one bucket and puts them on the clipboard, one a line; a base URL is taken from the key's
   * destination. Every one is tried before: when one does not work, or cannot be made, nothing is copied.
   */
  readonly copy: (
    refs: readonly ObjectRef[],
    wanted: WantedLinks,
    destinations: readonly Destination[],
    wait?: LinkWait,
  ) => Promise<Result<CopiedLinks>>
}

/** So many pictures are measured with one call. */
const mostMeasured = 500

const tooMany: Result<never> = {
  ok: false,
  error: {
    code: 'too-many',
    message: `At most ${mostCopiedLinks.toLocaleString()} links are copied at once. None was copied.`,
    retryable: false,
  },
}

/** Everything. */
export const allLinks: LinkFilter = { bucket: null, search: '', signingKeyId: null, includeEnded: true }

/** Links: make, copy, list. */
export function createLinkStore(api: Api<File>) {
  /** A key with the address at which its destination serves it. */
  const addressed = ({ profileId, bucket, key }: ObjectRef, destinations: readonly Destination[]) => {
    const destination = destinationOfKey(destinations, profileId, bucket, key)
    const { baseUrl = null, keyPairId = null, stripPrefix = false, prefix = '' } = destination ?? {}
    return {
      key,
      baseUrl,
      ...(stripPrefix ? { servedPrefix: prefix } : {}),
      ...(keyPairId === null ? {} : { keyPairId }),
    }
  }
  const noted = ({ note = '' }: WantedLinks) => (note === '' ? {} : { note })
  /** The sizes of pictures, in the order of `refs`, which are of one bucket. Without an answer a link has no size. */
  const measured = async (refs: readonly ObjectRef[]) => {
    const sizes: (PixelSize | null)[] = []
    for (let from = 0; from < refs.length; from += mostMeasured) {
      const some = refs.slice(from, from + mostMeasured)
      const { profileId, bucket } = some[0]!
      const result = await api.measurePictures({ profileId, bucket, keys: some.map(({ key }) => key) })
      sizes.push(...(result.ok ? result.value.sizes : some.map(() => null)))
    }
    return sizes
  }
  return createStore<LinkState>()((set, get) => ({
    list: null,
    filter: allLinks,
    error: null,
    arrivals: {},
    leftCopies: [],
    removeLeftCopy: async (id, profileId) => {
      const result = await api.removeLeftCopy({ id, profileId })
      await get().load()
      return result
    },
    loadArrivals: async (profileId) => {
      const wanted = (get().list?.links ?? []).some(({ size }) => size !== null)
      if (!wanted) return
      const result = await api.listArrivals({ profileId })
      if (!result.ok) return
      const found = Object.fromEntries(result.value.map((arrival) => [arrival.linkId, arrival]))
      set({ arrivals: { ...get().arrivals, ...found } })
    },
    load: async () => {
      const { filter } = get()
      const [result, left] = await Promise.all([api.listLinks(filter), api.listLeftCopies({})])
      if (left.ok) set({ leftCopies: left.value })
      // Another filter was chosen meanwhile: its answer comes, too.
      if (get().filter !== filter) return
      if (result.ok) set({ list: result.value, error: null })
      else set({ error: result.error })
    },
    setFilter: async (change) => {
      set({ filter: { ...get().filter, ...change } })
      await get().load()
    },
    setNote: async (linkIds, note) => {
      const result = await api.setLinkNote({ linkIds: [...linkIds], note })
      if (!result.ok) return result.error
      if (get().list !== null) await get().load()
      return null
    },
    make: async (ref, wanted, destinations) => {
      const { profileId, bucket } = ref
      const { kind, expiresInSeconds } = wanted
      const result = await api.createLink({
        profileId,
        bucket,
        ...addressed(ref, destinations),
        kind,
        expiresInSeconds,
        downloadAs: null,
        copy: false,
        selfTest: wanted.anyway !== true,
        ...noted(wanted),
      })
      if (result.ok && get().list !== null) await get().load()
      return result
    },
    requestUpload: async (input) => {
      const result = await api.createUploadRequest(input)
      if (result.ok && get().list !== null) await get().load()
      return result
    },
    copy: async (refs, wanted, destinations, wait) => {
      const { kind, expiresInSeconds, format = 'url' } = wanted
      const { profileId, bucket } = refs[0]!
      if (refs.length > mostCopiedLinks) return tooMany
      const sizes = format === 'html' ? await measured(refs) : []
      const planId = `links-${crypto.randomUUID()}`
      const stop = () => void api.cancelSync({ planId })
      const unsubscribe = api.onSyncProgress(({ planId: of, filesDone, filesTotal }) => {
        if (of === planId) wait?.onTested(filesDone, filesTotal)
      })
      wait?.signal.addEventListener('abort', stop)
      const result = await api.copyLinks({
        profileId,
        bucket,
        kind,
        expiresInSeconds,
        links: refs.map((ref, index) => {
          const pixels = sizes[index] ?? null
          return { ...addressed(ref, destinations), ...(pixels === null ? {} : { pixels }) }
        }),
        format,
        selfTest: wanted.anyway !== true,
        planId,
        ...noted(wanted),
      })
      unsubscribe()
      wait?.signal.removeEventListener('abort', stop)
      if (result.ok && get().list !== null) await get().load()
      return result
    },
  }))
}
