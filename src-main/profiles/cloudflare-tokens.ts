import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { CredentialState } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'

/**
 * The API tokens of Cloudflare that profiles of R2 may have. They rest in the keychain, or in memory for one session, and
 * nowhere else (S19).
 */
export interface CloudflareTokens {
  /** A profile's token; null when there is none. Throws the keychain's Failures. */
  find(profileId: string): Promise<string | null>
  /** Whether a profile's token can be had, without showing it. */
  state(profileId: string): Promise<CredentialState>
  /** Keeps a token. Throws `invalid-argument` for what is none, and the keychain's Failures; then nothing is kept. */
  set(profileId: string, token: string, keepForSession: boolean): Promise<void>
  /** Copies one profile's token to another, where it has one. Throws the keychain's Failures. */
  copy(fromId: string, toId: string): Promise<void>
  /** Removes a token from the keychain and from memory. Throws the keychain's Failures, but for having no keychain. */
  forget(profileId: string): Promise<void>
  /** The profiles that have one in the keychain. Throws the keychain's Failures. */
  keptProfileIds(): Promise<string[]>
}

const accountPrefix = 'cloudflare-'

/** Makes {@link CloudflareTokens}. `onSecret` is told what the log must never show (S25). */
export function createCloudflareTokens(parts: {
  readonly keychain: Keychain
  readonly onSecret: (value: string) => void
}): CloudflareTokens {
  const { keychain } = parts
  const session = new Map<string, string>()
  /** The keychain is asked once; null: it has none. */
  const fromKeychain = new Map<string, string | null>()
  const account = (profileId: string) => `${accountPrefix}${profileId}`

  async function find(profileId: string): Promise<string | null> {
    const known = session.get(profileId) ?? fromKeychain.get(profileId)
    if (known !== undefined) return known
    const kept = await keychain.get(account(profileId))
    if (kept !== null) parts.onSecret(kept)
    fromKeychain.set(profileId, kept)
    return kept
  }

  async function set(profileId: string, token: string, keepForSession: boolean): Promise<void> {
    const clean = checkedToken(token)
    parts.onSecret(clean)
    if (keepForSession) {
      session.set(profileId, clean)
      return
    }
    await keychain.set(account(profileId), clean)
    session.delete(profileId)
    fromKeychain.set(profileId, clean)
  }

  return {
    find,
    async state(profileId) {
      if (session.has(profileId)) return 'session'
      try {
        if ((await find(profileId)) === null) return 'missing'
        return (await keychain.probe()).state === 'memory' ? 'session' : 'ready'
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        return stateByCode.get(error.error.code) ?? 'missing'
      }
    },
    set,
    async copy(fromId, toId) {
      const inSession = session.get(fromId)
      const token = inSession ?? (await find(fromId))
      if (token !== null) await set(toId, token, inSession !== undefined)
    },
    async forget(profileId) {
      try {
        await keychain.remove(account(profileId))
      } catch (error) {
        if (!(error instanceof Failure) || error.error.code !== 'keychain-unavailable') throw error
      }
      session.delete(profileId)
      fromKeychain.delete(profileId)
    },
    async keptProfileIds() {
      const accounts = await keychain.list()
      return accounts.flatMap((name) =>
        name.startsWith(accountPrefix) ? [name.slice(accountPrefix.length)] : [],
      )
    },
  }
}

const stateByCode = new Map<string, CredentialState>([
  ['keychain-locked', 'locked'],
  ['keychain-unavailable', 'unavailable'],
  ['keychain-timeout', 'timeout'],
])

/** A token as it can stand in a header. What is wrong is said without repeating it. */
function checkedToken(token: string): string {
  const clean = token.trim().replace(/^Bearer\s+/i, '')
  if (/^[\w.~+/=-]{20,512}$/.test(clean)) return clean
  throw failure(
    'invalid-argument',
    'This is no API token of Cloudflare, which is one word of about 40 letters, digits, - and _.',
  )
}
