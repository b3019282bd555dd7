import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ProfileInput, ProfileProxy } from '../../src-preload/contract/profile.ts'
import { filesBelow } from '../app/secret-hunt.ts'
import { type ConnectProxy, startConnectProxy } from '../s3/connect-proxy.ts'
import { type PlaygroundForTest, startPlaygroundForTest } from '../transfers/playground-for-test.ts'
import { linkInput } from '../links/link-input.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'
import { profileInput, saveProfile } from './saved-profile.ts'

/** A name that only the proxy knows. */
const host = 's3.proxied.test'
const password = 'canary-proxy-password/%+'
const user = `jo:${password}`

let place: PlaygroundForTest
let proxy: ConnectProxy
let backend: RunningBackend

beforeAll(async () => {
  place = await startPlaygroundForTest({ alsoNamed: host })
  proxy = await startConnectProxy()
  backend = await runBackend()
})
afterEach(() => {
  proxy.requests.length = 0
  delete proxy.faults.wants
})
afterAll(async () => {
  await backend.close()
  await proxy.close()
  await place.close()
})

const endpoint = () => `http://${host}:${new URL(place.endpoint).port}`
const profile = (more: Partial<ProfileInput>) => profileInput(endpoint(), { insecureConsent: host, ...more })

const create = async (more: Partial<ProfileInput>, on = backend) =>
  saveProfile(
    on.api,
    { endpoint: endpoint(), ...(await place.session.credentials()) },
    { insecureConsent: host, ...more },
    false,
  )

const checksOf = async (profileId: string, on = backend) =>
  (await value(on.api.testConnection({ profileId }))).checks.map(({ check, outcome, text }) => ({
    check,
    outcome,
    text,
  }))

describe.each(['wire', 'sdk'] as const)('a profile with a proxy, over %s', (transport) => {
  it('goes through it with everything, and the test of the connection names it', async () => {
    proxy.faults.wants = user
    const through: ProfileProxy = { type: 'address', url: proxy.origin, userName: 'jo' }
    const profileId = await create({ transport, proxy: through })
    const [refused, ...rest] = await checksOf(profileId)
    expect(refused).toMatchObject({
      check: 'proxy',
      outcome: 'failed',
      text: expect.stringContaining(proxy.origin),
    })
    expect(rest[0]).toMatchObject({ check: 'reachable', outcome: 'unknown' })
    await value(backend.api.setProxyPassword({ profileId, password, keepForSession: false }))
    expect((await checksOf(profileId)).slice(0, 2)).toMatchObject([
      { check: 'proxy', outcome: 'ok', text: `Requests go through ${proxy.origin}, as this profile says.` },
      { check: 'reachable', outcome: 'ok' },
    ])

    const bucket = `through-${transport}`
    await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }))
    await value(backend.api.createFolder({ profileId, bucket, prefix: 'folder/' }))
    const before = proxy.requests.length
    const { visibility } = await value(backend.api.checkVisibility({ profileId, bucket, key: 'folder/' }))
    expect(visibility).toBe('private')
    const link = await value(
      backend.api.createLink(
        linkInput({ profileId, bucket, key: 'folder/' }, { expiresInSeconds: 60, selfTest: true }),
      ),
    )
    expect(link.test).toMatchObject({ outcome: 'works' })
    expect(proxy.requests.length - before).toBeGreaterThanOrEqual(2)
    for (const { target } of proxy.requests) expect(target).toMatch(new RegExp(`^http://${host}:`))
  })
})

it('what a proxy says for the service is not taken for an answer about an object', async () => {
  const profileId = await create({ proxy: { type: 'address', url: proxy.origin } })
  proxy.faults.answers = { status: 403 }
  const { visibility, status } = await value(
    backend.api.checkVisibility({ profileId, bucket: place.open, key: 'x' }),
  )
  delete proxy.faults.answers
  expect({ visibility, status }).toEqual({ visibility: 'unknown', status: null })
})

it('S16 S19 the password is in no file, log, list or error', async () => {
  const through: ProfileProxy = { type: 'address', url: proxy.origin, userName: 'jo' }
  const profileId = await create({ proxy: through })
  await value(backend.api.setProxyPassword({ profileId, password, keepForSession: false }))
  proxy.faults.wants = 'somebody:else'
  const refused = await backend.api.listBuckets({ profileId })
  expect(refused).toMatchObject({ ok: false, error: { code: 'proxy' } })
  const texts = [
    JSON.stringify(refused),
    JSON.stringify(await backend.api.listProfiles({})),
    JSON.stringify(await backend.api.testConnection({ profileId })),
    backend.logged.join('\n'),
    ...(await filesBelow(backend.folder)).map(({ text }) => text),
  ]
  expect(texts.length).toBeGreaterThan(4)
  for (const text of texts)
    for (const secret of [password, encodeURIComponent(password), Buffer.from(user).toString('base64')])
      expect(text).not.toContain(secret)
})

it('the system’s proxy is used where a profile says nothing, and the environment’s in its place', async () => {
  const asked: string[] = []
  const withSystem = await runBackend({
    resolveProxy: async (url) => {
      asked.push(url)
      return `PROXY ${new URL(proxy.origin).host}`
    },
  })
  const profileId = await create({}, withSystem)
  expect((await checksOf(profileId, withSystem))[0]).toMatchObject({
    text: `Requests go through ${proxy.origin}, as the system’s settings say.`,
  })
  expect(asked).toEqual([`${profile({}).endpoint}/`])
  const none = await create({ proxy: { type: 'none' } }, withSystem)
  expect(await codeOf(withSystem.api.listBuckets({ profileId: none }))).toBe('dns')
  // The playground is on this computer.
  const { profile: local } = await value(withSystem.api.startPlayground({}))
  await value(withSystem.api.listBuckets({ profileId: local.id }))
  expect((await checksOf(local.id, withSystem)).map(({ check }) => check)).not.toContain('proxy')
  expect(asked).toHaveLength(1)
  await withSystem.close()

  const withVariables = await runBackend({ proxyVariables: { http_proxy: proxy.origin, NO_PROXY: 'x.test' } })
  expect((await checksOf(await create({}, withVariables), withVariables))[0]).toMatchObject({
    text: `Requests go through ${proxy.origin}, as the environment says.`,
  })
  await withVariables.close()
})

it('a SOCKS proxy of the system is said to be none that Pail can use', async () => {
  const withSocks = await runBackend({ resolveProxy: async () => 'SOCKS5 127.0.0.1:1080' })
  const profileId = await create({}, withSocks)
  expect(await withSocks.api.listBuckets({ profileId })).toMatchObject({
    ok: false,
    error: { code: 'proxy', retryable: false, message: expect.stringContaining('SOCKS') },
  })
  await withSocks.close()
})
