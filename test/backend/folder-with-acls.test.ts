import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import type { VisibilityPlan } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, runBackend, value, profileAt } from './running-backend.ts'
import { clientOf } from '../cli/s3-client.ts'
import { startScriptedProxy } from '../sync/scripted-proxy.ts'

const servers = [
  { name: 'the playground', isThere: true, start: playgroundServer },
  { name: 'Ceph', isThere: hasCeph, start: cephServer },
] as const

describe.each(servers)('a folder where objects have ACLs, on $name', ({ isThere, start }) => {
  const Bucket = `pail-folder-${randomBytes(6).toString('hex')}`
  const keys = ['media/a.txt', 'media/deep/b.txt']
  const beside = 'media-2/c.txt'
  let server: StartedServer
  let backend: RunningBackend
  let client: S3Client

  beforeAll(async () => {
    if (!isThere) return
    server = await start()
    client = clientOf(server)
    backend = await runBackend({
      clipboard: null,
      environmentProfile: profileAt(server),
    })
    // A service without ownership controls takes ACLs without being told to.
    const isPlayground = start === playgroundServer
    await client.send(
      new CreateBucketCommand({
        Bucket,
        ...(isPlayground ? { ObjectOwnership: 'BucketOwnerPreferred' } : {}),
      }),
    )
    await client.send(new DeletePublicAccessBlockCommand({ Bucket }))
  })
  beforeEach(async () => {
    if (!isThere) return
    await client.send(new DeleteBucketPolicyCommand({ Bucket }))
    await upload('public-read', [...keys, beside])
  })
  afterAll(async () => {
    if (!isThere) return
    await client.send(new DeleteBucketPolicyCommand({ Bucket }))
    for (const Key of [...keys, beside]) await client.send(new DeleteObjectCommand({ Bucket, Key }))
    await client.send(new DeleteBucketCommand({ Bucket }))
    client.destroy()
    await backend.close()
    await server.close()
  })

  const upload = async (ACL: 'public-read' | 'private', all: readonly string[]) => {
    for (const Key of all) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ACL }))
  }
  const plan = (visibility: WantedVisibility, { api }: RunningBackend = backend): Promise<VisibilityPlan> =>
    value(
      api.planVisibility({
        profileId: environmentProfileId,
        bucket: Bucket,
        keys: [],
        prefixes: ['media/'],
        visibility,
      }),
    )
  const apply = ({ planId, objects }: VisibilityPlan, { api }: RunningBackend = backend) =>
    value(api.applyVisibility({ planId, confirmedObjects: objects }))
  /** How bare GETs are answered: the two objects of the folder, and the one beside it. */
  const answers = () =>
    Promise.all(
      [...keys, beside].map(async (key) => (await fetch(`${server.endpoint}/${Bucket}/${key}`)).status),
    )

  test.skipIf(!isThere)(
    'what comes into it once it was planned becomes private as well, and is told',
    async () => {
      const came = 'media/came.txt'
      const planned = await plan('private')
      await upload('public-read', [came])
      const done = await apply(planned)
      expect(done).toMatchObject({ acls: 3, failed: [], counts: { public: 0, private: 3 } })
      expect((await fetch(`${server.endpoint}/${Bucket}/${came}`)).status).toBe(403)
      await client.send(new DeleteObjectCommand({ Bucket, Key: came }))
    },
  )

  // A signature is good for one host alone, and a server that is not ours is asked through another one here.
  if (start === playgroundServer)
    test('what comes into it while it is done is told as what everybody can read', async () => {
      const late = 'media/late.txt'
      let came = false
      const proxy = await startScriptedProxy(server.endpoint, async ({ method, query }) => {
        if (method !== 'PUT' || !query.has('acl') || came) return null
        came = true
        await upload('public-read', [late])
        return null
      })
      const through = await runBackend({
        clipboard: null,
        environmentProfile: profileAt({ ...server, endpoint: proxy.endpoint }),
      })
      const reports: VisibilityReport[] = []
      through.api.onVisibilityReport((report) => void reports.push(report))
      const planned = await plan('private', through)
      const done = await apply(planned, through)
      expect(done).toMatchObject({ acls: 2, counts: { private: 2 } })
      await expect
        .poll(() =>
          reports.find(({ reportId, state }) => reportId === done.visibilityReportId && state === 'done'),
        )
        .toMatchObject({
          objects: 3,
          exposed: { objects: 1, sample: [late] },
          counts: { public: 1, private: 2 },
        })
      await through.close()
      await proxy.close()
      await client.send(new DeleteObjectCommand({ Bucket, Key: late }))
    })

  test.skipIf(!isThere)('becomes private with the ACL of each object in it, and is taken back', async () => {
    expect(await answers()).toEqual([200, 200, 200])
    const planned = await plan('private')
    expect(planned).toMatchObject({ refusal: null, acls: { acl: 'private', objects: 2 }, objects: 2 })
    const done = await apply(planned)
    expect(done).toMatchObject({ acls: 2, failed: [], counts: { public: 0, private: 2 }, undoable: true })
    expect(await answers()).toEqual([403, 403, 200])

    const { planId } = planned
    const { objects, more } = await value(
      backend.api.planUndoVisibility({ planId, profileId: environmentProfileId }),
    )
    expect({ objects, more }).toEqual({ objects: 2, more: false })
    const undone = await value(
      backend.api.undoVisibility({ planId, profileId: environmentProfileId, confirmedPublic: objects }),
    )
    expect(undone).toMatchObject({ acls: 2, failed: [] })
    expect(await answers()).toEqual([200, 200, 200])
  })

  test.skipIf(!isThere)('becomes public by the policy over private ACLs, and private again', async () => {
    await upload('private', [...keys, beside])
    expect(await answers()).toEqual([403, 403, 403])
    expect(await apply(await plan('public'))).toMatchObject({ policyChanged: true, counts: { public: 2 } })
    expect(await answers()).toEqual([200, 200, 403])
    // One of them gets a public ACL meanwhile: shutting the policy alone would leave it open.
    await upload('public-read', [keys[0]!])
    expect(await apply(await plan('private'))).toMatchObject({ policyChanged: true, counts: { private: 2 } })
    expect(await answers()).toEqual([403, 403, 403])
  })
})
