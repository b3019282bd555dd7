import type {
  Profile,
  ProfileColour,
  ProfileInput,
  ProfileProxy,
} from '../../src-preload/contract/profile.ts'
import type { ProviderId, ProviderPreset } from '../../src-preload/contract/provider-presets.ts'
import { providerPresets } from '../../src-preload/contract/provider-presets.ts'

/** The profile dialog's fields; secrets are not among them (S17). */
export interface ProfileForm {
  readonly name: string
  readonly colour: ProfileColour
  readonly provider: ProviderId
  readonly region: string
  /** The account of providers that have it in their host name. */
  readonly account: string
  /** What the person typed; null while the provider's pattern fills the endpoint. */
  readonly typedEndpoint: string | null
  readonly addressing: ProfileInput['addressing']
  readonly checksums: ProfileInput['checksums']
  readonly transport: NonNullable<ProfileInput['transport']>
  /** Certificates in PEM; empty for none. */
  readonly certificateAuthority: string
  readonly proxy: 'system' | 'none' | 'address'
  /** Of the proxy, when it is `address`; its user is empty for none, and their password not among the fields. */
  readonly proxyAddress: string
  readonly proxyUser: string
  /** The host name typed as consent to http. */
  readonly consent: string
}

/** The fields that can be wrong. */
export type ProfileProblems = Partial<
  Record<
    | 'name'
    | 'region'
    | 'account'
    | 'endpoint'
    | 'consent'
    | 'certificateAuthority'
    | 'proxyAddress'
    | 'proxyUser',
    string
  >
>

/** A new profile for Amazon S3. */
export const newProfileForm: ProfileForm = {
  name: '',
  colour: 'blue',
  provider: 'aws',
  region: 'us-east-1',
  account: '',
  typedEndpoint: null,
  addressing: 'virtual',
  checksums: 'when-supported',
  transport: 'wire',
  certificateAuthority: '',
  proxy: 'system',
  proxyAddress: '',
  proxyUser: '',
  consent: '',
}

/** The preset of a provider. */
export function presetOf(provider: ProviderId): ProviderPreset {
  const preset = providerPresets.find((each) => each.id === provider)
  if (preset === undefined) throw new Error(`There is no preset for ${provider}`)
  return preset
}

/** Choosing a provider fills endpoint, region, addressing and checksums. */
export function withProvider(form: ProfileForm, provider: ProviderId): ProfileForm {
  const preset = presetOf(provider)
  return {
    ...form,
    provider,
    region: preset.region,
    account: '',
    typedEndpoint: null,
    addressing: preset.addressing,
    checksums: preset.checksums,
    consent: '',
  }
}

/** The endpoint as it would be saved: typed, or from the provider's pattern; empty when the region decides. */
export function endpointOf(form: ProfileForm): string {
  if (form.typedEndpoint !== null) return form.typedEndpoint.trim().replace(/\/+$/, '')
  const pattern = presetOf(form.provider).endpointPattern ?? ''
  return pattern.replace('{region}', form.region.trim()).replace('{account}', form.account.trim())
}

/** Whether the provider's host name holds the account. */
export function needsAccount(form: ProfileForm): boolean {
  return form.typedEndpoint === null && (presetOf(form.provider).endpointPattern ?? '').includes('{account}')
}

/** Whether the endpoint is R2's, whose buckets are opened through Cloudflare's own API. */
export function isR2(form: ProfileForm): boolean {
  return form.provider === 'r2' || /\.r2\.cloudflarestorage\.com$/i.test(endpointOf(form))
}

/** The host of an http endpoint off loopback, which needs consent (S28); null for https, loopback or no endpoint. */
export function insecureHost(endpoint: string): string | null {
  if (!URL.canParse(endpoint)) return null
  const url = new URL(endpoint)
  if (url.protocol !== 'http:') return null
  const host = url.hostname
  const loopback =
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(host)
  return loopback ? null : host
}

/** A saved profile as fields. */
export function formOfProfile(profile: Profile): ProfileForm {
  const bare: ProfileForm = {
    name: profile.name,
    colour: profile.colour,
    provider: profile.provider,
    region: profile.region,
    account: accountIn(profile),
    typedEndpoint: null,
    addressing: profile.addressing,
    checksums: profile.checksums,
    transport: profile.transport ?? 'wire',
    certificateAuthority: profile.certificateAuthority ?? '',
    proxy: profile.proxy?.type ?? 'system',
    proxyAddress: profile.proxy?.type === 'address' ? profile.proxy.url : '',
    proxyUser: profile.proxy?.type === 'address' ? (profile.proxy.userName ?? '') : '',
    consent: profile.insecureConsent ?? '',
  }
  const saved = profile.endpoint ?? ''
  return endpointOf(bare) === saved ? bare : { ...bare, typedEndpoint: saved }
}

/** What is wrong with the fields, in words; empty when they can be saved. */
export function profileProblems(form: ProfileForm): ProfileProblems {
  const problems: ProfileProblems = {}
  if (form.name.trim() === '') problems.name = 'Give the profile a name.'
  if (form.region.trim() === '') problems.region = 'A region is part of every signature.'
  if (needsAccount(form) && form.account.trim() === '')
    problems.account = 'The account ID is part of the endpoint.'
  const endpoint = endpointOf(form)
  const endpointProblem = problems.account === undefined ? problemOfEndpoint(endpoint, form.provider) : null
  if (endpointProblem !== null) problems.endpoint = endpointProblem
  const host = insecureHost(endpoint)
  if (host !== null && form.consent.trim().toLowerCase() !== host) {
    problems.consent = `Type ${host} to confirm.`
  }
  const authority = form.certificateAuthority.trim()
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(authority))
    problems.certificateAuthority = 'This holds a private key. Only the certificate goes here.'
  else if (authority !== '' && !authority.includes('-----BEGIN CERTIFICATE-----'))
    problems.certificateAuthority = 'It begins with -----BEGIN CERTIFICATE-----.'
  if (form.proxy === 'address') {
    const proxyProblem = problemOfProxy(form.proxyAddress.trim())
    if (proxyProblem !== null) problems.proxyAddress = proxyProblem
    if (form.proxyUser.includes(':'))
      problems.proxyUser = 'A user name has no colon; the password has its own field.'
  }
  return problems
}

/** The fields as the contract has them. `before` is the saved profile that is being edited. */
export function profileInputOf(form: ProfileForm, before: Profile | null): ProfileInput {
  const endpoint = endpointOf(form)
  const host = insecureHost(endpoint)
  const authority = form.certificateAuthority.trim()
  return {
    name: form.name.trim(),
    colour: form.colour,
    provider: form.provider,
    endpoint: endpoint === '' ? null : endpoint,
    region: form.region.trim(),
    addressing: form.addressing,
    checksums: form.checksums,
    bucketNames: [...(before?.bucketNames ?? [])],
    insecureConsent: host,
    ...(form.transport === 'wire' ? {} : { transport: form.transport }),
    ...(authority === '' ? {} : { certificateAuthority: authority }),
    ...(form.proxy === 'system' ? {} : { proxy: proxyOf(form) }),
  }
}

function proxyOf({ proxy, proxyAddress, proxyUser }: ProfileForm): ProfileProxy {
  if (proxy !== 'address') return { type: 'none' }
  const url = proxyAddress.trim()
  const userName = proxyUser.trim()
  return { type: 'address', url, ...(userName === '' ? {} : { userName }) }
}

function problemOfProxy(address: string): string | null {
  if (/^socks/i.test(address)) return 'Pail cannot use SOCKS proxies, only http:// and https:// ones.'
  if (!/^https?:\/\//i.test(address))
    return 'It starts with http:// or https://, also where the server speaks https.'
  if (!URL.canParse(address)) return 'This is not an address.'
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return 'User name and password have fields of their own.'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'Only host and port, nothing after it.'
  return null
}

function problemOfEndpoint(endpoint: string, provider: ProviderId): string | null {
  if (endpoint === '') return provider === 'aws' ? null : 'Type the address of the server.'
  if (!/^https?:\/\//i.test(endpoint)) return 'It starts with https:// (or http:// on this computer).'
  if (!URL.canParse(endpoint)) return 'This is not an address.'
  const url = new URL(endpoint)
  if (url.username !== '' || url.password !== '') return 'No user name or password here; keys go below.'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return 'Only the host, nothing after it.'
  return null
}

function accountIn(profile: Profile): string {
  const pattern = presetOf(profile.provider).endpointPattern ?? ''
  if (!pattern.includes('{account}') || profile.endpoint === null) return ''
  const [before = '', after = ''] = pattern.split('{account}')
  const { endpoint } = profile
  return endpoint.startsWith(before) && endpoint.endsWith(after)
    ? endpoint.slice(before.length, endpoint.length - after.length)
    : ''
}
