import { PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { revocationHandlers } from '../../src-main/backend/revocation-handlers.ts'
import type { LinkLedger } from '../../src-main/links/ledger.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { publicObjectUrl } from '../../src-main/s3/object-url.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { isHere, targetNames } from '../s3-conformance/target.ts'
import { profileId, useRevocationScene } from './revocation-scene.ts'

describe.each(targetNames)('links that are revoked, on %s', (name) => {
  const run = test.skipIf(!isHere(name))
  const scene = useRevocationScene(name)
  const { bucket, work, put, link, revokedAt } = scene

  const statusOf = async (url: string) => (await fetch(url)).status

  run(
    'all links of an object open before and none afterwards; the object is whole at its new key',
    async () => {
      await put('docs/a b+c.pdf')
      await put('docs/other.pdf')
      const [one, two, other] = [
        await link('docs/a b+c.pdf'),
        await link('docs/a b+c.pdf'),
        await link('docs/other.pdf'),
      ]
      expect(await Promise.all([one, two].map(({ url }) => statusOf(url)))).toEqual([200, 200])
      const plan = await scene.handlers.planRevocation({ profileId, bucket, key: 'docs/a b+c.pdf' })
      expect(plan).toMatchObject({
        links: 2,
        lastEndsAt: two.endsAt,
        uploadLinks: 0,
        versioned: 'no',
        visibility: { visibility: 'private' },
      })
      expect(plan.newKey).toMatch(/^docs\/a b\+c_[A-Za-z0-9]{7}\.pdf$/)
      // Nothing has been done.
      expect(await statusOf(one.url)).toBe(200)

      const { planId, newKey } = plan
      const outcome = await scene.handlers.applyRevocation({ planId, newKey })
      expect(outcome).toMatchObject({
        links: 2,
        oldLink: { outcome: 'failed' },
        oldUrl: { visibility: expect.not.stringMatching('public') },
      })
      for (const { url, recordId } of [one, two]) {
        expect([403, 404]).toContain(await statusOf(url))
        expect(await revokedAt(recordId)).not.toBeNull()
      }
      expect(await statusOf(other.url)).toBe(200)
      expect(await revokedAt(other.recordId)).toBeNull()
      const fresh = await fetch((await link(newKey)).url)
      expect([fresh.status, await fresh.text()]).toEqual([200, 'the bytes of docs/a b+c.pdf'])
      expect(fresh.headers.get('cache-control')).toBe('max-age=60')
      // A plan is done once.
      await expect(scene.handlers.applyRevocation({ planId, newKey: 'x' })).rejects.toMatchObject({
        error: { code: 'not-found' },
      })
    },
  )

  run('the public URL of a public object ends with its links, and that is said before', async () => {
    await put('logo.svg')
    await putObjectAcl(scene.session, { bucket, key: 'logo.svg', acl: 'public-read' })
    const url = publicObjectUrl(scene.session, bucket, 'logo.svg')
    expect(await statusOf(url)).toBe(200)
    const { planId, newKey, visibility, consequences } = await scene.handlers.planRevocation({
      profileId,
      bucket,
      key: 'logo.svg',
    })
    expect(visibility.visibility).toBe('public')
    expect(consequences.join(' ')).toContain('public URL ends')
    // A policy may open this key alone, or another folder than the new one.
    expect(consequences.join(' ')).toContain('what the bucket’s policy opens depends on that key')
    // Such a copy is private.
    expect(consequences.join(' ')).toContain('unless these keys may not read the ACL')
    const { oldUrl } = await scene.handlers.applyRevocation({ planId, newKey })
    expect(oldUrl.visibility).not.toBe('public')
    expect([403, 404]).toContain(await statusOf(url))
    expect(await statusOf(publicObjectUrl(scene.session, bucket, newKey))).toBe(200)
  })

  run(
    'an object that was changed, and a key that is taken, are left alone, and so are the links',
    async () => {
      await put('x.txt')
      await put('taken.txt')
      const { url, recordId } = await link('x.txt')
      const { planId } = await scene.handlers.planRevocation({ profileId, bucket, key: 'x.txt' })
      const apply = (newKey: string) => scene.handlers.applyRevocation({ planId, newKey })
      await expect(apply('taken.txt')).rejects.toMatchObject({ error: { code: 'already-exists' } })
      await expect(apply('x.txt')).rejects.toMatchObject({ error: { code: 'invalid-argument' } })
      await putObjectBytes(
        scene.session,
        { bucket, key: 'x.txt', headers: {} },
        Buffer.from('of somebody else'),
      )
      await expect(apply('y.txt')).rejects.toMatchObject({ error: { code: 'precondition-failed' } })
      expect(await statusOf(url)).toBe(200)
      expect(await revokedAt(recordId)).toBeNull()
      expect(await headObject(scene.session, { bucket, key: 'y.txt' })).toBeNull()
    },
  )

  run(
    'a link to upload with goes on, and with what comes through it the old links are alive, as was said',
    async () => {
      await put('in/box.txt')
      const { url } = await link('in/box.txt')
      const request = await scene.links.createUploadRequest({
        profileId,
        bucket,
        prefix: 'in/',
        name: 'box.txt',
        type: 'text/plain',
        mustNotReplace: false,
        expiresInSeconds: 600,
      })
      const { planId, newKey, uploadLinks, consequences } = await scene.handlers.planRevocation({
        profileId,
        bucket,
        key: 'in/box.txt',
      })
      expect(uploadLinks).toBe(1)
      expect(consequences.join(' ')).toContain('A link to upload to this key goes on working')
      await scene.handlers.applyRevocation({ planId, newKey })
      expect([403, 404]).toContain(await statusOf(url))
      const headers = Object.fromEntries(request.headers.map(({ name: header, value }) => [header, value]))
      expect((await fetch(request.url, { method: 'PUT', headers, body: 'again' })).status).toBe(200)
      expect(await statusOf(url)).toBe(200)
    },
  )

  run('an object that is gone, and a profile of another service, revoke nothing', async () => {
    await expect(scene.handlers.planRevocation({ profileId, bucket, key: 'gone' })).rejects.toMatchObject({
      error: { code: 'no-such-key' },
    })
    await put('here')
    await expect(
      scene.handlers.planRevocation({ profileId, bucket, key: 'here', service: 's3.elsewhere.test' }),
    ).rejects.toMatchObject({ error: { code: 'invalid-argument' } })
  })

  run('what goes wrong after the move does not hide that it was made', async () => {
    await put('late.txt')
    await put('unlisted.txt')
    const atEnd = { isReached: false }
    const ending = Object.assign(Object.create(scene.session) as S3Session, {
      // Temporary keys that end with the move.
      credentials: async () => ({
        ...scene.target.credentials,
        ...(atEnd.isReached ? { expiration: new Date(Date.now() - 1000) } : {}),
      }),
    })
    const handlersOf = (to: S3Session, list: Pick<LinkLedger, 'liveLinksOf' | 'revoke' | 'revive'>) =>
      revocationHandlers({
        sessions: { open: async () => to, forget: () => undefined, close: () => undefined },
        ledger: list,
        throughOf: () => null,
        moves: scene.moveRecords(),
        work,
        progress: { emit: () => undefined },
      })
    const late = handlersOf(ending, {
      liveLinksOf: async () => [],
      revive: async () => 0,
      revoke: async () => {
        atEnd.isReached = true
        return 0
      },
    })
    const plan = await late.planRevocation({ profileId, bucket, key: 'late.txt' })
    const outcome = await late.applyRevocation({ planId: plan.planId, newKey: plan.newKey })
    expect(outcome.oldLink).toMatchObject({ outcome: 'not-tested', problem: { code: 'expired-token' } })

    const unlisted = handlersOf(scene.session, {
      liveLinksOf: async () => [],
      revive: async () => 0,
      revoke: () => Promise.reject(failure('disk-full', 'The list of links cannot be written: ENOSPC.')),
    })
    const { planId, newKey } = await unlisted.planRevocation({ profileId, bucket, key: 'unlisted.txt' })
    await expect(unlisted.applyRevocation({ planId, newKey })).rejects.toMatchObject({
      error: { code: 'disk-full', message: expect.stringMatching(/at its new key.*cannot be written/) },
    })
    expect(await headObject(scene.session, { bucket, key: newKey })).not.toBeNull()
  })

  run('where the bucket keeps versions, no link that was given out leads to the old one', async () => {
    await scene.client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    )
    await put('v.txt')
    const { url } = await link('v.txt')
    const { planId, newKey, versioned, consequences } = await scene.handlers.planRevocation({
      profileId,
      bucket,
      key: 'v.txt',
    })
    expect(versioned).toBe('yes')
    expect(consequences.join(' ')).toContain('no link that is given out names a version')
    const { oldLink } = await scene.handlers.applyRevocation({ planId, newKey })
    expect(oldLink.outcome).toBe('failed')
    expect([403, 404]).toContain(await statusOf(url))
    expect(Math.floor((await statusOf(`${url}&versionId=null`)) / 100)).toBe(4)
  })
})
