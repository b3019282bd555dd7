import { Failure } from '../../src-preload/contract/failure.ts'
import type { CredentialState, ProfileProxy } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'
import type { FindProxy, HttpProxy } from '../s3/find-proxy.ts'

/** A proxy with a user. */
export type ProxyUser = Extract<ProfileProxy, { type: 'address' }> & { readonly userName: string }

/** What a profile says of its proxy. */
export interface ProxiedProfile {
  readonly id: string
  readonly proxy?: ProfileProxy | undefined
}

/**
 * The proxies of profiles, and the passwords of their users. A password rests in the keychain, or in memory for one
 * session, together with the proxy and the user it is for: no other proxy ever gets it (S19).
 */
export interface ProfileProxies {
  /**
   * Which proxies a profile's requests go through; absent when they go through none. The same function until the profile's
   * proxy, or its password, is another one.
   */
  findProxyFor(profile: ProxiedProfile): FindProxy | undefined
  /** Those of what belongs to no profile: the system's. */
  readonly system: FindProxy | undefined
  /** Whether the password can be had, without showing it. */
  state(profileId: string, proxy: ProxyUser): Promise<CredentialState>
  /** Keeps a password. Throws the keychain's Failures; then nothing is kept. */
  set(profileId: string, proxy: ProxyUser, password: string, keepForSession: boolean): Promise<void>
  /** Copies one profile's password to another. Throws the keychain's Failures. */
  copy(fromId: string, toId: string): Promise<void>
  /** Removes a profile's password from the keychain and from memory. Throws the keychain's Failures. */
  forget(profileId: string): Promise<void>
  /** The profiles that have an item in the keychain. Throws the keychain's Failures. */
  keptProfileIds(): Promise<string[]>
}

/** What {@link ProfileProxies} are made of. */
export interface ProfileProxiesParts {
  readonly keychain: Keychain
  /** Told every password before it is used, so that the log's redactor knows it (S25). */
  readonly onSecret: (value: string) => void
  /** The proxies of the system or of the environment; absent where none is named. */
  readonly system?: FindProxy | undefined
  /** In place of what every profile says: the command line's `--proxy`. */
  readonly instead?: ProfileProxy | undefined
  /** The command line's, for a user whose password is not kept. */
  readonly password?: string | undefined
}

/** A password and what it is for. */
interface Kept {
  readonly url: string
  readonly userName: string
  readonly password: string
}

const accountPrefix = 'proxy-'

/** Makes {@link ProfileProxies}. Nothing is asked for before the first request. */
export function createProfileProxies(parts: ProfileProxiesParts): ProfileProxies {
  const { keychain, system, instead } = parts
  const session = new Map<string, Kept>()
  const fromKeychain = new Map<string, Kept>()
  const found = new Map<string, { readonly proxy: string; readonly find: FindProxy }>()
  const accountOf = (profileId: string) => `${accountPrefix}${profileId}`

  async function passwordOf(profileId: string, { url, userName }: ProxyUser): Promise<string | null> {
    const isFor = (kept: Kept | null | undefined): kept is Kept =>
      kept?.url === url && kept.userName === userName
    const known = [session.get(profileId), fromKeychain.get(profileId)].find(isFor)
    if (known !== undefined) return known.password
    const kept = readKept(await keychain.get(accountOf(profileId)))
    if (!isFor(kept)) return null
    announce(kept)
    fromKeychain.set(profileId, kept)
    return kept.password
  }

  function announce({ userName, password }: Kept): void {
    parts.onSecret(password)
    parts.onSecret(encoded(userName, password))
  }

  async function addressed(
    profileId: string,
    proxy: Extract<ProfileProxy, { type: 'address' }>,
  ): Promise<HttpProxy> {
    const saidBy = instead === undefined ? 'profile' : 'command-line'
    const { url, userName } = proxy
    if (userName === undefined) return { origin: url, authorization: null, saidBy }
    const user = { ...proxy, userName }
    const kept = instead === undefined ? await passwordOf(profileId, user) : null
    const password = kept ?? parts.password ?? ''
    if (kept === null) announce({ url, userName, password })
    return { origin: url, authorization: `Basic ${encoded(userName, password)}`, saidBy }
  }

  function finderOf(profileId: string, proxy: Extract<ProfileProxy, { type: 'address' }>): FindProxy {
    let known: HttpProxy | Promise<HttpProxy> | undefined
    return () => {
      known ??= addressed(profileId, proxy).then(
        (made) => (known = made),
        (error: unknown) => {
          // A keychain that was locked may be open the next time.
          known = undefined
          throw error
        },
      )
      return known
    }
  }

  function changed(profileId: string): void {
    found.delete(profileId)
  }

  return {
    system: instead === undefined ? system : instead.type === 'none' ? undefined : finderOf('', instead),
    findProxyFor({ id, proxy: own }) {
      const proxy = instead ?? own
      if (proxy === undefined) return system
      if (proxy.type === 'none') return undefined
      const name = JSON.stringify(proxy)
      const known = found.get(id)
      if (known?.proxy === name) return known.find
      const find = finderOf(id, proxy)
      found.set(id, { proxy: name, find })
      return find
    },
    async state(profileId, { url, userName }) {
      const inSession = session.get(profileId)
      if (inSession?.url === url && inSession.userName === userName) return 'session'
      try {
        if ((await passwordOf(profileId, { type: 'address', url, userName })) === null) return 'missing'
        return (await keychain.probe()).state === 'memory' ? 'session' : 'ready'
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        return stateByCode.get(error.error.code) ?? 'missing'
      }
    },
    async set(profileId, { url, userName }, password, keepForSession) {
      const kept = { url, userName, password }
      announce(kept)
      if (keepForSession) session.set(profileId, kept)
      else {
        await keychain.set(accountOf(profileId), JSON.stringify(kept))
        session.delete(profileId)
        fromKeychain.set(profileId, kept)
      }
      changed(profileId)
    },
    async copy(fromId, toId) {
      const inSession = session.get(fromId)
      if (inSession !== undefined) {
        session.set(toId, inSession)
        return
      }
      const text = await keychain.get(accountOf(fromId))
      if (readKept(text) !== null && text !== null) await keychain.set(accountOf(toId), text)
    },
    async forget(profileId) {
      const clear = () => {
        session.delete(profileId)
        fromKeychain.delete(profileId)
        changed(profileId)
      }
      try {
        await keychain.remove(accountOf(profileId))
      } catch (error) {
        if (error instanceof Failure && error.error.code === 'keychain-unavailable') clear()
        throw error
      }
      clear()
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

/** What stands behind `Basic` (RFC 7617, in UTF-8). */
function encoded(userName: string, password: string): string {
  return Buffer.from(`${userName}:${password}`).toString('base64')
}

/** What the keychain holds; null where there is nothing, or something else. */
function readKept(text: string | null): Kept | null {
  if (text === null) return null
  try {
    const { url, userName, password } = JSON.parse(text) as Partial<Record<keyof Kept, unknown>>
    return typeof url === 'string' && typeof userName === 'string' && typeof password === 'string'
      ? { url, userName, password }
      : null
  } catch {
    return null
  }
}
