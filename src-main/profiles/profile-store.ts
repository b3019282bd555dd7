import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { AwsProfile, Profile, ProfileInput } from '../../src-preload/contract/profile.ts'
import { maskAccessKey } from '../s3/access-key-hint.ts'
import { commandOf, listAwsConfig, planCredentials, serviceSettings } from './aws-config.ts'
import type { AwsFileLocations } from './aws-files.ts'
import { readAwsConfig } from './aws-files.ts'
import type { CredentialResolver, TypedSecret } from './credentials.ts'
import { checkedAuthority } from './certificate-authority.ts'
import { checkEndpoint, isInsecureEndpoint } from './endpoint-rules.ts'
import type { SecretsOfProfiles } from './kept-secrets.ts'
import type { ProfileProxies, ProxyUser } from './profile-proxies.ts'
import { checkedProxy } from './proxy-address.ts'
import type { ProfileRecords, StoredProfile } from './stored-profile.ts'

/** The profiles: their records in the settings and their keys in the keychain, kept in step. */
export interface ProfileStore {
  list(): Promise<Profile[]>
  /** The record; throws `not-found`. */
  find(profileId: string): StoredProfile
  /** As the window sees it, with the state of its keys; throws `not-found`. */
  describe(profileId: string): Promise<Profile>
  /** Throws `endpoint-refused`, `insecure-endpoint`, `too-many`. */
  create(input: ProfileInput): Promise<Profile>
  update(profileId: string, input: ProfileInput): Promise<Profile>
  /** A copy with its own keychain item. Throws `keychain-locked` and its like; then there is no copy. */
  duplicate(profileId: string): Promise<Profile>
  /**
   * Removes the keys and then the record. While the keychain is locked or hangs nothing is removed and its failure is
   * thrown (S20, S21); where there is no keychain at all the record goes, and {@link sweepOrphans} takes the rest.
   */
  remove(profileId: string): Promise<void>
  setSecret(profileId: string, secret: TypedSecret, keepForSession: boolean): Promise<Profile>
  /** Keeps the password of the proxy's user; throws `invalid-argument` for a profile that names none. */
  setProxyPassword(profileId: string, password: string, keepForSession: boolean): Promise<Profile>
  listAws(): Promise<AwsProfile[]>
  /** Makes a profile that uses an entry of `~/.aws`; its keys stay there. */
  addAws(name: string): Promise<Profile>
  /** Consent to one exact command; throws `command-not-allowed` when the file says another one by now. */
  allowCommand(profileId: string, command: string): Promise<Profile>
  /** The local server's profile, made or brought up to date with its copies: its port is new at every start. */
  usePlayground(server: { endpoint: string; region: string }): Promise<Profile>
  /**
   * Removes what is left in the keychain of profiles that were deleted here; answers how many. Items of profiles that
   * are merely not in these settings stay: the settings may have been set aside, or be another person's. A keychain
   * that is not open is left alone (S20, S21).
   */
  sweepOrphans(deleted: ReadonlySet<string>): Promise<number>
}

/** What the store is made of. */
export interface ProfileStoreParts {
  readonly records: ProfileRecords
  readonly credentials: CredentialResolver
  /** What a profile of R2 may have besides its keys. */
  readonly tokens: SecretsOfProfiles
  readonly awsFiles: AwsFileLocations
  readonly proxies: ProfileProxies
}

const maxProfiles = 1000

/** Makes the store. Changes are made one after another. */
export function createProfileStore(parts: ProfileStoreParts): ProfileStore {
  const { records, credentials, tokens, awsFiles, proxies } = parts
  let turn: Promise<unknown> = Promise.resolve()

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = turn.then(work, work)
    turn = run.then(
      () => undefined,
      () => undefined,
    )
    return run
  }

  function find(profileId: string): StoredProfile {
    const found = records.all().find(({ id }) => id === profileId)
    if (!found) throw failure('not-found', 'This profile does not exist (any more).')
    return found
  }

  async function describe(stored: StoredProfile): Promise<Profile> {
    const user = proxyUserOf(stored)
    return {
      ...stored,
      bucketNames: [...stored.bucketNames],
      credentialState: await credentials.state(stored),
      insecure: isInsecureEndpoint(stored.endpoint),
      ...(user === null ? {} : { proxyPasswordState: await proxies.state(stored.id, user) }),
    }
  }

  async function add(profile: StoredProfile): Promise<StoredProfile> {
    if (records.all().length >= maxProfiles) throw failure('too-many', 'Pail keeps at most 1,000 profiles.')
    await records.replace([...records.all(), profile])
    return profile
  }

  async function change(
    profileId: string,
    next: (profile: StoredProfile) => StoredProfile,
  ): Promise<StoredProfile> {
    const changed = next(find(profileId))
    await records.replace(records.all().map((profile) => (profile.id === profileId ? changed : profile)))
    return changed
  }

  function freeName(wanted: string): string {
    const taken = new Set(records.all().map(({ name }) => name))
    const base = wanted.trim().slice(0, 74)
    for (let n = 1; ; n++) {
      const name = n === 1 ? base : `${base} ${n}`
      if (!taken.has(name)) return name
    }
  }

  /** What a profile may have in the keychain, which is not asked for anything else. */
  function secretsOf(profile: StoredProfile): SecretsOfProfiles[] {
    return [
      ...(profile.credentialSource.type === 'keychain' ? [credentials] : []),
      ...(mayHaveToken(profile) ? [tokens] : []),
      ...(proxyUserOf(profile) === null ? [] : [proxies]),
    ]
  }

  return {
    list: () => Promise.all(records.all().map(describe)),
    find,
    describe: async (profileId) => describe(find(profileId)),
    create: (input) =>
      inTurn(async () => {
        const stored = {
          ...checked(input),
          id: newId(),
          credentialSource: { type: 'keychain' },
          accessKeyHint: null,
        } as const
        return describe(await add(stored))
      }),
    update: (profileId, input) =>
      inTurn(async () => {
        const before = proxyUserOf(find(profileId))
        // Not over the record as it was: what the input leaves out is not to stay.
        const changed = await change(profileId, ({ id, credentialSource, accessKeyHint }) => ({
          ...checked(input),
          id,
          credentialSource,
          accessKeyHint,
        }))
        // The password of another proxy is of no use; where it cannot be removed now, it goes with the profile.
        if (before !== null && !isDeepStrictEqual(before, proxyUserOf(changed)))
          await passing(() => proxies.forget(profileId))
        return describe(changed)
      }),
    duplicate: (profileId) =>
      inTurn(async () => {
        const original = find(profileId)
        const copy: StoredProfile = {
          ...original,
          id: newId(),
          name: freeName(`${original.name.slice(0, 69)} copy`),
          // Consent is to one profile; it is not handed on.
          credentialSource:
            original.credentialSource.type === 'aws-config'
              ? { type: 'aws-config', name: original.credentialSource.name }
              : original.credentialSource,
        }
        const secrets = secretsOf(original)
        try {
          for (const each of secrets) await withoutKeychain(() => each.copy(profileId, copy.id))
          return await describe(await add(copy))
        } catch (error) {
          for (const each of secrets) await passing(() => each.forget(copy.id))
          throw error
        }
      }),
    remove: (profileId) =>
      inTurn(async () => {
        for (const each of secretsOf(find(profileId))) await each.forget(profileId)
        credentials.refresh(profileId)
        await records.replace(records.all().filter(({ id }) => id !== profileId))
      }),
    setSecret: (profileId, secret, keepForSession) =>
      inTurn(async () => {
        if (find(profileId).credentialSource.type === 'playground') {
          throw failure('invalid-argument', 'The playground makes its own keys at every start.')
        }
        await credentials.setSecret(profileId, secret, keepForSession)
        return describe(
          await change(profileId, (profile) => ({
            ...profile,
            credentialSource: { type: 'keychain' },
            accessKeyHint: maskAccessKey(secret.accessKeyId),
          })),
        )
      }),
    setProxyPassword: (profileId, password, keepForSession) =>
      inTurn(async () => {
        const profile = find(profileId)
        const user = proxyUserOf(profile)
        if (user === null)
          throw failure(
            'invalid-argument',
            'This profile names no user of a proxy, whose password this could be.',
          )
        await proxies.set(profileId, user, password, keepForSession)
        return describe(profile)
      }),
    listAws: async () => listAwsConfig(await readAwsConfig(awsFiles)),
    addAws: (name) =>
      inTurn(async () => {
        const config = await readAwsConfig(awsFiles)
        const plan = planCredentials(config, name)
        if (!plan.ok) throw failure('no-credentials', `“${name}” cannot be used: ${plan.problem}`)
        const { region, endpoint, addressing } = serviceSettings(config, name)
        const input = checked({
          name: freeName(name),
          colour: 'grey',
          provider: endpoint === null ? 'aws' : 'other',
          endpoint,
          region: region ?? 'us-east-1',
          addressing: addressing ?? (endpoint === null ? 'virtual' : 'path'),
          checksums: endpoint === null ? 'when-supported' : 'when-required',
          bucketNames: [],
          insecureConsent: null,
        })
        const hint = plan.step.type === 'static' ? maskAccessKey(plan.step.accessKeyId) : null
        return describe(
          await add({
            ...input,
            id: newId(),
            credentialSource: { type: 'aws-config', name },
            accessKeyHint: hint,
          }),
        )
      }),
    allowCommand: (profileId, command) =>
      inTurn(async () => {
        const { credentialSource } = find(profileId)
        if (credentialSource.type !== 'aws-config') {
          throw failure('invalid-argument', 'This profile does not have its keys from a command.')
        }
        const plan = planCredentials(await readAwsConfig(awsFiles), credentialSource.name)
        if (!plan.ok || commandOf(plan.step) !== command) {
          throw failure(
            'command-not-allowed',
            'The command in ~/.aws is not the one that was shown. Look at it again.',
          )
        }
        credentials.refresh(profileId)
        return describe(
          await change(profileId, (profile) => ({
            ...profile,
            credentialSource: { ...credentialSource, allowedCommand: command },
          })),
        )
      }),
    usePlayground: ({ endpoint, region }) =>
      inTurn(async () => {
        const known = records.all().filter(({ credentialSource }) => credentialSource.type === 'playground')
        // Copies of it, too: at the old port something else may listen by now.
        for (const { id } of known) await change(id, (profile) => ({ ...profile, endpoint, region }))
        if (known[0]) return describe(find(known[0].id))
        return describe(
          await add({
            name: freeName('Playground'),
            colour: 'teal',
            provider: 'other',
            endpoint,
            region,
            addressing: 'path',
            checksums: 'when-supported',
            bucketNames: [],
            insecureConsent: null,
            id: newId(),
            credentialSource: { type: 'playground' },
            accessKeyHint: null,
          }),
        )
      }),
    sweepOrphans: (deleted) =>
      inTurn(async () => {
        const known = new Set(records.all().map(({ id }) => id))
        try {
          let removed = 0
          for (const secrets of [credentials, tokens, proxies])
            for (const id of await secrets.keptIds()) {
              if (!deleted.has(id) || known.has(id)) continue
              await secrets.forget(id)
              removed++
            }
          return removed
        } catch (error) {
          if (error instanceof Failure && error.error.code.startsWith('keychain-')) return 0
          throw error
        }
      }),
  }
}

/** Whether a token of Cloudflare may be kept for a profile. */
function mayHaveToken({ provider, endpoint }: StoredProfile): boolean {
  return provider === 'r2' || endpoint?.endsWith('.r2.cloudflarestorage.com') === true
}

/** The proxy of a profile that has a user. */
function proxyUserOf({ proxy }: Pick<ProfileInput, 'proxy'>): ProxyUser | null {
  if (proxy?.type !== 'address' || proxy.userName === undefined) return null
  return { ...proxy, userName: proxy.userName }
}

/** Lets any trouble of the keychain pass. */
async function passing(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
}

/** Lets an absent keychain pass: there is nothing in it. A locked or hung one does not pass. */
async function withoutKeychain(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.error.code !== 'keychain-unavailable') throw error
  }
}

/** The input with its endpoint as it will be used; throws when it may not be (S28, S29). */
function checked({ certificateAuthority, proxy, ...rest }: ProfileInput): ProfileInput {
  const authority = checkedAuthority(certificateAuthority)
  const input = {
    ...rest,
    ...(authority === null ? {} : { certificateAuthority: authority }),
    ...(proxy === undefined ? {} : { proxy: checkedProxy(proxy) }),
  }
  if (input.endpoint === null || input.endpoint === '') {
    if (input.provider !== 'aws') throw failure('endpoint-refused', 'This provider needs an endpoint.')
    return { ...input, endpoint: null, insecureConsent: null }
  }
  const { origin, insecure, hostname } = checkEndpoint(input.endpoint.trim(), input.insecureConsent)
  return { ...input, endpoint: origin, insecureConsent: insecure ? hostname : null }
}

function newId(): string {
  return randomBytes(9).toString('base64url')
}
