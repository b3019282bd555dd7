import type { Api, ObjectRef } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { CreatedLink, LinkRecord } from '../../src-preload/contract/presigned-url.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { createStore } from 'zustand/vanilla'
import { destinationOfKey } from './destination-store.ts'

/** The ledger of links given out. The links themselves are nowhere but on the clipboard (S41). */
export interface LinkState {
  readonly records: readonly LinkRecord[] | null
  readonly error: AppError | null
  readonly load: () => Promise<void>
  /** Makes links and puts them on the clipboard, one a line; a base URL is taken from the key's destination. */
  readonly copy: (
    refs: readonly ObjectRef[],
    kind: 'public' | 'presigned',
    expiresInSeconds: number,
    destinations: readonly Destination[],
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
    copy: async (refs, kind, expiresInSeconds, destinations) => {
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
          copy: refs.length === 1,
        })
        if (!result.ok) return result
        links.push(result.value)
      }
      if (links.length > 1) {
        const copied = await api.copyText({ text: links.map((link) => link.url).join('\n') })
        if (!copied.ok) return copied
      }
      if (get().records !== null) await get().load()
      return { ok: true, value: links }
    },
  }))
}
