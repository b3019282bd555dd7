import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { cloudflareHandlers } from '../../src-main/backend/cloudflare-handlers.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import { createCloudflareTokens } from '../../src-main/profiles/cloudflare-tokens.ts'
import { cloudflare as product } from '../../src-main/cloudflare/cloudflare-service.ts'
import { account, managedDomain, startCloudflare, token } from './cloudflare-double.ts'
import { bucket, useR2Scene } from './r2-scene.ts'
import { codeOf, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

const scene = useR2Scene()
const { keys, enter, planFor, toggle, access, changes, check, destination } = scene

describe('without a token', () => {
  test('it is said where one is entered, and why nobody knows what the public reads', async () => {
    const plan = await planFor('public')
    expect(plan.refusal).toMatchObject({ code: 'not-supported' })
    expect(plan.refusal?.message).toMatch(/API token of Cloudflare, which is entered in the profile/)
    const report = await access()
    expect(report.domains).toMatchObject({ state: 'unknown', code: 'no-credentials' })
    expect(report.public).toMatchObject({ way: 'provider-switch', sure: false })
    expect(await check()).toMatchObject({
      visibility: 'unknown',
      status: 400,
      reason: expect.stringMatching(/base URL of a destination/) as string,
    })
    expect(scene.cloudflare.api.requests).toEqual([])
  })

  test('the truth is asked for through the base URL of a destination', async () => {
    scene.cloudflare.domains[0]!.enabled = true
    await value(
      scene.backend.api.createDestination({
        destination: destination({
          baseUrl: `${scene.cloudflare.site.endpoint}/${managedDomain}`,
          visibility: 'public',
        }),
      }),
    )
    expect(await check()).toMatchObject({ visibility: 'public', status: 200 })
    scene.cloudflare.domains[0]!.enabled = false
    // R2's own address, which answers nobody, does not make it unknown.
    expect(await check()).toMatchObject({ visibility: 'private', status: 401 })
  })
})

describe('a token', () => {
  beforeEach(async () => void (await value(enter())))

  test('the token is nowhere but in the keychain and in what is sent to Cloudflare', async () => {
    await value(toggle('public'))
    const shown = JSON.stringify([
      await value(scene.backend.api.listProfiles({})),
      await value(scene.backend.api.getCloudflareToken({ profileId: scene.profileId })),
      await access(),
      await changes(),
      await scene.backend.api.setCloudflareToken({
        profileId: scene.profileId,
        token: `${token} x`,
        keepForSession: false,
      }),
      scene.backend.logged,
    ])
    expect(shown).not.toContain(token)
    const files = await readdir(scene.backend.folder, { recursive: true, withFileTypes: true })
    const texts = await Promise.all(
      files
        .filter((each) => each.isFile())
        .map((each) => readFile(join(each.parentPath, each.name), 'latin1')),
    )
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.filter((text) => text.includes(token))).toEqual([])
    for (const { url } of scene.cloudflare.api.requests) expect(url).not.toContain(token)
  })

  test('it goes with its profile, and a copy has one of its own', async () => {
    const copy = await value(scene.backend.api.duplicateProfile({ profileId: scene.profileId }))
    expect(await value(scene.backend.api.getCloudflareToken({ profileId: copy.id }))).toEqual({
      state: 'session',
    })
    await value(scene.backend.api.deleteProfile({ profileId: scene.profileId }))
    expect(await value(scene.backend.api.getCloudflareToken({ profileId: scene.profileId }))).toEqual({
      state: 'missing',
    })
    expect(await codeOf(enter())).toBe('not-found')
    expect(await value(scene.backend.api.getCloudflareToken({ profileId: copy.id }))).toEqual({
      state: 'session',
    })
  })

  test('it can be taken away, and then nobody is asked', async () => {
    expect(await value(enter(null))).toEqual({ state: 'missing' })
    scene.cloudflare.api.requests.length = 0
    expect((await access()).domains).toMatchObject({ code: 'no-credentials' })
    expect(scene.cloudflare.api.requests).toEqual([])
  })
})

test('a bucket of a jurisdiction is asked for in it', async () => {
  const eu = await startCloudflare(bucket, scene.provider.objects, 'eu')
  const there = await runBackend({ clipboard: null, cloudflare: eu.service })
  try {
    const id = await saveProfile(there.api, keys(), { provider: 'r2', region: 'auto' })
    await value(there.api.setCloudflareToken({ profileId: id, token, keepForSession: true }))
    const { domains } = await value(there.api.getBucketAccess({ profileId: id, bucket }))
    expect(domains.state).toBe('read')
    expect(eu.api.requests.every(({ headers }) => headers['cf-r2-jurisdiction'] === 'eu')).toBe(true)
  } finally {
    await there.close()
    await eu.close()
  }
})

test('at another endpoint the addresses of a bucket are read anew', async () => {
  let endpoint = 'https://one.example.test'
  const { domainsOf, setCloudflareToken } = cloudflareHandlers({
    tokens: createCloudflareTokens({ keychain: createMemoryKeychain(), onSecret: () => undefined }),
    service: scene.cloudflare.service,
    endpointOf: () => endpoint,
    findProxyOf: () => undefined,
  })
  await setCloudflareToken({ profileId: 'p', token, keepForSession: true })
  const asked = async () => {
    expect((await domainsOf('p').recent(bucket)).state).toBe('read')
    return scene.cloudflare.api.requests.length
  }
  expect([await asked(), await asked()]).toEqual([2, 2])
  endpoint = 'https://another.example.test'
  expect(await asked()).toBe(4)
})

test('the product asks Cloudflare itself, for the account that is in the endpoint', () => {
  expect(product.origin).toBe('https://api.cloudflare.com')
  const of = (host: string) => product.accountOf(`https://${host}`)
  expect(of(`${account}.r2.cloudflarestorage.com`)).toEqual({ id: account, jurisdiction: null })
  expect(of(`${account}.eu.r2.cloudflarestorage.com`)).toEqual({ id: account, jurisdiction: 'eu' })
  expect(of(`${account}.fedramp.r2.cloudflarestorage.com`)).toEqual({ id: account, jurisdiction: 'fedramp' })
  for (const host of [
    'short.r2.cloudflarestorage.com',
    `${account}.r2.cloudflarestorage.com.evil.example`,
    `${account}.xx.r2.cloudflarestorage.com`,
    `evil.example/${account}.r2.cloudflarestorage.com`,
  ])
    expect([host, of(host)]).toEqual([host, null])
})
