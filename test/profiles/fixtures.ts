import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProfileInput } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../../src-main/keychain/keychain.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import type { CredentialResolverParts } from '../../src-main/profiles/credentials.ts'
import { createCloudflareTokens } from '../../src-main/profiles/cloudflare-tokens.ts'
import { createCredentialResolver } from '../../src-main/profiles/credentials.ts'
import { createProfileStore } from '../../src-main/profiles/profile-store.ts'
import { createProfileProxies } from '../../src-main/profiles/profile-proxies.ts'
import type { ProfileRecords, StoredProfile } from '../../src-main/profiles/stored-profile.ts'
import { failure } from '../../src-preload/contract/failure.ts'

/** A profile as a person fills it in. */
export const input: ProfileInput = {
  name: 'Site',
  colour: 'blue',
  provider: 'other',
  endpoint: 'https://s3.example.org',
  region: 'us-east-1',
  addressing: 'path',
  checksums: 'when-required',
  bucketNames: [],
  insecureConsent: null,
}

/** A keychain that can be locked, taken away or made to hang at any time. */
export type BreakableKeychain = Keychain & {
  mode: 'open' | 'locked' | 'unavailable' | 'timeout'
  reads: number
}

export function createBreakableKeychain(): BreakableKeychain {
  const inner = createMemoryKeychain()
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (keychain.mode !== 'open')
      throw failure(`keychain-${keychain.mode}`, `The keychain is ${keychain.mode}.`)
    return work()
  }
  const keychain: BreakableKeychain = {
    mode: 'open',
    reads: 0,
    probe: () => Promise.resolve({ state: keychain.mode === 'open' ? 'ok' : keychain.mode, detail: '' }),
    get: (account) =>
      guard(() => {
        keychain.reads++
        return inner.get(account)
      }),
    set: (account, value) => guard(() => inner.set(account, value)),
    remove: (account) => guard(() => inner.remove(account)),
    list: () => guard(() => inner.list()),
  }
  return keychain
}

/** Records in memory; `broken` makes the next write fail, as a full disk would. */
export function createRecords(first: StoredProfile[] = []): ProfileRecords & { broken: boolean } {
  let profiles = first
  const records = {
    broken: false,
    all: () => profiles,
    replace(next: StoredProfile[]) {
      if (records.broken) return Promise.reject(failure('disk-full', 'No room.'))
      profiles = next
      return Promise.resolve()
    },
  }
  return records
}

/** A home folder with the two files of the AWS tools. */
export function createAwsFiles(config: string, credentials = '') {
  const folder = mkdtempSync(join(tmpdir(), 'pail-aws-'))
  const files = { config: join(folder, 'config'), credentials: join(folder, 'credentials') }
  writeFileSync(files.config, config)
  writeFileSync(files.credentials, credentials)
  return { folder, files, remove: () => rmSync(folder, { recursive: true }) }
}

/** A store and its resolver over doubles; `secrets` is what the log's redactor was told. */
export function createProfiles(parts: Partial<CredentialResolverParts> = {}) {
  const keychain = createBreakableKeychain()
  const records = createRecords()
  const secrets: string[] = []
  const awsFiles = parts.awsFiles ?? {
    config: '/nonexistent/config',
    credentials: '/nonexistent/credentials',
  }
  const credentials = createCredentialResolver({
    keychain,
    awsFiles,
    playground: () => null,
    onSecret: (value) => secrets.push(value),
    ...parts,
  })
  const tokens = createCloudflareTokens({ keychain, onSecret: (value) => secrets.push(value) })
  const proxies = createProfileProxies({ keychain, onSecret: (value) => secrets.push(value) })
  const store = createProfileStore({ records, credentials, tokens, awsFiles, proxies })
  return { keychain, records, secrets, credentials, tokens, store, proxies }
}

export const typed = {
  accessKeyId: 'AKIAEXAMPLE000000001',
  secretAccessKey: 'the/secret+key',
  sessionToken: null,
}
