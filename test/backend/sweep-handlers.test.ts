import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { multipartRequests } from '../../src-main/s3/multipart-requests.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { loggedUpload } from '../../src-main/s3/upload-log.ts'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import { createBegunUploads } from '../../src-main/sweep/begun-uploads.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { type RunningBackend, codeOf, runBackend, value } from './running-backend.ts'

let backend: RunningBackend
let server: Playground
let directory: string
let session: S3Session
const profileId = 'environment'
const bucket = 'swept'

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-sweep-backend-'))
  server = await startPlayground({ directory })
  const { endpoint, accessKeyId, secretAccessKey } = server
  const about = { endpoint, region: 'us-east-1', addressing: 'path', checksums: 'when-supported' } as const
  backend = await runBackend({
    environmentProfile: {
      ...about,
      name: 'the test',
      insecureConsent: null,
      credentials: { accessKeyId, secretAccessKey, sessionToken: null },
    },
  })
  session = createS3Session({
    ...about,
    profileId,
    credentials: async () => ({ accessKeyId, secretAccessKey }),
    insecureAllowed: false,
  })
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' }))
})
afterAll(async () => {
  session.destroy()
  await backend.close()
  await server.close()
  await rm(directory, { recursive: true })
})

async function begin(key: string): Promise<string> {
  const requests = await multipartRequests(session, bucket)
  return (await requests.create({ bucket, key, headers: {} }, { withCrc32: false })).uploadId ?? ''
}

/** As a process leaves it behind that could not take it back. */
async function lose(key: string): Promise<void> {
  const upload = loggedUpload(session, { bucket, key, uploadId: await begin(key) })
  const log = createBegunUploads(join(backend.folder, 'user-data', 'begun-uploads'))
  await log.begun(upload)
  log.left(upload)
  await log.list()
}

const plan = () => value(backend.api.planSweep({ profileId, bucket, prefix: '', olderThanSeconds: null }))
const list = () =>
  value(backend.api.listObjects({ profileId, bucket, prefix: '', recursive: false, continuationToken: null }))

test('a plan is applied once, with the number that was shown, and its rows can be read', async () => {
  await lose('lost.mp4')
  await begin('others.mp4')
  const planned = await plan()
  expect(planned).toMatchObject({
    abandoned: 1,
    unknown: 1,
    wanted: 0,
    totals: { uploads: 2, monthlyUsd: null },
  })
  const { planId } = planned
  const rows = await value(backend.api.listSweepRows({ planId, offset: 1, limit: 1 }))
  expect(rows).toMatchObject({ uploads: [{ parts: 0 }], total: 2 })
  const apply = (confirmed: number) => backend.api.applySweep({ planId, choice: 'abandoned', confirmed })
  expect(await codeOf(apply(2))).toBe('safety-refused')
  expect(await value(apply(1))).toMatchObject({
    aborted: 1,
    goneTotal: 0,
    failedTotal: 0,
    remaining: { uploads: 1 },
  })
  expect(await codeOf(apply(1))).toBe('not-found')
  expect((await plan()).uploads).toMatchObject([{ key: 'others.mp4', whose: 'unknown' }])
})

test('F46: what is lost is taken back by itself, once, when its bucket is first listed after a start', async () => {
  await backend.restart()
  await lose('lost-again.mp4')
  expect((await plan()).abandoned).toBe(1)
  await list()
  const told = () => backend.logged.filter((said) => said.includes('Took back 1 lost uploads'))
  await vi.waitFor(() => expect(told()).toHaveLength(1), 10_000)
  await list()
  expect((await plan()).uploads).toMatchObject([{ key: 'others.mp4', whose: 'unknown' }])
  expect(told()).toHaveLength(1)
  expect(backend.logged.join(' ')).not.toContain('lost-again')
})

test('the lifecycle rule is planned, written once, and taken away', async () => {
  const planned = await value(backend.api.planLifecycle({ profileId, bucket, days: 7 }))
  expect(planned).toMatchObject({ change: 'add', abortRules: [], otherRules: 0 })
  expect(JSON.parse(planned.ruleJson ?? '')).toMatchObject({
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  })
  const { planId } = planned
  expect(await value(backend.api.applyLifecycle({ planId }))).toEqual({ change: 'add', confirmed: true })
  expect(await codeOf(backend.api.applyLifecycle({ planId }))).toBe('not-found')
  const undo = await value(backend.api.planLifecycle({ profileId, bucket, days: null }))
  expect(undo).toMatchObject({ change: 'remove', ruleJson: null, abortRules: [{ isOurs: true, days: 7 }] })
  expect(await value(backend.api.applyLifecycle({ planId: undo.planId }))).toMatchObject({ confirmed: true })
})
