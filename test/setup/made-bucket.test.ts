import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { applySetup } from '../../src-main/setup/apply-setup.ts'
import { planSetup } from '../../src-main/setup/plan-setup.ts'
import { keptCalls, type SetupLine } from '../../src-main/setup/setup-record.ts'
import { undoSetup } from '../../src-main/setup/undo-setup.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type ScriptedAnswer, type SeenRequest, s3Error, startScriptedProxy } from '../sync/scripted-proxy.ts'
import { clientOf } from '../cli/s3-client.ts'

const servers = ['the playground', ...(hasCeph ? ['Ceph'] : [])] as const

/** A request to create the bucket. */
const isCreation = ({ method, key, query }: SeenRequest) =>
  method === 'PUT' && key === '' && [...query.keys()].every((name) => name === 'x-id')
const isListing = ({ query }: SeenRequest) => query.get('x-id') === 'ListBuckets'

function listingOf(bucket: string, createdAt: string): ScriptedAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', date: new Date().toUTCString() },
    body: `<?xml version="1.0" encoding="UTF-8"?><ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>a</ID></Owner><Buckets><Bucket><Name>${bucket}</Name><CreationDate>${createdAt}</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>`,
  }
}

describe.each(servers)('the bucket that a set-up made, on %s', (name) => {
  let server: StartedServer
  let client: S3Client
  let bucket: string
  let script: (request: SeenRequest) => ScriptedAnswer | null | Promise<ScriptedAnswer | null>
  let proxy: Awaited<ReturnType<typeof startScriptedProxy>>
  let to: S3Session
  beforeAll(async () => {
    server = await (name === 'Ceph' ? cephServer() : playgroundServer())
    client = clientOf(server)
    proxy = await startScriptedProxy(server.endpoint, (request) => script(request))
    to = createS3Session({
      profileId: 'test',
      endpoint: proxy.endpoint,
      region: 'us-east-1',
      addressing: 'path',
      checksums: 'when-required',
      credentials: async () => server,
      insecureAllowed: false,
      retries: { baseDelayMs: 1 },
    })
  })
  afterAll(async () => {
    to.destroy()
    client.destroy()
    await proxy.close()
    await server.close()
  })
  beforeEach(() => {
    bucket = `pail-made-${randomBytes(6).toString('hex')}`
    script = () => null
  })
  afterEach(() => client.send(new DeleteBucketCommand({ Bucket: bucket })).catch(() => undefined))

  const exists = () =>
    client.send(new HeadBucketCommand({ Bucket: bucket })).then(
      () => true,
      () => false,
    )
  const makeAnew = async () => {
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  }

  async function setUp() {
    const lines: SetupLine[] = []
    const planned = planSetup(
      { bucket, region: 'us-east-1', kinds: ['static'], versioning: false, origins: [] },
      { provider: 'other', https: false },
    )
    const note = async (line: SetupLine) => void lines.push(line)
    const steps = await applySetup(to, planned, { note, pausesMs: [0] })
    return { lines, created: steps[0], states: steps.map(({ state }) => state) }
  }

  /** Takes back what the lines tell, and writes down what was taken back, as the application does. */
  async function undo(lines: SetupLine[], by: S3Session = to) {
    const steps = await undoSetup(by, { bucket }, keptCalls(lines), async (date) => {
      lines.push({ call: 'CreateBucket', state: 'made', createdAt: date.toISOString() })
    })
    for (const { call, state } of steps) if (state === 'undone') lines.push({ call, state: 'not-made' })
    return steps
  }

  test('is deleted by a second undo once it is empty, as it is known by its date', async () => {
    const { lines } = await setUp()
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'a' }))
    expect((await undo(lines)).at(-1)).toMatchObject({ call: 'CreateBucket', state: 'left' })
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(await undo(lines)).toMatchObject([{ call: 'CreateBucket', state: 'undone' }])
    expect(await exists()).toBe(false)
  })

  test('is not taken for another empty one of its name by a second undo', async () => {
    const { lines } = await setUp()
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'a' }))
    await undo(lines)
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
    await makeAnew()
    expect(await undo(lines)).toMatchObject([
      {
        call: 'CreateBucket',
        state: 'left',
        message: expect.stringContaining('another one of the same name'),
      },
    ])
    expect(await exists()).toBe(true)
  })

  test('is not taken for another one that somebody has set up in the same way', async () => {
    const first = await setUp()
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    const second = await setUp()
    const seen = proxy.seen.length
    expect(new Set((await undo(first.lines)).map(({ state }) => state))).toEqual(new Set(['left']))
    expect(proxy.seen.slice(seen).filter(({ method }) => method !== 'GET')).toEqual([])
    expect((await undo(second.lines)).map(({ state }) => state)).not.toContain('left')
  })

  test('stays when nothing tells whether it is ours: the second time no setting does', async () => {
    script = (request) => (isListing(request) ? s3Error(403, 'AccessDenied') : null)
    const { lines } = await setUp()
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'a' }))
    await undo(lines)
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(await undo(lines)).toMatchObject([
      { state: 'left', message: expect.stringContaining('Nothing tells') },
    ])
    expect(await exists()).toBe(true)
  })

  test('is known by its settings where AWS has moved the date, once', async () => {
    const { lines } = await setUp()
    const aws = Object.assign(Object.create(to) as S3Session, { endpoint: null })
    script = (request) => (isListing(request) ? listingOf(bucket, '2026-01-02T03:04:05Z') : null)
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'a' }))
    const steps = await undo(lines, aws)
    expect(steps.slice(0, -1).map(({ state }) => state)).not.toContain('left')
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(await undo(lines, aws)).toMatchObject([{ state: 'left' }])
    expect(await exists()).toBe(true)
  })

  test('F11 is recognised when only the answer was lost, and its repetition finds it there', async () => {
    let calls = 0
    script = async (request) => {
      if (!isCreation(request)) return null
      if (calls++ > 0) return s3Error(409, 'BucketAlreadyOwnedByYou')
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return s3Error(500, 'InternalError')
    }
    const { lines, states } = await setUp()
    expect([calls, states.includes('failed')]).toEqual([2, false])
    expect(keptCalls(lines)[0]).toMatchObject({ call: 'CreateBucket', isMade: true })
    expect((await undo(lines)).at(-1)).toMatchObject({ call: 'CreateBucket', state: 'undone' })
    expect(await exists()).toBe(false)
  })

  test('F11 is recognised when no repetition is answered either', async () => {
    let calls = 0
    script = async (request) => {
      if (!isCreation(request)) return null
      if (calls++ === 0) await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return s3Error(503, 'ServiceUnavailable')
    }
    const { lines, states } = await setUp()
    expect([calls > 1, states.includes('failed')]).toEqual([true, false])
    expect(keptCalls(lines)[0]).toMatchObject({ isMade: true })
  })

  test('is none when the call was lost before it arrived: that is said, and may be made all the same', async () => {
    script = (request) => (isCreation(request) ? s3Error(503, 'ServiceUnavailable') : null)
    const { lines, created } = await setUp()
    expect(created).toMatchObject({ state: 'failed', problem: { code: 'slow-down' } })
    expect(keptCalls(lines)).toMatchObject([{ call: 'CreateBucket', isMade: false }])
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    expect(await undo(lines)).toMatchObject([{ state: 'left' }])
    expect(await exists()).toBe(true)
  })

  describe('when Pail dies while it is made', () => {
    /** The record as it is then: what was written down before the call, and nothing after it. */
    const begunOnly = (lines: readonly SetupLine[]) => lines.slice(0, 1)

    /** Refuses every setting, so that the bucket is as it was made. */
    const settingsRefused = () => {
      script = (request) =>
        request.method === 'PUT' && !isCreation(request) ? s3Error(403, 'AccessDenied') : null
    }

    test('is known by its time, and deleted once it is empty', async () => {
      settingsRefused()
      const { lines } = await setUp()
      const died = begunOnly(lines)
      expect(keptCalls(died)).toMatchObject([{ call: 'CreateBucket', isMade: false }])
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'a' }))
      expect(await undo(died)).toMatchObject([{ state: 'left' }])
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
      expect(await undo(died)).toMatchObject([{ call: 'CreateBucket', state: 'undone' }])
      expect(await exists()).toBe(false)
    })

    test('stays when somebody has set something in it, however often it is tried', async () => {
      const died = begunOnly((await setUp()).lines)
      for (let time = 0; time < 2; time++)
        expect(await undo(died)).toMatchObject([
          { state: 'left', message: expect.stringContaining('changed its settings') },
        ])
      expect(await exists()).toBe(true)
    })

    test('also when it died before the date was kept', async () => {
      settingsRefused()
      const died = (await setUp()).lines.slice(0, 2)
      expect(keptCalls(died)).toMatchObject([{ isMade: true, createdAt: undefined }])
      expect(await undo(died)).toMatchObject([{ call: 'CreateBucket', state: 'undone' }])
      expect(await exists()).toBe(false)
    })

    test('another one of its name, made at another time, stays', async () => {
      const { lines } = await setUp()
      await makeAnew()
      const [begun] = begunOnly(lines)
      const shifted = (ms: number): SetupLine[] => [
        { ...begun!, absentAt: new Date(Date.parse(begun!.absentAt ?? '') + ms).toISOString() },
      ]
      for (const ms of [-120_000, 10_000])
        expect(await undo(shifted(ms))).toMatchObject([
          { state: 'left', message: expect.stringContaining('another one of the same name') },
        ])
      expect(await exists()).toBe(true)
    })

    test('that it was never made is said', async () => {
      const { lines } = await setUp()
      await client.send(new DeleteBucketCommand({ Bucket: bucket }))
      expect(await undo(begunOnly(lines))).toMatchObject([
        { state: 'undone', message: expect.stringContaining('never made') },
      ])
    })
  })

  test('an older one is never taken for it', async () => {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    let calls = 0
    script = (request) => {
      // As while the service does not show it yet, or again.
      if (request.method === 'HEAD' && request.key === '') return { status: 404 }
      if (isListing(request)) return listingOf(bucket, new Date(Date.now() - 60_000).toISOString())
      if (!isCreation(request)) return null
      return calls++ > 0 ? s3Error(409, 'BucketAlreadyOwnedByYou') : s3Error(500, 'InternalError')
    }
    const { lines, created } = await setUp()
    expect(created).toMatchObject({ state: 'failed', problem: { code: 'bucket-owned-by-you' } })
    expect(keptCalls(lines)).toEqual([])
  })

  test('one that somebody else made a moment before is never taken for it', async () => {
    script = async (request) => {
      if (!isCreation(request)) return null
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return s3Error(409, 'BucketAlreadyOwnedByYou')
    }
    const { lines, created } = await setUp()
    expect(created).toMatchObject({ state: 'failed', problem: { code: 'bucket-owned-by-you' } })
    expect(keptCalls(lines)).toEqual([])
  })

  test('one whose absence was not certain beforehand is never taken for it', async () => {
    let calls = 0
    script = async (request) => {
      if (request.method === 'HEAD' && request.key === '') return { status: 403 }
      if (!isCreation(request)) return null
      if (calls++ > 0) return s3Error(409, 'BucketAlreadyOwnedByYou')
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      return s3Error(500, 'InternalError')
    }
    await expect(createBucket(to, { bucket, region: 'us-east-1', access: 'private' })).rejects.toMatchObject({
      error: { code: 'bucket-owned-by-you' },
    })
  })
})
