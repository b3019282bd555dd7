import type { Api, ObjectRef } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import { formatLinks } from '../../src-preload/contract/format-links.ts'
import type { LinkFormat } from '../../src-preload/contract/naming.ts'
import type { CreatedLink, LinkRecord } from '../../src-preload/contract/presigned-url.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { createStore } from 'zustand/vanilla'
import { destinationOfKey } from './destination-store.ts'

/** The ledger of links given out. The links themselves are nowhere but on the clipboard (S41). */
export interface LinkState {
  readonly records: readonly LinkRecord[] | null
  readonly error: AppError | null
  readonly load: () => Promise<void>
  /** Makes links and puts them on the clipboard, one a line, as plain URLs unless another format is asked for; a base URL is taken from the key's destination. */
  readonly copy: (
    refs: readonly ObjectRef[],
    kind: 'public' | 'presigned',
    expiresInSeconds: number,
    destinations: readonly Destination[],
    format?: LinkFormat,
  ) => Promise<Result<readonly CreatedLink[]>>
}

/** Links: make, copy, list. */
export function createLinkStore(api: Api<File>) {
  return createStore<LinkState>()((set, get) => ({
    records: null,
    error: null,
    load: async () => {
      const result = await api.listLinks({})
      if (result.ok) set({ records: result.value, error: null })
      else set({ error: result.error })
    },
    copy: async (refs, kind, expiresInSeconds, destinations, format = 'url') => {
      const links: CreatedLink[] = []
      for (const ref of refs) {
        const result = await api.createLink({
          profileId: ref.profileId,
          bucket: ref.bucket,
          key: ref.key,
          kind,
          expiresInSeconds,
          downloadAs: null,
          baseUrl: destinationOfKey(destinations, ref.profileId, ref.bucket, ref.key)?.baseUrl ?? null,
          copy: refs.length === 1 && format === 'url',
        })
        if (!result.ok) return result
        links.push(result.value)
      }
      if (links.length > 1 || format !== 'url') {
        const named = links.map(({ url }, index) => {
          const { key } = refs[index] ?? { key: '' }
          return { url, name: key.slice(key.lastIndexOf('/') + 1), pixels: null }
        })
        const copied = await api.copyText({ text: formatLinks(named, format) })
        if (!copied.ok) return copied
      }
      if (get().records !== null) await get().load()
      return { ok: true, value: links }
    },
  }))
}
