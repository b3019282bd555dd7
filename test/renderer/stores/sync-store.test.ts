import { describe, expect, test } from 'vitest'
import type { Api } from '../../../src-preload/contract/api.ts'
import type { SyncProgress } from '../../../src-preload/contract/sync-plan.ts'
import { formOfSync, syncOptionsOf } from '../../../src-renderer/stores/sync-form.ts'
import {
  createSyncStore,
  fractionOf,
  hasArrived,
  jobOf,
  publishedAs,
} from '../../../src-renderer/stores/sync-store.ts'
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

  test('a row that is far from those in sight is fetched, then looked at', async () => {
    const names = Array.from({ length: 450 }, (_, index) => `${String(index).padStart(3, '0')}.txt`)
    const { memory, store, job } = await planned(names)
    expect([job().rows.size, job().rowTotal]).toEqual([200, 450])
    // That of the table, which shows where it is, and that of the key are one request.
    memory.calls.length = 0
    await Promise.all([store.getState().loadRows('d', 449), store.getState().lookAtRow('d', 449)])
    expect(job().look?.details?.row.key).toBe('static/449.txt')
    expect(memory.calls.filter(({ method }) => method === 'listPlanRows')).toHaveLength(1)
    // The pages between have not been asked for.
    expect(job().rows.has(300)).toBe(false)
  })

  test('rows count as those of a filter only when they have come', async () => {
    const { store, job } = await planned(['a.css', 'b.js'])
    expect(hasArrived(job())).toBe(true)
    const filtering = store.getState().setFilter('d', 'all')
    expect(hasArrived(job())).toBe(false)
    await filtering
    expect(hasArrived(job())).toBe(true)
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

/** An api whose plans and applications end when the test says so. */
function slowApi() {
  const memory = emptyMemory()
  const api = memoryApi(memory)
  const ends: (() => void)[] = []
  const asked: string[] = []
  const cancelled: string[] = []
  const wait = () => new Promise<void>((resolve) => ends.push(resolve))
  const slow: Api<File> = {
    ...api,
    planSync: async (input) => {
      asked.push(input.planId ?? '')
      const place = ends.length
      await wait()
      const result = await api.planSync(input)
      return result.ok ? { ok: true, value: { ...result.value, warnings: [`plan ${place}`] } } : result
    },
    applySync: async (input) => {
      await wait()
      return api.applySync(input)
    },
    cancelSync: async ({ planId }) => {
      cancelled.push(planId)
      return api.cancelSync({ planId })
    },
  }
  return { memory, store: createSyncStore(slow), ends, asked, cancelled }
}

const progressOf = (planId: string): SyncProgress => ({
  planId,
  state: 'planning',
  filesDone: 7,
  filesTotal: 10,
  bytesDone: 0,
  bytesTotal: 0,
  bytesPerSecond: 0,
  secondsLeft: null,
  current: null,
})

describe('plans that are made at the same time', () => {
  const other = { ...destination, id: 'other' }

  test('each hears of its own progress, and stopping one leaves the other alone', async () => {
    const { memory, store, ends, asked, cancelled } = slowApi()
    const first = store.getState().plan(destination, options)
    const second = store.getState().plan(other, options)
    memory.emitSync(progressOf(asked[1] ?? ''))
    expect(jobOf(store.getState(), 'd').progress).toBeNull()
    expect(jobOf(store.getState(), 'other').progress?.filesDone).toBe(7)
    await store.getState().cancel('other')
    expect(cancelled).toEqual([asked[1]])
    for (const end of ends) end()
    await Promise.all([first, second])
    expect(jobOf(store.getState(), 'd').phase).toBe('planned')
    expect(jobOf(store.getState(), 'other')).toMatchObject({ phase: 'idle', plan: null })
  })

  test('the answer to one that was stopped is not taken for the next one of the destination', async () => {
    const { store, ends } = slowApi()
    const first = store.getState().plan(destination, options)
    await store.getState().cancel('d')
    const second = store.getState().plan(destination, options)
    ends[0]?.()
    await first
    expect(jobOf(store.getState(), 'd')).toMatchObject({ phase: 'planning', plan: null })
    ends[1]?.()
    await second
    expect(jobOf(store.getState(), 'd').plan?.warnings).toEqual(['plan 1'])
  })
})

describe('an application', () => {
  test('is not lost by another plan or a way back, and happens once', async () => {
    const { memory, store, ends, asked } = slowApi()
    const planning = store.getState().plan(destination, options)
    ends[0]?.()
    await planning
    const applying = store.getState().apply('d')
    await store.getState().plan(destination, options)
    store.getState().reset('d')
    await store.getState().apply('d')
    expect([asked.length, ends.length]).toEqual([1, 2])
    expect(jobOf(store.getState(), 'd').phase).toBe('applying')
    memory.emitSync({ ...progressOf(asked[0] ?? ''), state: 'running' })
    expect(fractionOf(jobOf(store.getState(), 'd'))).toBe(0.7)
    ends[1]?.()
    await applying
    expect(jobOf(store.getState(), 'd').phase).toBe('done')
  })
})

test('a plan knows what the destination said when it was made, and what of it is published', async () => {
  const { job } = await planned(['a.css'])
  expect(job().madeFor).toBe(publishedAs(destination))
  for (const change of [
    { prefix: 'public/' },
    { visibility: 'private' as const },
    { folderId: 'another' },
    { cacheControl: 'max-age=5' },
    { exclude: ['docs/'] },
  ])
    expect(publishedAs({ ...destination, ...change })).not.toBe(job().madeFor)
  expect(publishedAs({ ...destination, name: 'Another', baseUrl: 'https://example.org' })).toBe(job().madeFor)
})
