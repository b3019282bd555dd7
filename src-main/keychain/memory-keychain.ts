import { failure } from '../../src-preload/contract/failure.ts'
import type { Keychain } from './keychain.ts'
import { maxValueBytes } from './keychain.ts'

/** A keychain for one session, for when the system has none: nothing outlives the process. */
export function createMemoryKeychain(detail = 'Secrets are kept in memory until Pail quits.'): Keychain {
  const items = new Map<string, string>()
  return {
    probe: () => Promise.resolve({ state: 'memory', detail }),
    get: (account) => Promise.resolve(items.get(account) ?? null),
    set(account, value) {
      if (Buffer.byteLength(value) > maxValueBytes) {
        return Promise.reject(
          failure('invalid-argument', 'The secret is longer than a keychain item can be.'),
        )
      }
      items.set(account, value)
      return Promise.resolve()
    },
    remove(account) {
      items.delete(account)
      return Promise.resolve()
    },
    list: () => Promise.resolve([...items.keys()]),
  }
}
