import { describe, expect, test } from 'vitest'
import { sendError } from '../s3/scripted-server.ts'
import { b2, denied, minio, type ProviderManners, r2 } from './provider-double.ts'
import { bucket, useProviderScene } from './provider-scene.ts'
import { value } from './running-backend.ts'

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

const scene = useProviderScene()
const { open, badge, upload, toggle, report } = scene

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
    const [shut, opened] = await value(
      scene.backend.api.listVisibilityChanges({ profileId: scene.profileId, bucket }),
    )
    await value(scene.backend.api.undoVisibility({ planId: shut!.planId, confirmedPublic: 1 }))
    expect(await badge('a.png')).toBe('public')
    await value(scene.backend.api.undoVisibility({ planId: opened!.planId }))
    expect(await badge('a.png')).toBe('private')
    const told = await report()
    expect(told.ownership.state).toBe('not-offered')
    if (!isHidden) expect(told.public).toMatchObject({ way: 'prefix-policy' })
  })
})

describe('MinIO, as a profile says', () => {
  const sentAcls = () =>
    scene.provider.server.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ headers }) => headers['x-amz-acl'])
      .filter((acl) => acl !== undefined)

  test('S44 an upload as public leads to the folder’s policy, is let in by it without an ACL, and all of it is undone', async () => {
    await open(minio, 'minio')
    expect(await upload('in/a.png', 'public')).toMatchObject({ uploaded: 0, failed: 1, link: null })
    expect(scene.provider.objects.size).toBe(0)
    const { transfers } = await value(scene.backend.api.listTransfers({}))
    expect(transfers[0]?.error).toMatchObject({
      code: 'acls-disabled',
      message: expect.stringMatching(/^This service ignores ACLs.*make the prefix public first/) as string,
    })
    const { planId, objects, way } = await value(
      scene.backend.api.planVisibility({
        profileId: scene.profileId,
        bucket,
        keys: [],
        prefixes: ['in/'],
        visibility: 'public',
      }),
    )
    expect(way).toBe('prefix-policy')
    await value(scene.backend.api.applyVisibility({ planId, confirmedObjects: objects }))
    // The first answer, that it is not open, holds for a second.
    await expect.poll(async () => (await upload('in/a.png', 'public')).uploaded, { timeout: 10_000 }).toBe(1)
    expect(await badge('in/a.png')).toBe('public')
    await value(scene.backend.api.undoVisibility({ planId }))
    expect(await badge('in/a.png')).toBe('private')
    expect(sentAcls()).toEqual([])
  })

  test('where its policy may not be read, an upload as public is sent, without an ACL, and asked for afterwards', async () => {
    await open(minio, 'minio')
    scene.provider.intercept = ({ method, url }, response) => {
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
    const sent = scene.provider.server.requests.filter(({ method }) => method === 'PUT')
    expect(sent.map(({ headers }) => headers['x-amz-acl'])).toEqual([undefined, undefined])
    expect(await report()).toMatchObject({
      public: { way: 'provider-switch' },
      policy: { state: 'not-offered' },
    })
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
