import type { KeychainState } from '../../src-preload/contract/profile.ts'

/**
 * Where secrets rest: the operating system's keychain, or memory for one session. There is no third place (S19).
 * Every call ends within 20 seconds. Besides its answer a call throws Failures: `keychain-locked`,
 * `keychain-unavailable`, `keychain-timeout`. A null from `get` always means *missing*, never *locked* (S20).
 */
export interface Keychain {
  /** Asks for the state; answers it instead of throwing. May make the system show its unlock dialog. */
  probe(): Promise<KeychainState>
  /** The value of an account; null when there is none. */
  get(account: string): Promise<string | null>
  /** Writes a value and reads it back. Refuses more than {@link maxValueBytes} with `invalid-argument` (S22). */
  set(account: string, value: string): Promise<void>
  /** Removes an account; one that is missing is removed already. */
  remove(account: string): Promise<void>
  /** The accounts that Pail has written. */
  list(): Promise<string[]>
}

/** Windows' Credential Manager holds 2,560 bytes an item, which keytar fills with UTF-8 as it stands. */
export const maxValueBytes = 2400
