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
  /** How far the place is scrolled, in CSS pixels: the table writes it, and begins there when it comes back. */
  readonly scroll: { topPx: number }
  /**
   * Lists a place. One that is open already stays as it is; with `again`, because the person comes back to it, it is listed
   * anew behind the rows that are there, as far as it was.
   */
  readonly open: (place: ListingPlace | null, again?: boolean) => Promise<void>
  /** Lists anew as far as it was, up to ten pages; where all was on its way, all of it. */
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

/** A listing of more pages is not listed anew just because somebody comes back to it: each page is a request that is paid. */
const mostPagesAgain = 10
/** S3 lists so many at most in a page. */
const pageRows = 1000

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

    /** Lists from the beginning, to the end or to as many rows as are wanted, and shows them all at once. True when they are shown. */
    const refresh = async (place: ListingPlace, wantedRows = 0): Promise<boolean> => {
      generation += 1
      const mine = generation
      set({ loading: true, loadingAll: false })
      let page: Page = { folders: [], objects: [], continuationToken: null }
      do {
        const result = await fetchPage(place, page.continuationToken, mine)
        if (result === null) return false
        if (!result.ok) {
          set({ loading: false, error: result.error })
          return false
        }
        page = joined(page, result.value)
      } while (page.continuationToken !== null && rowsOf(page) < wantedRows)
      remember(place, page)
      set({ ...page, ready: true, loading: false, error: null })
      prune()
      // A page may be empty and yet not the last one.
      if (rowsOf(page) === 0 && page.continuationToken !== null) await get().loadAll()
      return true
    }

    const listAgain = async (place: ListingPlace) => {
      const { ready, loading, loadingAll } = get()
      const rows = rowsOf(get())
      // What is on its way is as new.
      if (ready && !loading && !loadingAll && rows <= mostPagesAgain * pageRows) await refresh(place, rows)
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
      const page = joined(get(), result.value)
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
      scroll: { topPx: 0 },
      open: async (place, again = false) => {
        const before = get().place
        if (place !== null && before !== null && placeId(before) === placeId(place)) {
          if (again) await listAgain(place)
          return
        }
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
          scroll: { topPx: 0 },
        })
        if (place !== null) await refresh(place)
      },
      reload: async () => {
        const { place, loadingAll } = get()
        if (place === null) return
        // Whoever is far down in it, as files arrive, stays there.
        const isShown = await refresh(place, Math.min(rowsOf(get()), mostPagesAgain * pageRows))
        if (isShown && loadingAll) await get().loadAll()
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

/** A page with the next one: a folder may be on both. */
function joined(page: Page, next: Page): Page {
  const known = new Set(page.folders)
  return {
    folders: [...page.folders, ...next.folders.filter((folder) => !known.has(folder))],
    objects: [...page.objects, ...next.objects],
    continuationToken: next.continuationToken,
  }
}

function rowsOf({ folders, objects }: Pick<Page, 'folders' | 'objects'>): number {
  return folders.length + objects.length
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]))
}

function placeId(place: ListingPlace): string {
  return JSON.stringify([place.profileId, place.bucket, place.prefix, place.recursive])
}
