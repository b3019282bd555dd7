import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PutBucketVersioningCommand, PutObjectAclCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environmentProfileId as profileId } from '../../src-main/backend/backend-parts.ts'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, codeOf, runBackend, value, profileAt } from './running-backend.ts'
import { clientOf } from '../cli/s3-client.ts'

const open: HeaderRule[] = [{ glob: '*.css', visibility: 'public' }]
const prefix = 'site/'

describe.each([
  ['playground', true, playgroundServer],
  ['ceph', hasCeph, cephServer],
] as const)('S44 the undo of a sync that makes something public again, on %s', (_, isHere, start) => {
  if (!isHere) {
    test.skip('needs a Ceph RADOS Gateway', () => undefined)
    return
  }
  let server: StartedServer
  let backend: RunningBackend
  let client: S3Client
  beforeAll(async () => {
    server = await start()
    backend = await runBackend({
      environmentProfile: profileAt(server),
    })
    client = clientOf(server)
  })
  afterAll(async () => {
    client.destroy()
    await backend.close()
    await server.close()
  })

  /** A bucket with ACLs, and a folder that is synced to it. */
  async function place(keeping: 'copies' | 'versions') {
    const bucket = `pail-opens-${keeping}-${randomBytes(4).toString('hex')}`
    await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }))
    if (keeping === 'versions')
      await client.send(
        new PutBucketVersioningCommand({
          Bucket: bucket,
          VersioningConfiguration: { Status: 'Enabled' },
        }),
      )
    const folder = join(backend.folder, bucket)
    await mkdir(folder)
    const { folderId } = (await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: folder }))) ?? {
      folderId: '',
    }
    return {
      bucket,
      status: async (key: string) => {
        const answer = await fetch(`${server.endpoint}/${bucket}/${prefix}${key}`)
        await answer.arrayBuffer()
        return answer.status
      },
      async sync(files: Record<string, string | null>, rules: HeaderRule[] = []) {
        for (const [file, content] of Object.entries(files))
          await (content === null ? rm(join(folder, file)) : writeFile(join(folder, file), content))
        const { planId, counts } = await value(
          backend.api.planSync({
            profileId,
            bucket,
            prefix,
            folderId,
            options: {
              cacheControl: 'no-cache',
              rules,
              exclude: [],
              removeRemoteOnly: true,
              removeForeign: false,
              manifestInBucket: false,
              maxDelete: 100,
              visibility: 'private',
              keepPrevious: keeping === 'copies',
            },
          }),
        )
        const outcome = await value(
          backend.api.applySync({ planId, confirmedDeletes: counts.delete, confirmedForeign: 0 }),
        )
        expect(outcome.failed).toEqual([])
      },
      async planUndo() {
        const [last] = await value(backend.api.listReleases({ profileId, bucket, prefix }))
        return value(backend.api.planUndo({ profileId, bucket, prefix, releaseId: last?.id ?? '' }))
      },
    }
  }

  test.each(['copies', 'versions'] as const)(
    'is refused until what becomes public was confirmed, where the bucket keeps %s',
    async (keeping) => {
      const { status, sync, planUndo } = await place(keeping)
      await sync({ 'hidden.css': 'h', 'new.css': 'old', 'gone.css': 'g', 'a.txt': 'a', 'b.txt': 'b' }, open)
      // One is made private by the rule alone, one with other bytes, one is removed; the texts were private.
      await sync({ 'new.css': 'new', 'gone.css': null, 'a.txt': 'other', 'b.txt': null })
      expect(await Promise.all(['hidden.css', 'new.css', 'gone.css'].map(status))).not.toContain(200)

      const plan = await planUndo()
      const sample = [`${prefix}gone.css`, `${prefix}new.css`, `${prefix}hidden.css`]
      expect(plan.opens).toEqual({ objects: 3, sample })
      const { planId, counts } = plan
      const confirmedRemovals = counts.remove
      for (const confirmed of [{}, { confirmedPublic: 2 }])
        expect(await codeOf(backend.api.applyUndo({ planId, confirmedRemovals, ...confirmed }))).toBe(
          'safety-refused',
        )
      expect(await Promise.all(['hidden.css', 'new.css', 'gone.css'].map(status))).not.toContain(200)

      expect(
        await value(backend.api.applyUndo({ planId, confirmedRemovals, confirmedPublic: 3 })),
      ).toMatchObject({ failed: [], undone: 'whole' })
      expect(await Promise.all(['hidden.css', 'new.css', 'gone.css'].map(status))).toEqual([200, 200, 200])
      expect(await Promise.all(['a.txt', 'b.txt'].map(status))).toEqual([403, 403])
    },
  )

  test('what was public all along needs no word, unless somebody makes it private meanwhile', async () => {
    const { bucket, status, sync, planUndo } = await place('copies')
    await sync({ 'a.css': 'old' }, open)
    await sync({ 'a.css': 'new' }, open)
    const { planId, opens } = await planUndo()
    expect(opens).toEqual({ objects: 0, sample: [] })
    await client.send(new PutObjectAclCommand({ Bucket: bucket, Key: `${prefix}a.css`, ACL: 'private' }))
    expect(await codeOf(backend.api.applyUndo({ planId, confirmedRemovals: 0 }))).toBe('safety-refused')
    expect(await status('a.css')).toBe(403)
    const again = await planUndo()
    expect(again.opens.objects).toBe(1)
    await client.send(new PutObjectAclCommand({ Bucket: bucket, Key: `${prefix}a.css`, ACL: 'public-read' }))
    expect(await codeOf(backend.api.applyUndo({ planId, confirmedRemovals: 0 }))).toBe('ok')
    expect(await (await fetch(`${server.endpoint}/${bucket}/${prefix}a.css`)).text()).toBe('old')
  })

  test('what comes back below a prefix that the policy opens is named, too', async () => {
    const { bucket, status, sync, planUndo } = await place('copies')
    await sync({ 'a.txt': 'a', 'b.txt': 'b' })
    await sync({ 'a.txt': null, 'b.txt': 'other' })
    const visibility = await value(
      backend.api.planVisibility({ profileId, bucket, keys: [], prefixes: [prefix], visibility: 'public' }),
    )
    await value(
      backend.api.applyVisibility({ planId: visibility.planId, confirmedObjects: visibility.objects }),
    )
    expect(await status('b.txt')).toBe(200)
    const { planId, opens } = await planUndo()
    // The other one is public now, as it will be; without a policy only an ACL would open them.
    const isByPolicy = visibility.policy !== null
    expect(opens).toEqual(
      isByPolicy ? { objects: 1, sample: [`${prefix}a.txt`] } : { objects: 0, sample: [] },
    )
    expect(
      await codeOf(backend.api.applyUndo({ planId, confirmedRemovals: 0, confirmedPublic: opens.objects })),
    ).toBe('ok')
    expect(await status('a.txt')).toBe(isByPolicy ? 200 : 403)
  })
})
