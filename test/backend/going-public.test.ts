import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningBackend, codeOf, runBackend, value } from './running-backend.ts'

// Every way in which something becomes public but the switch itself, which has tests of its own: as the world sees it.
const bucket = 'going-public'
const region = 'us-east-1'
let backend: RunningBackend
let profileId = ''
let endpoint = ''
beforeAll(async () => {
  backend = await runBackend()
  const { profile } = await value(backend.api.startPlayground({}))
  profileId = profile.id
  endpoint = profile.endpoint ?? ''
  await value(backend.api.createBucket({ profileId, bucket, region, access: 'private' }))
  for (const key of ['docs/a.txt', 'docs/b.txt', 'docs/c.txt', 'static/secret.txt', 'static/other.txt'])
    await put(key)
})
afterAll(() => backend.close())

async function put(key: string) {
  const { url, headers } = await value(
    backend.api.createUploadRequest({
      profileId,
      bucket,
      prefix: '',
      name: key,
      type: 'text/plain',
      mustNotReplace: false,
      expiresInSeconds: 60,
    }),
  )
  const sent = Object.fromEntries(headers.map((each) => [each.name, each.value]))
  expect((await fetch(url, { method: 'PUT', headers: sent, body: key })).status).toBe(200)
}
async function status(key: string): Promise<number> {
  const answer = await fetch(`${endpoint}/${bucket}/${key}`)
  await answer.arrayBuffer()
  return answer.status
}
const planSetup = (kinds: ('static' | 'private-media')[]) =>
  value(
    backend.api.planBucketSetup({
      profileId,
      bucket,
      region,
      kinds,
      versioning: false,
      origins: [],
      existing: true,
    }),
  )

test('S44 a set-up names and counts what is below its public prefixes already, and needs that confirmed', async () => {
  const { planId, opens } = await planSetup(['static'])
  expect(opens).toEqual({
    objects: 2,
    more: false,
    sample: ['static/other.txt', 'static/secret.txt'],
    prefixes: ['static/'],
  })
  for (const confirmed of [{}, { confirmedPublic: 1 }])
    expect(await codeOf(backend.api.applyBucketSetup({ planId, ...confirmed }))).toBe('safety-refused')
  expect(await status('static/secret.txt')).toBe(403)
  // The same plan, once it was seen.
  const done = await value(backend.api.applyBucketSetup({ planId, confirmedPublic: 2 }))
  expect(done.isWhole).toBe(true)
  expect(await status('static/secret.txt')).toBe(200)
  expect((await planSetup(['static'])).opens).toBeUndefined()
  expect(await status('docs/a.txt')).toBe(403)
})

test('S44 a new name where the policy lets everybody read is refused until that is confirmed', async () => {
  const rename = (key: string, newKey: string, more: { confirmedPublic?: boolean } = {}) =>
    codeOf(backend.api.renameObject({ profileId, bucket, key, newKey, ...more }))
  expect(await rename('docs/a.txt', 'static/a.txt')).toBe('safety-refused')
  expect([await status('docs/a.txt'), await status('static/a.txt')]).toEqual([403, 403])
  expect(await rename('docs/a.txt', 'static/a.txt', { confirmedPublic: true })).toBe('ok')
  expect(await status('static/a.txt')).toBe(200)
  // What is public stays so, and what is private may go on being it.
  expect(await rename('static/a.txt', 'static/a2.txt')).toBe('ok')
  expect(await rename('static/a2.txt', 'docs/a.txt')).toBe('ok')
  expect(await rename('docs/a.txt', 'docs/a3.txt')).toBe('ok')
})

test('S44 so is the new key of an object whose links are ended', async () => {
  const { planId } = await value(backend.api.planRevocation({ profileId, bucket, key: 'docs/b.txt' }))
  const newKey = 'static/b.txt'
  expect(await codeOf(backend.api.applyRevocation({ planId, newKey }))).toBe('safety-refused')
  expect([await status('docs/b.txt'), await status(newKey)]).toEqual([403, 403])
  expect(await codeOf(backend.api.applyRevocation({ planId, newKey, confirmedPublic: true }))).toBe('ok')
  expect(await status(newKey)).toBe(200)
})

test('S44 the undo of a set-up that had closed something names it, and needs that confirmed', async () => {
  await put('media/private/x.txt')
  const plan = await value(
    backend.api.planVisibility({
      profileId,
      bucket,
      keys: ['media/private/x.txt'],
      prefixes: [],
      visibility: 'public',
    }),
  )
  await value(backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: 1 }))
  expect(await status('media/private/x.txt')).toBe(200)
  const { planId, opens } = await planSetup(['static', 'private-media'])
  expect(opens).toBeUndefined()
  const { setupId, isWhole } = await value(backend.api.applyBucketSetup({ planId }))
  expect([isWhole, await status('media/private/x.txt')]).toEqual([true, 403])
  const [setup] = await value(backend.api.listBucketSetups({ profileId, bucket }))
  expect(setup).toMatchObject({ setupId, opens: { objects: 1, sample: ['media/private/x.txt'] } })
  expect(await codeOf(backend.api.undoBucketSetup({ setupId, profileId }))).toBe('safety-refused')
  expect(await status('media/private/x.txt')).toBe(403)
  expect(await codeOf(backend.api.undoBucketSetup({ setupId, profileId, confirmedPublic: 1 }))).toBe('ok')
  expect(await status('media/private/x.txt')).toBe(200)
})
