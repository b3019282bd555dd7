import { describe, expect, it } from 'vitest'
import { providerIds } from '../../../src-preload/contract/provider-presets.ts'
import type { Profile } from '../../../src-preload/contract/profile.ts'
import {
  endpointOf,
  formOfProfile,
  insecureHost,
  needsAccount,
  newProfileForm,
  presetOf,
  profileInputOf,
  profileProblems,
  withProvider,
} from '../../../src-renderer/stores/profile-form.ts'

describe('choosing a provider', () => {
  it.each(providerIds)('fills region, addressing and checksums for %s', (provider) => {
    const form = withProvider(newProfileForm, provider)
    const preset = presetOf(provider)
    expect(form).toMatchObject({
      region: preset.region,
      addressing: preset.addressing,
      checksums: preset.checksums,
      typedEndpoint: null,
    })
  })

  it('puts region and account into the endpoint', () => {
    expect(endpointOf({ ...withProvider(newProfileForm, 'spaces'), region: 'ams3' })).toBe(
      'https://ams3.digitaloceanspaces.com',
    )
    const r2 = { ...withProvider(newProfileForm, 'r2'), account: 'abc123' }
    expect(needsAccount(r2)).toBe(true)
    expect(endpointOf(r2)).toBe('https://abc123.r2.cloudflarestorage.com')
  })

  it('leaves the endpoint of AWS to the region', () => {
    expect(profileInputOf({ ...newProfileForm, name: 'x' }, null).endpoint).toBeNull()
  })
})

describe('an endpoint', () => {
  const other = { ...withProvider(newProfileForm, 'other'), name: 'x' }
  it.each([
    ['', 'Type the address of the server.'],
    ['s3.example.org', 'It starts with https:// (or http:// on this computer).'],
    ['https://a b', 'This is not an address.'],
    ['https://me:pw@s3.example.org', 'No user name or password here; keys go below.'],
    ['https://s3.example.org/bucket', 'Only the host, nothing after it.'],
    ['https://s3.example.org?x=1', 'Only the host, nothing after it.'],
  ])('%s: %s', (typedEndpoint, problem) => {
    expect(profileProblems({ ...other, typedEndpoint }).endpoint).toBe(problem)
  })

  it('may end in a slash', () => {
    expect(profileProblems({ ...other, typedEndpoint: 'https://s3.example.org/' })).toEqual({})
  })
})

describe('S28 http', () => {
  it.each([
    ['http://s3.example.org', 's3.example.org'],
    ['http://127.0.0.1.example.org', '127.0.0.1.example.org'],
    ['http://127.example.org:9000', '127.example.org'],
    ['http://127.0.0.1:9000', null],
    ['http://localhost:9000', null],
    ['http://[::1]:9000', null],
    ['https://s3.example.org', null],
  ])('%s needs consent for %s', (endpoint, host) => {
    expect(insecureHost(endpoint)).toBe(host)
  })

  it('cannot be saved before the host name was typed', () => {
    const form = {
      ...withProvider(newProfileForm, 'minio'),
      name: 'x',
      typedEndpoint: 'http://s3.example.org',
    }
    expect(profileProblems(form).consent).toBe('Type s3.example.org to confirm.')
    expect(profileProblems({ ...form, consent: 's3.example.org' })).toEqual({})
    expect(profileInputOf({ ...form, consent: 's3.example.org' }, null).insecureConsent).toBe(
      's3.example.org',
    )
  })
})

it.each([
  ['hello', 'It begins with -----BEGIN CERTIFICATE-----.'],
  ['-----BEGIN EC PRIVATE KEY-----\nMHc', 'This holds a private key. Only the certificate goes here.'],
  ['-----BEGIN CERTIFICATE-----\nMII', undefined],
  [' ', undefined],
])('S32 “%s” as a certificate authority: %s', (certificateAuthority, problem) => {
  const form = { ...newProfileForm, name: 'x', certificateAuthority }
  expect(profileProblems(form).certificateAuthority).toBe(problem)
})

it.each([{}, { transport: 'sdk', certificateAuthority: '-----BEGIN CERTIFICATE-----' }] as const)(
  'a saved profile comes back as the same fields',
  (more) => {
    const form = { ...withProvider(newProfileForm, 'r2'), name: 'x', account: 'abc', ...more }
    const profile: Profile = {
      ...profileInputOf(form, null),
      id: 'p',
      credentialSource: { type: 'keychain' },
      credentialState: 'ready',
      accessKeyHint: null,
      insecure: false,
    }
    expect(formOfProfile(profile)).toEqual(form)
  },
)
