import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { SetupInput } from '../../src-preload/contract/bucket-setup.ts'
import type { MediaDestinationInput } from '../../src-preload/contract/destination.ts'
import { codeOf, profileAt, type RunningBackend, runBackend, value } from '../backend/running-backend.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from '../cli/servers.ts'
import { emptyAndDelete } from '../s3-conformance/scene.ts'
import { clientOf } from '../cli/s3-client.ts'

const profileId = environmentProfileId
const theirCors = { AllowedOrigins: ['https://theirs.example.org'], AllowedMethods: ['PUT'] }
const theirRule = {
  ID: 'theirs',
  Status: 'Enabled' as const,
  Filter: { Prefix: 'tmp/' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
}
const blocked = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
}

describe.each(['the playground', ...(hasCeph ? ['Ceph'] : [])])('a bucket that is there, on %s', (name) => {
  let server: StartedServer
  let backend: RunningBackend
  let client: S3Client
  let bucket: string
  const made: string[] = []
  beforeAll(async () => {
    server = await (name === 'Ceph' ? cephServer() : playgroundServer())
    backend = await runBackend({
      clipboard: null,
      environmentProfile: profileAt(server),
    })
    client = clientOf(server)
  })
  afterAll(async () => {
    for (const each of made) await emptyAndDelete(client, each)
    client.destroy()
    await backend.close()
    await server.close()
  })
  beforeEach(async () => {
    bucket = `pail-there-${randomBytes(6).toString('hex')}`
    made.push(bucket)
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    await client.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
  })

  const input = (more: Partial<SetupInput> = {}) => ({
    profileId,
    bucket,
    region: 'us-east-1',
    kinds: ['static' as const, 'private-media' as const],
    versioning: false,
    origins: ['https://www.example.org'],
    existing: true,
    ...more,
  })
  const plan = (more: Partial<SetupInput> = {}) => value(backend.api.planBucketSetup(input(more)))
  const refusal = (more: Partial<SetupInput> = {}) => codeOf(backend.api.planBucketSetup(input(more)))
  const apply = (planId: string) => value(backend.api.applyBucketSetup({ planId }))
  const theirStatement = (more: object = {}) => ({
    Sid: 'Theirs',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${bucket}/secret/*`,
    ...more,
  })
  const putPolicy = (...statements: object[]) =>
    client.send(
      new PutBucketPolicyCommand({
        Bucket: bucket,
        Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 1),
      }),
    )
  const putCors = (rules: object[]) =>
    client.send(
      new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: rules as never } }),
    )
  const block = (PublicAccessBlockConfiguration: object) =>
    client.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }))
  const settings = async () => {
    const where = { Bucket: bucket }
    const [policy, cors, lifecycle, blocks] = await Promise.all([
      client.send(new GetBucketPolicyCommand(where)).then(
        ({ Policy }) => Policy,
        () => null,
      ),
      client.send(new GetBucketCorsCommand(where)).then(
        ({ CORSRules }) => CORSRules,
        () => null,
      ),
      client.send(new GetBucketLifecycleConfigurationCommand(where)).then(
        ({ Rules }) => Rules,
        () => null,
      ),
      client.send(new GetPublicAccessBlockCommand(where)).then(
        ({ PublicAccessBlockConfiguration: config }) => config,
        () => null,
      ),
    ])
    return { policy, cors, lifecycle, blocks }
  }
  const statusOf = async (key: string) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'a' }))
    return (await fetch(`${server.endpoint}/${bucket}/${key}`)).status
  }

  test('gets what it lacks, keeps what others have set, and is as before after undo', async () => {
    await putPolicy(theirStatement())
    await putCors([theirCors])
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: [theirRule] },
      }),
    )
    const before = await settings()
    const { planId, steps, existing } = await plan()
    expect(existing).toBe(true)
    expect(steps.map(({ call }) => call)).toEqual([
      'PutBucketPolicy',
      'PutBucketCors',
      'PutBucketLifecycleConfiguration',
    ])
    // Each with what is there now, and what comes in its place.
    expect(steps[0]).toMatchObject({ before: before.policy })
    expect(steps[0]?.body).toContain(`arn:aws:s3:::${bucket}/static/*`)
    expect(steps[1]?.before).toContain('https://theirs.example.org')
    expect(steps[1]?.before).not.toContain('www.example.org')
    expect(steps[1]?.body).toMatch(/theirs\.example\.org[\s\S]*www\.example\.org/)
    expect(steps[2]?.body).toMatch(/theirs[\s\S]*pail-abort-incomplete-uploads/)
    expect(await settings()).toEqual(before)

    const outcome = await apply(planId)
    expect([outcome.isWhole, outcome.steps.map(({ state }) => state)]).toEqual([
      true,
      ['done', 'done', 'done'],
    ])
    expect([await statusOf('static/a.css'), await statusOf('media/private/a'), await statusOf('a')]).toEqual([
      200, 403, 403,
    ])
    const after = await settings()
    expect(JSON.parse(after.policy ?? '')).toMatchObject({
      Statement: [theirStatement(), { Sid: 'PailPublicRead', Resource: `arn:aws:s3:::${bucket}/static/*` }],
    })
    expect(after.cors?.[0]).toMatchObject(theirCors)
    expect(after.lifecycle?.map(({ ID }) => ID)).toContain('theirs')
    // It has all of it now.
    const again = await plan()
    expect(again.steps).toEqual([])
    expect(await apply(again.planId)).toMatchObject({ isWhole: true, undoable: false, steps: [] })

    const undone = await value(backend.api.undoBucketSetup({ setupId: outcome.setupId }))
    expect([undone.bucketDeleted, undone.steps.map(({ state }) => state)]).toEqual([
      false,
      ['undone', 'undone', 'undone'],
    ])
    const restored = await settings()
    expect({ ...restored, policy: JSON.parse(restored.policy ?? '') as unknown }).toEqual({
      ...before,
      policy: JSON.parse(before.policy ?? '') as unknown,
    })
    expect(await statusOf('static/a.css')).toBe(403)
  })

  test('is not written over when somebody changes it after the plan', async () => {
    await putCors([theirCors])
    const { planId } = await plan()
    const others = { ...theirCors, AllowedOrigins: ['https://others.example.org'] }
    await putCors([others])
    const { isWhole, steps } = await apply(planId)
    expect(isWhole).toBe(false)
    expect(steps.find(({ call }) => call === 'PutBucketCors')).toMatchObject({
      state: 'failed',
      problem: { code: 'precondition-failed' },
    })
    expect((await settings()).cors).toMatchObject([others])
    await value(backend.api.undoBucketSetup({ setupId: planId }))
    expect(await settings()).toMatchObject({ policy: null, cors: [others] })
  })

  test('is left alone where a private destination is open, a public one shut, or there is no such bucket', async () => {
    await putPolicy(theirStatement({ Effect: 'Allow', Resource: `arn:aws:s3:::${bucket}/media/*` }))
    expect(await refusal()).toBe('not-allowed')
    expect((await plan({ kinds: ['static'] })).steps[0]?.call).toBe('PutBucketPolicy')
    await putPolicy(theirStatement({ Resource: `arn:aws:s3:::${bucket}/static/*` }))
    expect(await refusal()).toBe('not-allowed')
    expect(await refusal({ bucket: `${bucket}-none` })).toBe('no-such-bucket')
    // Without the word it is a new one that is wanted.
    expect(await refusal({ existing: false })).toBe('bucket-owned-by-you')
  })

  describe('S44 a private destination that Pail’s own statement would open', () => {
    const destination = (more: Partial<MediaDestinationInput> = {}): MediaDestinationInput => ({
      profileId,
      bucket,
      name: 'Invoices',
      kind: 'media',
      prefix: 'media/invoices/',
      visibility: 'private',
      cacheControl: null,
      onConflict: 'keep-both',
      baseUrl: null,
      linkExpirySeconds: 3600,
      ...more,
    })
    const own = (...patterns: string[]) => ({
      Sid: 'PailPublicRead',
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: patterns.map((pattern) => `arn:aws:s3:::${bucket}/${pattern}`),
    })
    const why = async (more: Partial<SetupInput> = {}) => {
      const { error } = (await backend.api.planBucketSetup(input(more))) as { error?: AppError }
      return [error?.code, error?.message]
    }
    const named = expect.stringMatching(
      /lets everybody read media\/, and the private destination “Invoices” .*Nothing was changed/,
    )

    test.each(['the destination', 'the statement'])(
      'is refused in the plan, %s being there first',
      async (first) => {
        const create = async () =>
          value(backend.api.createDestination({ destination: destination() })).then(({ id }) => id)
        const early = first === 'the destination' ? await create() : null
        await putPolicy(own('media/*'))
        const id = early ?? (await create())
        const before = await settings()
        expect(await why({ kinds: ['static'] })).toEqual(['safety-refused', named])
        expect(await settings()).toEqual(before)
        // Elsewhere it is in nobody's way.
        await value(
          backend.api.updateDestination({
            destinationId: id,
            destination: destination({ prefix: 'invoices/' }),
          }),
        )
        expect((await plan({ kinds: ['static'] })).steps.map(({ call }) => call)).toContain('PutBucketPolicy')
        await value(backend.api.deleteDestination({ destinationId: id }))
      },
    )

    test('is refused where the set-up makes it, and no call would close it', async () => {
      await putPolicy(own('media/private/old/*'))
      expect(await why({ kinds: ['private-media'] })).toEqual([
        'safety-refused',
        expect.stringContaining(
          'lets everybody read media/private/old/, and the private destination “Private media”',
        ),
      ])
      // With public prefixes the statement is written anew, without it.
      const { steps } = await plan()
      const policy = steps.find(({ call }) => call === 'PutBucketPolicy')
      expect(policy?.body).toContain('/static/*')
      expect(policy?.body).not.toContain('media/private/')
    })

    test('is let alone where Pail’s own Deny keeps it private, and such a place is not opened', async () => {
      const denied = (pattern: string) => ({
        Sid: 'PailKeepPrivate',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: `arn:aws:s3:::${bucket}/${pattern}`,
        Condition: { StringEquals: { 'aws:principaltype': 'Anonymous' } },
      })
      const id = (await value(backend.api.createDestination({ destination: destination() }))).id
      await putPolicy(own('media/*'), denied('media/invoices/*'))
      expect((await plan({ kinds: ['static'] })).steps.map(({ call }) => call)).toContain('PutBucketPolicy')
      await putPolicy(own('media/*'), denied('media/invoices/old/*'))
      expect(await refusal({ kinds: ['static'] })).toBe('safety-refused')
      await value(backend.api.deleteDestination({ destinationId: id }))
      await putPolicy(own('media/*'), denied('static/*'))
      expect(await why({ kinds: ['static'] })).toEqual([
        'not-allowed',
        expect.stringContaining('Pail’s own Deny in the bucket’s policy keeps static/ private'),
      ])
    })

    test('is refused where it is below what the set-up opens, be the bucket there or not', async () => {
      const made = await value(
        backend.api.createDestination({ destination: destination({ prefix: 'static/secret/' }) }),
      )
      expect(await refusal({ kinds: ['static'] })).toBe('safety-refused')
      await value(backend.api.deleteDestination({ destinationId: made.id }))
      const other = `${bucket}-new`
      const early = await value(
        backend.api.createDestination({
          destination: destination({ bucket: other, prefix: 'static/secret/' }),
        }),
      )
      expect(await refusal({ bucket: other, existing: false, kinds: ['static'] })).toBe('safety-refused')
      await value(backend.api.deleteDestination({ destinationId: early.id }))
    })
  })

  // Ceph 16 answers AccessDenied to a policy while it blocks public access.
  if (name !== 'Ceph') {
    test('Block Public Access is lifted for policies alone, and comes back', async () => {
      await block(blocked)
      const { planId, steps } = await plan()
      expect(steps.slice(0, 2).map(({ call }) => call)).toEqual(['PutPublicAccessBlock', 'PutBucketPolicy'])
      expect(steps[0]?.before).toContain('<RestrictPublicBuckets>true</RestrictPublicBuckets>')
      expect((await apply(planId)).isWhole).toBe(true)
      expect((await settings()).blocks).toEqual({
        ...blocked,
        BlockPublicPolicy: false,
        RestrictPublicBuckets: false,
      })
      expect(await statusOf('static/a.css')).toBe(200)
      await value(backend.api.undoBucketSetup({ setupId: planId }))
      expect((await settings()).blocks).toEqual(blocked)
      // Private files alone need no such thing.
      expect((await plan({ kinds: ['private-media'] })).steps.map(({ call }) => call)).not.toContain(
        'PutPublicAccessBlock',
      )
    })

    test('Block Public Access stays where more would be open without it', async () => {
      const open = `arn:aws:s3:::${bucket}/theirs/*`
      await putPolicy(theirStatement({ Effect: 'Allow', Resource: open }))
      await block(blocked)
      expect(await refusal({ kinds: ['static'] })).toBe('safety-refused')
      expect((await settings()).blocks).toEqual(blocked)
    })
  }
})
