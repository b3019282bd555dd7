import { createPrivateKey, type KeyObject } from 'node:crypto'
import { failure } from '../../src-preload/contract/failure.ts'
import type { CredentialState } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { createKeptSecrets } from './kept-secrets.ts'

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

/** Makes {@link CloudFrontKeys}. `onSecret` is told what the log must never show (S25). */
export function createCloudFrontKeys(parts: {
  readonly keychain: Keychain
  readonly onSecret: (value: string) => void
}): CloudFrontKeys {
  const kept = createKeptSecrets<string>({
    keychain: parts.keychain,
    prefix: 'cloudfront-',
    announce(pem) {
      const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))
      for (const value of [lines.join(''), ...lines]) parts.onSecret(value)
    },
    // As DER, an RSA key of 2,048 bits is short enough for every keychain; as PEM it might not be.
    write: (pem) => createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    read(text) {
      try {
        return pemOf(createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' }))
      } catch {
        throw failure(
          'no-credentials',
          'What the keychain holds of this key pair is damaged. Enter the key again.',
        )
      }
    },
  })
  return {
    async resolve(keyPairId) {
      const found = await kept.find(keyPairId)
      if (found === null)
        throw failure(
          'no-credentials',
          `This computer has no private key for the key pair ${keyPairId} of CloudFront. Enter it in the destination.`,
        )
      return found
    },
    state: (keyPairId) => kept.state(keyPairId),
    set: async (keyPairId, pem, keepForSession) =>
      kept.set(keyPairId, pemOf(privateKeyOf(pem)), keepForSession),
    forget: (keyPairId) => kept.forget(keyPairId),
  }
}

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
