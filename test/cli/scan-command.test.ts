import { PutObjectAclCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Destination, DestinationInput } from '../../src-preload/contract/destination.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import type { LeakScan } from '../../src-preload/contract/leak-scan.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { value } from '../backend/running-backend.ts'
import { saveProfile } from '../backend/saved-profile.ts'
import { emptyAndDelete } from '../s3-conformance/scene.ts'
import { createApiDouble, type Answers } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'
import { cephServer, hasCeph } from './servers.ts'
import { clientOf } from './s3-client.ts'

describe('pail scan, on a server', () => {
  let line: RunningCommandLine
  beforeAll(async () => {
    line = await startCommandLine()
    await line.write({ 'a.txt': 'a', 'b c.txt': 'b', 'leak.txt': 'l' })
    const at = (name: string) => `${line.folder}/${name}`
    await line.run(['put', at('a.txt'), at('b c.txt'), `s3://${line.bucket}/private/`])
    await line.run(['put', at('a.txt'), `s3://${line.bucket}/clean/`])
    await line.run(['put', at('leak.txt'), `s3://${line.bucket}/private/`, '--public'])
    await line.run(['put', at('leak.txt'), `s3://${line.bucket}/private-not/`, '--public'])
  })
  afterAll(() => line.close())

  test('S48 names what everybody can read below the prefix, and fails', async () => {
    const found = await line.run(['scan', `s3://${line.bucket}/private`])
    expect(found).toMatchObject({ code: 1, out: `s3://${line.bucket}/private/leak.txt\n` })
    expect(found.err).toContain('3 objects of 3 asked for without signing: 1 public, 2 private, 0 unknown.')
    const json = await line.run(['scan', `s3://${line.bucket}/private/`, '--json'])
    const report = JSON.parse(json.out) as LeakScan
    expect(report).toMatchObject({ state: 'done', counts: { public: 1, private: 2 }, isSampled: false })
    expect((await fetch(report.leaks[0]!.url)).status).toBe(200)
  })

  test('ends with 0 where nothing leaks', async () => {
    expect(await line.run(['scan', `s3://${line.bucket}/clean/`])).toMatchObject({ code: 0, out: '' })
  })

  test('a bucket that is not there is a failure', async () => {
    expect((await line.run(['scan', 's3://nowhere-at-all/'])).code).toBe(1)
  })
})

describe.skipIf(!hasCeph)('pail scan, on Ceph', () => {
  test('S48 finds the one object of a private destination that everybody can read', async () => {
    const line = await startCommandLine({}, await cephServer())
    try {
      await line.write({ 'a.txt': 'a', 'b c.txt': 'b', 'leak é.txt': 'l' })
      const at = (name: string) => `${line.folder}/${name}`
      const place = `s3://${line.bucket}/private/`
      expect((await line.run(['put', at('a.txt'), at('b c.txt'), at('leak é.txt'), place])).code).toBe(0)
      const profileId = await keep(line)
      await value(line.backend.api.createDestination({ destination: invoices(profileId, line.bucket) }))
      expect(await line.run(['scan', '--to', 'Invoices'])).toMatchObject({ code: 0, out: '' })
      // As another tool would do it.
      const leaked = { Bucket: line.bucket, Key: 'private/leak é.txt', ACL: 'public-read' } as const
      await withClient(line, (client) => client.send(new PutObjectAclCommand(leaked)))
      const found = await line.run(['scan', '--to', 'Invoices', '--json'])
      expect(found.code).toBe(1)
      const report = JSON.parse(found.out) as LeakScan
      expect(report).toMatchObject({
        state: 'done',
        objects: 3,
        isSampled: false,
        counts: { public: 1, private: 2, unknown: 0 },
        listing: { visibility: 'private', status: 403 },
        leaks: [{ key: 'private/leak é.txt', status: 200 }],
      })
      expect(await (await fetch(report.leaks[0]!.url)).text()).toBe('l')
    } finally {
      await withClient(line, (client) => emptyAndDelete(client, line.bucket))
      await line.close()
    }
  })
})

const keep = ({ backend, endpoint, credentials }: RunningCommandLine) =>
  saveProfile(backend.api, { endpoint, ...credentials }, { name: 'Ceph', provider: 'ceph' })

/** A private destination. */
function invoices(profileId: string, bucket: string): DestinationInput {
  return {
    profileId,
    bucket,
    name: 'Invoices',
    kind: 'media',
    prefix: 'private/',
    visibility: 'private',
    cacheControl: null,
    onConflict: 'overwrite',
    baseUrl: null,
    linkExpirySeconds: 3600,
  }
}

async function withClient<T>(line: RunningCommandLine, use: (client: S3Client) => Promise<T>): Promise<T> {
  const client = clientOf({ endpoint: line.endpoint, ...line.credentials })
  try {
    return await use(client)
  } finally {
    client.destroy()
  }
}

describe('pail scan', () => {
  const scan: LeakScan = {
    scanId: 's',
    profileId: 'environment',
    bucket: 'b',
    prefix: 'media/',
    state: 'done',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:01.000Z',
    objects: 20_000,
    chosen: 10_000,
    isSampled: true,
    counts: { public: 0, private: 10_000, unknown: 0 },
    notAsked: 0,
    listing: { visibility: 'private', checkedAt: '2026-01-01T00:00:00.000Z', status: 403, url: 'https://b/' },
    leaks: [],
    unknowns: [],
    error: null,
  }
  const destination = { id: 'd', profileId: 'environment', bucket: 'b', name: 'Media', prefix: 'media/' }

  function double(end: LeakScan, more: Answers = {}) {
    const made = createApiDouble({
      listDestinations: () => ok([destination as Destination]),
      listProfiles: () => ok([{ id: 'environment', credentialState: 'ready' } as Profile]),
      startLeakScan: () => {
        setTimeout(() => made.emit('onLeakScan', end), 0)
        return ok({ ...end, state: 'asking', endedAt: null })
      },
      ...more,
    })
    return made
  }

  test('takes a destination by its name', async () => {
    const api = double(scan)
    const found = await runForTest(['scan', '--to', 'Media'], api)
    expect(found.code).toBe(0)
    expect(api.inputs('startLeakScan')).toEqual([{ profileId: 'environment', bucket: 'b', prefix: 'media/' }])
    expect(found.err).toContain('That is a random sample')
    expect((await runForTest(['scan', '--to', 'Other'], double(scan))).code).toBe(2)
  })

  test.each([
    ['something is not known', { counts: { public: 0, private: 1, unknown: 1 } }, 1],
    ['everybody can list', { listing: { ...scan.listing!, visibility: 'public' as const } }, 1],
    [
      'it was stopped',
      { state: 'stopped' as const, error: { code: 'unreachable' as const, message: 'No.', retryable: true } },
      1,
    ],
  ])('is not clean where %s', async (_, more, code) => {
    const found = await runForTest(['scan', 's3://b/media/', '--json'], double({ ...scan, ...more }))
    expect(found.code).toBe(code)
    expect(JSON.parse(found.out)).toMatchObject({ scanId: 's' })
  })

  test('says why nothing could be found out', async () => {
    const reason = 'What answered does not say that it is S3.'
    const listing = { ...scan.listing!, visibility: 'unknown' as const, status: 200, reason }
    const found = await runForTest(['scan', 's3://b/media/'], double({ ...scan, listing }))
    expect(found).toMatchObject({ code: 1, err: expect.stringContaining(reason) })
  })

  test('is cancelled with Ctrl+C, and tells what it had found', async () => {
    const stop = new AbortController()
    const api = double(scan, {
      startLeakScan: () => {
        setTimeout(() => stop.abort(), 0)
        return ok({ ...scan, state: 'asking', endedAt: null })
      },
      cancelLeakScan: () => {
        const error = { code: 'cancelled' as const, message: 'Stopped.', retryable: false }
        api.emit('onLeakScan', { ...scan, state: 'stopped', notAsked: 9000, error })
        return ok({})
      },
    })
    const found = await runForTest(['scan', 's3://b/media/', '--json'], api, { signal: stop.signal })
    expect(found.code).toBe(130)
    expect(JSON.parse(found.out)).toMatchObject({ state: 'stopped', notAsked: 9000 })
  })

  test.each([[['scan']], [['scan', 's3://b/', '--to', 'x']], [['scan', 'b']]])(
    '%j is wrong usage',
    async (argv) => {
      expect((await runForTest(argv, double(scan))).code).toBe(2)
    },
  )
})
