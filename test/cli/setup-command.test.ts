import { PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SetupOutcome, SetupPlan, SetupUndo } from '../../src-preload/contract/bucket-setup.ts'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { codeOf, value } from '../backend/running-backend.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { clientOf } from './s3-client.ts'

let line: RunningCommandLine
beforeAll(async () => {
  line = await startCommandLine()
})
afterAll(() => line.close())

const bucket = 'sibtc-site'
const setup = (...argv: string[]) => line.run(['setup', ...argv])
const isThere = async () => (await line.run(['ls', `s3://${bucket}`])).code === 0

test('every call is printed with what it sends before it is made, and --dry-run makes none', async () => {
  const ran = await setup(`s3://${bucket}`, '--static', '--private-media', '--versioning', '--dry-run')
  expect(ran.code).toBe(0)
  expect(ran.out.split('\n')).toEqual([
    'CreateBucket  PUT /sibtc-site/',
    'PutBucketOwnershipControls  PUT /sibtc-site/?ownershipControls',
    'PutPublicAccessBlock  PUT /sibtc-site/?publicAccessBlock',
    'PutBucketPolicy  PUT /sibtc-site/?policy',
    'PutBucketCors  PUT /sibtc-site/?cors',
    'PutBucketVersioning  PUT /sibtc-site/?versioning',
    'PutBucketLifecycleConfiguration  PUT /sibtc-site/?lifecycle',
    '',
  ])
  for (const sent of [
    '<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>',
    '"arn:aws:s3:::sibtc-site/static/*"',
    '<AllowedOrigin>*</AllowedOrigin>',
    '<DaysAfterInitiation>7</DaysAfterInitiation>',
    'Undone by DeleteBucket, only while the bucket is empty.',
    '"Sid": "ReadAndWriteTheFiles"',
  ])
    expect(ran.err).toContain(sent)
  expect(await isThere()).toBe(false)
})

test('nothing is made unasked', async () => {
  expect(await setup(`s3://${bucket}`, '--static')).toMatchObject({ code: 3 })
  expect(await line.run(['setup', `s3://${bucket}`, '--static'], { typed: 'no' })).toMatchObject({ code: 3 })
  expect(await isThere()).toBe(false)
})

test('a bucket is made for a site, serves it, and is taken back after a restart', async () => {
  const made = await setup(`s3://${bucket}`, '--static', '--private-media', '--yes', '--json')
  expect([made.code, made.err]).toEqual([0, expect.stringContaining('is ready')])
  const { plan, outcome } = JSON.parse(made.out) as { plan: SetupPlan; outcome: SetupOutcome }
  expect(outcome).toMatchObject({ bucket, isWhole: true, undoable: true })
  expect(plan.places.map(({ prefix }) => prefix)).toEqual(['static/', 'media/private/'])

  await line.write({ 'a.txt': 'a' })
  for (const prefix of ['static/', 'media/private/'])
    expect((await line.run(['put', `${line.folder}/a.txt`, `s3://${bucket}/${prefix}`])).code).toBe(0)
  expect((await fetch(`${line.endpoint}/${bucket}/static/a.txt`)).status).toBe(200)
  expect((await fetch(`${line.endpoint}/${bucket}/media/private/a.txt`)).status).toBe(403)
  // The switch between public and private knows the statement as its own.
  expect((await line.run(['set-visibility', 'private', `s3://${bucket}/static/`, '--yes'])).code).toBe(0)
  expect((await fetch(`${line.endpoint}/${bucket}/static/a.txt`)).status).toBe(403)
  expect((await line.run(['set-visibility', 'undo', `s3://${bucket}`, '--yes'])).code).toBe(0)

  await line.backend.restart()
  const left = await setup('undo', `s3://${bucket}`, '--yes', '--json')
  expect(left.code).toBe(1)
  expect((JSON.parse(left.out) as { outcome: SetupUndo }).outcome).toMatchObject({ bucketDeleted: false })
  expect((await fetch(`${line.endpoint}/${bucket}/static/a.txt`)).status).toBe(403)
  for (const key of ['static/a.txt', 'media/private/a.txt'])
    expect((await line.run(['rm', `s3://${bucket}/${key}`])).code).toBe(0)
  // What is undone is not undone again; the bucket is what was left.
  expect(await setup('undo', `s3://${bucket}`, '--yes')).toMatchObject({
    code: 0,
    out: 'undone     CreateBucket  The empty bucket was deleted.\n',
  })
  expect(await isThere()).toBe(false)
  expect(await setup('undo', `s3://${bucket}`, '--yes')).toMatchObject({ code: 1 })
})

test('with its bucket what could be undone in it is forgotten', async () => {
  expect((await setup('s3://sibtc-gone', '--static', '--yes')).code).toBe(0)
  expect((await line.run(['rb', 's3://sibtc-gone'])).code).toBe(0)
  expect(
    await value(line.backend.api.listBucketSetups({ profileId: environmentProfileId, bucket: 'sibtc-gone' })),
  ).toEqual([])
})

test('a bucket of one’s own, and a name that cannot be, are refused before anything is planned', async () => {
  const wanted = { region: 'us-east-1', kinds: ['static' as const], versioning: false, origins: [] }
  const plan = (name: string) =>
    codeOf(line.backend.api.planBucketSetup({ profileId: environmentProfileId, bucket: name, ...wanted }))
  expect(await plan(line.bucket)).toBe('bucket-owned-by-you')
  expect(await plan('No_Such')).toBe('invalid-bucket-name')
  const { planId } = await value(
    line.backend.api.planBucketSetup({ profileId: environmentProfileId, bucket: 'twice-made', ...wanted }),
  )
  await value(line.backend.api.applyBucketSetup({ planId }))
  expect(await codeOf(line.backend.api.applyBucketSetup({ planId }))).toBe('not-found')
  await value(line.backend.api.undoBucketSetup({ setupId: planId }))
})

test('a bucket is not called ready when the service does not show what was set', async () => {
  const plan = {
    planId: 'plan',
    bucket: 'a-site',
    region: 'us-east-1',
    steps: [],
    places: [],
    iamPolicy: '{}',
    notes: [],
  }
  const steps = [{ call: 'PutPublicAccessBlock' as const, state: 'not-shown' as const, problem: null }]
  const double = createApiDouble({
    planBucketSetup: () => ok(plan),
    applyBucketSetup: () => ok({ setupId: 'plan', bucket: 'a-site', steps, isWhole: true, undoable: true }),
  })
  const made = await runForTest(['setup', 's3://a-site', '--private-media', '--yes'], double)
  expect(made).toMatchObject({ code: 0, err: expect.stringContaining('not all of it is seen') as string })
  expect(made.err).not.toContain('is ready')
})

test('a bucket that is there is set up by --existing alone, and stays when that is taken back', async () => {
  await line.run(['mb', 's3://sibtc-there'])
  const refused = await setup('s3://sibtc-there', '--static', '--yes')
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('--existing sets it up as it is')])
  const planned = await setup('s3://sibtc-there', '--existing', '--static', '--dry-run')
  expect(planned.out).not.toContain('CreateBucket')
  expect(planned.err).toContain('Now: none.')
  const made = await setup('s3://sibtc-there', '--existing', '--static', '--yes')
  expect([made.code, made.out]).toEqual([0, expect.stringContaining('done       PutBucketPolicy')])
  const again = await setup('s3://sibtc-there', '--existing', '--static')
  expect([again.code, again.err]).toEqual([0, expect.stringContaining('has all of it already')])
  const undone = await setup('undo', 's3://sibtc-there', '--yes')
  expect([undone.code, undone.out]).toEqual([0, expect.not.stringContaining('CreateBucket')])
  expect((await line.run(['rb', 's3://sibtc-there'])).code).toBe(0)
})

test('S45 it is waited for what can be read of a bucket that is set up, and what should be otherwise is named', async () => {
  const name = 'sibtc-filled'
  await line.run(['mb', `s3://${name}`])
  await line.write({ 'a.css': 'a', 'b.txt': 'b' })
  for (const [file, prefix] of [
    ['a.css', 'static/'],
    ['b.txt', 'static/kept/'],
    ['b.txt', 'media/private/'],
  ])
    expect((await line.run(['put', `${line.folder}/${file}`, `s3://${name}/${prefix}`])).code).toBe(0)
  const made = await setup(`s3://${name}`, '--existing', '--static', '--private-media', '--yes', '--json')
  expect([made.code, made.err]).toEqual([
    0,
    expect.stringContaining(
      'Of 3 objects in it everybody can read 2, and 1 are private, as unsigned requests show.',
    ),
  ])
  expect(JSON.parse(made.out).visibility).toEqual({
    public: 2,
    private: 1,
    unknown: 0,
    notAsked: 0,
    exposed: { objects: 0, sample: [] },
    blocked: { objects: 0, sample: [] },
  })
  const status = async (key: string) => (await fetch(`${line.endpoint}/${name}/${key}`)).status
  expect([await status('static/a.css'), await status('media/private/b.txt')]).toEqual([200, 403])
  const undone = await setup('undo', `s3://${name}`, '--yes', '--json')
  expect(undone.err).toContain('everybody can read 0, and 3 are private')
  expect(JSON.parse(undone.out).visibility).toMatchObject({ public: 0, private: 3, notAsked: 0 })
  expect(await status('static/a.css')).toBe(403)

  // What somebody else has shut stays shut: that is said, and a script hears of it.
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Theirs',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${name}/static/kept/*`,
        Condition: { StringNotEquals: { 'aws:PrincipalType': 'User' } },
      },
    ],
  })
  const client = clientOf({ endpoint: line.endpoint, ...line.credentials })
  await client.send(new PutBucketPolicyCommand({ Bucket: name, Policy }))
  client.destroy()
  const shut = await setup(`s3://${name}`, '--existing', '--static', '--yes', '--json')
  expect([shut.code, shut.err]).toEqual([
    1,
    expect.stringContaining('Visitors are refused, though it is to be public, 1 object: static/kept/b.txt'),
  ])
  expect(shut.err).toContain('not everything in it can be read by whom it should')
  expect(JSON.parse(shut.out).visibility.blocked).toEqual({ objects: 1, sample: ['static/kept/b.txt'] })
})

test('a bucket is set up for an own preset by its name; one that is not there is named beside those that are', async () => {
  const { api } = line.backend
  const preset = await value(
    api.createDestinationPreset({
      preset: {
        kind: 'static',
        name: 'Reports',
        prefix: 'reports/',
        visibility: 'private',
        cacheControl: null,
        linkExpirySeconds: 900,
        exclude: [],
      },
    }),
  )
  const asked = await setup('s3://sibtc-reports', '--static', '--preset', 'Reports', '--dry-run', '--json')
  const { plan } = JSON.parse(asked.out) as { plan: SetupPlan }
  expect(plan.places.map(({ name, visibility }) => [name, visibility])).toEqual([
    ['Static', 'public'],
    ['Reports', 'private'],
  ])
  const policy = plan.steps.find(({ call }) => call === 'PutBucketPolicy')?.body
  expect(policy).toContain('static/*')
  expect(policy).not.toContain('/reports/')
  expect(await setup('s3://sibtc-reports', '--preset', 'Papers', '--dry-run')).toMatchObject({
    code: 2,
    err: expect.stringContaining('There are: Reports') as string,
  })
  await value(api.deleteDestinationPreset({ presetId: preset.id }))
})
