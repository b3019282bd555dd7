import { Failure } from '../../src-preload/contract/failure.ts'
import type { CredentialState } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'

/** Secrets of one kind by the ids of what they belong to: in the keychain, or in memory for one session (S19). */
export interface KeptSecrets<T> {
  /** The secret that `fits`, or any; null when there is none. Throws the keychain's Failures, and those of `read`. */
  find(id: string, fits?: (secret: T) => boolean): Promise<T | null>
  /** Whether {@link find} would answer one, without showing it. */
  state(id: string, fits?: (secret: T) => boolean): Promise<CredentialState>
  /** Keeps a secret. Throws the keychain's Failures; then nothing is kept. */
  set(id: string, secret: T, keepForSession: boolean): Promise<void>
  /** Copies one's secret to another, where it has one, each where it is. Throws the keychain's Failures. */
  copy(fromId: string, toId: string): Promise<void>
  /**
   * Removes a secret from the keychain and from memory; without a keychain there is only memory to clear. Throws the
   * keychain's other Failures; then nothing is removed.
   */
  forget(id: string): Promise<void>
  /** Those that have one in the keychain. Throws the keychain's Failures. */
  keptIds(): Promise<string[]>
}

/** What comes and goes with a profile. */
export type SecretsOfProfiles = Pick<KeptSecrets<unknown>, 'copy' | 'forget' | 'keptIds'>

/** What {@link KeptSecrets} are made of. */
export interface KeptSecretsParts<T> {
  readonly keychain: Keychain
  /** What stands before the id in the name of the keychain's account. */
  readonly prefix: string
  /** Tells the log what it must never show, before a secret is used (S25). */
  readonly announce: (secret: T) => void
  /** A secret as the keychain holds it. */
  readonly write: (secret: T) => string
  /** The other way round; null, or a Failure that says so, for what is none. */
  readonly read: (text: string) => T | null | Promise<T | null>
  /** The keychain is asked once, also when it has none: for what is looked for again and again. */
  readonly remembersNone?: boolean
}

/** Makes {@link KeptSecrets}. Those in memory end with the process. */
export function createKeptSecrets<T>(parts: KeptSecretsParts<T>): KeptSecrets<T> {
  const { keychain, announce, remembersNone = false } = parts
  const session = new Map<string, T>()
  /** What the keychain has answered; null: it has none. */
  const fromKeychain = new Map<string, T | null>()
  const accountOf = (id: string) => `${parts.prefix}${id}`

  async function find(id: string, fits: (secret: T) => boolean = () => true): Promise<T | null> {
    for (const known of [session.get(id), fromKeychain.get(id)])
      if (known !== undefined && known !== null && fits(known)) return known
    if (remembersNone && fromKeychain.get(id) === null) return null
    const text = await keychain.get(accountOf(id))
    const kept = text === null ? null : await parts.read(text)
    if (kept !== null) announce(kept)
    if (kept !== null || remembersNone) fromKeychain.set(id, kept)
    return kept !== null && fits(kept) ? kept : null
  }

  async function set(id: string, secret: T, keepForSession: boolean): Promise<void> {
    announce(secret)
    if (keepForSession) {
      session.set(id, secret)
      return
    }
    await keychain.set(accountOf(id), parts.write(secret))
    session.delete(id)
    fromKeychain.set(id, secret)
  }

  return {
    find,
    async state(id, fits = () => true) {
      const inSession = session.get(id)
      if (inSession !== undefined && fits(inSession)) return 'session'
      try {
        if ((await find(id, fits)) === null) return 'missing'
        return (await keychain.probe()).state === 'memory' ? 'session' : 'ready'
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        return stateByCode.get(error.error.code) ?? 'missing'
      }
    },
    set,
    async copy(fromId, toId) {
      const inSession = session.get(fromId)
      const secret = inSession ?? (await find(fromId))
      if (secret !== null) await set(toId, secret, inSession !== undefined)
    },
    async forget(id) {
      try {
        await keychain.remove(accountOf(id))
      } catch (error) {
        if (!(error instanceof Failure) || error.error.code !== 'keychain-unavailable') throw error
      }
      session.delete(id)
      fromKeychain.delete(id)
    },
    async keptIds() {
      const accounts = await keychain.list()
      return accounts.flatMap((name) =>
        name.startsWith(parts.prefix) ? [name.slice(parts.prefix.length)] : [],
      )
    },
  }
}

const stateByCode = new Map<string, CredentialState>([
  ['keychain-locked', 'locked'],
  ['keychain-unavailable', 'unavailable'],
  ['keychain-timeout', 'timeout'],
])
