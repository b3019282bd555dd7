import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../src-preload/contract/failure.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import { readProfile, withAuthority, withEnvironmentKeys } from '../../src-main/cli/environment-profile.ts'
import { parseCommandLine } from '../../src-main/cli/parse-command-line.ts'
import { UsageError } from '../../src-main/cli/usage-error.ts'
import { someKeys } from './run-for-test.ts'

function read(
  options: string[],
  variables: Record<string, string> = someKeys,
  command = ['ls', 's3://bucket'],
) {
  const line = parseCommandLine([...command, ...options])
  if (line.kind !== 'run') throw new Error('not a run')
  return readProfile(line.given, line.command, variables)
}

function environment(options: string[], variables?: Record<string, string>) {
  const wanted = read(options, variables)
  if (wanted.kind !== 'environment') throw new Error('not the environment')
  return wanted.profile
}

describe('the keys of a command', () => {
  test('come from the environment, with AWS as the service unless another is named', () => {
    expect(environment([])).toEqual({
      name: 'Environment',
      region: 'us-east-1',
      endpoint: null,
      addressing: 'virtual',
      checksums: 'when-supported',
      insecureConsent: null,
      credentials: {
        accessKeyId: someKeys.AWS_ACCESS_KEY_ID,
        secretAccessKey: someKeys.AWS_SECRET_ACCESS_KEY,
        sessionToken: null,
      },
    })
    expect(environment([], { ...someKeys, AWS_SESSION_TOKEN: 'token' }).credentials.sessionToken).toBe(
      'token',
    )
  })

  test('the region is the option’s, then AWS_REGION, then AWS_DEFAULT_REGION', () => {
    const both = { ...someKeys, AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' }
    expect(environment(['--region', 'eu-west-3'], both).region).toBe('eu-west-3')
    expect(environment([], both).region).toBe('eu-west-1')
    expect(environment([], { ...someKeys, AWS_DEFAULT_REGION: 'eu-west-2' }).region).toBe('eu-west-2')
    expect(environment([], { ...someKeys, AWS_REGION: '' }).region).toBe('us-east-1')
    expect(() => read(['--region', 'http://evil/'])).toThrow(UsageError)
  })

  test('S27 an endpoint of the environment has no effect', () => {
    const profile = environment([], {
      ...someKeys,
      AWS_ENDPOINT_URL: 'https://evil.example',
      AWS_ENDPOINT_URL_S3: 'https://evil.example',
    })
    expect(profile.endpoint).toBeNull()
  })

  test.each([
    [{}],
    [{ AWS_ACCESS_KEY_ID: 'a' }],
    [{ AWS_SECRET_ACCESS_KEY: 'a' }],
    [{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }],
  ])('none or half of them is wrong usage: %j', (variables) => {
    expect(() => read([], variables)).toThrow(UsageError)
  })

  test('a saved profile knows its service', () => {
    expect(read(['--profile', 'Work'], {})).toEqual({ kind: 'saved', name: 'Work' })
    // And is preferred to the environment's keys.
    expect(read(['--profile', 'Work'])).toEqual({ kind: 'saved', name: 'Work' })
    for (const extra of [
      ['--region', 'x'],
      ['--endpoint-url', 'https://s3.example.org'],
      ['--path-style'],
      ['--allow-http'],
      ['--ca-bundle', 'ours.pem'],
      ['--sdk'],
    ])
      expect(() => read(['--profile', 'Work', ...extra])).toThrow(UsageError)
    expect(read(['--profile', 'Work', '--region', 'eu-west-1'], {}, ['mb', 's3://new-bucket'])).toEqual({
      kind: 'saved',
      name: 'Work',
    })
  })
})

describe('the way to a service', () => {
  test('--sdk sends everything through the SDK', () => {
    expect(environment(['--sdk']).transport).toBe('sdk')
    expect(environment([])).not.toHaveProperty('transport')
  })

  test('S32 --ca-bundle names a file of certificates, and whatever is wrong with it is wrong usage', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pail-authority-'))
    const bundle = (file: string) => withAuthority(read(['--ca-bundle', file]), folder)
    const certificate = new X509Certificate(rootCertificates[0] ?? '').toString()
    await writeFile(join(folder, 'ours.pem'), `subject=CN ours\n${certificate}`)
    expect(await bundle('ours.pem')).toMatchObject({
      profile: { certificateAuthority: certificate },
    })
    await writeFile(join(folder, 'empty.pem'), '')
    await writeFile(join(folder, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n')
    await writeFile(join(folder, 'large.pem'), Buffer.alloc(70_000))
    for (const [file, said] of [
      ['none.pem', 'no such file'],
      ['empty.pem', 'empty'],
      ['key.pem', 'private key'],
      ['large.pem', 'larger than 64 KiB'],
      ['.', 'EISDIR'],
    ] as const) {
      const failed = bundle(file)
      await expect(failed).rejects.toThrow(UsageError)
      await expect(failed).rejects.toThrow(said)
    }
    await rm(folder, { recursive: true })
  })

  test('is the saved profile’s also where only its keys are the environment’s', () => {
    const saved = { transport: 'sdk', certificateAuthority: 'PEM' } as Profile
    expect(withEnvironmentKeys(saved, someKeys)).toMatchObject(saved)
  })
})

describe('the endpoint', () => {
  test.each([
    ['https://s3.example.org', 'https://s3.example.org', 'virtual', null],
    ['https://s3.example.org/', 'https://s3.example.org', 'virtual', null],
    ['https://S3.Example.org:9000', 'https://s3.example.org:9000', 'virtual', null],
    ['http://127.0.0.1:7480', 'http://127.0.0.1:7480', 'path', null],
    ['http://localhost:9000', 'http://localhost:9000', 'path', null],
    ['http://[::1]:9000', 'http://[::1]:9000', 'path', null],
    ['https://192.0.2.7', 'https://192.0.2.7', 'path', null],
  ])('%s', (text, endpoint, addressing, insecureConsent) => {
    expect(environment(['--endpoint-url', text])).toMatchObject({
      endpoint,
      addressing,
      insecureConsent,
      checksums: 'when-required',
    })
  })

  test('--path-style puts the bucket into the path', () => {
    expect(environment(['--endpoint-url', 'https://s3.example.org', '--path-style']).addressing).toBe('path')
    expect(environment(['--path-style']).addressing).toBe('path')
  })

  test.each([
    's3.example.org',
    'ftp://s3.example.org',
    'https://',
    'https://s3.example.org/path',
    'https://s3.example.org/?a',
    'https://s3.example.org?',
    'https://s3.example.org/#',
    'https://user@s3.example.org',
    'file:///etc/passwd',
  ])('%s is wrong usage', (text) => {
    expect(() => read(['--endpoint-url', text])).toThrow(UsageError)
  })

  test('a password in it is not repeated', () => {
    try {
      read(['--endpoint-url', 'https://user:a-password@s3.example.org'])
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
      expect(String(error)).not.toContain('a-password')
    }
  })

  test('S28 plain http to another computer is refused until it is allowed', () => {
    for (const text of ['http://s3.example.org', 'http://192.168.1.5:9000', 'http://127.0.0.1.example.org'])
      try {
        read(['--endpoint-url', text])
        expect.unreachable()
      } catch (error) {
        expect(error instanceof Failure && error.error.code).toBe('insecure-endpoint')
      }
    expect(environment(['--endpoint-url', 'http://nas.local:9000', '--allow-http'])).toMatchObject({
      endpoint: 'http://nas.local:9000',
      insecureConsent: 'nas.local',
    })
  })
  test.each(['http://169.254.169.254', 'https://[fd00:ec2::254]', 'https://0.0.0.0', 'http://2852039166'])(
    'S29 %s is refused, allowed or not',
    (text) => {
      try {
        read(['--endpoint-url', text, '--allow-http'])
        expect.unreachable()
      } catch (error) {
        expect(error instanceof Failure && error.error.code).toBe('endpoint-refused')
      }
    },
  )
})
