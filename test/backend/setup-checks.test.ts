import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { environmentProfileId as profileId } from '../../src-main/backend/backend-parts.ts'
import { checkBelow } from '../../src-main/backend/check-below.ts'
import type { Changed, VisibilityChecks } from '../../src-main/backend/visibility-checks.ts'
import { sampleBelow } from '../../src-main/visibility/objects-of.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import { playgroundServer, type StartedServer } from '../cli/servers.ts'
import { testSession } from '../s3/scripted-server.ts'
import { type RunningBackend, runBackend, value, profileAt } from './running-backend.ts'
import { clientOf } from '../cli/s3-client.ts'

const Bucket = 'pail-setup-checks'

let server: StartedServer
let client: S3Client
let backend: RunningBackend
beforeEach(async () => {
  server = await playgroundServer()
  backend = await runBackend({
    clipboard: null,
    environmentProfile: profileAt(server),
  })
  client = clientOf(server)
  await client.send(new CreateBucketCommand({ Bucket }))
})
afterEach(async () => {
  client.destroy()
  await backend.close()
  await server.close()
})

const put = (Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))

test('S45 what is in a bucket is asked for when the bucket is set up, and when that is taken back', async () => {
  for (const key of ['static/a.css', 'other/b.txt']) await put(key)
  const answers = new Map<string, string>()
  const reports: VisibilityReport[] = []
  backend.api.onVisibilityAnswers(({ checks }) => {
    for (const { key, visibility } of checks) answers.set(key, visibility)
  })
  backend.api.onVisibilityReport((report) => void reports.push(report))
  const plan = await value(
    backend.api.planBucketSetup({
      profileId,
      bucket: Bucket,
      region: 'us-east-1',
      kinds: ['static'],
      versioning: false,
      origins: [],
      existing: true,
    }),
  )
  const ended = (count: number) =>
    expect.poll(() => reports.filter(({ state }) => state === 'done').length, { timeout: 20_000 }).toBe(count)
  const applied = await value(
    backend.api.applyBucketSetup({ planId: plan.planId, confirmedPublic: plan.opens?.objects ?? 0 }),
  )
  expect(applied.isWhole).toBe(true)
  await ended(1)
  expect(reports.at(-1)).toMatchObject({ cause: 'setup', causeId: plan.planId, objects: 2, notAsked: 0 })
  const truth = async (key: string) =>
    (await fetch(`${server.endpoint}/${Bucket}/${key}`)).status === 200 ? 'public' : 'private'
  const told = async () => {
    for (const [key, visibility] of answers) expect([key, visibility]).toEqual([key, await truth(key)])
    return Object.fromEntries(answers)
  }
  expect(await told()).toEqual({ 'static/a.css': 'public', 'other/b.txt': 'private' })
  answers.clear()
  await value(backend.api.undoBucketSetup({ setupId: applied.setupId }))
  await ended(2)
  expect(await told()).toEqual({ 'static/a.css': 'private', 'other/b.txt': 'private' })
})

test('of very many below a prefix each has the same chance, and what is not listed is asked for by name', async () => {
  const session = testSession(server.endpoint, {
    credentials: async () => ({
      accessKeyId: server.accessKeyId,
      secretAccessKey: server.secretAccessKey,
    }),
  })
  const keys = Array.from({ length: 30 }, (_, index) => `many/${String(index).padStart(2, '0')}`)
  await Promise.all([...keys, 'other/x'].map(put))
  const sample = (random?: () => number) => sampleBelow(session, Bucket, ['many/', 'many/0'], 5, random)
  try {
    expect(await sampleBelow(session, Bucket, ['many/'], 30)).toEqual({ keys, objects: 30 })
    // Each later one takes the first place, or none does.
    expect(await sample(() => 0)).toEqual({ keys: [keys[29], ...keys.slice(1, 5)], objects: 30 })
    expect(await sample(() => 0.999)).toEqual({ keys: keys.slice(0, 5), objects: 30 })
    const chosen = new Set<string>()
    for (let times = 0; times < 30; times++) for (const key of (await sample()).keys) chosen.add(key)
    expect(chosen.size).toBeGreaterThan(20)

    const asked = async (bucket: string, otherwise: readonly string[]) => {
      const added: Changed[] = []
      const objects = await new Promise<number | undefined>((resolve) => {
        const checks: Pick<VisibilityChecks, 'open'> = {
          open: () => ({ reportId: 'check_1', add: (object) => void added.push(object), end: resolve }),
        }
        const about = { place: { profileId, bucket }, cause: { cause: 'visibility' as const, causeId: 'p' } }
        const below = { prefixes: ['many/'], expected: () => 'public' as const, otherwise, most: 5 }
        expect(checkBelow(checks as VisibilityChecks, session, about, below)).toBe('check_1')
      })
      return { objects, added }
    }
    const found = await asked(Bucket, [])
    expect(found.objects).toBe(30)
    expect(found.added).toHaveLength(5)
    expect(found.added[0]?.expected).toBe('public')
    expect(await asked('pail-not-there', ['many/00'])).toEqual({
      objects: 1,
      added: [{ key: 'many/00', expected: 'public' }],
    })
  } finally {
    session.destroy()
  }
})
