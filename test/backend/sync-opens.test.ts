import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PutObjectAclCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { environmentProfileId as profileId } from '../../src-main/backend/backend-parts.ts'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import { syncOptionsSchema } from '../../src-preload/contract/sync-plan.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, codeOf, runBackend, value, profileAt } from './running-backend.ts'
import { clientOf } from '../cli/s3-client.ts'

const open: HeaderRule[] = [{ glob: '*.css', visibility: 'public' }]
const prefix = 'site/'
const patient = { timeout: 30_000 }

describe.each([
  ['playground', true, playgroundServer],
  ['ceph', hasCeph, cephServer],
] as const)('S44 a sync that makes public what is in the bucket, on %s', (_, isHere, start) => {
  if (!isHere) {
    test.skip('needs a Ceph RADOS Gateway', () => undefined)
    return
  }
  let server: StartedServer
  let backend: RunningBackend
  let client: S3Client
  const watches: Watch[] = []
  beforeAll(async () => {
    server = await start()
    backend = await runBackend({
      environmentProfile: profileAt(server),
    })
    backend.api.onWatch((watch) => watches.push(watch))
    client = clientOf(server)
  })
  afterAll(async () => {
    client.destroy()
    await backend.close()
    await server.close()
  })

  /** A bucket with ACLs, and a folder that is synced to it. */
  async function place() {
    const bucket = `pail-sync-opens-${randomBytes(4).toString('hex')}`
    await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }))
    const folder = join(backend.folder, bucket)
    await mkdir(folder)
    const choose = async () =>
      (await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: folder })))?.folderId ?? ''
    const optionsWith = (rules: HeaderRule[]) =>
      syncOptionsSchema.parse({
        cacheControl: 'no-cache',
        rules,
        exclude: [],
        removeRemoteOnly: false,
        maxDelete: null,
        visibility: 'private',
      })
    const plan = async (files: Record<string, string>, rules: HeaderRule[] = []) => {
      for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content)
      const options = optionsWith(rules)
      const folderId = await choose()
      return value(backend.api.planSync({ profileId, bucket, prefix, folderId, options }))
    }
    const apply = (planId: string, confirmed: { confirmedPublic?: number } = {}) =>
      codeOf(backend.api.applySync({ planId, confirmedDeletes: 0, confirmedForeign: 0, ...confirmed }))
    return {
      bucket,
      plan,
      apply,
      startWatch: async () =>
        value(
          backend.api.startWatch({
            profileId,
            bucket,
            prefix,
            folderId: await choose(),
            options: optionsWith(open),
            confirmDeletes: false,
          }),
        ),
      async put(name: string, body: string, acl: 'private' | 'public-read') {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body: body, ACL: acl }))
      },
      async close(name: string) {
        await client.send(new PutObjectAclCommand({ Bucket: bucket, Key: prefix + name, ACL: 'private' }))
      },
      /** What the private switch does, in the window as on the command line. */
      async switchOff(name: string) {
        const wanted = {
          profileId,
          bucket,
          keys: [prefix + name],
          prefixes: [],
          visibility: 'private' as const,
        }
        const { planId } = await value(backend.api.planVisibility(wanted))
        await value(backend.api.applyVisibility({ planId, confirmedObjects: 1 }))
      },
      statuses: (...names: readonly string[]) =>
        Promise.all(
          names.map(async (name) => {
            const answer = await fetch(`${server.endpoint}/${bucket}/${prefix}${name}`)
            await answer.arrayBuffer()
            return answer.status
          }),
        ),
    }
  }

  test('is refused until it was confirmed: by a rule alone, with other bytes, and over what others put there', async () => {
    const { plan, apply, put, statuses } = await place()
    const first = await plan({ 'hidden.css': 'h', 'changed.css': 'old', 'a.txt': 'a' })
    expect([first.opens, await apply(first.planId)]).toEqual([{ objects: 0, sample: [] }, 'ok'])
    await put('theirs.css', 'theirs', 'private')
    await put('open.css', 'open', 'public-read')
    const { planId, opens } = await plan(
      { 'changed.css': 'other', 'theirs.css': 'mine', 'open.css': 'mine', 'new.css': 'n', 'a.txt': 'b' },
      open,
    )
    const sample = ['changed.css', 'theirs.css', 'hidden.css'].map((name) => prefix + name)
    expect(opens).toEqual({ objects: 3, sample })
    for (const confirmed of [{}, { confirmedPublic: 2 }])
      expect(await apply(planId, confirmed)).toBe('safety-refused')
    expect(await statuses('hidden.css', 'changed.css', 'theirs.css', 'new.css')).not.toContain(200)
    // The same plan, once it was seen.
    expect(await apply(planId, { confirmedPublic: 3 })).toBe('ok')
    expect(await statuses('hidden.css', 'changed.css', 'theirs.css', 'open.css', 'new.css')).toEqual([
      200, 200, 200, 200, 200,
    ])
    expect(await statuses('a.txt')).toEqual([403])
    // What is public stays so, and needs no word.
    const again = await plan({ 'changed.css': 'once more' }, open)
    expect([again.opens.objects, again.counts.upload, await apply(again.planId)]).toEqual([0, 1, 'ok'])
  })

  test('is refused, though nothing of it was named, when it was made private while the plan waited', async () => {
    const { plan, apply, switchOff, put, close, statuses } = await place()
    expect(await apply((await plan({ 'a.css': 'a', 'b.css': 'b' }, open)).planId)).toBe('ok')
    await put('theirs.css', 'theirs', 'public-read')
    const changed = { 'a.css': 'other', 'theirs.css': 'mine' }
    const waiting = await plan(changed, open)
    expect(waiting.opens.objects).toBe(0)
    await switchOff('a.css')
    expect(await apply(waiting.planId)).toBe('safety-refused')
    expect(await statuses('a.css', 'theirs.css')).toEqual([403, 200])
    const again = await plan({}, open)
    expect(again.opens).toEqual({ objects: 1, sample: ['site/a.css'] })
    // Another tool tells nobody: what had to be asked for is asked for again when the plan is older.
    await close('theirs.css')
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000)
    try {
      expect(await apply(again.planId, { confirmedPublic: 1 })).toBe('safety-refused')
    } finally {
      later.mockRestore()
    }
    expect(await statuses('a.css', 'theirs.css')).toEqual([403, 403])
    const last = await plan({}, open)
    expect(last.opens.objects).toBe(2)
    expect(await apply(last.planId, { confirmedPublic: 2 })).toBe('ok')
    expect(await statuses('a.css', 'theirs.css')).toEqual([200, 200])
    // After a restart, too, of which another process is no different.
    await switchOff('b.css')
    await backend.restart()
    backend.api.onWatch((watch) => watches.push(watch))
    const chosen = await plan({ 'b.css': 'other' }, open)
    expect(chosen.opens).toEqual({ objects: 1, sample: ['site/b.css'] })
  })

  test('is never done by a watch, which says so and goes on once it was done by hand', async () => {
    const { plan, apply, startWatch, statuses } = await place()
    expect(await apply((await plan({ 'a.css': 'a', 'b.css': 'b' })).planId)).toBe('ok')
    const { watchId } = await startWatch()
    await expect
      .poll(() => watches.findLast((watch) => watch.watchId === watchId)?.state, patient)
      .toBe('paused')
    expect(watches.findLast((watch) => watch.watchId === watchId)).toMatchObject({
      reason: 'opens',
      message: expect.stringMatching(/^2 objects .* public \(site\/a\.css, site\/b\.css\)/),
    })
    expect(await statuses('a.css', 'b.css')).toEqual([403, 403])
    await value(backend.api.stopWatch({ watchId }))
    const { planId } = await plan({}, open)
    expect(await apply(planId, { confirmedPublic: 2 })).toBe('ok')
    const again = await startWatch()
    await expect
      .poll(
        () => watches.findLast((watch) => watch.watchId === again.watchId && watch.rounds > 0)?.state,
        patient,
      )
      .toBe('waiting')
    await value(backend.api.stopWatch({ watchId: again.watchId }))
  })
})
