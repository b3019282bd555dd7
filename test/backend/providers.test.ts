import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import {
  b2,
  denied,
  minio,
  type ProviderDouble,
  type ProviderManners,
  r2,
  startProvider,
} from './provider-double.ts'
import { type SeenRequest, sendError } from '../s3/scripted-server.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'
import { saveProfile } from './saved-profile.ts'

const bucket = 'website'
/** DigitalOcean honours ACLs and does not know ownership. */
const spaces: ProviderManners = {
  aclOfUpload: 'honoured',
  putAcl: () => 'honoured',
  tellsAcls: true,
  policies: true,
  bucketIsPublic: false,
  unsigned: denied,
}
/** Wasabi refuses what is public until its support has allowed it for the account. */
const shutWasabi: ProviderManners = {
  ...spaces,
  aclOfUpload: denied,
  putAcl: (acl) => (acl === 'private' ? 'honoured' : denied),
}
/** One that takes every ACL and looks at none. */
const careless: ProviderManners = { ...minio, putAcl: () => 'ignored' }

let backend: RunningBackend
let provider: ProviderDouble
let profileId: string
let folder: string
afterEach(async () => {
  await backend.close()
  await provider.server.close()
  await rm(folder, { recursive: true, force: true })
})

async function open(manners: ProviderManners, said: ProviderId): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'pail-providers-'))
  provider = await startProvider(bucket, manners)
  backend = await runBackend({ clipboard: null })
  profileId = await saveProfile(
    backend.api,
    { endpoint: provider.server.endpoint, accessKeyId: 'AKIAEXAMPLE000000001', secretAccessKey: 'secret' },
    { provider: said, bucketNames: [bucket] },
  )
}

/** What somebody without keys is answered: the test's own request. */
const bare = async (key: string) => (await fetch(`${provider.server.endpoint}/${bucket}/${key}`)).status
/** What Pail says after its own, which has to agree with {@link bare}. */
async function badge(key: string): Promise<string> {
  const { visibility, status } = await value(backend.api.checkVisibility({ profileId, bucket, key }))
  const own = await bare(key)
  expect([key, status]).toEqual([key, own])
  expect(visibility).toBe(own === 200 ? 'public' : own === 401 || own === 403 ? 'private' : 'unknown')
  return visibility
}

async function upload(key: string, visibility: WantedVisibility, sendIfOpen = false) {
  const path = join(folder, key)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, key)
  const { selectionId } = await value(backend.api.registerDrop({ sources: [{ path }] }))
  const report = backend.uploadReport()
  const prefix = key.includes('/') ? key.slice(0, key.lastIndexOf('/') + 1) : ''
  await value(
    backend.api.startUpload({
      profileId,
      bucket,
      prefix,
      selectionId,
      visibility,
      onConflict: 'overwrite',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 3600,
      ...(sendIfOpen ? { sendIfOpen } : {}),
    }),
  )
  return report
}

const planFor = (visibility: WantedVisibility, key: string) =>
  value(backend.api.planVisibility({ profileId, bucket, keys: [key], prefixes: [], visibility }))
async function toggle(visibility: WantedVisibility, key: string) {
  const plan = await planFor(visibility, key)
  return {
    plan,
    outcome: await value(
      backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }),
    ),
  }
}
const report = () => value(backend.api.getBucketAccess({ profileId, bucket }))

describe.each([
  ['minio', undefined],
  ['other', 'MinIO'],
  // Behind a proxy, which has a name of its own.
  ['other', 'nginx'],
] as const)('MinIO, in a profile of %s, as %s', (said, software) => {
  const isHidden = software === 'nginx'
  test('is public by its policy alone, and the switch finds that out', async () => {
    await open({ ...minio, ...(software === undefined ? {} : { software }) }, said)
    // Where the profile says what it is, nothing is sent as public that would be private. Else the ACL is taken.
    if (said === 'minio') await upload('a.png', 'private')
    else expect((await upload('a.png', 'public')).uploaded).toBe(1)
    // Nobody is told that it is public.
    expect(await badge('a.png')).toBe('private')
    const first = await toggle('public', 'a.png')
    if (isHidden) {
      expect(first.plan).toMatchObject({ way: 'object-acl', sure: false })
      expect(first.outcome).toMatchObject({
        failed: [{ code: 'not-supported' }],
        hint: expect.stringContaining('once more'),
      })
      expect(await badge('a.png')).toBe('private')
    }
    const { plan, outcome } = isHidden ? await toggle('public', 'a.png') : first
    expect(plan).toMatchObject({ way: 'prefix-policy', acls: null, policy: { before: null } })
    expect(plan.reasons[0]).toContain('does not look at the ACLs')
    expect(outcome).toMatchObject({ policyChanged: true, failed: [], counts: { public: 1 } })
    expect(outcome.hint).toBeUndefined()
    expect(await badge('a.png')).toBe('public')
    expect((await toggle('private', 'a.png')).outcome.counts).toMatchObject({ private: 1 })
    expect(await badge('a.png')).toBe('private')
    const [shut, opened] = await value(backend.api.listVisibilityChanges({ profileId, bucket }))
    await value(backend.api.undoVisibility({ planId: shut!.planId, confirmedPublic: 1 }))
    expect(await badge('a.png')).toBe('public')
    await value(backend.api.undoVisibility({ planId: opened!.planId }))
    expect(await badge('a.png')).toBe('private')
    const told = await report()
    expect(told.ownership.state).toBe('not-offered')
    if (!isHidden) expect(told.public).toMatchObject({ way: 'prefix-policy' })
  })
})

describe('MinIO, as a profile says', () => {
  const sentAcls = () =>
    provider.server.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ headers }) => headers['x-amz-acl'])
      .filter((acl) => acl !== undefined)

  test('S44 an upload as public leads to the folder’s policy, is let in by it without an ACL, and all of it is undone', async () => {
    await open(minio, 'minio')
    expect(await upload('in/a.png', 'public')).toMatchObject({ uploaded: 0, failed: 1, link: null })
    expect(provider.objects.size).toBe(0)
    const { transfers } = await value(backend.api.listTransfers({}))
    expect(transfers[0]?.error).toMatchObject({
      code: 'acls-disabled',
      message: expect.stringMatching(/^This service ignores ACLs.*make the prefix public first/) as string,
    })
    const { planId, objects, way } = await value(
      backend.api.planVisibility({ profileId, bucket, keys: [], prefixes: ['in/'], visibility: 'public' }),
    )
    expect(way).toBe('prefix-policy')
    await value(backend.api.applyVisibility({ planId, confirmedObjects: objects }))
    // The first answer, that it is not open, holds for a second.
    await expect.poll(async () => (await upload('in/a.png', 'public')).uploaded, { timeout: 10_000 }).toBe(1)
    expect(await badge('in/a.png')).toBe('public')
    await value(backend.api.undoVisibility({ planId }))
    expect(await badge('in/a.png')).toBe('private')
    expect(sentAcls()).toEqual([])
  })

  test('where its policy may not be read, an upload as public is sent, without an ACL, and asked for afterwards', async () => {
    await open(minio, 'minio')
    provider.intercept = ({ method, url }, response) => {
      if (method !== 'GET' || !url.includes('policy')) return false
      sendError(response, 403, 'AccessDenied')
      return true
    }
    expect(await upload('in/a.png', 'public')).toMatchObject({ uploaded: 1, failed: 0 })
    expect(await badge('in/a.png')).toBe('private')
    expect(sentAcls()).toEqual([])
  })
})

describe('a service that takes every ACL and looks at none', () => {
  test('is asked by its policy the second time, and private is private', async () => {
    await open(careless, 'other')
    await upload('a.png', 'private')
    const { outcome } = await toggle('public', 'a.png')
    expect(outcome).toMatchObject({ acls: 1, failed: [], counts: { private: 1 } })
    expect(outcome.hint).toContain('no effect')
    expect((await toggle('public', 'a.png')).plan.way).toBe('prefix-policy')
    expect(await badge('a.png')).toBe('public')
    await toggle('private', 'a.png')
    expect(await badge('a.png')).toBe('private')
  })
})

describe.each([
  ['R2', 'r2', r2, 'unknown'],
  ['B2', 'b2', b2, 'private'],
] as const)('%s', (_, said, manners, closed) => {
  test('is public as a whole or not: no ACL is sent with an object', async () => {
    await open(manners, said)
    for (const [key, visibility] of [
      ['in/a.png', 'public'],
      ['in/b.png', 'private'],
    ] as const) {
      expect(await upload(key, visibility)).toMatchObject({ uploaded: 1, failed: 0 })
      expect([key, await badge(key)]).toEqual([key, closed])
    }
    const sent = provider.server.requests.filter(({ method }) => method === 'PUT')
    expect(sent.map(({ headers }) => headers['x-amz-acl'])).toEqual([undefined, undefined])
    expect(await report()).toMatchObject({
      public: { way: 'provider-switch' },
      policy: { state: 'not-offered' },
    })
  })
})

describe('B2’s own switch', () => {
  const apply = async (visibility: WantedVisibility) => {
    const { planId, objects } = await planFor(visibility, 'in/a.png')
    return backend.api.applyVisibility({ planId, confirmedObjects: objects })
  }
  const changes = () => value(backend.api.listVisibilityChanges({ profileId, bucket }))
  const isSwitch = ({ method, url }: SeenRequest) => method === 'PUT' && /^\/website\/?\?acl/.test(url)
  const start = async (isPublic: boolean) => {
    await open({ ...b2, bucketIsPublic: isPublic }, 'b2')
    await upload('in/a.png', 'private', isPublic)
    await upload('b.png', 'private', isPublic)
  }

  test('S44 nothing is sent as private while it opens the bucket, and where it cannot be read that is not known', async () => {
    await start(false)
    provider.isPublic = true
    const path = join(folder, 'new.txt')
    await writeFile(path, 'new')
    const { selectionId } = await value(backend.api.registerDrop({ sources: [{ path }] }))
    const where = { profileId, bucket, prefix: 'in/', selectionId, visibility: 'private' } as const
    const send = () =>
      backend.api.startUpload({
        ...where,
        onConflict: 'overwrite',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
      })
    const opened = async () => {
      const how = {
        naming: { template: null, clean: 'as-is' },
        leaveOutEmpty: false,
        lookForExisting: false,
      } as const
      return (await value(backend.api.planUpload({ ...where, ...how }))).opened
    }
    const by = 'Backblaze B2’s own switch'
    expect(await opened()).toEqual({ files: 1, key: 'in/new.txt', by, isWhole: true })
    const refused = await send()
    expect(refused).toMatchObject({ ok: false, error: { code: 'safety-refused', key: 'in/new.txt' } })
    expect((refused as { error: { message: string } }).error.message).toMatch(
      /in\/new\.txt, which should be private: the bucket is public as a whole \(Backblaze B2’s own switch\)\. Nothing was sent\./,
    )
    expect(provider.objects.has('in/new.txt')).toBe(false)
    // Shut again, it is sent.
    provider.isPublic = false
    expect(await opened()).toBeNull()
    const report = backend.uploadReport()
    await value(send())
    expect(await report).toMatchObject({ uploaded: 1, publicCanRead: 'no' })
    expect(await bare('in/new.txt')).toBe(401)

    provider.intercept = ({ method, url }, response) => {
      if (method !== 'GET' || !/^\/website\/?\?acl/.test(url)) return false
      sendError(response, 403, 'AccessDenied')
      return true
    }
    expect(await opened()).toBeUndefined()
  })

  test('is thrown for the whole bucket, which is named and counted; it is read back, asked for and taken back', async () => {
    await start(false)
    expect((await report()).public).toMatchObject({
      sure: true,
      reasons: expect.arrayContaining([expect.stringContaining('private now')]) as string[],
    })
    const plan = await planFor('public', 'in/a.png')
    expect(plan).toMatchObject({
      way: 'provider-switch',
      refusal: null,
      acls: null,
      switches: [{ kind: 'bucket-acl', domain: null, from: 'private', to: 'public' }],
      prefixes: [''],
      objects: 2,
    })
    expect(plan.reasons[0]).toMatch(/first payment/)
    expect(await badge('b.png')).toBe('private')
    const opened = await value(backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: 2 }))
    expect(opened).toMatchObject({ switches: [{ problem: null }], counts: { public: 2 }, undoable: true })
    expect([await badge('in/a.png'), await badge('b.png')]).toEqual(['public', 'public'])
    expect(provider.server.requests.find(isSwitch)?.headers['x-amz-acl']).toBe('public-read')
    const undone = await value(backend.api.undoVisibility({ planId: plan.planId }))
    expect(undone).toMatchObject({ switches: [{ to: 'private', problem: null }], counts: { private: 2 } })
    expect(await badge('b.png')).toBe('private')
    expect(await changes()).toEqual([])
  })

  test('is thrown to private likewise, and the way back names what it opens', async () => {
    await start(true)
    expect(await badge('b.png')).toBe('public')
    expect(await value(apply('private'))).toMatchObject({ counts: { private: 2, public: 0 } })
    expect(await badge('b.png')).toBe('private')
    const [change] = await changes()
    expect(await value(backend.api.planUndoVisibility({ planId: change!.planId }))).toMatchObject({
      objects: 2,
      prefixes: [''],
    })
    await value(backend.api.undoVisibility({ planId: change!.planId, confirmedPublic: 2 }))
    expect(await badge('b.png')).toBe('public')
  })

  test('an account that has never paid is told so, and nothing is left to undo', async () => {
    await start(false)
    provider.intercept = (request, response) => {
      if (isSwitch(request)) sendError(response, 403, 'AccessDenied', 'Account has no payment history.')
      return isSwitch(request)
    }
    const refused = await apply('public')
    expect(refused).toMatchObject({ ok: false, error: { code: 'access-denied' } })
    expect(JSON.stringify(refused)).toMatch(/first payment\. Nothing was changed/)
    expect(await changes()).toEqual([])
  })

  test('a key that may not read the bucket’s ACL is told so, and nothing is thrown blindly', async () => {
    await start(false)
    provider.intercept = ({ url }, response) => {
      if (url.includes('?acl')) sendError(response, 403, 'AccessDenied')
      return url.includes('?acl')
    }
    expect((await planFor('public', 'b.png')).refusal).toMatchObject({ code: 'access-denied' })
    expect((await report()).public.sure).toBe(false)
    expect(provider.server.requests.filter(isSwitch)).toEqual([])
  })

  test.each([
    ['was done', true, null],
    ['was not done', false, /is still private/],
  ] as const)('a lost answer is looked up: it %s', async (_, isDone, problem) => {
    await start(false)
    provider.intercept = (request, response) => {
      if (!isSwitch(request)) return false
      if (isDone) provider.isPublic = true
      response.destroy()
      return true
    }
    const done = await value(apply('public'))
    const told = done.switches?.[0]?.problem?.message ?? null
    if (problem === null) expect(told).toBeNull()
    else expect(told).toMatch(problem)
    expect(done.counts).toMatchObject({ public: isDone ? 2 : 0 })
    // It may have been done, or be yet.
    expect(await changes()).toHaveLength(1)
  })

  test('503 is waited for', async () => {
    await start(false)
    let refused = 0
    provider.intercept = (request, response) => {
      if (!isSwitch(request) || refused++ > 0) return false
      sendError(response, 503, 'SlowDown')
      return true
    }
    expect(await value(apply('public'))).toMatchObject({ counts: { public: 2 } })
    expect(refused).toBe(2)
  })
})

describe('DigitalOcean Spaces', () => {
  test('has public and private objects by their ACLs', async () => {
    await open(spaces, 'spaces')
    await upload('a.png', 'public')
    expect(await badge('a.png')).toBe('public')
    expect((await toggle('private', 'a.png')).plan).toMatchObject({ way: 'object-acl', policy: null })
    expect(await badge('a.png')).toBe('private')
    expect((await toggle('public', 'a.png')).outcome).toMatchObject({ failed: [], counts: { public: 1 } })
    expect(await badge('a.png')).toBe('public')
  })
})

describe('Wasabi whose account may not be public', () => {
  test('refuses, is said to, and stays private', async () => {
    await open(shutWasabi, 'wasabi')
    await upload('a.png', 'private')
    const { plan, outcome } = await toggle('public', 'a.png')
    expect(plan.reasons).toContainEqual(expect.stringContaining('its support does that'))
    expect(outcome).toMatchObject({ failed: [{ code: 'access-denied' }], counts: { private: 1 } })
    expect(outcome.hint).toBeUndefined()
    expect(await badge('a.png')).toBe('private')
  })
})
