import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { syncOptionsSchema } from '../../src-preload/contract/sync-plan.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type RunningBackend, runBackend, value, profileAt } from './running-backend.ts'
import { clientOf } from '../cli/s3-client.ts'

const Bucket = 'pail-private-uploads'

let server: StartedServer
let backend: RunningBackend
let client: S3Client
beforeEach(async () => {
  server = await playgroundServer()
  backend = await runBackend({
    clipboard: null,
    environmentProfile: profileAt(server),
  })
  client = clientOf(server)
  await client.send(new CreateBucketCommand({ Bucket }))
  await client.send(new DeletePublicAccessBlockCommand({ Bucket }))
})
afterEach(async () => {
  client.destroy()
  await backend.close()
  await server.close()
})

const statement = (Resource: string) => ({
  Sid: 'Theirs',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/${Resource}`,
})

const putPolicy = (...Statement: object[]) =>
  client.send(
    new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  )

async function chosen(...names: string[]) {
  await mkdir(join(backend.folder, 'files'), { recursive: true })
  const sources = await Promise.all(
    names.map(async (name) => {
      const path = join(backend.folder, 'files', name)
      await writeFile(path, name)
      return { path }
    }),
  )
  return (await value(backend.api.registerDrop({ sources }))).selectionId
}

const start = (prefix: string, selectionId: string, more: object = {}) =>
  backend.api.startUpload({
    profileId: environmentProfileId,
    bucket: Bucket,
    prefix,
    selectionId,
    visibility: 'private',
    onConflict: 'overwrite',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 3600,
    ...more,
  })

const plan = async (prefix: string, selectionId: string, visibility: WantedVisibility) => {
  const { opened } = await value(
    backend.api.planUpload({
      profileId: environmentProfileId,
      bucket: Bucket,
      prefix,
      selectionId,
      naming: { template: null, clean: 'as-is' },
      leaveOutEmpty: false,
      lookForExisting: false,
      visibility,
    }),
  )
  return opened
}

const stored = async () => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
  return Contents.map(({ Key }) => Key)
}

const place = (name: string, prefix: string) =>
  value(
    backend.api.createDestination({
      destination: {
        kind: 'media',
        profileId: environmentProfileId,
        name,
        bucket: Bucket,
        prefix,
        visibility: 'private',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
        onConflict: 'keep-both',
      },
    }),
  )

test('S44 what is to be private is not sent where the policy lets everybody read it, and the ways out are named', async () => {
  await putPolicy(statement('media/b*'), statement('open/*'))
  await place('Contracts', 'contracts/')
  await place('Leaking', 'open/')
  const selectionId = await chosen('a.txt', 'b.txt', 'bb.txt')
  expect(await plan('media/', selectionId, 'private')).toEqual({
    files: 2,
    key: 'media/b.txt',
    by: 'statement “Theirs”',
  })
  expect(await plan('media/', selectionId, 'public')).toBeUndefined()
  expect(await plan('other/', selectionId, 'private')).toBeNull()
  const refused = await start('media/', selectionId)
  expect(refused).toMatchObject({ ok: false, error: { code: 'safety-refused', key: 'media/b.txt' } })
  const { message } = (refused as { error: { message: string } }).error
  for (const words of ['media/b.txt and 1 more', 'statement “Theirs”', 'Nothing was sent', '“Contracts”'])
    expect(message).toContain(words)
  expect(message).not.toContain('Leaking')
  expect(await stored()).toEqual([])
  expect((await value(backend.api.listTransfers({}))).transfers).toEqual([])

  // The same files, as public and to another place.
  for (const [prefix, more] of [
    ['media/', { visibility: 'public' }],
    ['contracts/', {}],
  ] as const) {
    await value(start(prefix, selectionId, more))
    await backend.uploadReport()
  }
  expect(await stored()).toEqual(expect.arrayContaining(['media/b.txt', 'contracts/b.txt']))
})

test('S44 an object is not replaced by what is to be private where everybody can read it', async () => {
  await putPolicy(statement('*'))
  const selectionId = await chosen('new.txt')
  expect(await start('', selectionId, { replaceKey: 'old.txt' })).toMatchObject({
    ok: false,
    error: { code: 'safety-refused', key: 'old.txt' },
  })
  expect(await stored()).toEqual([])
})

test('what was closed is not taken for open any more, and what may be open under a condition is sent', async () => {
  await putPolicy(statement('media/*'))
  const selectionId = await chosen('a.txt')
  expect((await start('media/', selectionId)).ok).toBe(false)
  await putPolicy({ ...statement('media/*'), Condition: { Bool: { 'aws:SecureTransport': 'false' } } })
  await expect.poll(async () => (await start('media/', selectionId)).ok, { timeout: 5000 }).toBe(true)
  // Asked for afterwards, as every upload is.
  expect(await backend.uploadReport()).toMatchObject({ uploaded: 1, publicCanRead: 'yes' })
})

test('whoever says so sends it all the same, and a CDN that reads the bucket opens nothing by that', async () => {
  await putPolicy(statement('media/*'))
  const selectionId = await chosen('a.txt')
  await value(start('media/', selectionId, { sendIfOpen: true }))
  expect(await backend.uploadReport()).toMatchObject({ uploaded: 1, publicCanRead: 'yes' })
  await putPolicy({
    ...statement('cdn/*'),
    Principal: { Service: 'cloudfront.amazonaws.com' },
  })
  await value(start('cdn/', selectionId))
  expect(await backend.uploadReport()).toMatchObject({ uploaded: 1, publicCanRead: 'no' })
})

describe('S44 a sync of what is to be private', () => {
  const options = syncOptionsSchema.parse({
    cacheControl: 'no-cache',
    rules: [],
    exclude: [],
    removeRemoteOnly: false,
    maxDelete: null,
    visibility: 'private',
  })
  async function folder(): Promise<string> {
    const typedPath = join(backend.folder, 'site')
    await mkdir(typedPath)
    await writeFile(join(typedPath, 'a.html'), 'a')
    const chosen = await value(backend.api.chooseFolder({ purpose: 'sync', typedPath }))
    return chosen?.folderId ?? ''
  }
  const place = { profileId: environmentProfileId, bucket: Bucket, prefix: 'site/' }
  const refusal = { ok: false, error: { code: 'safety-refused', key: 'site/a.html' } }

  test('sends nothing where the policy lets everybody read it, also when it was opened after the plan', async () => {
    const folderId = await folder()
    const plan = await value(backend.api.planSync({ ...place, folderId, options }))
    await putPolicy(statement('site/*'))
    expect(await backend.api.planSync({ ...place, folderId, options })).toMatchObject(refusal)
    const apply = () =>
      backend.api.applySync({ planId: plan.planId, confirmedDeletes: 0, confirmedForeign: 0 })
    expect(await apply()).toMatchObject(refusal)
    expect(await stored()).toEqual([])
    // The same plan, once that is closed.
    await putPolicy(statement('other/*'))
    expect(await value(apply())).toMatchObject({ uploaded: 1 })
    // With nothing to send there is nothing to refuse.
    await putPolicy(statement('site/*'))
    expect(await value(backend.api.planSync({ ...place, folderId, options }))).toMatchObject({
      counts: { upload: 0 },
    })
  })

  test('goes on where nobody has said who is to read it, but for what a rule keeps private', async () => {
    await putPolicy(statement('site/*'))
    const folderId = await folder()
    const wanted = { ...place, folderId, expected: null }
    const ruled = { ...options, rules: [{ glob: 'a.*', visibility: 'private' as const }] }
    expect(await backend.api.planSync({ ...wanted, options: ruled })).toMatchObject(refusal)
    const { planId } = await value(backend.api.planSync({ ...wanted, options }))
    const applied = await value(
      backend.api.applySync({ planId, confirmedDeletes: 0, confirmedForeign: 0, expected: null }),
    )
    expect(applied).toMatchObject({ uploaded: 1 })
  })

  test('by a watch is not sent either, and it says why', async () => {
    await putPolicy(statement('site/*'))
    const watches: Watch[] = []
    backend.api.onWatch((watch) => void watches.push(watch))
    const folderId = await folder()
    await value(backend.api.startWatch({ ...place, folderId, options, confirmDeletes: false }))
    const problem = () => watches.at(-1)?.lastError
    await expect.poll(problem, { timeout: 30_000 }).toMatchObject({ code: 'safety-refused' })
    expect(await stored()).toEqual([])
  })
})
