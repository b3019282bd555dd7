import { isDeepStrictEqual } from 'node:util'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { CredentialState } from '../../src-preload/contract/profile.ts'
import type { Keychain } from '../keychain/keychain.ts'
import { assumeRole, ssoCredentials } from '../s3/aws-config-credentials.ts'
import type { FindProxy } from '../s3/find-proxy.ts'
import type { S3Credentials } from '../s3/s3-session.ts'
import type { CredentialStep } from './aws-config.ts'
import { commandOf, planCredentials } from './aws-config.ts'
import type { AwsFileLocations } from './aws-files.ts'
import { readAwsConfig } from './aws-files.ts'
import { createKeptSecrets, type SecretsOfProfiles } from './kept-secrets.ts'
import type { StoredProfile } from './stored-profile.ts'

/** Keys as a person types them in. */
export interface TypedSecret {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

/** Turns profiles into keys, and is the only part that sees both. */
export interface CredentialResolver extends SecretsOfProfiles {
  /**
   * The keys of a profile as of now. Throws Failures: `no-credentials`, `keychain-…`, `command-not-allowed`,
   * `expired-token`, and those of STS and single sign-on.
   */
  resolve(profile: StoredProfile): Promise<S3Credentials>
  /** Whether the keys can be had, without running or asking anything but the keychain and `~/.aws`. */
  state(profile: StoredProfile): Promise<CredentialState>
  /**
   * Keeps typed-in keys: in the keychain, or in memory with `keepForSession`. Keys with a session token stay in memory
   * whatever was asked (S22). Throws the keychain's Failures; then nothing is kept.
   */
  setSecret(profileId: string, secret: TypedSecret, keepForSession: boolean): Promise<void>
  /** Forgets keys had from files, commands and services, so that the next use has them afresh. */
  refresh(profileId: string): void
}

/** What a resolver is made of; the endpoints are for tests. */
export interface CredentialResolverParts {
  readonly keychain: Keychain
  readonly awsFiles: AwsFileLocations
  /** The local server's keys while it runs. */
  readonly playground: () => S3Credentials | null
  /** Told every secret value before it is used, so that the log's redactor knows it (S25). */
  readonly onSecret: (value: string) => void
  /** Which proxies STS and single sign-on are reached through. */
  readonly findProxyFor?: (profile: StoredProfile) => FindProxy | undefined
  readonly now?: () => number
  readonly endpoints?: { readonly sts?: string; readonly sso?: string }
  readonly commandTimeoutMs?: number
}

/** How long the keys of a command that names no end are used before it is run again, in milliseconds. */
const commandMs = 900_000
/** How long keys without an end are used before the files are read again, in milliseconds. */
const rereadMs = 10_000
/** Temporary keys are replaced this long before they end, in milliseconds; the SDK's own margin. */
const marginMs = 300_000

/** Keys had from `~/.aws`, and what they were had from. */
interface Held {
  readonly credentials: S3Credentials
  /** When they were had, in milliseconds. */
  readonly takenAt: number
  /** The files are not read again before this time, in milliseconds. */
  readonly until: number
  readonly source: StoredProfile['credentialSource']
  readonly step: CredentialStep
}

/** Until when what is held need not be had anew, if nothing has changed; keys in a file are simply read again. */
function goodUntil({ credentials, step, takenAt }: Held): number {
  if (credentials.expiration !== undefined) return credentials.expiration.getTime() - marginMs
  return step.type === 'command' ? takenAt + commandMs : takenAt
}

/** Makes the resolver. Secrets in memory end with the process. */
export function createCredentialResolver(parts: CredentialResolverParts): CredentialResolver {
  const now = parts.now ?? Date.now
  const typed = createKeptSecrets<S3Credentials>({
    keychain: parts.keychain,
    prefix: 'profile-',
    announce: (credentials) => void announced(credentials),
    write: ({ accessKeyId, secretAccessKey }) => JSON.stringify({ accessKeyId, secretAccessKey }),
    async read(text) {
      const { keptKeysSchema } = await import('./kept-keys-schema.ts')
      const parsed = keptKeysSchema.safeParse(jsonOrNull(text))
      if (parsed.success) return parsed.data
      throw failure(
        'no-credentials',
        'What the keychain holds for this profile is damaged. Enter the keys again.',
      )
    },
  })
  /** Had from `~/.aws`, with their end. */
  const held = new Map<string, Held>()
  const pending = new Map<string, Promise<S3Credentials>>()

  function announced(credentials: S3Credentials): S3Credentials {
    parts.onSecret(credentials.secretAccessKey)
    if (credentials.sessionToken !== undefined) parts.onSecret(credentials.sessionToken)
    return credentials
  }

  async function planFor(profile: StoredProfile, name: string): Promise<CredentialStep> {
    const plan = planCredentials(await readAwsConfig(parts.awsFiles), name)
    if (!plan.ok)
      throw failure('no-credentials', `The profile “${name}” of ~/.aws cannot be used: ${plan.problem}`)
    assertCommandAllowed(profile, plan.step)
    return plan.step
  }

  async function take(profile: StoredProfile, step: CredentialStep): Promise<S3Credentials> {
    const findProxy = parts.findProxyFor?.(profile)
    switch (step.type) {
      case 'static':
        return {
          accessKeyId: step.accessKeyId,
          secretAccessKey: step.secretAccessKey,
          ...(step.sessionToken === null ? {} : { sessionToken: step.sessionToken }),
        }
      case 'command': {
        const { runCredentialProcess } = await import('./credential-process.ts')
        return runCredentialProcess(step.command, { timeoutMs: parts.commandTimeoutMs ?? 60_000 })
      }
      case 'sso':
        return ssoCredentials({
          ...step,
          files: parts.awsFiles,
          findProxy,
          ...(parts.endpoints?.sso === undefined ? {} : { endpoint: parts.endpoints.sso }),
        })
      case 'role':
        return assumeRole({
          source: announced(await take(profile, step.source)),
          roleArn: step.roleArn,
          sessionName: step.sessionName ?? 'pail',
          externalId: step.externalId,
          durationSeconds: step.durationSeconds,
          region: step.region ?? 'us-east-1',
          findProxy,
          ...(parts.endpoints?.sts === undefined ? {} : { endpoint: parts.endpoints.sts }),
        })
    }
  }

  async function fromAwsConfig(profile: StoredProfile, name: string): Promise<S3Credentials> {
    const source = profile.credentialSource
    const kept = held.get(profile.id)
    // With another consent or another entry than before, what is held does not count.
    const current = kept !== undefined && isDeepStrictEqual(kept.source, source) ? kept : undefined
    if (current && now() < current.until) return current.credentials
    const step = await planFor(profile, name)
    const stillGood = current && isDeepStrictEqual(current.step, step) && now() < goodUntil(current)
    const credentials = stillGood ? current.credentials : announced(await take(profile, step))
    if (credentials.expiration !== undefined && credentials.expiration.getTime() <= now()) {
      throw failure('expired-token', 'The temporary credentials in ~/.aws have ended. Sign in again.')
    }
    const takenAt = stillGood ? current.takenAt : now()
    held.set(profile.id, { credentials, takenAt, until: now() + rereadMs, source, step })
    return credentials
  }

  async function resolveNow(profile: StoredProfile): Promise<S3Credentials> {
    const source = profile.credentialSource
    switch (source.type) {
      case 'keychain': {
        const found = await typed.find(profile.id)
        if (found === null)
          throw failure('no-credentials', 'This profile has no keys yet. Enter them in the profile.')
        return found
      }
      case 'playground': {
        const found = parts.playground()
        if (found === null) throw failure('no-credentials', 'The playground is not running. Start it first.')
        return announced(found)
      }
      case 'aws-config':
        return fromAwsConfig(profile, source.name)
    }
  }

  async function awsConfigState(profile: StoredProfile, name: string): Promise<CredentialState> {
    try {
      await planFor(profile, name)
      return 'ready'
    } catch (error) {
      return error instanceof Failure && error.error.code === 'command-not-allowed' ? 'inert' : 'missing'
    }
  }

  return {
    resolve(profile) {
      const running = pending.get(profile.id)
      if (running) return running
      const started = resolveNow(profile).finally(() => pending.delete(profile.id))
      pending.set(profile.id, started)
      return started
    },
    state(profile) {
      const source = profile.credentialSource
      if (source.type === 'keychain') return typed.state(profile.id)
      if (source.type === 'aws-config') return awsConfigState(profile, source.name)
      return Promise.resolve(parts.playground() === null ? 'missing' : 'ready')
    },
    setSecret: (profileId, { accessKeyId, secretAccessKey, sessionToken }, keepForSession) =>
      typed.set(
        profileId,
        { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
        keepForSession || sessionToken !== null,
      ),
    copy: (fromId, toId) => typed.copy(fromId, toId),
    async forget(profileId) {
      await typed.forget(profileId)
      held.delete(profileId)
    },
    refresh(profileId) {
      held.delete(profileId)
    },
    keptIds: () => typed.keptIds(),
  }
}

/** The one gate before a program is run: consent to exactly what the file says now (S31). */
function assertCommandAllowed(profile: StoredProfile, step: CredentialStep): void {
  const command = commandOf(step)
  if (command === null) return
  const allowed =
    profile.credentialSource.type === 'aws-config' ? profile.credentialSource.allowedCommand : undefined
  if (allowed === command) return
  throw failure(
    'command-not-allowed',
    allowed === undefined
      ? 'This profile has its keys from a command, which runs only after you have allowed it.'
      : 'The command that gives the keys has changed since you allowed it. Look at it and allow it again.',
  )
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
