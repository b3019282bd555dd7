import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awsProfileSchema } from '../../src-preload/contract/profile.ts'
import {
  commandOf,
  listAwsConfig,
  parseAwsConfig,
  planCredentials,
  serviceSettings,
} from '../../src-main/profiles/aws-config.ts'

const keys = 'aws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = secret/with+signs=\n'

function entry(config: string, credentials: string, name: string) {
  const found = listAwsConfig(parseAwsConfig(config, credentials)).find((one) => one.name === name)
  expect(found).toBeDefined()
  return found
}

describe('the files as people write them', () => {
  it('reads sections, comments, CRLF, a byte order mark and nested settings', () => {
    const config = [
      '\ufeff# a comment',
      '[default]',
      'region = eu-west-3   ; said at length',
      'output=json',
      's3 =',
      '    addressing_style = path',
      '    max_concurrent_requests = 20',
      '; another',
      '',
      '[profile "my site"]',
      'REGION=eu-central-1 # here',
      'endpoint_url = https://minio.example.org#not-a-comment',
      '[ profile  spaced ]',
      'region = sa-east-1',
      '[plugins]',
      'evil = true',
    ].join('\r\n')
    const parsed = parseAwsConfig(config, `[my site]\r\n${keys.replaceAll('\n', '\r\n')}`)
    expect([...parsed.profiles.keys()]).toEqual(['my site', 'spaced', 'default'])
    expect(serviceSettings(parsed, 'default')).toEqual({
      region: 'eu-west-3',
      endpoint: null,
      addressing: 'path',
    })
    expect(serviceSettings(parsed, 'my site')).toEqual({
      region: 'eu-central-1',
      endpoint: 'https://minio.example.org#not-a-comment',
      addressing: null,
    })
    expect(planCredentials(parsed, 'my site')).toEqual({
      ok: true,
      step: {
        type: 'static',
        accessKeyId: 'AKIAEXAMPLE000000001',
        secretAccessKey: 'secret/with+signs=',
        sessionToken: null,
      },
    })
  })

  it('the credentials file wins, and [profile default] over [default]', () => {
    const parsed = parseAwsConfig(
      `[default]\nregion = eu-north-1\n[profile default]\nregion = eu-west-1\n${keys}`,
      '[default]\naws_access_key_id = AKIAOTHER00000000001\naws_secret_access_key = other\n',
    )
    expect(serviceSettings(parsed, 'default').region).toBe('eu-west-1')
    expect(planCredentials(parsed, 'default')).toMatchObject({ step: { secretAccessKey: 'other' } })
  })

  it('an endpoint in a services section is the profile’s', () => {
    const parsed = parseAwsConfig(
      '[profile a]\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:9000\n',
      '',
    )
    expect(serviceSettings(parsed, 'a').endpoint).toBe('http://127.0.0.1:9000')
  })
})

describe('S31 kinds and problems', () => {
  it.each([
    ['static keys', `[profile a]\n${keys}`, 'static', null],
    ['a session token', `[profile a]\n${keys}aws_session_token = t\n`, 'session', null],
    [
      'a role',
      `[profile a]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b\n[profile b]\n${keys}`,
      'role',
      null,
    ],
    ['a role of its own keys', `[profile a]\nrole_arn = r\nsource_profile = a\n${keys}`, 'role', null],
    [
      'single sign-on',
      '[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_start_url = https://x\nsso_region = eu-west-1\n',
      'sso',
      null,
    ],
    [
      'single sign-on of the old form',
      '[profile a]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n',
      'sso',
      null,
    ],
    ['a command', '[profile a]\ncredential_process = /bin/keys\n', 'process', /only after you have allowed/],
    ['half a key', '[profile a]\naws_access_key_id = AKIA\n', 'incomplete', /without a secret/],
    ['nothing', '[profile a]\nregion = eu-west-1\n', 'incomplete', /no keys/],
    ['a missing sso-session', '[profile a]\nsso_session = s\n', 'sso', /no \[sso-session s\]/],
    [
      'sign-on without a role',
      '[profile a]\nsso_start_url = https://x\nsso_region = r\n',
      'sso',
      /sso_account_id/,
    ],
    [
      'a role of the machine',
      '[profile a]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n',
      'role',
      /machine/,
    ],
    ['a web identity', '[profile a]\nrole_arn = r\nweb_identity_token_file = /t\n', 'role', /web identity/],
    [
      'a role with MFA',
      `[profile a]\nrole_arn = r\nmfa_serial = m\nsource_profile = b\n[profile b]\n${keys}`,
      'role',
      /MFA/,
    ],
    ['a role without a source', '[profile a]\nrole_arn = r\n', 'role', /no source_profile/],
    ['a role of nobody', '[profile a]\nrole_arn = r\nsource_profile = b\n', 'role', /no profile “b”/],
    [
      'a circle',
      '[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n',
      'role',
      /circle/,
    ],
    ['aws login', '[profile a]\nlogin_session = arn\n', 'incomplete', /aws login/],
  ])('%s', (_, config, kind, problem) => {
    const found = entry(config, '', 'a')
    expect(found?.kind).toBe(kind)
    if (problem === null) expect(found?.problem).toBeNull()
    else expect(found?.problem).toMatch(problem)
  })

  it('a command is shown exactly, also at the end of a chain of roles', () => {
    const config =
      '[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r2\nsource_profile = c\n[profile c]\ncredential_process = "/opt/my tool/keys" --user "a b"\n'
    for (const name of ['a', 'c']) {
      expect(entry(config, '', name)?.command).toBe('"/opt/my tool/keys" --user "a b"')
    }
    const plan = planCredentials(parseAwsConfig(config, ''), 'a')
    expect(plan.ok && commandOf(plan.step)).toBe('"/opt/my tool/keys" --user "a b"')
  })

  it('S16 the list holds no secret', () => {
    const listed = JSON.stringify(
      listAwsConfig(parseAwsConfig(`[profile a]\n${keys}aws_session_token = token/canary\n`, '')),
    )
    expect(listed).not.toContain('secret/with+signs=')
    expect(listed).not.toContain('token/canary')
  })
})

describe('hostile files', () => {
  it('S31 never throw, and every entry passes its schema', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '[default]',
        '[profile a]',
        '[profile b',
        '[]',
        '[profile ]',
        '[sso-session s]',
        '[profile __proto__]',
        's3 =',
        '  x = y',
        'region',
        '= x',
        'source_profile = a',
        'source_profile = b',
        'role_arn = r',

        'sso_session = s',
        'credential_process = x',
        '__proto__ = polluted',
        'constructor.prototype = x',
        keys,
      ),
    )
    const file = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(file, file, (config, credentials) => {
        for (const one of listAwsConfig(parseAwsConfig(config, credentials))) awsProfileSchema.parse(one)
      }),
      { numRuns: 1000 },
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('of any length are read in time', () => {
    const started = Date.now()
    parseAwsConfig(`[a${' '.repeat(500_000)}`, ` ${'='.repeat(300_000)}\n${'a '.repeat(300_000)}`)
    parseAwsConfig(`[default]\nx = ${' #'.repeat(400_000)}`, `[a]\n${'x'.repeat(900_000)}`)
    const chain = Array.from(
      { length: 2000 },
      (_, n) => `[profile p${n}]\nrole_arn = r\nsource_profile = p${n + 1}\n`,
    )
    listAwsConfig(parseAwsConfig(chain.join(''), ''))
    expect(Date.now() - started).toBeLessThan(3000)
  })
})
