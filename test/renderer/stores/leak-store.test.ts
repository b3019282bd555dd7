import { describe, expect, test } from 'vitest'
import type { LeakScan } from '../../../src-preload/contract/leak-scan.ts'
import { createLeakStore, scanOf } from '../../../src-renderer/stores/leak-store.ts'
import { leakProgress, leakVerdict } from '../../../src-renderer/text/leak-text.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'

const place = { profileId: 'p', bucket: 'b', prefix: 'private/' }

function leakStore() {
  const memory = emptyMemory()
  memory.objects.set('b', [
    { key: 'private/a', sizeBytes: 1, lastModified: '2026-01-01T00:00:00.000Z', visibility: 'private' },
    { key: 'private/leak', sizeBytes: 1, lastModified: '2026-01-01T00:00:00.000Z', visibility: 'public' },
    { key: 'private-not', sizeBytes: 1, lastModified: '2026-01-01T00:00:00.000Z', visibility: 'public' },
  ])
  const api = memoryApi(memory)
  const store = createLeakStore(api)
  const ended = () =>
    new Promise<LeakScan>((resolve) => {
      const off = api.onLeakScan((scan) => {
        if (scan.endedAt === null) return
        off()
        resolve(scan)
      })
    })
  return { memory, api, store, ended, scan: () => scanOf(store.getState(), place) }
}

describe('a leak scan in the window', () => {
  test('is followed to its end', async () => {
    const { store, ended, scan } = leakStore()
    expect(scan()).toBeNull()
    const end = ended()
    expect(await store.getState().start(place)).toBeNull()
    expect(scan()).toMatchObject({ endedAt: null, chosen: 2 })
    await end
    expect(scan()).toMatchObject({ state: 'done', counts: { public: 1, private: 1 } })
    expect(scanOf(store.getState(), { ...place, prefix: '' })).toBeNull()
  })

  test('can be stopped, and a window that is loaded again knows of it', async () => {
    const { memory, api, store, scan } = leakStore()
    memory.leakScanMs = 60_000
    await store.getState().start(place)
    await store.getState().stop(scan()!.scanId)
    expect(scan()).toMatchObject({ state: 'stopped' })
    const again = createLeakStore(api)
    await again.getState().load()
    expect(scanOf(again.getState(), place)).toMatchObject({ state: 'stopped' })
  })

  test('that cannot be started says why', async () => {
    const { memory, store, scan } = leakStore()
    memory.failures.set('startLeakScan', appError('too-many'))
    expect(await store.getState().start(place)).toMatchObject({ code: 'too-many' })
    expect(scan()).toBeNull()
  })
})

describe('S45 the verdict on a scan', () => {
  const clean: LeakScan = {
    ...place,
    scanId: 's',
    state: 'done',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:01.000Z',
    objects: 3,
    chosen: 3,
    isSampled: false,
    counts: { public: 0, private: 3, unknown: 0 },
    notAsked: 0,
    listing: { visibility: 'private', checkedAt: '2026-01-01T00:00:00.000Z', status: 403, url: 'https://b/' },
    leaks: [],
    unknowns: [],
    error: null,
  }

  test.each<[string, Partial<LeakScan>, string, RegExp]>([
    ['all was refused', {}, 'ok', /^Nobody can read/],
    ['something is public', { counts: { public: 1, private: 2, unknown: 0 } }, 'danger', /^1 object public/],
    [
      'the names are public',
      { listing: { ...clean.listing!, visibility: 'public' } },
      'danger',
      /names are public/,
    ],
    ['a sample was asked for', { isSampled: true, objects: 9 }, 'warning', /in the sample/],
    [
      'an answer is not known',
      { counts: { public: 0, private: 2, unknown: 1 } },
      'warning',
      /not everything is known/,
    ],
    [
      'the listing is not known',
      { listing: { ...clean.listing!, visibility: 'unknown' } },
      'warning',
      /not everything/,
    ],
    [
      'it was stopped',
      { state: 'stopped', notAsked: 1, error: appError('cancelled') },
      'warning',
      /not finished/,
    ],
    [
      'the keys could not be listed',
      { state: 'failed', listing: null, error: appError('access-denied') },
      'warning',
      /not finished/,
    ],
  ])('where %s', (_, more, kind, title) => {
    const verdict = leakVerdict({ ...clean, ...more })
    expect(verdict.kind).toBe(kind)
    expect(verdict.title).toMatch(title)
  })

  test('says why nothing could be found out', () => {
    const reason = 'What answered does not say that it is S3.'
    const counts = { public: 0, private: 0, unknown: 3 }
    const unknowns = [{ ...clean.listing!, visibility: 'unknown' as const, status: 200, key: 'a', reason }]
    expect(leakVerdict({ ...clean, counts, unknowns }).sentences).toContain(reason)
  })

  test('is told how far it is', () => {
    expect(leakProgress({ ...clean, state: 'listing', objects: 1000 })).toEqual({
      text: '1,000 objects found',
      fraction: null,
    })
    expect(leakProgress({ ...clean, state: 'asking', notAsked: 2 }).text).toBe(
      '1 of 3 objects asked for, 0 public',
    )
  })
})
