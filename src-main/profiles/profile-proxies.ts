import type { CredentialState, ProfileProxy } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'
import type { FindProxy, HttpProxy } from '../s3/find-proxy.ts'
import { proxyAuthorization } from '../s3/find-proxy.ts'
import { createKeptSecrets, type SecretsOfProfiles } from './kept-secrets.ts'

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
export interface ProfileProxies extends SecretsOfProfiles {
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

/** Makes {@link ProfileProxies}. Nothing is asked for before the first request. */
export function createProfileProxies(parts: ProfileProxiesParts): ProfileProxies {
  const { system, instead } = parts
  const kept = createKeptSecrets<Kept>({
    keychain: parts.keychain,
    prefix: 'proxy-',
    announce: (secret) => void authorizationOf(secret),
    write: (secret) => JSON.stringify(secret),
    read: readKept,
  })
  const found = new Map<string, { readonly proxy: string; readonly find: FindProxy }>()

  function authorizationOf({ userName, password }: Pick<Kept, 'userName' | 'password'>): string {
    return proxyAuthorization(userName, password, parts.onSecret)
  }

  async function addressed(
    profileId: string,
    proxy: Extract<ProfileProxy, { type: 'address' }>,
  ): Promise<HttpProxy> {
    const saidBy = instead === undefined ? 'profile' : 'command-line'
    const { url, userName } = proxy
    if (userName === undefined) return { origin: url, authorization: null, saidBy }
    const own = instead === undefined ? await kept.find(profileId, isFor({ url, userName })) : null
    const password = own?.password ?? parts.password ?? ''
    return { origin: url, authorization: authorizationOf({ userName, password }), saidBy }
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
    state: (profileId, user) => kept.state(profileId, isFor(user)),
    async set(profileId, { url, userName }, password, keepForSession) {
      await kept.set(profileId, { url, userName, password }, keepForSession)
      found.delete(profileId)
    },
    copy: (fromId, toId) => kept.copy(fromId, toId),
    async forget(profileId) {
      await kept.forget(profileId)
      found.delete(profileId)
    },
    keptIds: () => kept.keptIds(),
  }
}

/** Whether a password is for a proxy and its user. */
function isFor({ url, userName }: Pick<ProxyUser, 'url' | 'userName'>): (kept: Kept) => boolean {
  return (kept) => kept.url === url && kept.userName === userName
}

/** What the keychain holds; null where it is something else. */
function readKept(text: string): Kept | null {
  try {
    const { url, userName, password } = JSON.parse(text) as Partial<Record<keyof Kept, unknown>>
    return typeof url === 'string' && typeof userName === 'string' && typeof password === 'string'
      ? { url, userName, password }
      : null
  } catch {
    return null
  }
}
