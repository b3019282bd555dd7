import { failure } from '../../src-preload/contract/failure.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { createKeptSecrets, type KeptSecrets } from './kept-secrets.ts'

/**
 * The API tokens of Cloudflare that profiles of R2 may have, by the profiles' ids. `set` also throws `invalid-argument` for
 * what is none.
 */
export type CloudflareTokens = KeptSecrets<string>

/** Makes {@link CloudflareTokens}. `onSecret` is told what the log must never show (S25). */
export function createCloudflareTokens(parts: {
  readonly keychain: Keychain
  readonly onSecret: (value: string) => void
}): CloudflareTokens {
  const kept = createKeptSecrets<string>({
    keychain: parts.keychain,
    prefix: 'cloudflare-',
    announce: parts.onSecret,
    write: (token) => token,
    read: (text) => text,
    remembersNone: true,
  })
  return {
    ...kept,
    set: async (profileId, token, keepForSession) => kept.set(profileId, checkedToken(token), keepForSession),
  }
}

/** A token as it can stand in a header. What is wrong is said without repeating it. */
function checkedToken(token: string): string {
  const clean = token.trim().replace(/^Bearer\s+/i, '')
  if (/^[\w.~+/=-]{20,512}$/.test(clean)) return clean
  throw failure(
    'invalid-argument',
    'This is no API token of Cloudflare, which is one word of about 40 letters, digits, - and _.',
  )
}
