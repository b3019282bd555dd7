import { z } from 'zod'
import { longestAuthority } from './longest-authority.ts'
import { providerIds } from './provider-presets.ts'

/** Identifiers are made by the main process; the renderer only passes them back. */
export const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

/** The colours that a profile's dot can have; each is a custom property `--profile-…` in the stylesheet. */
export const profileColours = ['blue', 'green', 'orange', 'purple', 'red', 'teal', 'grey'] as const

/**
 * Where a profile's keys come from. `keychain`: typed in once and kept by the operating system; `aws-config`: read at
 * each use from `~/.aws`, nothing copied; `playground`: the local server's random keys of this start.
 */
export const credentialSourceSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('keychain') }),
  z.strictObject({
    type: z.literal('aws-config'),
    name: z.string().min(1).max(200),
    /** The exact `credential_process` command that the person allowed; any other stays inert. */
    allowedCommand: z.string().max(4096).optional(),
  }),
  z.strictObject({ type: z.literal('playground') }),
])

/**
 * A proxy on the way to a profile's service, or that there is none. The password of its user is in the keychain. Loopback
 * addresses are never reached through it.
 */
export const profileProxySchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('address'),
    /** `http://` or `https://` with a host and perhaps a port, and nothing else. */
    url: z.string().min(1).max(300),
    userName: z.string().min(1).max(256).optional(),
  }),
])

/** What a person decides about a profile: everything but the secret. */
export const profileInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(80),
  colour: z.enum(profileColours),
  provider: z.enum(providerIds),
  /** An absolute URL without path, query or user; null lets the region decide (AWS). */
  endpoint: z.string().max(300).nullable(),
  region: z.string().min(1).max(64),
  addressing: z.enum(['virtual', 'path']),
  checksums: z.enum(['when-supported', 'when-required']),
  /** Names typed in, for keys that may not list buckets. */
  bucketNames: z.array(z.string().min(1).max(255)).max(500),
  /** For an http endpoint off loopback: the host name, typed by the person as consent; else null (S28). */
  insecureConsent: z.string().max(255).nullable(),
  /**
   * Which way requests go: `sdk` sends everything through the AWS SDK, for a service that Pail's own quick way (`wire`, also
   * where nothing is said) does not get on with.
   */
  transport: z.enum(['wire', 'sdk']).optional(),
  /** Certificates in PEM to trust beside the system's, for a service whose authority is private (S32). */
  certificateAuthority: z.string().max(longestAuthority).optional(),
  /** Where nothing is said, what the system (for the command line: the environment) has set. */
  proxy: profileProxySchema.optional(),
})

/**
 * Whether the keys can be had right now. `locked`, `unavailable` and `timeout` are the keychain's, each with its own
 * remedy; `session` means that they live in memory until Pail quits; `inert` means a command waits to be allowed.
 */
export const credentialStateSchema = z.enum([
  'ready',
  'missing',
  'locked',
  'unavailable',
  'timeout',
  'session',
  'inert',
])

/** A saved profile as the renderer sees it: never with a secret. */
export const profileSchema = profileInputSchema.extend({
  id: idSchema,
  credentialSource: credentialSourceSchema,
  credentialState: credentialStateSchema,
  /** The access key ID with its middle masked, for recognition; null when unknown. */
  accessKeyHint: z.string().max(64).nullable(),
  /** An http endpoint off loopback wears a permanent badge. */
  insecure: z.boolean(),
  /** Whether the password of the proxy's user can be had; absent where the profile names no user of a proxy. */
  proxyPasswordState: credentialStateSchema.optional(),
})

/** One entry of `~/.aws`, as found. `command` is what it would run; it is shown and never run unasked (S31). */
export const awsProfileSchema = z.strictObject({
  name: z.string().max(200),
  kind: z.enum(['static', 'session', 'role', 'sso', 'process', 'incomplete']),
  region: z.string().max(64).nullable(),
  endpoint: z.string().max(300).nullable(),
  command: z.string().max(4096).nullable(),
  /** Why it cannot be used as it stands, in words; null when it can. */
  problem: z.string().max(500).nullable(),
})

/** One line of the answer to "Test connection". */
export const connectionCheckSchema = z.strictObject({
  check: z.enum(['proxy', 'reachable', 'credentials', 'list-buckets', 'clock']),
  outcome: z.enum(['ok', 'failed', 'unknown']),
  /** What was found and, when it failed, what to do, in one or two sentences. */
  text: z.string().max(1000),
})

/** The answer to "Test connection": checks in words, that of the proxy where there is one, and the measured clock difference. */
export const connectionReportSchema = z.strictObject({
  checks: z.array(connectionCheckSchema).max(8),
  /** This computer's clock minus the server's, in seconds; null when it could not be measured. */
  clockSkewSeconds: z.number().nullable(),
  usable: z.boolean(),
})

/** What the keychain answered to the probe; each state has its own words in the interface. */
export const keychainStateSchema = z.strictObject({
  state: z.enum(['ok', 'locked', 'unavailable', 'timeout', 'memory']),
  /** For the small print: what the system said, without secrets. */
  detail: z.string().max(500),
})

export type CredentialSource = z.infer<typeof credentialSourceSchema>
export type CredentialState = z.infer<typeof credentialStateSchema>
export type ProfileProxy = z.infer<typeof profileProxySchema>
export type ProfileInput = z.infer<typeof profileInputSchema>
export type Profile = z.infer<typeof profileSchema>
export type ProfileColour = (typeof profileColours)[number]
export type AwsProfile = z.infer<typeof awsProfileSchema>
export type ConnectionCheck = z.infer<typeof connectionCheckSchema>
export type ConnectionReport = z.infer<typeof connectionReportSchema>
export type KeychainState = z.infer<typeof keychainStateSchema>
