import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ObjectRow } from '../../src-preload/contract/object.ts'
import { createStore } from 'zustand/vanilla'
import type { ListingRow, Sort } from './listing-rows.ts'
import { arrangeRows, listingRows } from './listing-rows.ts'
import type { RowSelection } from './selection.ts'
import { emptySelection, pruneSelection } from './selection.ts'

/** What is listed: a prefix of a bucket, flat when `recursive`. */
export interface ListingPlace {
  readonly profileId: string
  readonly bucket: string
  readonly prefix: string
  readonly recursive: boolean
}

/** A listing as far as it has been fetched. */
export interface ListingState {
  readonly place: ListingPlace | null
  readonly folders: readonly string[]
  readonly objects: readonly ObjectRow[]
  /** Null at the end, or before the first page. */
  readonly continuationToken: string | null
  /** The first page has arrived. */
  readonly ready: boolean
  readonly loading: boolean
  /** Pages are being fetched until the end. */
  readonly loadingAll: boolean
  readonly error: AppError | null
  readonly sort: Sort
  readonly filter: string
  readonly selection: RowSelection
  readonly open: (place: ListingPlace | null) => Promise<void>
  readonly reload: () => Promise<void>
  readonly loadMore: () => Promise<void>
  /** Fetches page after page until the end or {@link stop}. */
  readonly loadAll: () => Promise<void>
  readonly stop: () => void
  readonly setSort: (sort: Sort) => void
  readonly setFilter: (filter: string) => void
  readonly setSelection: (selection: RowSelection) => void
}

interface Page {
  readonly folders: readonly string[]
  readonly objects: readonly ObjectRow[]
  readonly continuationToken: string | null
}

const rememberedPlaces = 30

/**
 * A listing by pages. Answers that arrive after the person has gone elsewhere are dropped. A place that was listed to
 * its end is shown again from memory at once, and then brought up to date.
 */
export function createListingStore(api: Api<File>, initialSort: Sort) {
  const remembered = new Map<string, Page>()
  let generation = 0

  return createStore<ListingState>()((set, get) => {
    const fetchPage = async (place: ListingPlace, continuationToken: string | null, from: number) => {
      const result = await api.listObjects({ ...place, continuationToken })
      return generation === from ? result : null
    }

    const remember = (place: ListingPlace, page: Page) => {
      const id = placeId(place)
      remembered.delete(id)
      if (page.continuationToken !== null) return
      remembered.set(id, page)
      const oldest = remembered.keys().next().value
      if (remembered.size > rememberedPlaces && oldest !== undefined) remembered.delete(oldest)
    }

    const refresh = async (place: ListingPlace) => {
      generation += 1
      const mine = generation
      set({ loading: true, loadingAll: false })
      const result = await fetchPage(place, null, mine)
      if (result === null) return
      if (!result.ok) {
        set({ loading: false, error: result.error })
        return
      }
      remember(place, result.value)
      set({ ...result.value, ready: true, loading: false, error: null })
      prune()
      // A page may be empty and yet not the last one.
      const { folders, objects, continuationToken } = result.value
      if (folders.length + objects.length === 0 && continuationToken !== null) await get().loadAll()
    }

    const prune = () => {
      const { folders, objects, selection } = get()
      if (selection.ids.size === 0 && selection.lead === null) return
      set({ selection: pruneSelection(selection, [...folders, ...objects.map((object) => object.key)]) })
    }

    const nextPage = async (): Promise<boolean> => {
      const { place, continuationToken, loading } = get()
      if (place === null || continuationToken === null || loading) return false
      const mine = generation
      set({ loading: true })
      const result = await fetchPage(place, continuationToken, mine)
      if (result === null) return false
      if (!result.ok) {
        set({ loading: false, loadingAll: false, error: result.error })
        return false
      }
      const known = new Set(get().folders)
      const page = {
        folders: [...get().folders, ...result.value.folders.filter((folder) => !known.has(folder))],
        objects: [...get().objects, ...result.value.objects],
        continuationToken: result.value.continuationToken,
      }
      remember(place, page)
      set({ ...page, loading: false, error: null })
      return page.continuationToken !== null
    }

    return {
      place: null,
      folders: [],
      objects: [],
      continuationToken: null,
      ready: false,
      loading: false,
      loadingAll: false,
      error: null,
      sort: initialSort,
      filter: '',
      selection: emptySelection,
      open: async (place) => {
        const before = get().place
        if (place !== null && before !== null && placeId(before) === placeId(place)) return
        generation += 1
        const known = place === null ? undefined : remembered.get(placeId(place))
        set({
          place,
          folders: known?.folders ?? [],
          objects: known?.objects ?? [],
          continuationToken: null,
          ready: known !== undefined,
          loading: false,
          loadingAll: false,
          error: null,
          filter: '',
          selection: emptySelection,
        })
        if (place !== null) await refresh(place)
      },
      reload: async () => {
        const { place } = get()
        if (place !== null) await refresh(place)
      },
      loadMore: async () => {
        await nextPage()
      },
      loadAll: async () => {
        if (get().loadingAll || get().continuationToken === null) return
        const mine = generation
        set({ loadingAll: true })
        // Each page shows as it comes.
        for (let more = true; more;) more = (await nextPage()) && generation === mine && get().loadingAll
        if (generation === mine) set({ loadingAll: false })
      },
      stop: () => set({ loadingAll: false }),
      setSort: (sort) => set({ sort }),
      setFilter: (filter) => set({ filter }),
      setSelection: (selection) => set({ selection }),
    }
  })
}

/**
 * Makes a selector of the rows as they are shown; it keeps its last answer, so that sorting happens only when something
 * has changed. One per store.
 */
export function createRowsSelector(
  typeOf: (name: string) => string,
): (state: ListingState) => readonly ListingRow[] {
  let raw: { key: readonly unknown[]; rows: readonly ListingRow[] } | null = null
  let shown: { key: readonly unknown[]; rows: readonly ListingRow[] } | null = null
  return (state) => {
    const rawKey = [state.place?.prefix ?? '', state.folders, state.objects]
    if (raw === null || !same(raw.key, rawKey)) {
      raw = { key: rawKey, rows: listingRows(state.place?.prefix ?? '', state.folders, state.objects) }
    }
    const shownKey = [raw.rows, state.sort, state.filter]
    if (shown === null || !same(shown.key, shownKey)) {
      shown = { key: shownKey, rows: arrangeRows(raw.rows, state.sort, state.filter, typeOf) }
    }
    return shown.rows
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]))
}

function placeId(place: ListingPlace): string {
  return JSON.stringify([place.profileId, place.bucket, place.prefix, place.recursive])
}
