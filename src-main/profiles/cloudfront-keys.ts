import { createPrivateKey, type KeyObject } from 'node:crypto'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { CredentialState } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'

/**
 * The private keys that sign URLs for CloudFront, by the ids of their key pairs. They rest in the keychain, or in memory
 * for one session, and nowhere else (S19).
 */
export interface CloudFrontKeys {
  /** The key as PEM (PKCS #8). Throws `no-credentials` when there is none, and the keychain's Failures. */
  resolve(keyPairId: string): Promise<string>
  /** Whether the key can be had, without showing it. */
  state(keyPairId: string): Promise<CredentialState>
  /**
   * Keeps a key. Throws `invalid-argument` for text that is no private key which CloudFront takes, and the keychain's
   * Failures; then nothing is kept.
   */
  set(keyPairId: string, pem: string, keepForSession: boolean): Promise<void>
  /** Removes a key from the keychain and from memory. Throws the keychain's Failures, but for having no keychain. */
  forget(keyPairId: string): Promise<void>
}

const accountOf = (keyPairId: string) => `cloudfront-${keyPairId}`

/** Makes {@link CloudFrontKeys}. `onSecret` is told what the log must never show (S25). */
export function createCloudFrontKeys(parts: {
  readonly keychain: Keychain
  readonly onSecret: (value: string) => void
}): CloudFrontKeys {
  const { keychain } = parts
  const session = new Map<string, string>()
  const fromKeychain = new Map<string, string>()

  async function find(keyPairId: string): Promise<string | null> {
    const known = session.get(keyPairId) ?? fromKeychain.get(keyPairId)
    if (known !== undefined) return known
    const kept = await keychain.get(accountOf(keyPairId))
    if (kept === null) return null
    let pem: string
    try {
      pem = pemOf(createPrivateKey({ key: Buffer.from(kept, 'base64'), format: 'der', type: 'pkcs8' }))
    } catch {
      throw failure(
        'no-credentials',
        'What the keychain holds of this key pair is damaged. Enter the key again.',
      )
    }
    announce(pem)
    fromKeychain.set(keyPairId, pem)
    return pem
  }

  function announce(pem: string): void {
    const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))
    for (const value of [lines.join(''), ...lines]) parts.onSecret(value)
  }

  return {
    async resolve(keyPairId) {
      const found = await find(keyPairId)
      if (found === null)
        throw failure(
          'no-credentials',
          `This computer has no private key for the key pair ${keyPairId} of CloudFront. Enter it in the destination.`,
        )
      return found
    },
    async state(keyPairId) {
      if (session.has(keyPairId)) return 'session'
      try {
        if ((await find(keyPairId)) === null) return 'missing'
        return (await keychain.probe()).state === 'memory' ? 'session' : 'ready'
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        return stateByCode.get(error.error.code) ?? 'missing'
      }
    },
    async set(keyPairId, pem, keepForSession) {
      const key = privateKeyOf(pem)
      const clean = pemOf(key)
      announce(clean)
      if (keepForSession) {
        session.set(keyPairId, clean)
        return
      }
      // As DER, an RSA key of 2,048 bits is short enough for every keychain; as PEM it might not be.
      await keychain.set(
        accountOf(keyPairId),
        key.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      )
      session.delete(keyPairId)
      fromKeychain.set(keyPairId, clean)
    },
    async forget(keyPairId) {
      try {
        await keychain.remove(accountOf(keyPairId))
      } catch (error) {
        if (!(error instanceof Failure) || error.error.code !== 'keychain-unavailable') throw error
      }
      session.delete(keyPairId)
      fromKeychain.delete(keyPairId)
    },
  }
}

const stateByCode = new Map<string, CredentialState>([
  ['keychain-locked', 'locked'],
  ['keychain-unavailable', 'unavailable'],
  ['keychain-timeout', 'timeout'],
])

/**
 * A private key of a kind that CloudFront takes for signed URLs: RSA with 2,048 bits, or ECDSA on P-256 (CloudFront
 * Developer Guide, "Create key pairs for your signers"). Throws `invalid-argument`.
 */
export function privateKeyOf(pem: string): KeyObject {
  const text = pem.trim()
  if (/-----BEGIN (RSA |EC )?PUBLIC KEY-----/.test(text))
    throw failure(
      'invalid-argument',
      'This is the public key. CloudFront has that one; the private key is needed here.',
    )
  if (/ENCRYPTED/.test(text))
    throw failure('invalid-argument', 'This key has a passphrase. Take it off first, as with openssl pkey.')
  let key: KeyObject
  try {
    key = createPrivateKey({ key: text, format: 'pem' })
  } catch {
    // What the parser says may quote the text.
    throw failure(
      'invalid-argument',
      'This is no private key in PEM, which begins with -----BEGIN … PRIVATE KEY-----.',
    )
  }
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  const isTaken =
    (key.asymmetricKeyType === 'rsa' && modulusLength === 2048) ||
    (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1')
  if (!isTaken)
    throw failure(
      'invalid-argument',
      'CloudFront takes RSA keys of 2,048 bits and ECDSA keys of the curve P-256 only.',
    )
  return key
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString()
}
