import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createKeytarKeychain } from '../../src-main/keychain/keytar-keychain.ts'

// Run in a private session bus with a real Secret Service; PAIL_KEYRING says in which state it is.
const keyring = process.env['PAIL_KEYRING']

/** Locks the login keyring as the system does when the screen is locked by policy. */
function lockKeyring(): void {
  const call = 'call --session -d org.freedesktop.secrets -o /org/freedesktop/secrets'.split(' ')
  const collection = "['/org/freedesktop/secrets/collection/login']"
  execFileSync('gdbus', call.concat('-m', 'org.freedesktop.Secret.Service.Lock', collection))
}

describe.skipIf(keyring !== 'unlocked')('an unlocked keyring', () => {
  it('keeps, lists, overwrites and removes items; S21 one item per account', async () => {
    const keychain = createKeytarKeychain()
    expect(await keychain.probe()).toMatchObject({ state: 'ok' })
    expect(await keychain.get('profile-a')).toBeNull()
    await keychain.set('profile-a', 'first')
    await keychain.set('profile-b', 'ü "quotes" 😀')
    await keychain.set('profile-a', 'second')
    // Another process: what counts is the keyring, not this object.
    const other = createKeytarKeychain()
    expect(await other.get('profile-a')).toBe('second')
    expect(await other.get('profile-b')).toBe('ü "quotes" 😀')
    expect(await other.list()).toEqual(['profile-a', 'profile-b'])
    await keychain.remove('profile-a')
    await keychain.remove('profile-a')
    expect(await other.get('profile-a')).toBeNull()
    expect(await other.list()).toEqual(['profile-b'])
  })

  it('keeps every account of writes that overlap', async () => {
    const keychain = createKeytarKeychain({ service: 'Pail-overlap' })
    const names = Array.from({ length: 8 }, (_, index) => `p${index}`)
    await Promise.all(names.map((name) => keychain.set(name, `value ${name}`)))
    expect(await keychain.list()).toEqual(names)
  })

  // Last: it leaves the keyring locked.
  it('S20 F41 locked in mid-session: every call says locked, nothing is overwritten or forgotten', async () => {
    const keychain = createKeytarKeychain()
    await keychain.set('profile-c', 'kept')
    lockKeyring()
    expect(await keychain.probe()).toMatchObject({ state: 'locked' })
    const locked = { error: { code: 'keychain-locked' } }
    await expect(keychain.get('profile-c')).rejects.toMatchObject(locked)
    await expect(keychain.get('never-was')).rejects.toMatchObject(locked)
    await expect(keychain.set('profile-c', 'lost')).rejects.toMatchObject(locked)
    await expect(keychain.remove('profile-c')).rejects.toMatchObject(locked)
    await expect(keychain.list()).rejects.toMatchObject(locked)
  })
})

describe.skipIf(keyring !== 'locked')('a keyring that was locked from the start', () => {
  it('S20 F41 is locked, not empty', async () => {
    const keychain = createKeytarKeychain()
    expect(await keychain.probe()).toMatchObject({
      state: 'locked',
      detail: expect.stringContaining('locked'),
    })
    const locked = { error: { code: 'keychain-locked' } }
    await expect(keychain.get('a')).rejects.toMatchObject(locked)
    await expect(keychain.set('a', 'v')).rejects.toMatchObject(locked)
    await expect(keychain.remove('a')).rejects.toMatchObject(locked)
    await expect(keychain.list()).rejects.toMatchObject(locked)
  })
})

describe.skipIf(keyring !== 'absent')('no session bus at all', () => {
  it('F41 is unavailable and says why', async () => {
    const keychain = createKeytarKeychain()
    expect(await keychain.probe()).toMatchObject({
      state: 'unavailable',
      detail: expect.stringMatching(/ \(.+\)$/),
    })
    await expect(keychain.get('a')).rejects.toMatchObject({ error: { code: 'keychain-unavailable' } })
    await expect(keychain.set('a', 'v')).rejects.toMatchObject({ error: { code: 'keychain-unavailable' } })
  })
})
