import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { answer, type Answers, createApiDouble, refuse } from './api-double.ts'
import { runForTest, someKeys } from './run-for-test.ts'
import { madeLink } from './sample-link.ts'

const link = { createLink: answer(madeLink) }

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
