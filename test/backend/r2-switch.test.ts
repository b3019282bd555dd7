import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cloudflareHandlers } from '../../src-main/backend/cloudflare-handlers.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import { createCloudflareTokens } from '../../src-main/profiles/cloudflare-tokens.ts'
import { cloudflare as product } from '../../src-main/cloudflare/cloudflare-service.ts'
import type { BucketAccess } from '../../src-preload/contract/bucket-access.ts'
import type { MediaDestinationInput } from '../../src-preload/contract/destination.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { linkInput } from '../links/link-input.ts'
import { account, type CloudflareDouble, managedDomain, startCloudflare, token } from './cloudflare-double.ts'
import { type ProviderDouble, r2, startProvider } from './provider-double.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

const bucket = 'website'
const custom = 'media.example.org'

let provider: ProviderDouble
let cloudflare: CloudflareDouble
let backend: RunningBackend
let profileId: string

const keys = () => ({
  endpoint: provider.server.endpoint,
  accessKeyId: 'AKIAEXAMPLE000000001',
  secretAccessKey: 'secret',
})

beforeAll(async () => {
  provider = await startProvider(bucket, r2)
  cloudflare = await startCloudflare(bucket, provider.objects)
})
afterAll(async () => {
  await cloudflare.close()
  await provider.server.close()
})
beforeEach(async () => {
  cloudflare.intercept = null
  cloudflare.domains.splice(1)
  cloudflare.domains[0]!.enabled = false
  cloudflare.api.requests.length = 0
  const objects = provider.objects as Map<string, { body: string; type: string; isPublic: boolean }>
  objects.clear()
  for (const key of ['a.png', 'b.png', 'in/c.png'])
    objects.set(key, { body: key, type: 'image/png', isPublic: false })
  backend = await runBackend({ clipboard: null, cloudflare: cloudflare.service })
  profileId = await saveProfile(
    backend.api,
    keys(),
    { provider: 'r2', region: 'auto', bucketNames: [bucket] },
    false,
  )
})
afterEach(() => backend.close())

const enter = (given: string | null = token) =>
  backend.api.setCloudflareToken({ profileId, token: given, keepForSession: false })
const planFor = (visibility: WantedVisibility, customDomains: string[] = []) =>
  value(
    backend.api.planVisibility({
      profileId,
      bucket,
      keys: ['a.png'],
      prefixes: [],
      visibility,
      customDomains,
    }),
  )
async function toggle(visibility: WantedVisibility, customDomains: string[] = []) {
  const { planId, objects } = await planFor(visibility, customDomains)
  return backend.api.applyVisibility({ planId, confirmedObjects: objects })
}
const access = (): Promise<BucketAccess> => value(backend.api.getBucketAccess({ profileId, bucket }))
const changes = () => value(backend.api.listVisibilityChanges({ profileId, bucket }))
const check = () => value(backend.api.checkVisibility({ profileId, bucket, key: 'a.png' }))
/** What somebody without keys gets at an address of the bucket: the test's own request. */
const bare = async (domain: string) => (await fetch(`${cloudflare.site.endpoint}/${domain}/a.png`)).status
const changing = () => cloudflare.api.requests.filter(({ method }) => method === 'PUT')
const addCustom = (enabled = true) => cloudflare.domains.push({ kind: 'custom', domain: custom, enabled })

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
    expect(cloudflare.api.requests).toEqual([])
  })

  test('the truth is asked for through the base URL of a destination', async () => {
    cloudflare.domains[0]!.enabled = true
    await value(
      backend.api.createDestination({
        destination: destination({
          baseUrl: `${cloudflare.site.endpoint}/${managedDomain}`,
          visibility: 'public',
        }),
      }),
    )
    expect(await check()).toMatchObject({ visibility: 'public', status: 200 })
    cloudflare.domains[0]!.enabled = false
    // R2's own address, which answers nobody, does not make it unknown.
    expect(await check()).toMatchObject({ visibility: 'private', status: 401 })
  })
})

describe('with a token', () => {
  beforeEach(async () => void (await value(enter())))

  test('the report tells the addresses, and the switch turns the one at r2.dev on and off, for the whole bucket', async () => {
    expect((await access()).domains).toEqual({
      state: 'read',
      value: [
        {
          kind: 'managed',
          domain: managedDomain,
          enabled: false,
          baseUrl: `${cloudflare.site.endpoint}/${managedDomain}`,
        },
      ],
    })
    expect(await check()).toMatchObject({ visibility: 'private', status: await bare(managedDomain) })
    const plan = await planFor('public')
    expect(plan).toMatchObject({
      way: 'provider-switch',
      refusal: null,
      prefixes: [''],
      objects: 3,
      sample: ['a.png', 'b.png', 'in/c.png'],
      acls: null,
      policy: null,
      switches: [{ kind: 'managed-domain', domain: managedDomain, from: 'private', to: 'public' }],
    })
    expect(changing()).toEqual([])
    const opened = await value(
      backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }),
    )
    expect(opened).toMatchObject({ switches: [{ problem: null }], counts: { public: 3 }, undoable: true })
    expect(await bare(managedDomain)).toBe(200)
    expect(await check()).toMatchObject({ visibility: 'public', status: 200 })
    expect(await planFor('public')).toMatchObject({ switches: [], refusal: null, objects: 1 })
    // What is shown and copied leads there, and not to R2's own address.
    const { publicUrl } = await value(backend.api.getObjectDetails({ profileId, bucket, key: 'a.png' }))
    const link = await value(
      backend.api.createLink(linkInput({ profileId, bucket, key: 'in/c.png' }, { kind: 'public' })),
    )
    expect(publicUrl).toBe(`${cloudflare.site.endpoint}/${managedDomain}/a.png`)
    expect(await (await fetch(link.url)).text()).toBe('in/c.png')
    const shut = await value(toggle('private'))
    expect(shut).toMatchObject({ switches: [{ to: 'private', problem: null }], counts: { private: 3 } })
    expect(await bare(managedDomain)).toBe(401)
    expect(await check()).toMatchObject({ visibility: 'private' })
  })

  test('S44 nothing is sent as private while an address is on, and without a token that is not known', async () => {
    await mkdir(join(backend.folder, 'in'))
    const path = join(backend.folder, 'in', 'new.txt')
    await writeFile(path, 'new')
    const { selectionId } = await value(backend.api.registerDrop({ sources: [{ path }] }))
    const where = { profileId, bucket, prefix: 'in/', selectionId, visibility: 'private' } as const
    const opened = async () => {
      const naming = { template: null, clean: 'as-is' } as const
      const how = { naming, leaveOutEmpty: false, lookForExisting: false }
      return (await value(backend.api.planUpload({ ...where, ...how }))).opened
    }
    const send = () =>
      backend.api.startUpload({
        ...where,
        onConflict: 'overwrite',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
      })
    expect(await opened()).toBeNull()
    addCustom()
    const by = `through ${custom}`
    expect(await opened()).toEqual({ files: 1, key: 'in/new.txt', by, isWhole: true })
    const refused = await send()
    expect(refused).toMatchObject({ ok: false, error: { code: 'safety-refused' } })
    expect((refused as { error: { message: string } }).error.message).toContain(
      `the bucket is public as a whole (through ${custom}). Nothing was sent.`,
    )
    expect(provider.objects.has('in/new.txt')).toBe(false)
    await value(enter(null))
    expect(await opened()).toBeUndefined()
    const report = backend.uploadReport()
    await value(send())
    expect(await report).toMatchObject({ uploaded: 1 })
  })

  test('a change can be taken back after a restart, and what that opens is counted first', async () => {
    cloudflare.domains[0]!.enabled = true
    await value(toggle('private'))
    await backend.restart()
    const [change] = await changes()
    expect(change).toMatchObject({ visibility: 'private', objects: 3, switches: 1, acls: 0, policy: false })
    const opens = await value(backend.api.planUndoVisibility({ planId: change!.planId }))
    expect(opens).toMatchObject({ objects: 3, prefixes: [''], switches: [{ to: 'public' }] })
    expect(await codeOf(backend.api.undoVisibility({ planId: change!.planId }))).toBe('safety-refused')
    expect(cloudflare.domains[0]!.enabled).toBe(false)
    const undone = await value(backend.api.undoVisibility({ planId: change!.planId, confirmedPublic: 3 }))
    expect(undone).toMatchObject({ switches: [{ to: 'public', problem: null }], counts: { public: 3 } })
    expect(await bare(managedDomain)).toBe(200)
    expect(await changes()).toEqual([])
  })

  test('a custom domain keeps it public, is said to, and goes off when it is chosen', async () => {
    cloudflare.domains[0]!.enabled = true
    addCustom()
    const kept = await planFor('private')
    expect(kept).toMatchObject({ sure: false, keptOpenBy: [custom], switches: [{ kind: 'managed-domain' }] })
    expect(kept.reasons[0]).toContain(custom)
    const left = await value(
      backend.api.applyVisibility({ planId: kept.planId, confirmedObjects: kept.objects }),
    )
    expect(left.counts).toMatchObject({ public: 3, private: 0 })
    expect(await bare(custom)).toBe(200)
    const all = await planFor('private', [custom])
    expect(all).toMatchObject({ keptOpenBy: [], switches: [{ kind: 'custom-domain', domain: custom }] })
    expect((await value(toggle('private', [custom]))).counts).toMatchObject({ private: 3 })
    expect([await bare(custom), await bare(managedDomain)]).toEqual([401, 401])
    // Public again by what it was public by: the last change first.
    for (const [planId] of (await changes()).map((each) => [each.planId] as const))
      await value(backend.api.undoVisibility({ planId, confirmedPublic: 3 }))
    expect([await bare(custom), await bare(managedDomain)]).toEqual([200, 200])
  })

  test('a private destination keeps the bucket from being opened, also by the way back', async () => {
    cloudflare.domains[0]!.enabled = true
    await value(toggle('private'))
    await value(
      backend.api.createDestination({ destination: destination({ prefix: 'in/', visibility: 'private' }) }),
    )
    expect((await planFor('public')).refusal).toMatchObject({ code: 'safety-refused' })
    const [change] = await changes()
    const undo = backend.api.undoVisibility({ planId: change!.planId, confirmedPublic: 3 })
    expect(await codeOf(undo)).toBe('safety-refused')
    expect(cloudflare.domains[0]!.enabled).toBe(false)
  })

  test('S44 what has come since the plan was read is not opened with it', async () => {
    const grown = await planFor('public')
    const objects = provider.objects as Map<string, { body: string; type: string; isPublic: boolean }>
    objects.set('in/new.png', { body: 'new', type: 'image/png', isPublic: false })
    const confirm = ({ planId, objects: confirmedObjects }: typeof grown) =>
      codeOf(backend.api.applyVisibility({ planId, confirmedObjects }))
    expect(await confirm(grown)).toBe('safety-refused')
    const hiding = await planFor('public')
    expect(hiding.refusal).toBeNull()
    await value(
      backend.api.createDestination({ destination: destination({ prefix: 'in/', visibility: 'private' }) }),
    )
    expect(await confirm(hiding)).toBe('safety-refused')
    expect(changing()).toEqual([])
    expect(await changes()).toEqual([])
  })

  test('what somebody has switched meanwhile is found, and nothing is undone twice', async () => {
    const plan = await planFor('public')
    cloudflare.domains[0]!.enabled = true
    await value(backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }))
    expect(changing()).toEqual([])
    cloudflare.domains[0]!.enabled = false
    const undone = await value(backend.api.undoVisibility({ planId: plan.planId }))
    expect(undone.switches).toMatchObject([{ problem: null }])
    expect(changing()).toEqual([])
  })

  test('a lost answer is looked up: it was done', async () => {
    cloudflare.intercept = (request, response, apply) => {
      if (request.method !== 'PUT') return false
      apply()
      response.destroy()
      return true
    }
    const done = await value(toggle('public'))
    expect(done).toMatchObject({ switches: [{ problem: null }], counts: { public: 3 }, undoable: true })
  })

  test('a lost answer is looked up: it was not done, and stays in the record, as it may be yet', async () => {
    cloudflare.intercept = ({ method }, response) => {
      if (method === 'PUT') response.destroy()
      return method === 'PUT'
    }
    const done = await value(toggle('public'))
    expect(done.switches?.[0]?.problem?.message).toMatch(/is still private: /)
    expect(changing()).toHaveLength(3)
    expect(await changes()).toMatchObject([{ switches: 1 }])
  })

  test('a lost answer that cannot be looked up is said not to be known', async () => {
    let isSent = false
    cloudflare.intercept = ({ method }, response, apply) => {
      if (method === 'PUT') apply()
      isSent ||= method === 'PUT'
      if (isSent) response.destroy()
      return isSent
    }
    const done = await value(toggle('public'))
    expect(done.switches?.[0]?.problem?.message).toMatch(/was switched is not known: /)
    expect(await changes()).toHaveLength(1)
  })

  test.each([429, 500, 503])('%d is waited for, and asked again', async (status) => {
    const asked: string[] = []
    cloudflare.intercept = ({ url }, response) => {
      asked.push(url)
      if (asked.filter((each) => each === url).length > 2) return false
      response.writeHead(status).end('<html>')
      return true
    }
    expect((await access()).domains.state).toBe('read')
    expect(asked).toHaveLength(6)
  })

  test.each<[string, number, string, string]>([
    ['a token without the right', 403, error(10000, 'Authentication error'), 'access-denied'],
    ['a token that was taken back', 401, error(1000, 'Invalid API Token'), 'no-credentials'],
    ['a token of a wrong form', 400, error(6003, 'Invalid request headers'), 'no-credentials'],
    ['another account', 404, error(7003, 'Could not route to /accounts/x'), 'not-found'],
    ['no such bucket', 404, error(10006, 'The specified bucket does not exist.'), 'no-such-bucket'],
    ['a refusal that repeats the token', 400, error(1, `Bearer ${token}`), 'invalid-argument'],
    ['a page instead of JSON', 200, '<html>hello</html>', 'integrity'],
    ['an answer that says no', 200, '{"success":false,"result":null}', 'integrity'],
    [
      'a domain that is none',
      200,
      '{"success":true,"result":{"domain":"a b/../c","enabled":true}}',
      'integrity',
    ],
    ['an answer without an end', 200, `{"success":true,"result":"${'x'.repeat(300_000)}"}`, 'integrity'],
    [
      'a switch that is no yes or no',
      200,
      '{"success":true,"result":{"domain":"a.r2.dev","enabled":"yes"}}',
      'integrity',
    ],
  ])('%s is told in words, and nothing is switched', async (_, status, body, code) => {
    cloudflare.intercept = (__, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      return true
    }
    const { domains } = await access()
    expect(domains).toMatchObject({ state: 'unknown', code })
    expect(JSON.stringify(domains)).not.toContain(token)
    const { refusal, switches } = await planFor('public')
    expect(refusal?.message).toMatch(/could not be read|API token/)
    expect(switches).toEqual([])
    expect(changing()).toEqual([])
  })

  test('a token that may read and not write is refused, and nothing is left to undo', async () => {
    cloudflare.intercept = ({ method }, response) => {
      if (method === 'PUT') response.writeHead(403).end(error(10000, 'Authentication error'))
      return method === 'PUT'
    }
    const refused = await toggle('public')
    expect(refused).toMatchObject({ ok: false, error: { code: 'access-denied' } })
    expect(JSON.stringify(refused)).toMatch(/Workers R2 Storage: Edit/)
    expect(await changes()).toEqual([])
  })

  test('a setting that is taken and not kept is found out', async () => {
    cloudflare.intercept = ({ method }, response) => {
      if (method === 'PUT')
        response.writeHead(200).end(JSON.stringify({ success: true, result: { enabled: true } }))
      return method === 'PUT'
    }
    expect(await toggle('public')).toMatchObject({ ok: false, error: { code: 'precondition-failed' } })
  })

  test('a redirect is not followed, and no answer is not waited for for ever', async () => {
    cloudflare.intercept = (_, response) => {
      response.writeHead(302, { location: `${cloudflare.site.endpoint}/stolen` }).end()
      return true
    }
    cloudflare.site.requests.length = 0
    expect((await access()).domains).toMatchObject({ state: 'unknown', code: 'server-error' })
    expect(cloudflare.site.requests).toEqual([])
  })

  test('the token is nowhere but in the keychain and in what is sent to Cloudflare', async () => {
    await value(toggle('public'))
    const shown = JSON.stringify([
      await value(backend.api.listProfiles({})),
      await value(backend.api.getCloudflareToken({ profileId })),
      await access(),
      await changes(),
      await backend.api.setCloudflareToken({ profileId, token: `${token} x`, keepForSession: false }),
      backend.logged,
    ])
    expect(shown).not.toContain(token)
    const files = await readdir(backend.folder, { recursive: true, withFileTypes: true })
    const texts = await Promise.all(
      files
        .filter((each) => each.isFile())
        .map((each) => readFile(join(each.parentPath, each.name), 'latin1')),
    )
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.filter((text) => text.includes(token))).toEqual([])
    for (const { url } of cloudflare.api.requests) expect(url).not.toContain(token)
  })

  test('it goes with its profile, and a copy has one of its own', async () => {
    const copy = await value(backend.api.duplicateProfile({ profileId }))
    expect(await value(backend.api.getCloudflareToken({ profileId: copy.id }))).toEqual({ state: 'session' })
    await value(backend.api.deleteProfile({ profileId }))
    expect(await value(backend.api.getCloudflareToken({ profileId }))).toEqual({ state: 'missing' })
    expect(await codeOf(enter())).toBe('not-found')
    expect(await value(backend.api.getCloudflareToken({ profileId: copy.id }))).toEqual({ state: 'session' })
  })

  test('it can be taken away, and then nobody is asked', async () => {
    expect(await value(enter(null))).toEqual({ state: 'missing' })
    cloudflare.api.requests.length = 0
    expect((await access()).domains).toMatchObject({ code: 'no-credentials' })
    expect(cloudflare.api.requests).toEqual([])
  })
})

test('a bucket of a jurisdiction is asked for in it', async () => {
  const eu = await startCloudflare(bucket, provider.objects, 'eu')
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
    service: cloudflare.service,
    endpointOf: () => endpoint,
    findProxyOf: () => undefined,
  })
  await setCloudflareToken({ profileId: 'p', token, keepForSession: true })
  const asked = async () => {
    expect((await domainsOf('p').recent(bucket)).state).toBe('read')
    return cloudflare.api.requests.length
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

function error(code: number, message: string): string {
  return JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null })
}

function destination(more: Partial<MediaDestinationInput>): MediaDestinationInput {
  return {
    profileId,
    name: 'Media',
    kind: 'media',
    bucket,
    prefix: '',
    visibility: 'public',
    cacheControl: null,
    onConflict: 'overwrite',
    baseUrl: null,
    linkExpirySeconds: 3600,
    ...more,
  }
}
