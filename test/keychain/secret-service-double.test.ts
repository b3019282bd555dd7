import { describe, expect, it } from 'vitest'
import { maxValueBytes } from '../../src-main/keychain/keychain.ts'
import type { SecretService } from '../../src-main/keychain/keytar-keychain.ts'
import { createKeytarKeychain } from '../../src-main/keychain/keytar-keychain.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'

/** A secret service that behaves as libsecret was seen to; `mode` can change at any time. */
function createService() {
  const items = new Map<string, string>()
  const service = {
    items,
    mode: 'open' as 'open' | 'locked' | 'broken' | 'hangs' | 'forgets',
    calls: 0,
    release: () => undefined as void,
  }
  const answer = <T>(open: () => T, locked: () => T): Promise<T> => {
    service.calls++
    switch (service.mode) {
      case 'broken':
        return Promise.reject(
          new Error('The name org.freedesktop.secrets was not provided by any .service files'),
        )
      case 'hangs':
        return new Promise((resolve) => {
          service.release = () => resolve(open())
        })
      case 'locked':
        return new Promise((resolve) => resolve(locked()))
      default:
        return new Promise((resolve) => resolve(open()))
    }
  }
  const secretService: SecretService = {
    getPassword: (_, account) =>
      answer(
        () => items.get(account) ?? null,
        () => null,
      ),
    setPassword: (_, account, value) =>
      answer(
        () => {
          if (service.mode !== 'forgets') items.set(account, value)
        },
        () => {
          throw new Error('Cannot create an item in a locked collection')
        },
      ),
    deletePassword: (_, account) =>
      answer(
        () => items.delete(account),
        () => false,
      ),
  }
  return { service, load: () => Promise.resolve(secretService) }
}

describe('keychain states', () => {
  it('F41 absent: a keytar that cannot be loaded is unavailable, and is tried again', async () => {
    const { load } = createService()
    let attempts = 0
    const keychain = createKeytarKeychain({
      load: () => (attempts++ === 0 ? Promise.reject(new Error('libsecret-1.so.0: cannot open')) : load()),
    })
    expect(await keychain.probe()).toMatchObject({
      state: 'unavailable',
      detail: expect.stringContaining('libsecret-1.so.0'),
    })
    expect(await keychain.probe()).toMatchObject({ state: 'ok' })
  })

  it('S20 a locked keyring is never taken for an empty one', async () => {
    const { service, load } = createService()
    const keychain = createKeytarKeychain({ load })
    await keychain.set('a', 'secret')
    const before = [...service.items]
    service.mode = 'locked'
    for (const attempt of [
      keychain.get('a'),
      keychain.get('b'),
      keychain.set('a', 'x'),
      keychain.remove('a'),
      keychain.list(),
    ]) {
      await expect(attempt).rejects.toMatchObject({ error: { code: 'keychain-locked', retryable: true } })
    }
    expect(await keychain.probe()).toMatchObject({ state: 'locked' })
    expect([...service.items]).toEqual(before)
    service.mode = 'open'
    expect(await keychain.get('a')).toBe('secret')
  })

  it('a service that accepts and forgets is not called open', async () => {
    const { service, load } = createService()
    service.mode = 'forgets'
    const keychain = createKeytarKeychain({ load })
    expect((await keychain.probe()).state).toBe('locked')
    await expect(keychain.set('a', 'x')).rejects.toMatchObject({ error: { code: 'keychain-locked' } })
  })

  it('F41 dies mid-session: unavailable, and nothing is deleted', async () => {
    const { service, load } = createService()
    const keychain = createKeytarKeychain({ load })
    await keychain.set('a', 'secret')
    service.mode = 'broken'
    await expect(keychain.remove('a')).rejects.toMatchObject({ error: { code: 'keychain-unavailable' } })
    expect((await keychain.probe()).state).toBe('unavailable')
    expect(service.items.get('a')).toBe('secret')
  })

  it('F41 hangs: ends at the cap, starts no second call behind the first, and recovers', async () => {
    const { service, load } = createService()
    const keychain = createKeytarKeychain({ load, capMs: 40 })
    await keychain.set('a', 'secret')
    service.mode = 'hangs'
    service.calls = 0
    const started = Date.now()
    const attempts = [keychain.get('a'), keychain.get('a'), keychain.set('b', 'x')]
    for (const attempt of attempts) {
      await expect(attempt).rejects.toMatchObject({ error: { code: 'keychain-timeout' } })
    }
    expect(Date.now() - started).toBeLessThan(1000)
    expect(service.calls).toBe(1)
    expect((await keychain.probe()).state).toBe('timeout')
    service.mode = 'open'
    service.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await keychain.get('a')).toBe('secret')
  })

  it('S22 a long blob is refused before it is written', async () => {
    const { service, load } = createService()
    for (const keychain of [createKeytarKeychain({ load }), createMemoryKeychain()]) {
      await expect(keychain.set('a', 'x'.repeat(maxValueBytes + 1))).rejects.toMatchObject({
        error: { code: 'invalid-argument' },
      })
    }
    expect(service.items.has('a')).toBe(false)
  })

  it('a damaged index hides nothing that is asked for by name', async () => {
    const { service, load } = createService()
    const keychain = createKeytarKeychain({ load })
    await keychain.set('a', 'secret')
    service.items.set('pail-accounts', '{"not": a list')
    expect(await keychain.list()).toEqual([])
    expect(await keychain.get('a')).toBe('secret')
  })
})

describe('the memory keychain', () => {
  it('keeps items for the session and says that it is memory', async () => {
    const keychain = createMemoryKeychain()
    expect((await keychain.probe()).state).toBe('memory')
    await keychain.set('a', '1')
    expect(await keychain.get('a')).toBe('1')
    expect(await keychain.list()).toEqual(['a'])
    await keychain.remove('a')
    expect(await keychain.get('a')).toBeNull()
  })
})
