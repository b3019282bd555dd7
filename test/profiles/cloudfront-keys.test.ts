import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Keychain } from '../../src-main/keychain/keychain.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import { createCloudFrontKeys, privateKeyOf } from '../../src-main/profiles/cloudfront-keys.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { keyPair } from '../cdn/edge.ts'

const id = 'K2JCJMDEHXQW5F'

function keysOn(keychain: Keychain) {
  const secrets: string[] = []
  return { secrets, keys: createCloudFrontKeys({ keychain, onSecret: (value) => void secrets.push(value) }) }
}

describe('the private keys of CloudFront', () => {
  it.each([
    ['rsa', 'pkcs8'],
    ['rsa', 'own'],
    ['ec', 'pkcs8'],
    ['ec', 'own'],
  ] as const)(
    'S19 an %s key (%s) rests in the keychain alone, and comes out as it went in',
    async (kind, form) => {
      const keychain = createMemoryKeychain()
      const { pem } = keyPair(kind, form)
      await keysOn(keychain).keys.set(id, `\r\n${pem.replaceAll('\n', '\r\n')}`, false)
      expect(await keychain.list()).toEqual([`cloudfront-${id}`])
      const { keys, secrets } = keysOn(keychain)
      const out = await keys.resolve(id)
      expect(privateKeyOf(out).equals(privateKeyOf(pem))).toBe(true)
      // S25 in one piece, and line by line as a PEM is printed.
      const lines = out.trim().split('\n').slice(1, -1)
      expect(secrets).toEqual([lines.join(''), ...lines])
      await keys.forget(id)
      expect(await keychain.list()).toEqual([])
      expect(await keys.state(id)).toBe('missing')
      await expect(keys.resolve(id)).rejects.toMatchObject({ error: { code: 'no-credentials' } })
    },
  )

  it('for a session never reaches the keychain', async () => {
    const keychain = createMemoryKeychain()
    const { keys } = keysOn(keychain)
    await keys.set(id, keyPair('ec').pem, true)
    expect(await keychain.list()).toEqual([])
    expect(await keys.state(id)).toBe('session')
    expect(await keysOn(keychain).keys.state(id)).toBe('missing')
  })

  it('S20 a locked keychain is not an empty one, and nothing is kept elsewhere instead', async () => {
    const locked = () => Promise.reject(failure('keychain-locked', 'It is locked.'))
    const { keys } = keysOn({ ...createMemoryKeychain(), get: locked, set: locked, remove: locked })
    expect(await keys.state(id)).toBe('locked')
    for (const work of [keys.set(id, keyPair('ec').pem, false), keys.resolve(id), keys.forget(id)])
      await expect(work).rejects.toMatchObject({ error: { code: 'keychain-locked' } })
  })

  it('refuses what CloudFront does not take, without saying what it was', async () => {
    const { keys } = keysOn(createMemoryKeychain())
    const pem = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): string | Buffer }) =>
      key.export({ format: 'pem', type: 'pkcs8' }).toString()
    const wrong = [
      '',
      'canary',
      '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----',
      pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
      pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey),
      pem(generateKeyPairSync('ed25519').privateKey),
      keyPair('ec').publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      generateKeyPairSync('ec', {
        namedCurve: 'prime256v1',
        publicKeyEncoding: { format: 'pem', type: 'spki' },
        privateKeyEncoding: { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'canary' },
      }).privateKey,
    ]
    for (const text of wrong) {
      const refused = await keys.set(id, text, true).catch((error: unknown) => error)
      expect(refused).toMatchObject({ error: { code: 'invalid-argument' } })
      expect(String(refused)).not.toContain('canary')
    }
    expect(await keys.state(id)).toBe('missing')
  })
})
