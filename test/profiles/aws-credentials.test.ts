import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Script, ScriptedServer } from '../s3/scripted-server.ts'
import { sendXml, startScriptedServer } from '../s3/scripted-server.ts'
import { createAwsFiles, createProfiles } from './fixtures.ts'

const hour = 3_600_000
let servers: ScriptedServer[] = []
let home: string
const homeBefore = process.env['HOME']

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pail-home-'))
  // The SDK looks for the cache of single sign-on in the home folder of the environment.
  process.env['HOME'] = home
})
afterEach(async () => {
  process.env['HOME'] = homeBefore
  rmSync(home, { recursive: true })
  for (const server of servers) await server.close()
  servers = []
})

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  servers.push(server)
  return server
}

const assumed = (end: Date, suffix = '1') =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE00000000000${suffix}</AccessKeyId><SecretAccessKey>role/secret/${suffix}</SecretAccessKey><SessionToken>role-token-${suffix}</SessionToken><Expiration>${end.toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

const source =
  '[profile source]\naws_access_key_id = AKIASOURCE0000000001\naws_secret_access_key = source/secret\n'

describe('roles', () => {
  it('are taken on with the keys of their source, and again before they end', async () => {
    let now = Date.now()
    const sts = await serve((_, response, count) =>
      sendXml(response, assumed(new Date(now + hour), String(count))),
    )
    const aws = createAwsFiles(
      `[profile r]\nrole_arn = arn:aws:iam::1:role/deploy\nsource_profile = source\nregion = eu-west-3\nexternal_id = ext\nrole_session_name = me\nduration_seconds = 3600\n${source}`,
    )
    const { store, credentials, secrets, records } = createProfiles({
      awsFiles: aws.files,
      endpoints: { sts: sts.endpoint },
      now: () => now,
    })
    const made = await store.addAws('r')
    expect(made).toMatchObject({ credentialState: 'ready', accessKeyHint: null })
    // Shown, listed, described: nothing was asked for that yet.
    expect(sts.requests).toHaveLength(0)
    const first = await credentials.resolve(store.find(made.id))
    expect(first).toEqual({
      accessKeyId: 'ASIAROLE000000000000',
      secretAccessKey: 'role/secret/0',
      sessionToken: 'role-token-0',
      expiration: expect.any(Date),
    })
    const [request] = sts.requests
    expect(request?.headers.authorization).toContain('Credential=AKIASOURCE0000000001/')
    expect(request?.headers.authorization).toContain('/eu-west-3/sts/')
    const form = new URLSearchParams(request?.body)
    expect(Object.fromEntries(form)).toMatchObject({
      RoleArn: 'arn:aws:iam::1:role/deploy',
      RoleSessionName: 'me',
      ExternalId: 'ext',
      DurationSeconds: '3600',
    })
    now += hour / 2
    expect(await credentials.resolve(store.find(made.id))).toEqual(first)
    expect(sts.requests).toHaveLength(1)
    now += hour / 2 - 60_000
    expect(await credentials.resolve(store.find(made.id))).toMatchObject({ sessionToken: 'role-token-1' })
    expect(secrets).toEqual(expect.arrayContaining(['source/secret', 'role/secret/0', 'role-token-0']))
    // S22: none of it is kept.
    expect(inspect(records.all(), { depth: Infinity })).not.toMatch(/role\/secret|role-token|source\/secret/)
    aws.remove()
  })

  it('chains go one after another', async () => {
    const sts = await serve((_, response, count) =>
      sendXml(response, assumed(new Date(Date.now() + hour), String(count))),
    )
    const aws = createAwsFiles(
      `[profile last]\nrole_arn = arn:b\nsource_profile = middle\n[profile middle]\nrole_arn = arn:a\nsource_profile = source\n${source}`,
    )
    const { store, credentials } = createProfiles({ awsFiles: aws.files, endpoints: { sts: sts.endpoint } })
    const made = await store.addAws('last')
    expect(await credentials.resolve(store.find(made.id))).toMatchObject({ sessionToken: 'role-token-1' })
    expect(sts.requests.map(({ body }) => new URLSearchParams(body).get('RoleArn'))).toEqual([
      'arn:a',
      'arn:b',
    ])
    expect(sts.requests[1]?.headers['x-amz-security-token']).toBe('role-token-0')
    aws.remove()
  })

  it('that are refused say which, and show no secret', async () => {
    const sts = await serve((_, response) => {
      response.writeHead(403, { 'content-type': 'text/xml' })
      response.end(
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error><RequestId>R</RequestId></ErrorResponse>',
      )
    })
    const aws = createAwsFiles(
      `[profile r]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = source\n${source}`,
    )
    const { store, credentials } = createProfiles({ awsFiles: aws.files, endpoints: { sts: sts.endpoint } })
    const made = await store.addAws('r')
    const problem: unknown = await credentials.resolve(store.find(made.id)).catch((error: unknown) => error)
    expect(problem).toMatchObject({
      error: { code: 'access-denied', message: expect.stringContaining('arn:aws:iam::1:role/x') },
    })
    const shown = inspect(problem, { depth: Infinity, showHidden: true })
    expect(shown).not.toMatch(/source\/secret|AWS4-HMAC/)
    aws.remove()
  })
})

describe('single sign-on', () => {
  const config =
    '[profile s]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Deploy\nregion = eu-west-3\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n'
  const legacy =
    '[profile s]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = Deploy\n'

  function cacheToken(id: string, expiresAt: Date): void {
    const folder = join(home, '.aws', 'sso', 'cache')
    mkdirSync(folder, { recursive: true })
    const name = `${createHash('sha1').update(id).digest('hex')}.json`
    writeFileSync(
      join(folder, name),
      JSON.stringify({ accessToken: 'sso-token', expiresAt: expiresAt.toISOString() }),
    )
  }

  const portal: Script = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        roleCredentials: {
          accessKeyId: 'ASIASSO0000000000001',
          secretAccessKey: 'sso/secret',
          sessionToken: 'sso-session-token',
          expiration: Date.now() + hour,
        },
      }),
    )
  }

  it.each([
    ['an sso-session', config, 'corp'],
    ['the old form', legacy, 'https://corp.example/start'],
  ])('exchanges the cached token of %s', async (_, text, id) => {
    const sso = await serve(portal)
    const aws = createAwsFiles(text)
    cacheToken(id, new Date(Date.now() + hour))
    const { store, credentials, secrets } = createProfiles({
      awsFiles: aws.files,
      endpoints: { sso: sso.endpoint },
    })
    const made = await store.addAws('s')
    expect(made.credentialState).toBe('ready')
    expect(await credentials.resolve(store.find(made.id))).toMatchObject({
      accessKeyId: 'ASIASSO0000000000001',
      sessionToken: 'sso-session-token',
      expiration: expect.any(Date),
    })
    expect(sso.requests[0]?.url).toContain('account_id=123456789012')
    expect(sso.requests[0]?.headers['x-amz-sso_bearer_token']).toBe('sso-token')
    expect(secrets).toContain('sso/secret')
    aws.remove()
  })

  it.each([
    ['has ended', true],
    ['is not there', false],
  ])('F19 a token that %s says how to sign in again', async (_, cached) => {
    const sso = await serve(portal)
    const aws = createAwsFiles(config)
    if (cached) cacheToken('corp', new Date(Date.now() - hour))
    const { store, credentials } = createProfiles({ awsFiles: aws.files, endpoints: { sso: sso.endpoint } })
    const made = await store.addAws('s')
    await expect(credentials.resolve(store.find(made.id))).rejects.toMatchObject({
      error: { code: 'expired-token', message: expect.stringContaining('aws sso login --profile s') },
    })
    expect(sso.requests).toHaveLength(0)
    aws.remove()
  })
})

it('session tokens of the credentials file are used as they are', async () => {
  const aws = createAwsFiles(
    '',
    '[a]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t\n',
  )
  const { store, credentials } = createProfiles({ awsFiles: aws.files })
  const made = await store.addAws('a')
  expect(await credentials.resolve(store.find(made.id))).toEqual({
    accessKeyId: 'ASIA',
    secretAccessKey: 's',
    sessionToken: 't',
  })
  aws.remove()
})
