import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { environmentProfileId as profileId } from '../../src-main/backend/backend-parts.ts'
import { placeOpeningText } from '../../src-preload/contract/place-opening.ts'
import { clientOf } from '../cli/s3-client.ts'
import { playgroundServer, type StartedServer } from '../cli/servers.ts'
import { runForTest } from '../cli/run-for-test.ts'
import { type RunningBackend, runBackend, value, profileAt } from './running-backend.ts'

const Bucket = 'pail-private-places'

let server: StartedServer
let backend: RunningBackend
let client: S3Client
beforeEach(async () => {
  server = await playgroundServer()
  backend = await runBackend({ clipboard: null, host: 'cli', environmentProfile: profileAt(server) })
  client = clientOf(server)
  await client.send(new CreateBucketCommand({ Bucket }))
  await client.send(new DeletePublicAccessBlockCommand({ Bucket }))
})
afterEach(async () => {
  client.destroy()
  await backend.close()
  await server.close()
})

const allow = (Resource: string, more: object = {}) => ({
  Sid: 'Theirs',
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/${Resource}`,
  ...more,
})
const putPolicy = (...Statement: object[]) =>
  client.send(
    new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  )
const find = (prefix: string, bucket = Bucket) =>
  value(backend.api.findPlaceOpening({ profileId, bucket, prefix }))
const command = (...argv: string[]) =>
  runForTest(argv, { api: backend.api, calls: [], inputs: () => [], emit: () => undefined })

const by = 'statement “Theirs”'

test('S44 a private place that the policy opens is told of before it is made: as a whole, in part, and not at all', async () => {
  await putPolicy(allow('media/*'), allow('papers/open/*'), allow('papers/closed/*', { Effect: 'Deny' }))
  expect(await find('media/private')).toEqual({ opening: { place: 'media/private/', by } })
  expect(await find('media/')).toEqual({ opening: { place: 'media/', by } })
  expect(await find('papers/')).toEqual({ opening: { place: 'papers/open/*', by } })
  expect(await find('papers/closed/')).toEqual({ opening: null })
  expect(await find('other/')).toEqual({ opening: null })
  expect(await find('')).toEqual({ opening: { place: 'media/*', by } })
  // What was found is what somebody without keys then gets.
  const path = join(backend.folder, 'a.txt')
  await writeFile(path, 'a')
  for (const [prefix, status] of [
    ['media/private/', 200],
    ['papers/open/', 200],
    ['papers/closed/', 403],
    ['other/', 403],
  ] as const) {
    const put = await command('put', path, `s3://${Bucket}/${prefix}`)
    expect([prefix, put.code, (await fetch(`${server.endpoint}/${Bucket}/${prefix}a.txt`)).status]).toEqual([
      prefix,
      0,
      status,
    ])
  }
})

test('of a place of which some names are open it is said that it is some of it', async () => {
  await putPolicy(allow('*.jpg'))
  const { opening } = await find('media/private/')
  expect(opening).toEqual({ place: 'media/private/*.jpg', by })
  expect(placeOpeningText(opening!, 'media/private/')).toMatch(
    /^Everybody can read some of what is put there: the bucket’s policy opens media\/private\/\*\.jpg/,
  )
})

test('what may be open under a condition is not told of, and what cannot be read is not known', async () => {
  await putPolicy(allow('media/*', { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }))
  expect(await find('media/')).toEqual({ opening: null })
  expect(await find('media/', 'pail-is-not-there')).toEqual({})
})

test('an import says of a private place that everybody can read what is put there, as far as its profile can tell', async () => {
  await putPolicy(allow('media/*'))
  const { id } = await value(
    backend.api.createProfile({
      profile: {
        name: 'Site',
        colour: 'blue',
        provider: 'other',
        endpoint: server.endpoint,
        region: 'us-east-1',
        addressing: 'path',
        checksums: 'when-supported',
        bucketNames: [Bucket],
        insecureConsent: null,
      },
    }),
  )
  const { accessKeyId, secretAccessKey } = server
  await value(
    backend.api.setProfileSecret({
      profileId: id,
      accessKeyId,
      secretAccessKey,
      sessionToken: null,
      keepForSession: true,
    }),
  )
  const folder = join(backend.folder, 'project')
  await mkdir(folder)
  const write = (location: string) =>
    writeFile(
      join(folder, 'settings.py'),
      `AWS_STORAGE_BUCKET_NAME = '${Bucket}'\nAWS_LOCATION = '${location}'\nAWS_S3_ENDPOINT_URL = '${server.endpoint}'\nDEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'\n`,
    )
  await write('media/private')
  const text = placeOpeningText({ place: 'media/private/', by }, 'media/private/')
  expect(text).toMatch(/^Everybody can read what is put there: the bucket’s policy opens media\/private\//)
  const told = await command('django', 'import', folder, '--profile', 'Site', '--json')
  expect([told.code, told.err]).toEqual([0, expect.stringContaining(`“Private media”: ${text}`)])
  expect(JSON.parse(told.out).opened).toEqual([{ name: 'Private media', place: 'media/private/', by }])
  // A new profile has no keys to ask with.
  const unknown = await command('django', 'import', folder, '--json')
  expect(JSON.parse(unknown.out).opened).toEqual([])
  await write('other')
  const closed = await command('django', 'import', folder, '--profile', 'Site', '--json')
  expect([JSON.parse(closed.out).opened, closed.err]).toEqual([
    [],
    expect.not.stringContaining('Everybody can read'),
  ])
})
