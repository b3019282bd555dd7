import { describe, expect, test } from 'vitest'
import { formOfSync, syncOptionsOf } from '../../../src-renderer/stores/sync-form.ts'
import { createSyncStore, jobOf } from '../../../src-renderer/stores/sync-store.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'
import { staticDestination } from '../sample-destination.ts'

const destination = staticDestination({
  folderId: 'folder',
  folder: { folderId: 'folder', name: 'site' },
})
const options = syncOptionsOf(formOfSync(destination), destination)

async function planned(names: readonly string[]) {
  const memory = emptyMemory()
  memory.planRows = names.map((name) => ({
    key: `static/${name}`,
    path: name,
    action: 'upload' as const,
    reason: 'size-differs' as const,
    bytes: 1,
    headers: [],
  }))
  const store = createSyncStore(memoryApi(memory))
  await store.getState().plan(destination, options)
  return { memory, store, job: () => jobOf(store.getState(), 'd') }
}

describe('looking through a plan', () => {
  test('a search keeps the rows with that text and replaces those that were shown', async () => {
    const { store, job } = await planned(['a.css', 'b.js', 'SITE.css'])
    expect(job().rowTotal).toBe(3)
    await store.getState().setSearch('d', 'CSS')
    expect([...job().rows.values()].map(({ key }) => key)).toEqual(['static/a.css', 'static/SITE.css'])
    expect(job().rowTotal).toBe(2)
    await store.getState().setSearch('d', 'nothing')
    expect(job().rows.size).toBe(0)
    await store.getState().setSearch('d', '')
    expect(job().rowTotal).toBe(3)
  })

  test('an answer to an earlier search does not mix with a later one', async () => {
    const { store, job } = await planned(['a.css', 'b.js'])
    await Promise.all([store.getState().setSearch('d', 'css'), store.getState().setSearch('d', 'js')])
    expect([...job().rows.values()].map(({ key }) => key)).toEqual(['static/b.js'])
  })

  test('a row is looked at closely, and the answer to one that was left is dropped', async () => {
    const { memory, store, job } = await planned(['a.css', 'b.js'])
    await Promise.all([
      store.getState().lookAt('d', 'static/a.css'),
      store.getState().lookAt('d', 'static/b.js'),
    ])
    expect(job().look?.details?.row.key).toBe('static/b.js')
    expect(job().look?.details?.after?.cacheControl).toBe('max-age=86400')

    memory.failures.set('describePlanRow', appError('access-denied'))
    await store.getState().lookAt('d', 'static/a.css')
    expect(job().look).toMatchObject({ key: 'static/a.css', details: null, error: { code: 'access-denied' } })
    await store.getState().lookAt('d', null)
    expect(job().look).toBeNull()
  })

  test('another filter begins anew', async () => {
    const { store, job } = await planned(['a.css'])
    await store.getState().lookAt('d', 'static/a.css')
    await store.getState().setFilter('d', 'blocked')
    expect(job()).toMatchObject({ filter: 'blocked', rowTotal: 0, look: null })
    await store.getState().setFilter('d', 'upload')
    expect(job().rowTotal).toBe(1)
  })
})
