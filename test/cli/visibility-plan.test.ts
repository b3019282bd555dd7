import {
  DeleteObjectCommand,
  GetObjectAclCommand,
  PutObjectAclCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { codeOf, value } from '../backend/running-backend.ts'
import { Bucket, theirs, visibilityScene } from './visibility-scene.ts'

const scene = visibilityScene()
const { get, put, read, set, plan, apply } = scene

describe('the plan', () => {
  test('S44 is not applied when somebody has changed the policy meanwhile', async () => {
    const made = await plan('public', [], ['media/'])
    await put(theirs)
    expect(
      await codeOf(
        scene.line.backend.api.applyVisibility({ planId: made.planId, confirmedObjects: made.objects }),
      ),
    ).toBe('precondition-failed')
    expect(await read()).toBe(theirs)
  })

  test('S44 is not applied with another number of objects, nor twice', async () => {
    const { planId, objects } = await plan('public', [], ['media/'])
    const again = (confirmedObjects: number) =>
      codeOf(scene.line.backend.api.applyVisibility({ planId, confirmedObjects }))
    expect(await again(objects - 1)).toBe('safety-refused')
    expect(await again(objects)).toBe('ok')
    expect(await again(objects)).toBe('not-found')
  })

  test('S45 can be undone: the policy is what it was, byte for byte', async () => {
    await put(theirs)
    const outcome = await apply(await plan('public', [], ['media/']))
    expect(outcome.undoable).toBe(true)
    const undone = await value(scene.line.backend.api.undoVisibility({ planId: outcome.planId }))
    expect(undone).toMatchObject({ policyChanged: true, counts: { public: 0, private: 3 } })
    expect(await read()).toBe(theirs)
    expect(await codeOf(scene.line.backend.api.undoVisibility({ planId: outcome.planId }))).toBe('not-found')
  })

  test('S45 is not undone over what somebody has written since', async () => {
    const { planId } = await apply(await plan('public', [], ['media/']))
    await put(theirs)
    expect(await codeOf(scene.line.backend.api.undoVisibility({ planId }))).toBe('precondition-failed')
    expect(await read()).toBe(theirs)
  })

  test('S45 can be undone after a restart, and by the command', async () => {
    await put(theirs)
    await apply(await plan('public', [], ['media/']))
    await scene.line.backend.restart()
    const where = { profileId: environmentProfileId, bucket: Bucket }
    const changes = () => value(scene.line.backend.api.listVisibilityChanges(where))
    const [change] = await changes()
    expect(change).toMatchObject({ visibility: 'public', objects: 3, acls: 0, policy: true, hasEnded: true })
    expect(
      await value(scene.line.backend.api.listVisibilityChanges({ ...where, bucket: 'another' })),
    ).toEqual([])
    expect(await set('undo', `s3://${Bucket}`)).toMatchObject({ code: 3 })
    expect(await set('undo', `s3://${Bucket}`, '--dry-run')).toMatchObject({ code: 0 })
    expect(await read()).not.toBe(theirs)
    expect(await set('undo', `s3://${Bucket}`, '--yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`private  s3://${Bucket}/media/a.txt`) as string,
    })
    expect(await read()).toBe(theirs)
    expect((await changes()).map(({ planId }) => planId)).not.toContain(change?.planId)
  })

  test('S45 an ACL that was public is public again after a restart', async () => {
    const objects = { profileId: environmentProfileId, bucket: scene.line.bucket, prefixes: [] }
    const keys = ['media/b.txt']
    await apply(
      await value(scene.line.backend.api.planVisibility({ ...objects, keys, visibility: 'public' })),
    )
    await apply(
      await value(scene.line.backend.api.planVisibility({ ...objects, keys, visibility: 'private' })),
    )
    await scene.line.backend.restart()
    const [last, before] = await value(scene.line.backend.api.listVisibilityChanges(objects))
    expect([last?.visibility, before?.visibility]).toEqual(['private', 'public'])
    const planId = last?.planId ?? ''
    const { api } = scene.line.backend
    // S44 nobody has said yet that it may be public, or of how many objects.
    expect(await codeOf(api.undoVisibility({ planId }))).toBe('safety-refused')
    expect(await codeOf(api.undoVisibility({ planId, confirmedPublic: 2 }))).toBe('safety-refused')
    expect(await get('media/b.txt', scene.line.bucket)).toBe(403)
    expect(await value(api.planUndoVisibility({ planId }))).toEqual({
      planId,
      bucket: scene.line.bucket,
      objects: 1,
      more: false,
      sample: ['media/b.txt'],
      prefixes: [],
    })
    const undone = await value(api.undoVisibility({ planId, confirmedPublic: 1 }))
    expect(undone).toMatchObject({ acls: 1, counts: { public: 1 } })
  })

  test('S44 undoing what a policy closed names what is there now, and needs the bucket’s name', async () => {
    await set('public', `s3://${Bucket}/media/`, '--yes')
    expect((await set('private', `s3://${Bucket}/media/`, '--yes')).code).toBe(0)
    // Came since, and is opened as well.
    expect(
      (await scene.line.run(['put', `${scene.line.folder}/a.txt`, `s3://${Bucket}/media/new/`])).code,
    ).toBe(0)
    const dry = await set('undo', `s3://${Bucket}`, '--dry-run', '--json')
    expect(JSON.parse(dry.out)).toMatchObject({ opens: { objects: 4, prefixes: ['media/'] } })
    const argv = ['set-visibility', 'undo', `s3://${Bucket}`]
    const refused = await scene.line.run(argv, { typed: 'yes' })
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('4 objects')
    expect(refused.err).toContain(`s3://${Bucket}/media/new/a.txt`)
    expect(await get('media/new/a.txt')).toBe(403)
    expect((await scene.line.run(argv, { typed: Bucket })).code).toBe(0)
    expect(await get('media/new/a.txt')).toBe(200)
    await scene.client.send(new DeleteObjectCommand({ Bucket, Key: 'media/new/a.txt' }))
  })

  test('S45 an object that came to the key since is left alone by an undo, and stays private', async () => {
    const { api } = scene.line.backend
    const objects = { profileId: environmentProfileId, bucket: scene.line.bucket, prefixes: [] }
    const keys = ['media-2/a.txt', 'media-2/b.txt']
    for (const Key of keys)
      await scene.client.send(new PutObjectAclCommand({ Bucket: scene.line.bucket, Key, ACL: 'public-read' }))
    const { planId } = await apply(
      await value(api.planVisibility({ ...objects, keys, visibility: 'private' })),
    )
    await scene.client.send(
      new PutObjectCommand({ Bucket: scene.line.bucket, Key: keys[0]!, Body: 'a secret' }),
    )
    const undone = await value(api.undoVisibility({ planId, confirmedPublic: 2 }))
    expect(undone).toMatchObject({
      acls: 1,
      failed: [
        {
          key: keys[0],
          code: 'precondition-failed',
          message: expect.stringContaining('was replaced since') as string,
        },
      ],
    })
    expect([await get(keys[0]!, scene.line.bucket), await get(keys[1]!, scene.line.bucket)]).toEqual([
      403, 200,
    ])
    await scene.client.send(new PutObjectCommand({ Bucket: scene.line.bucket, Key: keys[0]!, Body: 'a' }))
  })

  test('S45 an ACL that somebody has changed since is left alone, and the rest goes back', async () => {
    const { api } = scene.line.backend
    const objects = { profileId: environmentProfileId, bucket: scene.line.bucket, prefixes: [] }
    const keys = ['media-2/a.txt', 'media-2/b.txt']
    for (const Key of keys)
      await scene.client.send(new PutObjectAclCommand({ Bucket: scene.line.bucket, Key, ACL: 'private' }))
    const { planId } = await apply(
      await value(api.planVisibility({ ...objects, keys, visibility: 'public' })),
    )
    await scene.client.send(
      new PutObjectAclCommand({
        Bucket: scene.line.bucket,
        Key: 'media-2/a.txt',
        ACL: 'authenticated-read',
      }),
    )
    const undone = await value(api.undoVisibility({ planId }))
    expect(undone).toMatchObject({ acls: 1, failed: [{ key: 'media-2/a.txt', code: 'precondition-failed' }] })
    const { Grants } = await scene.client.send(
      new GetObjectAclCommand({ Bucket: scene.line.bucket, Key: 'media-2/a.txt' }),
    )
    expect(JSON.stringify(Grants)).toContain('AuthenticatedUsers')
    // It would fail for ever, and keep the changes before it from being undone.
    expect(await codeOf(api.undoVisibility({ planId }))).toBe('not-found')
  })

  test('S45 an undone ACL is the one that was there', async () => {
    const { api } = scene.line.backend
    const objects = { profileId: environmentProfileId, bucket: scene.line.bucket, prefixes: [] }
    const keys = ['media/b.txt', 'media/a.txt']
    const first = await value(api.planVisibility({ ...objects, keys: ['media/b.txt'], visibility: 'public' }))
    await apply(first)
    const both = await apply(await value(api.planVisibility({ ...objects, keys, visibility: 'private' })))
    expect(both.counts).toMatchObject({ private: 2 })
    const undone = await value(api.undoVisibility({ planId: both.planId, confirmedPublic: 1 }))
    expect(undone.checks.map(({ key, visibility }) => [key, visibility])).toEqual([
      ['media/b.txt', 'public'],
      ['media/a.txt', 'private'],
    ])
  })
})
