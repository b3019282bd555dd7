import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetObjectAclCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import type { VisibilityOutcome, VisibilityPlan } from '../../src-preload/contract/visibility-plan.ts'
import { codeOf, value } from '../backend/running-backend.ts'
import { createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'

interface Document {
  readonly results: readonly { readonly plan: VisibilityPlan; readonly outcome: VisibilityOutcome | null }[]
}

/** A bucket without ACLs. */
const Bucket = 'pail-without-acls'
const theirs = `{ "Version":"2012-10-17","Statement" : [ {"Sid":"Theirs", "Effect":"Deny","Principal":"*",
 "Action":"s3:GetObject","Resource":"arn:aws:s3:::${Bucket}/secret/*"} ]}`

let line: RunningCommandLine
let client: S3Client
beforeAll(async () => {
  line = await startCommandLine()
  client = new S3Client({
    endpoint: line.endpoint,
    region: 'us-east-1',
    credentials: line.credentials,
    forcePathStyle: true,
  })
  await line.run(['mb', `s3://${Bucket}`])
  await line.write({ 'a.txt': 'a', 'b.txt': 'b', 'd*.txt': 'd' })
  const files = ['a.txt', 'b.txt', 'd*.txt'].map((name) => `${line.folder}/${name}`)
  for (const bucket of [Bucket, line.bucket])
    for (const prefix of ['media/', 'media-2/', 'secret/'])
      expect((await line.run(['put', ...files, `s3://${bucket}/${prefix}`])).code).toBe(0)
})
afterAll(async () => {
  client.destroy()
  await line.close()
})
beforeEach(async () => {
  await client.send(new DeleteBucketPolicyCommand({ Bucket }))
  await client.send(new DeletePublicAccessBlockCommand({ Bucket }))
})

const get = async (key: string, bucket = Bucket) => (await fetch(`${line.endpoint}/${bucket}/${key}`)).status
const put = (Policy: string) => client.send(new PutBucketPolicyCommand({ Bucket, Policy }))
const read = async () => (await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy
const set = (...argv: string[]) => line.run(['set-visibility', ...argv])
async function plan(visibility: 'public' | 'private', keys: string[], prefixes: string[] = []) {
  return value(
    line.backend.api.planVisibility({
      profileId: environmentProfileId,
      bucket: Bucket,
      keys,
      prefixes,
      visibility,
    }),
  )
}
const apply = async ({ planId, objects }: VisibilityPlan) =>
  value(line.backend.api.applyVisibility({ planId, confirmedObjects: objects }))

describe('pail set-visibility, where objects have ACLs', () => {
  test('S44 an object becomes public and private again', async () => {
    const address = `s3://${line.bucket}/media/a.txt`
    const opened = await set('public', address, '--yes', '--json')
    expect(opened.code).toBe(0)
    const { results } = JSON.parse(opened.out) as Document
    expect(results).toMatchObject([
      {
        plan: { way: 'object-acl', acls: { acl: 'public-read', objects: 1 }, policy: null },
        outcome: { acls: 1, policyChanged: false, counts: { public: 1, private: 0 }, undoable: true },
      },
    ])
    expect(await get('media/a.txt', line.bucket)).toBe(200)
    expect(await get('media/b.txt', line.bucket)).toBe(403)
    // Private needs no second step.
    const closed = await set('private', address)
    expect(closed).toMatchObject({ code: 0, out: `private  ${address}\n` })
    expect(await get('media/a.txt', line.bucket)).toBe(403)
  })

  test('S44 without a terminal nothing becomes public unasked', async () => {
    const refused = await set('public', `s3://${line.bucket}/media/a.txt`)
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('--yes')
    expect(await get('media/a.txt', line.bucket)).toBe(403)
  })

  test('S44 several need the bucket’s name typed', async () => {
    const addresses = ['a.txt', 'b.txt'].map((name) => `s3://${line.bucket}/media-2/${name}`)
    const argv = ['set-visibility', 'public', ...addresses]
    expect((await line.run(argv, { typed: 'yes' })).code).toBe(3)
    expect(await get('media-2/a.txt', line.bucket)).toBe(403)
    expect((await line.run(argv, { typed: line.bucket })).code).toBe(0)
    expect(await get('media-2/a.txt', line.bucket)).toBe(200)
  })

  test('an object that is not there is named, and the others go on', async () => {
    const done = await set(
      'private',
      `s3://${line.bucket}/media/a.txt`,
      `s3://${line.bucket}/nothing`,
      '--json',
    )
    expect(done.code).toBe(1)
    const { results } = JSON.parse(done.out) as Document
    expect(results[0]?.outcome).toMatchObject({ acls: 1, failed: [{ key: 'nothing', code: 'no-such-key' }] })
  })
})

describe('pail set-visibility, where ACLs are disabled', () => {
  test('S44 S48 a prefix becomes public by the policy, and nothing else; what others wrote stays byte for byte', async () => {
    await put(theirs)
    const address = `s3://${Bucket}/media/`
    const dry = await set('public', address, '--dry-run')
    expect(dry).toMatchObject({ code: 0, out: '' })
    expect(dry.err).toContain('+ ,{"Sid":"PailPublicRead"')
    expect(await read()).toBe(theirs)

    const opened = await set('public', address, '--yes', '--json')
    const { results } = JSON.parse(opened.out) as Document
    expect(opened.code).toBe(0)
    expect(results).toMatchObject([
      {
        plan: { way: 'prefix-policy', acls: null, otherStatements: 1, objects: 3, prefixes: ['media/'] },
        outcome: { policyChanged: true, counts: { public: 3, private: 0, unknown: 0 } },
      },
    ])
    const written = (await read())!
    const edit = results[0]!.plan.policy!
    expect(written).toBe(edit.after)
    expect(written.replace(edit.added, '')).toBe(theirs)
    expect(await get('media/a.txt')).toBe(200)
    for (const key of ['media-2/a.txt', 'secret/a.txt', 'media']) expect(await get(key)).toBe(403)

    const closed = await set('private', address, '--yes')
    expect(closed.code).toBe(0)
    expect(await read()).toBe(theirs)
    expect(await get('media/a.txt')).toBe(403)
  })

  test('S44 what a prefix has in it is counted and named, also with --yes', async () => {
    const named = ['a.txt', 'b.txt', 'd*.txt'].map((name) => `  s3://${Bucket}/media/${name}\n`).join('')
    const later = `Whatever comes below s3://${Bucket}/media/ later is public, too.`
    const opened = await set('public', `s3://${Bucket}/media/`, '--yes')
    expect(opened.code).toBe(0)
    expect(opened.err).toContain(`3 objects in ${Bucket} are to become public:\n${named}${later}\n`)
    const again = await set('public', `s3://${Bucket}/media/`, '--yes')
    expect(again.err).toContain('Nothing has to be changed.')
    expect(again.err).not.toContain('to become')
    const closed = await set('private', `s3://${Bucket}/media/`, '--yes')
    expect(closed.err).toContain(`3 objects in ${Bucket} are to become private:\n${named}`)
    expect(closed.err).not.toContain(later)
    const empty = await set('public', `s3://${Bucket}/later/`, '--yes')
    expect(empty.err).toContain(`0 objects in ${Bucket} are to become public.\n`)
  })

  test('a single object does, too, and back; without a statement there is no policy', async () => {
    const address = `s3://${Bucket}/media/a.txt`
    const opened = await set('public', address, '--yes')
    expect(opened).toMatchObject({ code: 0, out: `public   ${address}\n` })
    expect(opened.err).toContain('The bucket has no policy. It gets this one:')
    expect(await get('media/a.txt')).toBe(200)
    expect(await get('media/b.txt')).toBe(403)
    // Taking away a statement is a change of the policy: it is asked for.
    expect((await set('private', address)).code).toBe(3)
    expect((await set('private', address, '--yes')).code).toBe(0)
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' })
  })

  test('an object within a public prefix cannot be private by itself', async () => {
    await set('public', `s3://${Bucket}/media/`, '--yes')
    const refused = await set('private', `s3://${Bucket}/media/a.txt`, '--yes')
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/opens all of media\/\*, and media\/a.txt is in it/)
    expect(await get('media/a.txt')).toBe(200)
  })

  test('S44 where Block Public Access forbids it, the settings are named and nothing is changed', async () => {
    await client.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { BlockPublicPolicy: true, IgnorePublicAcls: true },
      }),
    )
    const refused = await set('public', `s3://${Bucket}/media/`, '--yes', '--json')
    expect(refused.code).toBe(1)
    const { results } = JSON.parse(refused.out) as Document
    expect(results).toMatchObject([
      { plan: { refusal: { code: 'public-access-blocked' }, policy: null }, outcome: null },
    ])
    expect(refused.err).toContain('BlockPublicPolicy of the bucket')
    expect(refused.err).not.toContain('IgnorePublicAcls')
  })

  test('S44 a Deny of somebody else’s refuses, and their Allow cannot be closed', async () => {
    await put(theirs)
    const shut = await set('public', `s3://${Bucket}/secret/a.txt`, '--yes')
    expect(shut).toMatchObject({ code: 1, out: '' })
    expect(shut.err).toContain('statement “Theirs”')
    await put(theirs.replace('"Deny"', '"Allow"'))
    const open = await set('private', `s3://${Bucket}/secret/a.txt`, '--yes')
    expect(open.code).toBe(1)
    expect(open.err).toContain('statement “Theirs”')
    expect(await read()).toBe(theirs.replace('"Deny"', '"Allow"'))
  })

  test('S44 a name that is a pattern is refused', async () => {
    const refused = await set('public', `s3://${Bucket}/media/d*.txt`, '--yes')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('would open other names')
  })
})

describe('what stays as it is', () => {
  test('S44 S48 an object whose name ends in a star does not close the prefix that its name spells', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'media/*', Body: 'star' }))
    await set('public', `s3://${Bucket}/media/`, '--yes')
    const policy = await read()
    const refused = await set('private', `s3://${Bucket}/media/*`, '--yes')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('Make that prefix private as a whole')
    expect(await read()).toBe(policy)
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'media/*' }))
  })

  test('S48 a prefix that does not end where a name ends is refused', async () => {
    const { api } = line.backend
    for (const [prefix, code] of [
      ['media', 'invalid-argument'],
      ['media/', 'ok'],
    ] as const) {
      const wanted = { keys: [], prefixes: [prefix], visibility: 'public' as const }
      const asked = api.planVisibility({ profileId: environmentProfileId, bucket: Bucket, ...wanted })
      expect(await codeOf(asked)).toBe(code)
    }
  })

  test('S44 a private destination does not become public with what it is in', async () => {
    const { api } = line.backend
    const { id: destinationId } = await value(
      api.createDestination({
        destination: {
          profileId: environmentProfileId,
          name: 'Contracts',
          bucket: Bucket,
          kind: 'media',
          prefix: 'media/private/',
          visibility: 'private',
          cacheControl: null,
          onConflict: 'keep-both',
          baseUrl: null,
          linkExpirySeconds: 3600,
          folderId: null,
          exclude: [],
        },
      }),
    )
    for (const prefix of ['media/', '', 'media/private/']) {
      const refused = await set('public', `s3://${Bucket}/${prefix}`, '--yes')
      expect([prefix, refused.code]).toEqual([prefix, 1])
      expect(refused.err).toContain('“Contracts” (media/private/)')
    }
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' })
    expect((await set('public', `s3://${Bucket}/media-2/`, '--yes')).code).toBe(0)
    expect((await set('private', `s3://${Bucket}/media/`, '--yes')).code).toBe(0)
    await value(api.deleteDestination({ destinationId }))
    expect((await set('public', `s3://${Bucket}/media/`, '--yes')).code).toBe(0)
  })
})

test('S44 what is uploaded as private where the policy lets everybody read is said to be public', async () => {
  const put = async (prefix: string, ...how: string[]) => {
    const put = ['put', `${line.folder}/a.txt`, `s3://${Bucket}/${prefix}`, '--on-conflict', 'overwrite']
    const { code, out, err } = await line.run([...put, ...how, '--json'])
    return [
      code,
      (JSON.parse(out) as { publicCanRead: string }).publicCanRead,
      err.includes('Everybody can read'),
    ]
  }
  await set('public', `s3://${Bucket}/media/`, '--yes')
  expect(await put('media/')).toEqual([0, 'yes', true])
  // Asked for in so many words, it has failed.
  expect(await put('media/', '--private')).toEqual([1, 'yes', true])
  expect(await put('media-2/', '--private')).toEqual([0, 'no', false])
})

describe('the plan', () => {
  test('S44 is not applied when somebody has changed the policy meanwhile', async () => {
    const made = await plan('public', [], ['media/'])
    await put(theirs)
    expect(
      await codeOf(line.backend.api.applyVisibility({ planId: made.planId, confirmedObjects: made.objects })),
    ).toBe('precondition-failed')
    expect(await read()).toBe(theirs)
  })

  test('S44 is not applied with another number of objects, nor twice', async () => {
    const { planId, objects } = await plan('public', [], ['media/'])
    const again = (confirmedObjects: number) =>
      codeOf(line.backend.api.applyVisibility({ planId, confirmedObjects }))
    expect(await again(objects - 1)).toBe('safety-refused')
    expect(await again(objects)).toBe('ok')
    expect(await again(objects)).toBe('not-found')
  })

  test('S45 can be undone: the policy is what it was, byte for byte', async () => {
    await put(theirs)
    const outcome = await apply(await plan('public', [], ['media/']))
    expect(outcome.undoable).toBe(true)
    const undone = await value(line.backend.api.undoVisibility({ planId: outcome.planId }))
    expect(undone).toMatchObject({ policyChanged: true, counts: { public: 0, private: 3 } })
    expect(await read()).toBe(theirs)
    expect(await codeOf(line.backend.api.undoVisibility({ planId: outcome.planId }))).toBe('not-found')
  })

  test('S45 is not undone over what somebody has written since', async () => {
    const { planId } = await apply(await plan('public', [], ['media/']))
    await put(theirs)
    expect(await codeOf(line.backend.api.undoVisibility({ planId }))).toBe('precondition-failed')
    expect(await read()).toBe(theirs)
  })

  test('S45 can be undone after a restart, and by the command', async () => {
    await put(theirs)
    await apply(await plan('public', [], ['media/']))
    await line.backend.restart()
    const where = { profileId: environmentProfileId, bucket: Bucket }
    const changes = () => value(line.backend.api.listVisibilityChanges(where))
    const [change] = await changes()
    expect(change).toMatchObject({ visibility: 'public', objects: 3, acls: 0, policy: true, hasEnded: true })
    expect(await value(line.backend.api.listVisibilityChanges({ ...where, bucket: 'another' }))).toEqual([])
    expect(await set('undo', `s3://${Bucket}`)).toMatchObject({ code: 3 })
    expect(await set('undo', `s3://${Bucket}`, '--dry-run')).toMatchObject({ code: 0 })
    expect(await read()).not.toBe(theirs)
    expect(await set('undo', `s3://${Bucket}`, '--yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`private  s3://${Bucket}/media/a.txt`) as string,
    })
    expect(await read()).toBe(theirs)
    expect((await changes()).map(({ planId }) => planId)).not.toContain(change?.planId)
  })

  test('S45 an ACL that was public is public again after a restart', async () => {
    const objects = { profileId: environmentProfileId, bucket: line.bucket, prefixes: [] }
    const keys = ['media/b.txt']
    await apply(await value(line.backend.api.planVisibility({ ...objects, keys, visibility: 'public' })))
    await apply(await value(line.backend.api.planVisibility({ ...objects, keys, visibility: 'private' })))
    await line.backend.restart()
    const [last, before] = await value(line.backend.api.listVisibilityChanges(objects))
    expect([last?.visibility, before?.visibility]).toEqual(['private', 'public'])
    const planId = last?.planId ?? ''
    const { api } = line.backend
    // S44 nobody has said yet that it may be public, or of how many objects.
    expect(await codeOf(api.undoVisibility({ planId }))).toBe('safety-refused')
    expect(await codeOf(api.undoVisibility({ planId, confirmedPublic: 2 }))).toBe('safety-refused')
    expect(await get('media/b.txt', line.bucket)).toBe(403)
    expect(await value(api.planUndoVisibility({ planId }))).toEqual({
      planId,
      bucket: line.bucket,
      objects: 1,
      more: false,
      sample: ['media/b.txt'],
      prefixes: [],
    })
    const undone = await value(api.undoVisibility({ planId, confirmedPublic: 1 }))
    expect(undone).toMatchObject({ acls: 1, counts: { public: 1 } })
  })

  test('S44 undoing what a policy closed names what is there now, and needs the bucket’s name', async () => {
    await set('public', `s3://${Bucket}/media/`, '--yes')
    expect((await set('private', `s3://${Bucket}/media/`, '--yes')).code).toBe(0)
    // Came since, and is opened as well.
    expect((await line.run(['put', `${line.folder}/a.txt`, `s3://${Bucket}/media/new/`])).code).toBe(0)
    const dry = await set('undo', `s3://${Bucket}`, '--dry-run', '--json')
    expect(JSON.parse(dry.out)).toMatchObject({ opens: { objects: 4, prefixes: ['media/'] } })
    const argv = ['set-visibility', 'undo', `s3://${Bucket}`]
    const refused = await line.run(argv, { typed: 'yes' })
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('4 objects')
    expect(refused.err).toContain(`s3://${Bucket}/media/new/a.txt`)
    expect(await get('media/new/a.txt')).toBe(403)
    expect((await line.run(argv, { typed: Bucket })).code).toBe(0)
    expect(await get('media/new/a.txt')).toBe(200)
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'media/new/a.txt' }))
  })

  test('S45 an object that came to the key since is left alone by an undo, and stays private', async () => {
    const { api } = line.backend
    const objects = { profileId: environmentProfileId, bucket: line.bucket, prefixes: [] }
    const keys = ['media-2/a.txt', 'media-2/b.txt']
    for (const Key of keys)
      await client.send(new PutObjectAclCommand({ Bucket: line.bucket, Key, ACL: 'public-read' }))
    const { planId } = await apply(
      await value(api.planVisibility({ ...objects, keys, visibility: 'private' })),
    )
    await client.send(new PutObjectCommand({ Bucket: line.bucket, Key: keys[0]!, Body: 'a secret' }))
    const undone = await value(api.undoVisibility({ planId, confirmedPublic: 2 }))
    expect(undone).toMatchObject({
      acls: 1,
      failed: [
        {
          key: keys[0],
          code: 'precondition-failed',
          message: expect.stringContaining('was replaced since') as string,
        },
      ],
    })
    expect([await get(keys[0]!, line.bucket), await get(keys[1]!, line.bucket)]).toEqual([403, 200])
    await client.send(new PutObjectCommand({ Bucket: line.bucket, Key: keys[0]!, Body: 'a' }))
  })

  test('S45 an ACL that somebody has changed since is left alone, and the rest goes back', async () => {
    const { api } = line.backend
    const objects = { profileId: environmentProfileId, bucket: line.bucket, prefixes: [] }
    const keys = ['media-2/a.txt', 'media-2/b.txt']
    for (const Key of keys)
      await client.send(new PutObjectAclCommand({ Bucket: line.bucket, Key, ACL: 'private' }))
    const { planId } = await apply(
      await value(api.planVisibility({ ...objects, keys, visibility: 'public' })),
    )
    await client.send(
      new PutObjectAclCommand({ Bucket: line.bucket, Key: 'media-2/a.txt', ACL: 'authenticated-read' }),
    )
    const undone = await value(api.undoVisibility({ planId }))
    expect(undone).toMatchObject({ acls: 1, failed: [{ key: 'media-2/a.txt', code: 'precondition-failed' }] })
    const { Grants } = await client.send(
      new GetObjectAclCommand({ Bucket: line.bucket, Key: 'media-2/a.txt' }),
    )
    expect(JSON.stringify(Grants)).toContain('AuthenticatedUsers')
    // It would fail for ever, and keep the changes before it from being undone.
    expect(await codeOf(api.undoVisibility({ planId }))).toBe('not-found')
  })

  test('S45 an undone ACL is the one that was there', async () => {
    const { api } = line.backend
    const objects = { profileId: environmentProfileId, bucket: line.bucket, prefixes: [] }
    const keys = ['media/b.txt', 'media/a.txt']
    const first = await value(api.planVisibility({ ...objects, keys: ['media/b.txt'], visibility: 'public' }))
    await apply(first)
    const both = await apply(await value(api.planVisibility({ ...objects, keys, visibility: 'private' })))
    expect(both.counts).toMatchObject({ private: 2 })
    const undone = await value(api.undoVisibility({ planId: both.planId, confirmedPublic: 1 }))
    expect(undone.checks.map(({ key, visibility }) => [key, visibility])).toEqual([
      ['media/b.txt', 'public'],
      ['media/a.txt', 'private'],
    ])
  })
})

test.each([
  [['set-visibility', 'secret', 's3://b/k']],
  [['set-visibility', 'public', 's3://b']],
  [['set-visibility', 'public', 'k']],
  [['set-visibility', 'public']],
])('%j is wrong usage', async (argv) => {
  const double = createApiDouble({})
  expect((await runForTest(argv, double)).code).toBe(2)
  expect(double.calls).toEqual([])
})
