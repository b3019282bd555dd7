import { open } from 'node:fs/promises'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { longestAuthority } from '../../src-preload/contract/longest-authority.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import type { EnvironmentProfile } from '../backend/backend-parts.ts'
import { checkEndpoint } from '../profiles/endpoint-rules.ts'
import { isLoopbackHost } from '../s3/address-policy.ts'
import type { CommandSpec, Given } from './command.ts'
import { plainText } from './plain-text.ts'
import { UsageError } from './usage-error.ts'

/**
 * Whose keys a command uses: a saved profile's, those of the environment, those of a destination's profile (which may be
 * looked for in one profile alone), or nobody's.
 */
export type WantedProfile =
  | { readonly kind: 'none' }
  | { readonly kind: 'destination'; readonly name: string; readonly profileName: string | null }
  | { readonly kind: 'saved'; readonly name: string }
  | {
      readonly kind: 'environment'
      readonly profile: EnvironmentProfile
      /** Of `--ca-bundle`; {@link withAuthority} reads it. */
      readonly authorityFile: string | null
    }

const serviceOptions = ['endpoint-url', 'path-style', 'allow-http', 'ca-bundle', 'sdk'] as const

/**
 * Reads `--to` and `--profile`, or the credentials and the options that describe the service. `variables` are the `AWS_*` variables
 * that were there before the environment was scrubbed; no other of them has an effect (S27).
 * Throws a {@link UsageError}, `insecure-endpoint` for plain http to another computer that was not allowed (S28), and
 * `endpoint-refused` for addresses that Pail never connects to (S29).
 */
export function readProfile(
  given: Given,
  command: Pick<CommandSpec, 'name' | 'needsNoKeys'>,
  variables: Readonly<Record<string, string>>,
): WantedProfile {
  const name = given.text('profile')
  const destination = given.text('to')
  if (destination !== undefined) {
    const extra = [...serviceOptions, 'region'].find(
      (option) => given.flag(option) || given.text(option) !== undefined,
    )
    if (extra) throw new UsageError(`A destination knows its service: --${extra} does not go with --to.`)
    return { kind: 'destination', name: destination, profileName: name ?? null }
  }
  const { needsNoKeys = false } = command
  const isWithoutKeys = typeof needsNoKeys === 'boolean' ? needsNoKeys : needsNoKeys(given)
  if (name === undefined && isWithoutKeys) return { kind: 'none' }
  if (name !== undefined) {
    // A bucket is made in the region that is asked for, whatever the profile's own is.
    const own = [...serviceOptions, ...(command.name === 'mb' ? [] : ['region'])]
    const extra = own.find((option) => given.flag(option) || given.text(option) !== undefined)
    if (extra) throw new UsageError(`A profile knows its service: --${extra} does not go with --profile.`)
    return { kind: 'saved', name }
  }
  const accessKeyId = variables['AWS_ACCESS_KEY_ID'] || undefined
  const secretAccessKey = variables['AWS_SECRET_ACCESS_KEY'] || undefined
  if (accessKeyId === undefined && secretAccessKey === undefined)
    throw new UsageError(
      'Say whose keys to use: --profile NAME, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.',
    )
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new UsageError(
      `${accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'} is missing in the environment.`,
    )
  const region =
    given.text('region') ?? (variables['AWS_REGION'] || variables['AWS_DEFAULT_REGION'] || 'us-east-1')
  if (!/^[a-z0-9-]{1,64}$/i.test(region)) throw new UsageError(`“${region}” is not a region’s name.`)
  const service = readEndpoint(given.text('endpoint-url'), given.flag('allow-http'))
  return {
    kind: 'environment',
    authorityFile: given.text('ca-bundle') ?? null,
    profile: {
      name: 'Environment',
      region,
      endpoint: service?.endpoint ?? null,
      addressing: given.flag('path-style') || service?.needsPathStyle ? 'path' : 'virtual',
      // Many services other than AWS reject the checksums that AWS recommends.
      checksums: service ? 'when-required' : 'when-supported',
      insecureConsent: service?.insecureConsent ?? null,
      ...(given.flag('sdk') ? { transport: 'sdk' } : {}),
      credentials: { accessKeyId, secretAccessKey, sessionToken: variables['AWS_SESSION_TOKEN'] || null },
    },
  }
}

/** The same with the certificates of `--ca-bundle`. Throws a {@link UsageError} for a file that has none. */
export async function withAuthority(wanted: WantedProfile, workingDirectory: string): Promise<WantedProfile> {
  if (wanted.kind !== 'environment' || wanted.authorityFile === null) return wanted
  const shown = plainText(wanted.authorityFile)
  const file = await open(resolve(workingDirectory, wanted.authorityFile)).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      `--ca-bundle ${shown}: ${code === 'ENOENT' ? 'There is no such file.' : `The file cannot be read (${code}).`}`,
    )
  })
  try {
    // Loaded now: hardly any command needs it.
    const { checkedAuthority } = await import('../profiles/certificate-authority.ts')
    if ((await file.stat()).size > longestAuthority)
      throw new UsageError(`--ca-bundle ${shown}: The file is larger than ${longestAuthority / 1024} KiB.`)
    const certificateAuthority = checkedAuthority(await file.readFile('utf8'))
    if (certificateAuthority === null) throw new UsageError(`--ca-bundle ${shown}: The file is empty.`)
    return { ...wanted, profile: { ...wanted.profile, certificateAuthority } }
  } catch (error) {
    if (error instanceof Failure) throw new UsageError(`--ca-bundle ${shown}: ${error.error.message}`)
    const { code } = error as NodeJS.ErrnoException
    throw code === undefined
      ? error
      : new UsageError(`--ca-bundle ${shown}: The file cannot be read (${code}).`)
  } finally {
    await file.close()
  }
}

function readEndpoint(
  text: string | undefined,
  allowHttp: boolean,
): { endpoint: string; needsPathStyle: boolean; insecureConsent: string | null } | null {
  if (text === undefined) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '')
    throw new UsageError('--endpoint-url takes an address such as https://s3.example.org.')
  // Not repeated in the message: it may hold a password.
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--endpoint-url takes no user name and no password.')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || /[?#]/.test(text))
    throw new UsageError(
      '--endpoint-url takes an address without a path: the bucket is in the s3:// address.',
    )
  const loopback = isLoopbackHost(url.hostname)
  const insecure = url.protocol === 'http:' && !loopback
  if (insecure && !allowHttp)
    throw failure(
      'insecure-endpoint',
      `Requests to ${url.host} would not be encrypted. Use https, or add --allow-http.`,
    )
  // The rules of every other host as well: no link-local and no metadata address (S29).
  const { origin } = checkEndpoint(text, insecure ? url.hostname : null)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return {
    endpoint: origin,
    // A bucket’s name cannot stand before an address of numbers, and hardly anybody resolves bucket.localhost.
    needsPathStyle: loopback || isIP(host) !== 0,
    insecureConsent: insecure ? url.hostname : null,
  }
}

/**
 * The service of a saved profile with the keys of the environment, for a profile that has none on this computer: a build
 * machine has the destinations of the application, but no keychain. Null without both keys.
 */
export function withEnvironmentKeys(
  profile: Profile,
  variables: Readonly<Record<string, string>>,
): EnvironmentProfile | null {
  const accessKeyId = variables['AWS_ACCESS_KEY_ID'] || null
  const secretAccessKey = variables['AWS_SECRET_ACCESS_KEY'] || null
  if (accessKeyId === null || secretAccessKey === null) return null
  const { name, region, endpoint, addressing, checksums, insecureConsent } = profile
  const { transport, certificateAuthority, proxy } = profile
  return {
    name,
    region,
    endpoint,
    addressing,
    checksums,
    insecureConsent,
    ...(transport === undefined ? {} : { transport }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(proxy === undefined ? {} : { proxy }),
    credentials: { accessKeyId, secretAccessKey, sessionToken: variables['AWS_SESSION_TOKEN'] || null },
  }
}
