import { GetObjectTaggingCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { headObject } from '../../src-main/s3/head-object.ts'
import { putObjectAcl, readObjectAcl } from '../../src-main/s3/object-acl.ts'
import { isHere, targetNames } from '../s3-conformance/target.ts'
import { s3Error } from '../sync/scripted-proxy.ts'
import { isCopy, isPartCopy, useRevocationScene } from './revocation-scene.ts'

describe.each(targetNames)('moving an object away from its links, to its end or cancelled, on %s', (name) => {
  const run = test.skipIf(!isHere(name))
  const scene = useRevocationScene(name)
  const { bucket, work, put, putLarge, planned, isThere, serviceCopies, expectUntouched } = scene

  run(
    'a large one goes by parts, tells how far it is, and keeps its headers, metadata, tags and ACL',
    async () => {
      const bytes = await putLarge('film.bin')
      const Tagging = { TagSet: [{ Key: 'a b', Value: 'c+d' }] }
      await scene.client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'film.bin', Tagging }))
      await putObjectAcl(scene.session, { bucket, key: 'film.bin', acl: 'public-read' })
      const { url, planId, newKey, isDead } = await planned('film.bin')
      const before = await headObject(scene.session, { bucket, key: 'film.bin' })
      await scene.handlers.applyRevocation({ planId, newKey })
      expect(await isDead()).toBe(true)
      expect([403, 404]).toContain((await fetch(url)).status)

      const moved = await fetch(`${scene.target.endpoint}/${bucket}/${newKey}`)
      expect([moved.status, Buffer.from(await moved.arrayBuffer()).equals(bytes)]).toEqual([200, true])
      expect(await headObject(scene.session, { bucket, key: newKey })).toMatchObject({
        contentType: 'video/x-moved',
        cacheControl: 'max-age=60',
        contentDisposition: before?.contentDisposition,
        metadata: { who: 'somebody' },
      })
      expect((await readObjectAcl(scene.session, { bucket, key: newKey })).acl).toBe('public-read')
      expect(
        await scene.client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: newKey })),
      ).toMatchObject(Tagging)
      expect(scene.proxy.seen.filter(isPartCopy)).toHaveLength(3)
      expect(
        scene.moments.every((moment) => moment.planId === planId && moment.bytesTotal === bytes.length),
      ).toBe(true)
      expect(scene.moments[0]).toMatchObject({ state: 'running', bytesDone: 0 })
      expect(scene.moments.at(-1)).toMatchObject({ state: 'done', bytesDone: bytes.length })
    },
  )

  run('cancelled between its parts, it is where it was, and can be moved later', async () => {
    await putLarge('cancelled.bin')
    const plan = await planned('cancelled.bin')
    let parts = 0
    scene.script = (request) => {
      if (isPartCopy(request) && ++parts === 2) work.cancel(plan.planId)
      return null
    }
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({
      error: { code: 'cancelled', message: 'Cancelled. The object is where it was.' },
    })
    expect(scene.moments.at(-1)).toMatchObject({ state: 'cancelled' })
    await expectUntouched('cancelled.bin', plan)
    await scene.handlers.applyRevocation(plan)
    expect([await isThere(plan.newKey), await plan.isDead()]).toEqual([true, true])
  })

  run('cancelled while the service copies it at once, the copy that it makes all the same goes', async () => {
    await put('at once.txt')
    const plan = await planned('at once.txt')
    scene.script = async (request) => {
      if (!isCopy(request)) return null
      work.cancel(plan.planId)
      await serviceCopies('at once.txt', plan.newKey)
      return s3Error(500, 'InternalError')
    }
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { code: 'cancelled' } })
    await expectUntouched('at once.txt', plan)
  })

  run('cancelled when it is copied and not yet removed, the copy goes', async () => {
    await putLarge('late.bin')
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] }
    await scene.client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: 'late.bin', Tagging }))
    const plan = await planned('late.bin')
    scene.script = ({ key, query }) => {
      // Asked for once the copy is complete.
      if (key === plan.newKey && query.has('tagging')) work.cancel(plan.planId)
      return null
    }
    await expect(scene.handlers.applyRevocation(plan)).rejects.toMatchObject({ error: { code: 'cancelled' } })
    await expectUntouched('late.bin', plan)
  })
})
