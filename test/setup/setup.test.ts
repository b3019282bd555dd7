import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { putBucketSetting, requestOfSetting } from '../../src-main/s3/bucket-settings.ts'
import { createBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { applySetup } from '../../src-main/setup/apply-setup.ts'
import { type PlannedSetup, planSetup } from '../../src-main/setup/plan-setup.ts'
import { keptCalls, type SetupLine } from '../../src-main/setup/setup-record.ts'
import { undoSetup } from '../../src-main/setup/undo-setup.ts'
import type { SetupInput } from '../../src-preload/contract/bucket-setup.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { type ScriptedAnswer, type SeenRequest, s3Error, startScriptedProxy } from '../sync/scripted-proxy.ts'
import { clientOf } from '../cli/s3-client.ts'

const session = (endpoint: string, keys: StartedServer): S3Session & { destroy(): void } =>
  createS3Session({
    profileId: 'test',
    endpoint,
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-required',
    credentials: async () => keys,
    insecureAllowed: false,
  })

const newName = () => `pail-setup-${randomBytes(6).toString('hex')}`

function plan(bucket: string, more: Partial<SetupInput> = {}, provider: ProviderId = 'other'): PlannedSetup {
  return planSetup(
    {
      bucket,
      region: 'us-east-1',
      kinds: ['static', 'public-media', 'private-media'],
      versioning: true,
      origins: ['https://www.example.org'],
      ...more,
    },
    { provider, https: false },
  )
}

/** Makes a plan's calls; answers what became of each, and what was written down. */
async function run(to: S3Session, planned: PlannedSetup) {
  const lines: SetupLine[] = []
  const steps = await applySetup(to, planned, {
    note: async (line) => void lines.push(line),
    pausesMs: [0],
  })
  return { lines, steps, states: Object.fromEntries(steps.map(({ call, state }) => [call, state])) }
}

const statesOf = (steps: Awaited<ReturnType<typeof undoSetup>>) =>
  steps.map(({ call, state }) => [call, state])

describe('what is shown is what is sent', () => {
  test('every setting, with its method, its address and its body', async () => {
    const sent: unknown[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        sent.push({
          method: request.method,
          path: request.url,
          body: Buffer.concat(chunks).toString() || null,
        })
        response.writeHead(200).end()
      })
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const { port } = server.address() as AddressInfo
    const endpoint = `http://127.0.0.1:${port}`
    const to = session(endpoint, { endpoint, accessKeyId: 'a', secretAccessKey: 'b', close: async () => {} })
    to.rememberRegion('bucket', 'us-east-1')
    for (const { setting } of plan('bucket').calls) {
      if (setting === null) continue
      await putBucketSetting(to, { bucket: 'bucket' }, setting)
      const shown = await requestOfSetting(to, 'bucket', setting)
      const { method, path, body } = sent.pop() as { method: string; path: string; body: string | null }
      expect(shown).toEqual({ method, path: path.replace(/=(?=&|$)/g, ''), body })
      expect(sent).toEqual([])
    }
    to.destroy()
    server.close()
  })
})

describe('what is planned', () => {
  test('a policy opens the public prefixes alone, and nothing is opened without one', () => {
    const open = plan('b').calls.find(({ call }) => call === 'PutBucketPolicy')
    const { Statement } = JSON.parse(String(open?.setting?.value)) as { Statement: unknown[] }
    expect(Statement).toMatchObject([
      { Sid: 'PailPublicRead', Resource: ['arn:aws:s3:::b/static/*', 'arn:aws:s3:::b/media/public/*'] },
    ])
    const shut = plan('b', { kinds: ['private-media'], versioning: false }, 'aws')
    expect(shut.calls.map(({ call }) => call)).toEqual([
      'CreateBucket',
      'PutBucketOwnershipControls',
      'PutPublicAccessBlock',
      'PutBucketLifecycleConfiguration',
    ])
    expect(Object.values(shut.calls[2]?.setting?.value ?? {})).toEqual([true, true, true, true])
    expect(JSON.parse(shut.iamPolicy)).toMatchObject({
      Statement: [{}, {}, { Resource: ['arn:aws:s3:::b/media/private/*'] }],
    })
  })

  test('a service without policies is told so beforehand', () => {
    const calls = plan('b', {}, 'r2').calls.filter(({ notHere }) => notHere !== null)
    expect(calls.map(({ call }) => call)).toEqual([
      'PutBucketOwnershipControls',
      'PutPublicAccessBlock',
      'PutBucketPolicy',
    ])
  })

  test('an account that blocks public policies is told of before anything is made', () => {
    const input = { bucket: 'b', region: 'us-east-1', versioning: false, origins: [] }
    const block = (isOn: boolean) => ({
      blockPublicAcls: true,
      ignorePublicAcls: true,
      blockPublicPolicy: isOn,
      restrictPublicBuckets: false,
    })
    const notes = (kinds: SetupInput['kinds'], isOn: boolean) =>
      planSetup({ ...input, kinds }, { provider: 'aws', https: true, accountBlock: block(isOn) }).notes
    expect(notes(['static'], true)).toEqual([expect.stringContaining('for the whole account')])
    expect([notes(['static'], false), notes(['private-media'], true)]).toEqual([[], []])
  })

  test('an origin that is none is refused', () => {
    expect(() => plan('b', { origins: ['www.example.org'] })).toThrow(/is not an origin/)
  })
})

describe('on the playground', () => {
  let server: StartedServer
  let client: S3Client
  let bucket: string
  let script: (request: SeenRequest) => ScriptedAnswer | null = () => null
  let proxy: Awaited<ReturnType<typeof startScriptedProxy>>
  let to: ReturnType<typeof session>
  beforeAll(async () => {
    server = await playgroundServer()
    client = clientOf(server)
    proxy = await startScriptedProxy(server.endpoint, (request) => script(request))
    to = session(proxy.endpoint, server)
  })
  afterAll(async () => {
    to.destroy()
    client.destroy()
    await proxy.close()
    await server.close()
  })
  beforeEach(() => {
    bucket = newName()
  })
  afterEach(() => {
    script = () => null
  })
  const exists = () =>
    client.send(new HeadBucketCommand({ Bucket: bucket })).then(
      () => true,
      () => false,
    )

  test('everything is as planned, the public sees the public prefixes alone, and nothing is left after undo', async () => {
    const { lines, states } = await run(to, plan(bucket))
    // A new bucket has its ACLs off already.
    expect(states).toEqual({
      CreateBucket: 'done',
      PutBucketOwnershipControls: 'already',
      PutPublicAccessBlock: 'done',
      PutBucketPolicy: 'done',
      PutBucketCors: 'done',
      PutBucketVersioning: 'done',
      PutBucketLifecycleConfiguration: 'done',
    })
    for (const key of ['static/a.css', 'media/public/a.png', 'media/private/a.pdf', 'a.txt']) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'a' }))
      const { status } = await fetch(`${server.endpoint}/${bucket}/${key}`)
      expect([key, status]).toEqual([key, /static|public/.test(key) ? 200 : 403])
    }
    expect(await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).toMatchObject({
      Status: 'Enabled',
    })

    const kept = keptCalls(lines)
    const full = await undoSetup(to, { bucket }, kept)
    expect(statesOf(full)).toEqual([
      ['PutBucketLifecycleConfiguration', 'undone'],
      ['PutBucketVersioning', 'undone'],
      ['PutBucketCors', 'undone'],
      ['PutBucketPolicy', 'undone'],
      ['PutPublicAccessBlock', 'undone'],
      ['CreateBucket', 'left'],
    ])
    expect(full.at(-1)?.message).toContain('something in the bucket')
    expect(await exists()).toBe(true)
    expect((await fetch(`${server.endpoint}/${bucket}/static/a.css`)).status).toBe(403)
    await expect(client.send(new GetBucketCorsCommand({ Bucket: bucket }))).rejects.toThrow()
    const { PublicAccessBlockConfiguration: block } = await client.send(
      new GetPublicAccessBlockCommand({ Bucket: bucket }),
    )
    expect(Object.values(block ?? {})).toEqual([true, true, true, true])
  })

  test('an empty bucket goes with its set-up', async () => {
    const { lines } = await run(to, plan(bucket))
    expect((await undoSetup(to, { bucket }, keptCalls(lines))).map(({ state }) => state)).not.toContain(
      'left',
    )
    expect(await exists()).toBe(false)
    // Once more, as after a crash in the middle: there is nothing left to do, and nothing is said to have failed.
    expect((await undoSetup(to, { bucket }, keptCalls(lines))).map(({ state }) => state)).not.toContain(
      'failed',
    )
  })

  test('a failure half way stops, says what was done, and what was done is undone', async () => {
    script = ({ method, query }) =>
      method === 'PUT' && query.has('cors') ? s3Error(403, 'AccessDenied') : null
    const { lines, steps, states } = await run(to, plan(bucket))
    expect(states).toMatchObject({
      PutBucketPolicy: 'done',
      PutBucketCors: 'failed',
      PutBucketVersioning: 'not-made',
      PutBucketLifecycleConfiguration: 'not-made',
    })
    expect(steps.find(({ call }) => call === 'PutBucketCors')?.problem).toMatchObject({
      code: 'access-denied',
      s3Code: 'AccessDenied',
    })
    expect(proxy.seen.some(({ query }) => query.has('lifecycle'))).toBe(true)
    expect(statesOf(await undoSetup(to, { bucket }, keptCalls(lines)))).toEqual([
      ['PutBucketPolicy', 'undone'],
      ['PutPublicAccessBlock', 'undone'],
      ['CreateBucket', 'undone'],
    ])
    expect(await exists()).toBe(false)
  })

  test('F11 a call whose answer is lost may have been made: undo looks', async () => {
    let isLost = false
    script = ({ method, query }) => {
      if (method !== 'PUT' || !query.has('cors')) return null
      isLost = true
      return s3Error(503, 'ServiceUnavailable')
    }
    const { lines, states } = await run(to, plan(bucket))
    expect([isLost, states['PutBucketCors']]).toEqual([true, 'failed'])
    script = () => null
    const kept = keptCalls(lines)
    expect(kept.find(({ call }) => call === 'PutBucketCors')).toMatchObject({ isMade: false })
    const rule = { AllowedOrigins: ['https://www.example.org'], AllowedMethods: ['GET', 'HEAD'] }
    const CORSRules = [{ ...rule, AllowedHeaders: ['*'], ExposeHeaders: ['ETag'], MaxAgeSeconds: 3600 }]
    await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }))
    expect(statesOf(await undoSetup(to, { bucket }, kept))[0]).toEqual(['PutBucketCors', 'undone'])
    expect(await exists()).toBe(false)
  })

  test('what somebody has changed since stays, and the bucket with it', async () => {
    const { lines } = await run(to, plan(bucket))
    const CORSRules = [{ AllowedOrigins: ['https://other.example.org'], AllowedMethods: ['GET'] }]
    await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }))
    const undone = Object.fromEntries(statesOf(await undoSetup(to, { bucket }, keptCalls(lines))))
    expect(undone).toMatchObject({ PutBucketCors: 'left', PutBucketPolicy: 'undone', CreateBucket: 'left' })
    expect(await client.send(new GetBucketCorsCommand({ Bucket: bucket }))).toMatchObject({ CORSRules })
  })

  test('an empty bucket of the same name that somebody has made since stays', async () => {
    const { lines } = await run(to, plan(bucket))
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    await createBucket(to, { bucket, region: 'us-east-1', access: 'private' })
    const undone = await undoSetup(to, { bucket }, keptCalls(lines))
    expect(statesOf(undone).at(-1)).toEqual(['CreateBucket', 'left'])
    expect(await exists()).toBe(true)
  })

  test('what the service does not have is told and passed over', async () => {
    script = ({ query }) =>
      query.has('ownershipControls') || query.has('cors') ? s3Error(501, 'NotImplemented') : null
    const { lines, states } = await run(to, plan(bucket))
    expect(states).toMatchObject({
      PutBucketOwnershipControls: 'not-here',
      PutPublicAccessBlock: 'done',
      PutBucketCors: 'not-here',
      PutBucketLifecycleConfiguration: 'done',
    })
    expect(keptCalls(lines).map(({ call }) => call)).not.toContain('PutBucketCors')
  })

  test('a call that is taken and has no effect is not believed', async () => {
    script = ({ method, query }) => (method === 'PUT' && query.has('versioning') ? { status: 200 } : null)
    expect((await run(to, plan(bucket))).states).toMatchObject({ PutBucketVersioning: 'not-shown' })
  })

  test('a bucket that is there is not touched', async () => {
    await createBucket(to, { bucket, region: 'us-east-1', access: 'per-object' })
    const { lines, states } = await run(to, plan(bucket))
    expect(states).toMatchObject({ CreateBucket: 'failed', PutPublicAccessBlock: 'not-made' })
    expect(keptCalls(lines)).toEqual([])
    expect(
      (await client.send(new GetBucketOwnershipControlsCommand({ Bucket: bucket }))).OwnershipControls?.Rules,
    ).toEqual([{ ObjectOwnership: 'BucketOwnerPreferred' }])
  })
})

describe.skipIf(!hasCeph)('on Ceph', () => {
  let server: StartedServer
  let client: S3Client
  let to: ReturnType<typeof session>
  beforeAll(async () => {
    server = await cephServer()
    client = clientOf(server)
    to = session(server.endpoint, server)
  })
  afterAll(() => {
    to.destroy()
    client.destroy()
  })

  test('has no ownership controls, takes uploads afterwards, and the public sees the public prefixes alone', async () => {
    const bucket = newName()
    const { lines, states } = await run(to, plan(bucket))
    expect(states).toEqual({
      CreateBucket: 'done',
      PutBucketOwnershipControls: 'not-here',
      // Nothing was blocked before, and nothing is to be.
      PutPublicAccessBlock: 'already',
      PutBucketPolicy: 'done',
      PutBucketCors: 'done',
      PutBucketVersioning: 'done',
      PutBucketLifecycleConfiguration: 'done',
    })
    for (const [key, status] of [
      ['static/a.css', 200],
      ['media/private/a.pdf', 403],
    ] as const) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'a' }))
      expect([key, (await fetch(`${server.endpoint}/${bucket}/${key}`)).status]).toEqual([key, status])
      const { VersionId } = await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
      expect(VersionId).toBeDefined()
    }
    // Its versions are still there.
    const undone = await undoSetup(to, { bucket }, keptCalls(lines))
    expect(undone.map(({ call, state }) => [call, state])).toEqual([
      ['PutBucketLifecycleConfiguration', 'undone'],
      ['PutBucketVersioning', 'undone'],
      ['PutBucketCors', 'undone'],
      ['PutBucketPolicy', 'undone'],
      ['CreateBucket', 'left'],
    ])
    await expect(client.send(new GetBucketPolicyCommand({ Bucket: bucket }))).rejects.toThrow()
    await expect(
      client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket })),
    ).rejects.toThrow()
  })

  test('an empty bucket goes with its set-up, also one that blocks policies', async () => {
    const bucket = newName()
    const { lines, states } = await run(to, plan(bucket, { kinds: ['private-media'], versioning: false }))
    expect(states).toMatchObject({ PutPublicAccessBlock: 'done', PutBucketLifecycleConfiguration: 'done' })
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'media/private/a', Body: 'a' }))
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'media/private/a' }))
    const undone = await undoSetup(to, { bucket }, keptCalls(lines))
    expect(undone.map(({ state }) => state)).toEqual(['undone', 'undone', 'undone'])
    await expect(client.send(new DeleteBucketCommand({ Bucket: bucket }))).rejects.toThrow()
  })
})
