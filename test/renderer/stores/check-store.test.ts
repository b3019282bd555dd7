import { describe, expect, it } from 'vitest'
import { checkId, createCheckStore } from '../../../src-renderer/stores/check-store.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'

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

  it('an answer from before a change does not count', async () => {
    const { store, seen, asked } = checks('a')
    store.getState().look(ref('a'))
    store.getState().forget()
    await expect.poll(() => asked()).toEqual(['a'])
    await Promise.resolve()
    expect(seen('a')).toBeUndefined()
    store.getState().look(ref('a'))
    await expect.poll(() => seen('a')).toBe('public')
  })
})
