import { describe, expect, it } from 'vitest'
import type { Api } from '../../../src-preload/contract/api.ts'
import { arrangeRows, listingRows } from '../../../src-renderer/stores/listing-rows.ts'
import { createListingStore, createRowsSelector } from '../../../src-renderer/stores/listing-store.ts'
import { fileType } from '../../../src-renderer/text/file-type.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'

const place = { profileId: 'p', bucket: 'b', prefix: '', recursive: false }

function listing(keys: readonly string[], pageSize = 1000) {
  const memory = emptyMemory()
  memory.pageSize = pageSize
  memory.objects.set(
    'b',
    keys.map((key, index) => ({
      key,
      sizeBytes: index,
      lastModified: new Date(index * 1000).toISOString(),
      visibility: 'private',
    })),
  )
  const api = memoryApi(memory)
  return { memory, api, store: createListingStore(api, { column: 'name', descending: false }) }
}

describe('a listing', () => {
  it('comes page by page and ends', async () => {
    const { store } = listing(['a', 'b', 'c', 'd', 'e'], 2)
    await store.getState().open(place)
    expect(store.getState().objects.map((object) => object.key)).toEqual(['a', 'b'])
    await store.getState().loadMore()
    expect(store.getState().objects).toHaveLength(4)
    await store.getState().loadAll()
    expect(store.getState().objects.map((object) => object.key)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(store.getState().continuationToken).toBeNull()
    expect(store.getState().loadingAll).toBe(false)
  })

  it('shows a folder once, even when it is on two pages', async () => {
    const { api, store } = listing([])
    const twice: Api<File> = {
      ...api,
      listObjects: async (input) => ({
        ok: true,
        value: {
          folders: ['x/'],
          objects: [],
          continuationToken: input.continuationToken === null ? 'more' : null,
        },
      }),
    }
    const doubled = createListingStore(twice, store.getState().sort)
    await doubled.getState().open(place)
    await doubled.getState().loadAll()
    expect(doubled.getState().folders).toEqual(['x/'])
  })

  it('goes on after an empty page that is not the last', async () => {
    const { api, store } = listing([])
    const gap: Api<File> = {
      ...api,
      listObjects: async (input) => ({
        ok: true,
        value:
          input.continuationToken === null
            ? { folders: [], objects: [], continuationToken: 'more' }
            : { folders: ['x/'], objects: [], continuationToken: null },
      }),
    }
    const gapped = createListingStore(gap, store.getState().sort)
    await gapped.getState().open(place)
    expect(gapped.getState().folders).toEqual(['x/'])
  })

  it('drops an answer that arrives after the person has gone elsewhere', async () => {
    const { api } = listing([])
    const waiting: ((value: Awaited<ReturnType<Api<File>['listObjects']>>) => void)[] = []
    const slow: Api<File> = { ...api, listObjects: () => new Promise((resolve) => waiting.push(resolve)) }
    const store = createListingStore(slow, { column: 'name', descending: false })
    const first = store.getState().open({ ...place, prefix: 'old/' })
    const second = store.getState().open({ ...place, prefix: 'new/' })
    waiting[1]?.({ ok: true, value: { folders: ['new/x/'], objects: [], continuationToken: null } })
    waiting[0]?.({ ok: true, value: { folders: ['old/y/'], objects: [], continuationToken: null } })
    await Promise.all([first, second])
    expect(store.getState().folders).toEqual(['new/x/'])
  })

  it('shows a place from memory at once when it is opened again', async () => {
    const { store } = listing(['a', 'dir/b'])
    await store.getState().open(place)
    await store.getState().open({ ...place, prefix: 'dir/' })
    const back = store.getState().open(place)
    expect(store.getState().ready).toBe(true)
    expect(store.getState().objects.map((object) => object.key)).toEqual(['a'])
    await back
  })

  it('is listed anew behind its rows when the person comes back, as far as it was', async () => {
    const { memory, store } = listing(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 2)
    await store.getState().open(place)
    await store.getState().loadMore()
    store.getState().setSelection({ ids: new Set(['b', 'c']), anchor: 'b', lead: 'b' })
    const { scroll } = store.getState()
    scroll.topPx = 120
    const shown: number[] = []
    store.subscribe(({ objects, ready }) => shown.push(ready ? objects.length : -1))
    const asIs = memory.objects.get('b') ?? []
    memory.objects.set('b', [{ ...asIs[0]!, key: '0' }, ...asIs.filter(({ key }) => key !== 'b')])
    await store.getState().open(place)
    expect(shown).toEqual([])
    await store.getState().open(place, true)
    expect(store.getState().objects.map(({ key }) => key)).toEqual(['0', 'a', 'c', 'd'])
    expect([...store.getState().selection.ids]).toEqual(['c'])
    expect(store.getState().scroll).toBe(scroll)
    // Not for a moment without its rows, or with fewer.
    expect(new Set(shown)).toEqual(new Set([4]))
    await store.getState().loadAll()
    expect(store.getState().objects.map(({ key }) => key)).toEqual(['0', 'a', 'c', 'd', 'e', 'f', 'g'])
  })

  it('is not listed anew while it is being listed, nor when that would be many requests', async () => {
    const { api } = listing(Array.from({ length: 11_000 }, (_, index) => `k${index}`))
    let asked = 0
    const counted: Api<File> = {
      ...api,
      listObjects: (input) => {
        asked += 1
        return api.listObjects(input)
      },
    }
    const store = createListingStore(counted, { column: 'name', descending: false })
    const first = store.getState().open(place)
    await store.getState().open(place, true)
    await first
    expect(asked).toBe(1)
    await store.getState().loadAll()
    expect(asked).toBe(11)
    await store.getState().open(place, true)
    expect(asked).toBe(11)
  })

  it('stays as long as it was, with what is selected in it, when files have arrived', async () => {
    const { memory, store } = listing(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 2)
    await store.getState().open(place)
    await store.getState().loadMore()
    await store.getState().loadMore()
    store.getState().setSelection({ ids: new Set(['e']), anchor: 'e', lead: 'e' })
    const asIs = memory.objects.get('b') ?? []
    memory.objects.set('b', [...asIs, { ...asIs[0]!, key: 'z' }])
    await store.getState().reload()
    expect(store.getState().objects.map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect([...store.getState().selection.ids]).toEqual(['e'])
  })

  it('goes on to its end when files arrive while all of it is on its way', async () => {
    const { store } = listing(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 2)
    await store.getState().open(place)
    const all = store.getState().loadAll()
    await store.getState().reload()
    await all
    expect(store.getState()).toMatchObject({ continuationToken: null, loading: false, loadingAll: false })
    expect(store.getState().objects).toHaveLength(7)
  })

  it('keeps what it has when bringing it up to date fails', async () => {
    const { memory, store } = listing(['a'])
    await store.getState().open(place)
    memory.failures.set('listObjects', appError('unreachable'))
    await store.getState().reload()
    expect(store.getState().error?.code).toBe('unreachable')
    expect(store.getState().objects).toHaveLength(1)
  })

  it('forgets selected rows that are gone', async () => {
    const { memory, store } = listing(['a', 'b'])
    await store.getState().open(place)
    store.getState().setSelection({ ids: new Set(['a', 'b']), anchor: 'a', lead: 'a' })
    memory.objects.set('b', (memory.objects.get('b') ?? []).slice(1))
    await store.getState().reload()
    expect([...store.getState().selection.ids]).toEqual(['b'])
  })
})

describe('rows', () => {
  const typeOf = fileType
  it('leaves out the marker of the folder itself', () => {
    const marker = { key: 'dir/', sizeBytes: 0, lastModified: null, eTag: null, storageClass: null }
    const rows = listingRows('dir/', ['dir/sub/'], [marker, { ...marker, key: 'dir/a.txt', sizeBytes: 3 }])
    expect(rows.map((row) => row.name)).toEqual(['sub', 'a.txt'])
  })

  it('sorts numbers in names as numbers, folders first in both directions', () => {
    const object = (key: string) => ({
      key,
      sizeBytes: 1,
      lastModified: null,
      eTag: null,
      storageClass: null,
    })
    const rows = listingRows('', ['z/'], ['photo-10.jpg', 'photo-2.jpg'].map(object))
    const names = (descending: boolean) =>
      arrangeRows(rows, { column: 'name', descending }, '', typeOf).map((row) => row.name)
    expect(names(false)).toEqual(['z', 'photo-2.jpg', 'photo-10.jpg'])
    expect(names(true)).toEqual(['z', 'photo-10.jpg', 'photo-2.jpg'])
  })

  it('filters without regard to case and keeps its answer until something changes', async () => {
    const { store } = listing(['Alpha.txt', 'beta.txt'])
    const select = createRowsSelector(typeOf)
    await store.getState().open(place)
    store.getState().setFilter('ALPHA')
    const rows = select(store.getState())
    expect(rows.map((row) => row.name)).toEqual(['Alpha.txt'])
    expect(select(store.getState())).toBe(rows)
  })
})
