import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { publicReadPolicy } from '../../src-main/destinations/django/export-policies.ts'
import type { VisibilityOutcome, VisibilityPlan } from '../../src-preload/contract/visibility-plan.ts'
import { codeOf, value } from '../backend/running-backend.ts'
import { createApiDouble } from './api-double.ts'
import { runForTest, someKeys } from './run-for-test.ts'
import { Bucket, theirs, visibilityScene } from './visibility-scene.ts'

interface Document {
  readonly results: readonly { readonly plan: VisibilityPlan; readonly outcome: VisibilityOutcome | null }[]
}

const scene = visibilityScene()
const { get, put, read, set } = scene

describe('pail set-visibility, where objects have ACLs', () => {
  test('S44 an object becomes public and private again', async () => {
    const address = `s3://${scene.line.bucket}/media/a.txt`
    const opened = await set('public', address, '--yes', '--json')
    expect(opened.code).toBe(0)
    const { results } = JSON.parse(opened.out) as Document
    expect(results).toMatchObject([
      {
        plan: { way: 'object-acl', acls: { acl: 'public-read', objects: 1 }, policy: null },
        outcome: { acls: 1, policyChanged: false, counts: { public: 1, private: 0 }, undoable: true },
      },
    ])
    expect(await get('media/a.txt', scene.line.bucket)).toBe(200)
    expect(await get('media/b.txt', scene.line.bucket)).toBe(403)
    // Private needs no second step.
    const closed = await set('private', address)
    expect(closed).toMatchObject({ code: 0, out: `private  ${address}\n` })
    expect(await get('media/a.txt', scene.line.bucket)).toBe(403)
  })

  test('S44 without a terminal nothing becomes public unasked', async () => {
    const refused = await set('public', `s3://${scene.line.bucket}/media/a.txt`)
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('--yes')
    expect(await get('media/a.txt', scene.line.bucket)).toBe(403)
  })

  test('S44 several need the bucket’s name typed', async () => {
    const addresses = ['a.txt', 'b.txt'].map((name) => `s3://${scene.line.bucket}/media-2/${name}`)
    const argv = ['set-visibility', 'public', ...addresses]
    expect((await scene.line.run(argv, { typed: 'yes' })).code).toBe(3)
    expect(await get('media-2/a.txt', scene.line.bucket)).toBe(403)
    expect((await scene.line.run(argv, { typed: scene.line.bucket })).code).toBe(0)
    expect(await get('media-2/a.txt', scene.line.bucket)).toBe(200)
  })

  test(
    'every object is asked for afterwards, also of hundreds, and when it is taken back',
    { timeout: 120_000 },
    async () => {
      const many = Array.from({ length: 230 }, (_, index) => `many/${String(index).padStart(3, '0')}.txt`)
      for (const Key of many)
        await scene.client.send(new PutObjectCommand({ Bucket: scene.line.bucket, Key, Body: 'x' }))
      const opened = await set(
        'public',
        ...many.map((key) => `s3://${scene.line.bucket}/${key}`),
        '--yes',
        '--json',
      )
      expect(opened.code).toBe(0)
      const [result] = (JSON.parse(opened.out) as Document).results
      expect(result?.outcome?.counts).toEqual({ public: 230, private: 0, unknown: 0, notChecked: 0 })
      expect(result?.outcome?.checks.map(({ key }) => key).toSorted()).toEqual(many)
      expect(opened.err).not.toContain('not asked for')
      // One past those of the answer itself is asked for like any other.
      const undone = await set('undo', `s3://${scene.line.bucket}`, '--yes', '--json')
      expect(JSON.parse(undone.out)).toMatchObject({
        outcome: { counts: { public: 0, private: 230, unknown: 0, notChecked: 0 } },
      })
      expect(await get(many[229]!, scene.line.bucket)).toBe(403)
    },
  )

  test('a folder of public objects becomes private, object by object, and is taken back', async () => {
    const { bucket } = scene.line
    const keys = ['folder/a.txt', 'folder/deep/b.txt']
    for (const Key of [...keys, 'folder-2/a.txt'])
      await scene.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x', ACL: 'public-read' }))
    const statuses = () => Promise.all([...keys, 'folder-2/a.txt'].map((key) => get(key, bucket)))
    expect(await statuses()).toEqual([200, 200, 200])
    const closed = await set('private', `s3://${bucket}/folder/`, '--yes')
    expect(closed.err).toContain('The ACL of 2 objects becomes private.')
    expect(closed.err).not.toContain('Nothing has to be changed.')
    expect(closed.code).toBe(0)
    expect(await statuses()).toEqual([403, 403, 200])
    expect((await set('undo', `s3://${bucket}`, '--yes')).code).toBe(0)
    expect(await statuses()).toEqual([200, 200, 200])
  })

  test('an object that is not there is named, and the others go on', async () => {
    const done = await set(
      'private',
      `s3://${scene.line.bucket}/media/a.txt`,
      `s3://${scene.line.bucket}/nothing`,
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

  test('S44 what the bucket policy of a Django export opened becomes private again, each prefix for itself', async () => {
    const { policy } = publicReadPolicy(
      Bucket,
      'us-east-1',
      ['media/', 'media-2/'].map((prefix) => ({ name: prefix, prefix, visibility: 'public' as const })),
    )
    await put(JSON.stringify(policy, null, 2))
    expect([await get('media/a.txt'), await get('media-2/a.txt')]).toEqual([200, 200])
    expect((await set('private', `s3://${Bucket}/media/`, '--yes')).code).toBe(0)
    expect([await get('media/a.txt'), await get('media-2/a.txt')]).toEqual([403, 200])
    expect((await set('private', `s3://${Bucket}/media-2/`, '--yes')).code).toBe(0)
    expect([await get('media/a.txt'), await get('media-2/a.txt')]).toEqual([403, 403])
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

  test('S44 where Block Public Access forbids it, the settings are named and nothing is changed', async () => {
    await scene.client.send(
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

  test('S44 a Deny of somebody else’s refuses', async () => {
    await put(theirs)
    const shut = await set('public', `s3://${Bucket}/secret/a.txt`, '--yes')
    expect(shut).toMatchObject({ code: 1, out: '' })
    expect(shut.err).toContain('statement “Theirs”')
  })

  test('S44 a name that is a pattern is refused', async () => {
    const refused = await set('public', `s3://${Bucket}/media/d*.txt`, '--yes')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('would mean other names')
  })
})

describe('what stays as it is', () => {
  test('S44 S48 an object whose name ends in a star does not close the prefix that its name spells', async () => {
    await scene.client.send(new PutObjectCommand({ Bucket, Key: 'media/*', Body: 'star' }))
    await set('public', `s3://${Bucket}/media/`, '--yes')
    const policy = await read()
    const refused = await set('private', `s3://${Bucket}/media/*`, '--yes')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('Make the folder private as a whole')
    expect(await read()).toBe(policy)
    await scene.client.send(new DeleteObjectCommand({ Bucket, Key: 'media/*' }))
  })

  test('S48 a prefix that does not end where a name ends is refused', async () => {
    const { api } = scene.line.backend
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
    const { api } = scene.line.backend
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

test('S44 what is asked to be private is refused where the policy lets everybody read, and told where nobody said', async () => {
  const run = (prefix: string, ...how: string[]) => {
    const put = [
      'put',
      `${scene.line.folder}/a.txt`,
      `s3://${Bucket}/${prefix}`,
      '--on-conflict',
      'overwrite',
    ]
    return scene.line.run([...put, ...how, '--json'])
  }
  const put = async (prefix: string, ...how: string[]) => {
    const { code, out, err } = await run(prefix, ...how)
    return [
      code,
      (JSON.parse(out) as { publicCanRead: string }).publicCanRead,
      err.includes('Everybody can read'),
    ]
  }
  await set('public', `s3://${Bucket}/media/`, '--yes')
  expect(await put('media/')).toEqual([0, 'yes', true])
  // Asked for in so many words, it is not sent.
  const refused = await run('media/new/', '--private')
  expect(refused.code).toBe(3)
  expect(refused.err).toContain('Everybody could read media/new/a.txt')
  expect(refused.err).toContain('Pail’s own statement')
  const there = await scene.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'media/new/' }))
  expect(there.KeyCount).toBe(0)
  expect(await put('media-2/', '--private')).toEqual([0, 'no', false])
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

test('it is said when there are more objects than were counted, and which answers are missing when nobody waits', async () => {
  const stop = new AbortController()
  const plan: VisibilityPlan = {
    planId: 'plan',
    bucket: 'b',
    visibility: 'private',
    way: 'object-acl',
    sure: true,
    reasons: [],
    refusal: null,
    acls: { acl: 'private', objects: 10_000 },
    policy: null,
    switches: [],
    keptOpenBy: [],
    otherStatements: 0,
    prefixes: ['k/'],
    objects: 10_000,
    more: true,
    sample: ['k/1'],
  }
  const double = createApiDouble({
    planVisibility: () => ok(plan),
    applyVisibility: () => {
      // Their answers never come: Ctrl+C.
      setTimeout(() => stop.abort(), 20)
      return ok({
        planId: 'plan',
        visibility: 'private',
        acls: 10_000,
        policyChanged: false,
        failed: [],
        checks: [],
        counts: { public: 0, private: 0, unknown: 0, notChecked: 10_000 },
        visibilityReportId: 'report',
        undoable: true,
      })
    },
  })
  const { err } = await runForTest(['set-visibility', 'private', 's3://b/k/', '--yes'], double, {
    variables: someKeys,
    signal: stop.signal,
  })
  expect(err).toContain('the first 10,000 were counted and asked for: there are more.')
  expect(err).toMatch(/10.?000 objects were not asked for/)
})
