import { describe, expect, it, vi } from 'vitest'
import { checkId, createCheckStore, staleMs } from '../../../src-renderer/stores/check-store.ts'
import { createDetailsStore } from '../../../src-renderer/stores/details-store.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'
import { visibilityReport } from '../../visibility-report.ts'

const ref = (key: string) => ({ profileId: 'p', bucket: 'b', key })

function checks(...keys: string[]) {
  const memory = emptyMemory()
  memory.objects.set(
    'b',
    keys.map((key) => ({ key, sizeBytes: 1, lastModified: '', visibility: 'public' as const })),
  )
  const store = createCheckStore(memoryApi(memory))
  const asked = () =>
    memory.calls
      .filter((call) => call.method === 'checkVisibility')
      .map((call) => (call.input as { key: string }).key)
  const seen = (key: string) => store.getState().checks[checkId(ref(key))]?.visibility
  return { memory, store, asked, seen }
}

describe('the visibility of rows in sight', () => {
  it('is asked for, the latest row first, and not for what went out of sight', async () => {
    const keys = Array.from({ length: 8 }, (_, index) => `k${index}`)
    const { store, asked, seen } = checks(...keys)
    const cancels = keys.map((key) => store.getState().look(ref(key)))
    cancels[4]?.()
    await expect.poll(() => asked().length).toBe(7)
    await expect.poll(() => seen('k7')).toBe('public')
    expect(asked()).toEqual(['k0', 'k1', 'k2', 'k3', 'k7', 'k6', 'k5'])
    expect(seen('k4')).toBeUndefined()
  })

  it('stays unknown when it could not be asked', async () => {
    const { memory, store, asked, seen } = checks('a', 'b')
    memory.failures.set('checkVisibility', appError('unreachable'))
    store.getState().look(ref('a'))
    store.getState().look(ref('b'))
    await expect.poll(() => seen('b')).toBe('public')
    expect(asked()).toEqual(['a', 'b'])
    expect(store.getState().checks[checkId(ref('a'))]).toBeNull()
  })

  it('an answer from before a change does not count: what is in sight is asked for again', async () => {
    const { memory, store, seen, asked } = checks('a')
    const seenThen: unknown[] = []
    store.subscribe(() => seenThen.push(seen('a')))
    store.getState().look(ref('a'))
    const object = memory.objects.get('b')?.[0]
    if (object) memory.objects.set('b', [{ ...object, visibility: 'private' }])
    memory.emitVisibilityReport(visibilityReport())
    await expect.poll(() => seen('a')).toBe('private')
    expect(asked()).toEqual(['a', 'a'])
    expect(seenThen).not.toContain('public')
  })

  it('is asked for again when the answer has grown old, as long as the row is in sight', async () => {
    vi.useFakeTimers()
    try {
      const { memory, store, asked, seen } = checks('a', 'b')
      const leave = store.getState().look(ref('a'))
      store.getState().look(ref('b'))()
      await vi.advanceTimersByTimeAsync(staleMs - 1000)
      expect(asked()).toEqual(['a', 'b'])
      const object = memory.objects.get('b')?.[0]
      if (object) memory.objects.set('b', [{ ...object, visibility: 'private' }])
      await vi.advanceTimersByTimeAsync(2000)
      expect(asked()).toEqual(['a', 'b', 'a'])
      expect(seen('a')).toBe('private')
      // Back in sight before that: known, and not asked.
      leave()
      const again = store.getState().look(ref('a'))
      await vi.advanceTimersByTimeAsync(1000)
      expect(asked()).toHaveLength(3)
      again()
      await vi.advanceTimersByTimeAsync(10 * staleMs)
      expect(asked()).toHaveLength(3)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what has just been changed', () => {
  it('is answered for before it comes in sight, and nothing else of its bucket is believed any more', async () => {
    const { memory, store, seen, asked } = checks('a', 'b', 'far')
    store.getState().look(ref('a'))
    store.getState().look({ ...ref('a'), bucket: 'other' })
    store.getState().look(ref('b'))()
    await expect.poll(() => seen('a')).toBe('public')
    memory.emitVisibilityReport(visibilityReport())
    expect(seen('a')).toBeUndefined()
    expect(store.getState().checks).toHaveProperty([checkId({ ...ref('a'), bucket: 'other' })])
    const checkedAt = new Date().toISOString()
    const answer = { key: 'far', visibility: 'private', checkedAt, status: 403, url: 'http://x/far' } as const
    memory.emitVisibilityAnswers({ reportId: 'r', profileId: 'p', bucket: 'b', checks: [answer] })
    memory.emitVisibilityReport(visibilityReport({ state: 'done' }))
    await expect.poll(() => seen('a')).toBe('public')
    expect(store.getState().checks[checkId(ref('far'))]).toMatchObject({ visibility: 'private', checkedAt })
    const before = asked().length
    store.getState().look(ref('far'))
    expect(asked()).toHaveLength(before)
    expect(store.getState().report).toMatchObject({ state: 'done' })
  })

  it('has its answer in the inspector, unless a later one is there', async () => {
    const memory = emptyMemory()
    memory.objects.set('b', [{ key: 'a', sizeBytes: 1, lastModified: '', visibility: 'public' }])
    const details = createDetailsStore(memoryApi(memory))
    await details.getState().open(ref('a'))
    const shown = () => details.getState().details?.visibility.visibility
    const tell = (visibility: 'public' | 'private', ms: number) =>
      memory.emitVisibilityAnswers({
        reportId: 'r',
        profileId: 'p',
        bucket: 'b',
        checks: [
          { key: 'a', visibility, checkedAt: new Date(ms).toISOString(), status: 403, url: 'http://x/a' },
        ],
      })
    tell('private', Date.now() + 1000)
    expect(shown()).toBe('private')
    tell('public', Date.now() - 1000)
    expect(shown()).toBe('private')
  })
})

describe('the visibility of the object in the inspector', () => {
  it('is asked for again while it is looked at', async () => {
    vi.useFakeTimers()
    try {
      const memory = emptyMemory()
      memory.objects.set('b', [{ key: 'a', sizeBytes: 1, lastModified: '', visibility: 'public' }])
      const details = createDetailsStore(memoryApi(memory))
      const asked = () => memory.calls.filter((call) => call.method === 'checkVisibility').length
      await details.getState().open(ref('a'))
      expect(details.getState().details?.visibility.visibility).toBe('public')
      memory.objects.set('b', [{ key: 'a', sizeBytes: 1, lastModified: '', visibility: 'private' }])
      await vi.advanceTimersByTimeAsync(staleMs + 1)
      expect(details.getState().details?.visibility.visibility).toBe('private')
      await vi.advanceTimersByTimeAsync(staleMs + 1)
      expect(asked()).toBe(2)
      await details.getState().open(null)
      await vi.advanceTimersByTimeAsync(10 * staleMs)
      expect(asked()).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })
})
