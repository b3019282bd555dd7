import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { answer, type Answers, createApiDouble, refuse } from './api-double.ts'
import { runForTest, someKeys } from './run-for-test.ts'

const link: Answers = {
  createLink: answer({
    url: 'https://bucket.s3.amazonaws.com/key?X-Amz-Signature=0',
    kind: 'presigned',
    endsAt: '2026-01-02T03:04:05.000Z',
    limitedBy: null,
    insecure: false,
    signingKey: null,
    test: null,
    recordId: 'link_1',
  }),
}

function savedProfile(id: string, name: string): Profile {
  return {
    id,
    name,
    colour: 'blue',
    provider: 'aws',
    endpoint: null,
    region: 'eu-central-1',
    addressing: 'virtual',
    checksums: 'when-supported',
    bucketNames: [],
    insecureConsent: null,
    credentialSource: { type: 'keychain' },
    credentialState: 'ready',
    accessKeyHint: null,
    insecure: false,
  }
}

describe('the frame of every command', () => {
  test('help and version are data, and need neither keys nor a backend', async () => {
    const double = createApiDouble({})
    const version = await runForTest(['--version'], double, { variables: {} })
    expect(version).toMatchObject({ code: 0, out: '1.2.3\n', err: '', opened: undefined })
    const help = await runForTest(['ls', '--help'], double, { variables: {} })
    expect(help).toMatchObject({ code: 0, err: '', opened: undefined })
    expect(help.out).toContain('Usage: pail ls')
  })

  test('wrong usage ends with 2, says why on stderr, and opens nothing', async () => {
    const ran = await runForTest(['ls'], createApiDouble({}))
    expect(ran).toMatchObject({ code: 2, out: '', opened: undefined })
    expect(ran.err).toMatch(/^pail: .+\n$/)
    expect(await runForTest(['ls', 's3://bucket'], createApiDouble({}), { variables: {} })).toMatchObject({
      code: 2,
      out: '',
      opened: undefined,
    })
  })

  test('S28 plain http to another computer ends with 3 before anything is opened', async () => {
    const ran = await runForTest(
      ['ls', 's3://bucket', '--endpoint-url', 'http://s3.example.org', '--json'],
      createApiDouble({}),
    )
    expect(ran).toMatchObject({ code: 3, opened: undefined })
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'insecure-endpoint' } })
  })

  test.each<[ErrorCode, number]>([
    ['access-denied', 1],
    ['no-such-bucket', 1],
    ['unreachable', 1],
    ['safety-refused', 3],
    ['endpoint-refused', 3],
  ])('a failure %s ends with %d, is named once, and the backend is closed', async (code, exit) => {
    const double = createApiDouble({ createLink: () => refuse(code, 'A plain sentence.') })
    const ran = await runForTest(['link', 's3://bucket/key'], double)
    expect(ran).toMatchObject({ code: exit, out: '', closed: true })
    expect(ran.err).toBe(`pail: A plain sentence. (${code})\n`)
    const json = await runForTest(['link', 's3://bucket/key', '--json'], double)
    expect(json.code).toBe(exit)
    expect(JSON.parse(json.out)).toEqual({ error: { code, message: 'A plain sentence.', key: null } })
  })

  test('a bug ends with 1 and tells no details to the terminal', async () => {
    const double = createApiDouble({
      createLink: () => {
        throw new Error('secret details')
      },
    })
    const ran = await runForTest(['link', 's3://bucket/key'], double)
    expect(ran).toMatchObject({ code: 1, out: '', closed: true })
    expect(ran.err).not.toContain('secret details')
    expect(ran.logged).toHaveLength(1)
  })

  test('--quiet keeps words back, but neither data nor failures', async () => {
    const ran = await runForTest(['link', 's3://bucket/key', '--quiet'], createApiDouble(link))
    expect(ran.err).toBe('')
    expect(ran.out).toMatch(/^https:.+\n$/)
    const bad = createApiDouble({ createLink: () => refuse('access-denied') })
    expect((await runForTest(['link', 's3://bucket/key', '-q'], bad)).err).toContain('access-denied')
  })

  test('the environment’s keys are given to the backend and its profile is used', async () => {
    const double = createApiDouble(link)
    const ran = await runForTest(['link', 's3://bucket/key', '--region', 'eu-west-1'], double)
    expect(ran.opened).toMatchObject({
      region: 'eu-west-1',
      credentials: { accessKeyId: someKeys.AWS_ACCESS_KEY_ID },
    })
    expect(double.inputs('createLink')[0]?.profileId).toBe(environmentProfileId)
  })

  test('Ctrl+C during a call ends with 130 and closes the backend', async () => {
    const stop = new AbortController()
    const double = createApiDouble({
      createLink: () => {
        stop.abort('interrupted')
        return new Promise(() => undefined)
      },
    })
    const ran = await runForTest(['link', 's3://bucket/key'], double, { signal: stop.signal })
    expect(ran).toMatchObject({ code: 130, out: '', err: 'pail: interrupted\n', closed: true })
  })
})

describe('--profile', () => {
  const profiles = [savedProfile('p1', 'Work'), savedProfile('p2', 'Twice'), savedProfile('p3', 'Twice')]
  const answers: Answers = {
    ...link,
    listProfiles: answer(profiles),
    listAwsProfiles: answer([
      { name: 'from-aws', kind: 'static', region: null, endpoint: null, command: null, problem: null },
    ]),
    addAwsProfile: answer(savedProfile('p4', 'from-aws')),
  }

  test.each([
    ['Work', 'p1'],
    ['p2', 'p2'],
    ['from-aws', 'p4'],
  ])('%s is the profile %s', async (name, id) => {
    const double = createApiDouble(answers)
    const ran = await runForTest(['link', 's3://bucket/key', '--profile', name], double, { variables: {} })
    expect(ran).toMatchObject({ code: 0, opened: null })
    expect(double.inputs('createLink')[0]?.profileId).toBe(id)
  })

  test('a name that two profiles have, or none, is wrong usage', async () => {
    const two = await runForTest(['link', 's3://bucket/key', '--profile', 'Twice'], createApiDouble(answers))
    expect(two).toMatchObject({ code: 2, out: '', closed: true })
    expect(two.err).toContain('p2, p3')
    const none = await runForTest(['link', 's3://bucket/key', '--profile', 'None'], createApiDouble(answers))
    expect(none.code).toBe(2)
    expect(none.err).toContain('Work')
  })

  test('a bucket is made in the profile’s region unless another is named', async () => {
    const made = answer({ name: 'new-bucket', createdAt: null, region: null, typedIn: false })
    const double = createApiDouble({ ...answers, createBucket: made })
    await runForTest(['mb', 's3://new-bucket', '--profile', 'Work'], double)
    await runForTest(['mb', 's3://new-bucket', '--profile', 'Work', '--region', 'eu-west-1'], double)
    expect(double.inputs('createBucket').map(({ region }) => region)).toEqual(['eu-central-1', 'eu-west-1'])
  })
})

describe('pail link', () => {
  test('prints the link alone on stdout and its end on stderr', async () => {
    const double = createApiDouble(link)
    const ran = await runForTest(
      ['link', 's3://bucket/a b+c%20d', '--expires', '5m', '--download-as', 'ü.txt'],
      double,
    )
    expect(ran).toMatchObject({ code: 0, out: 'https://bucket.s3.amazonaws.com/key?X-Amz-Signature=0\n' })
    expect(ran.err).toContain('2026-01-02T03:04:05.000Z')
    expect(double.inputs('createLink')).toEqual([
      {
        profileId: environmentProfileId,
        bucket: 'bucket',
        key: 'a b+c%20d',
        kind: 'presigned',
        expiresInSeconds: 300,
        downloadAs: 'ü.txt',
        baseUrl: null,
        copy: false,
        selfTest: true,
      },
    ])
  })

  test('says when S3 or the keys end it earlier than asked', async () => {
    const limited = answer({
      url: 'https://x/',
      kind: 'presigned' as const,
      endsAt: null,
      limitedBy: 'credentials' as const,
      insecure: true,
      signingKey: { id: 'k', hint: 'ASIA…WXYZ', isTemporary: true, endsAt: null },
      test: null,
      recordId: 'link_1',
    })
    const ran = await runForTest(['link', 's3://bucket/key', '-q'], createApiDouble({ createLink: limited }))
    expect(ran.err).toContain('temporary keys')
    expect(ran.err).toContain('can be read on the way')
    expect(ran.err).toContain('do not tell their end')
  })

  test('a link that does not work is not printed, unless it is not tried', async () => {
    const made = {
      url: 'https://x/',
      kind: 'presigned' as const,
      endsAt: null,
      limitedBy: null,
      insecure: false,
    }
    const problem = { code: 'no-such-key' as const, message: 'The object does not exist (any more).' }
    const double = createApiDouble({
      createLink: ({ selfTest }) =>
        ok({
          ...made,
          signingKey: null,
          test: selfTest === true ? { outcome: 'failed', status: 404, problem } : null,
          recordId: null,
        }),
    })
    const ran = await runForTest(['link', 's3://bucket/key'], double)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toMatch(/^pail: key: The link does not work: .* --no-test prints it all the same/)
    expect(await runForTest(['link', 's3://bucket/key', '--no-test'], double)).toMatchObject({
      code: 0,
      out: 'https://x/\n',
    })
  })

  test('a link that could not be tried is printed, and that is said', async () => {
    const double = createApiDouble({
      createLink: answer({
        url: 'https://x/',
        kind: 'presigned' as const,
        endsAt: null,
        limitedBy: null,
        insecure: false,
        signingKey: null,
        test: {
          outcome: 'not-tested' as const,
          status: null,
          problem: { code: 'unreachable' as const, message: 'It cannot be reached.' },
        },
        recordId: 'link_1',
      }),
    })
    const ran = await runForTest(['link', 's3://bucket/key', '-q'], double)
    expect(ran).toMatchObject({ code: 0, out: 'https://x/\n' })
    expect(ran.err).toBe('Whether the link works could not be tried: It cannot be reached.\n')
  })

  test('--public asks for the plain address', async () => {
    const double = createApiDouble(link)
    await runForTest(['link', 's3://bucket/key', '--public'], double)
    expect(double.inputs('createLink')[0]?.kind).toBe('public')
  })
})

describe('pail ls', () => {
  const pages: Answers = {
    listObjects: ({ continuationToken }) =>
      ok(
        continuationToken === null
          ? {
              folders: ['img/'],
              objects: [
                {
                  key: 'a\nb',
                  sizeBytes: 5,
                  lastModified: '2026-01-02T03:04:05.000Z',
                  eTag: '"e"',
                  storageClass: null,
                },
              ],
              continuationToken: 'more',
            }
          : {
              folders: [],
              objects: [
                { key: 'z', sizeBytes: 1_234_567, lastModified: null, eTag: null, storageClass: 'GLACIER' },
              ],
              continuationToken: null,
            },
      ),
  }

  test('prints size, date and key, page after page', async () => {
    const double = createApiDouble(pages)
    const ran = await runForTest(['ls', 's3://bucket/pre'], double)
    expect(ran.code).toBe(0)
    expect(ran.out.split('\n')).toEqual([
      '             -  -                     img/',
      '             5  2026-01-02T03:04:05Z  a\\nb',
      '       1234567  -                     z',
      '',
    ])
    expect(double.inputs('listObjects')).toEqual([
      {
        profileId: environmentProfileId,
        bucket: 'bucket',
        prefix: 'pre',
        recursive: false,
        continuationToken: null,
      },
      {
        profileId: environmentProfileId,
        bucket: 'bucket',
        prefix: 'pre',
        recursive: false,
        continuationToken: 'more',
      },
    ])
  })

  test('--json is one document with every key exactly', async () => {
    const ran = await runForTest(['ls', 's3://bucket', '--json', '--recursive'], createApiDouble(pages))
    expect(JSON.parse(ran.out)).toEqual({
      folders: ['img/'],
      objects: [
        { key: 'a\nb', bytes: 5, lastModified: '2026-01-02T03:04:05.000Z', eTag: '"e"', storageClass: null },
        { key: 'z', bytes: 1_234_567, lastModified: null, eTag: null, storageClass: 'GLACIER' },
      ],
    })
  })

  test('a page that fails leaves no half document', async () => {
    const double = createApiDouble({
      listObjects: async (input) =>
        input.continuationToken === null ? pages.listObjects!(input) : refuse('access-denied'),
    })
    const ran = await runForTest(['ls', 's3://bucket', '--json'], double)
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'access-denied' } })
  })
})

describe('pail rm', () => {
  test('F22 names each key that is left, and goes on with the next bucket', async () => {
    let plans = 0
    const double = createApiDouble({
      planDelete: ({ bucket, keys }) => {
        plans += 1
        return bucket === 'gone'
          ? refuse('no-such-bucket')
          : ok({ planId: `plan${plans}`, objects: keys.length, sizeBytes: 0, sample: [], versioned: 'no' })
      },
      applyDelete: answer({
        deleted: 1,
        failed: [{ key: 'kept', code: 'AccessDenied', message: 'Not yours.' }],
      }),
    })
    const argv = ['rm', 's3://gone/a', 's3://here/b', 's3://here/kept', 's3://here/b']
    const ran = await runForTest(argv, double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('s3://gone/a: It went wrong. (no-such-bucket)')
    expect(ran.err).toContain('s3://here/kept: Not yours. (AccessDenied)')
    expect(double.inputs('planDelete').map(({ keys, prefixes }) => [keys, prefixes])).toEqual([
      [['a'], []],
      [['b', 'kept'], []],
    ])
    expect(JSON.parse((await runForTest([...argv, '--json'], double)).out)).toEqual({
      deleted: 1,
      failed: [
        { key: 'a', code: 'no-such-bucket', message: 'It went wrong.' },
        { key: 'kept', code: 'AccessDenied', message: 'Not yours.' },
      ],
    })
  })
})

describe('buckets', () => {
  test('pail buckets lists them, and says when the key may not', async () => {
    const double = createApiDouble({
      listBuckets: answer({
        listed: false,
        buckets: [
          { name: 'one', createdAt: '2026-01-02T03:04:05.678Z', region: 'eu-west-1', typedIn: false },
          { name: 'two', createdAt: null, region: null, typedIn: true },
        ],
      }),
    })
    const ran = await runForTest(['buckets'], double)
    expect(ran).toMatchObject({ code: 0, out: '2026-01-02T03:04:05Z  one\n-                     two\n' })
    expect(ran.err).toContain('may not list buckets')
    expect(JSON.parse((await runForTest(['buckets', '--json'], double)).out)).toEqual({
      listed: false,
      buckets: [
        { name: 'one', createdAt: '2026-01-02T03:04:05.678Z', region: 'eu-west-1' },
        { name: 'two', createdAt: null, region: null },
      ],
    })
  })

  test('pail mb and rb make and remove one', async () => {
    const double = createApiDouble({
      createBucket: answer({ name: 'new-bucket', createdAt: null, region: 'us-east-1', typedIn: false }),
      deleteBucket: answer({}),
    })
    expect(await runForTest(['mb', 's3://new-bucket', '--access', 'per-object'], double)).toMatchObject({
      code: 0,
      out: '',
    })
    expect(await runForTest(['rb', 's3://new-bucket'], double)).toMatchObject({ code: 0, out: '' })
    expect(double.calls.map(({ input }) => input)).toEqual([
      { profileId: environmentProfileId, bucket: 'new-bucket', region: 'us-east-1', access: 'per-object' },
      { profileId: environmentProfileId, bucket: 'new-bucket' },
    ])
  })
})
