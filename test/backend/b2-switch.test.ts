import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { type SeenRequest, sendError } from '../s3/scripted-server.ts'
import { privateDrop } from './private-drop.ts'
import { b2 } from './provider-double.ts'
import { bucket, useProviderScene } from './provider-scene.ts'
import { value } from './running-backend.ts'

const scene = useProviderScene()
const { open, bare, badge, upload, planFor, report } = scene

describe('B2’s own switch', () => {
  const apply = async (visibility: WantedVisibility) => {
    const { planId, objects } = await planFor(visibility, 'in/a.png')
    return scene.backend.api.applyVisibility({ planId, confirmedObjects: objects })
  }
  const changes = () => value(scene.backend.api.listVisibilityChanges({ profileId: scene.profileId, bucket }))
  const isSwitch = ({ method, url }: SeenRequest) => method === 'PUT' && /^\/website\/?\?acl/.test(url)
  const start = async (isPublic: boolean) => {
    await open({ ...b2, bucketIsPublic: isPublic }, 'b2')
    await upload('in/a.png', 'private', isPublic)
    await upload('b.png', 'private', isPublic)
  }

  test('S44 nothing is sent as private while it opens the bucket, and where it cannot be read that is not known', async () => {
    await start(false)
    scene.provider.isPublic = true
    const path = join(scene.folder, 'new.txt')
    await writeFile(path, 'new')
    const place = { profileId: scene.profileId, bucket, prefix: 'in/' }
    const { opened, send } = await privateDrop(scene.backend, place, path)
    const by = 'Backblaze B2’s own switch'
    expect(await opened()).toEqual({ files: 1, key: 'in/new.txt', by, isWhole: true })
    const refused = await send()
    expect(refused).toMatchObject({ ok: false, error: { code: 'safety-refused', key: 'in/new.txt' } })
    expect((refused as { error: { message: string } }).error.message).toMatch(
      /in\/new\.txt, which should be private: the bucket is public as a whole \(Backblaze B2’s own switch\)\. Nothing was sent\./,
    )
    expect(scene.provider.objects.has('in/new.txt')).toBe(false)
    // Shut again, it is sent.
    scene.provider.isPublic = false
    expect(await opened()).toBeNull()
    const report = scene.backend.uploadReport()
    await value(send())
    expect(await report).toMatchObject({ uploaded: 1, publicCanRead: 'no' })
    expect(await bare('in/new.txt')).toBe(401)

    scene.provider.intercept = ({ method, url }, response) => {
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
    const opened = await value(
      scene.backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: 2 }),
    )
    expect(opened).toMatchObject({ switches: [{ problem: null }], counts: { public: 2 }, undoable: true })
    expect([await badge('in/a.png'), await badge('b.png')]).toEqual(['public', 'public'])
    expect(scene.provider.server.requests.find(isSwitch)?.headers['x-amz-acl']).toBe('public-read')
    const undone = await value(scene.backend.api.undoVisibility({ planId: plan.planId }))
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
    expect(await value(scene.backend.api.planUndoVisibility({ planId: change!.planId }))).toMatchObject({
      objects: 2,
      prefixes: [''],
    })
    await value(scene.backend.api.undoVisibility({ planId: change!.planId, confirmedPublic: 2 }))
    expect(await badge('b.png')).toBe('public')
  })

  test('an account that has never paid is told so, and nothing is left to undo', async () => {
    await start(false)
    scene.provider.intercept = (request, response) => {
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
    scene.provider.intercept = ({ url }, response) => {
      if (url.includes('?acl')) sendError(response, 403, 'AccessDenied')
      return url.includes('?acl')
    }
    expect((await planFor('public', 'b.png')).refusal).toMatchObject({ code: 'access-denied' })
    expect((await report()).public.sure).toBe(false)
    expect(scene.provider.server.requests.filter(isSwitch)).toEqual([])
  })

  test.each([
    ['was done', true, null],
    ['was not done', false, /is still private/],
  ] as const)('a lost answer is looked up: it %s', async (_, isDone, problem) => {
    await start(false)
    scene.provider.intercept = (request, response) => {
      if (!isSwitch(request)) return false
      if (isDone) scene.provider.isPublic = true
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
    scene.provider.intercept = (request, response) => {
      if (!isSwitch(request) || refused++ > 0) return false
      sendError(response, 503, 'SlowDown')
      return true
    }
    expect(await value(apply('public'))).toMatchObject({ counts: { public: 2 } })
    expect(refused).toBe(2)
  })
})
