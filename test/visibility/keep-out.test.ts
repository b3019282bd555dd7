import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import { putBucketPolicy, readBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { putKeepingOut } from '../../src-main/visibility/keep-out.ts'
import type { Target } from '../../src-main/visibility/opened-by-policy.ts'
import { editPolicy } from '../../src-main/visibility/policy-edit.ts'
import {
  type ScriptedAnswer,
  type ScriptedProxy,
  s3Error,
  type SeenRequest,
  startScriptedProxy,
} from '../sync/scripted-proxy.ts'
import { type PlaygroundForTest, startPlaygroundForTest } from '../transfers/playground-for-test.ts'

const key = 'kept.txt'
let playground: PlaygroundForTest
let proxy: ScriptedProxy
let session: S3Session
let bucket: string
/** What a service does with a request in its own way. */
let script: (request: SeenRequest) => ScriptedAnswer | null

beforeAll(async () => {
  playground = await startPlaygroundForTest()
  bucket = playground.open
  proxy = await startScriptedProxy(playground.endpoint, (request) => script(request))
})
afterAll(async () => {
  await proxy.close()
  await playground.close()
})
beforeEach(async () => {
  script = () => null
  session = playground.sessionWith({ endpoint: proxy.endpoint })
  const headers = { contentType: 'text/plain', cacheControl: null }
  await putObjectBytes(playground.session, { bucket, key, headers } as never, Buffer.from('a'))
  await putBucketPolicy(playground.session, { bucket, policy: opening() })
})
afterEach(async () => {
  await putBucketPolicy(playground.session, { bucket, policy: null })
})

const opening = () =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` },
    ],
  })
const isSigned = ({ headers }: SeenRequest) => headers.authorization !== undefined
const isRead = ({ method, key: name, query }: SeenRequest) =>
  name !== '' && !query.has('policy') && (method === 'HEAD' || method === 'GET')
/** As a service answers that hands an object out. */
const handedOut: ScriptedAnswer = { status: 200, headers: { 'x-amz-request-id': 'scripted' } }
const isPut = ({ method, query }: SeenRequest) => method === 'PUT' && query.has('policy')

/** Adds a Deny for some objects, as the private switch does. */
function keepOut(targets: readonly Target[] = [{ key }], keys: readonly string[] = []): Promise<void> {
  const arns = targets.map(
    (target) => `arn:aws:s3:::${bucket}/${'key' in target ? target.key : `${target.prefix}*`}`,
  )
  const policy = editPolicy(
    opening(),
    { bucket, region: 'us-east-1', https: false },
    { add: [], remove: [] },
    { add: arns, remove: [], key: 'aws:principaltype' },
  )!
  return putKeepingOut(
    session,
    { bucket },
    { policy, keepsOut: { targets, key: 'aws:principaltype' }, keys, pausesMs: [1, 1] },
  )
}

async function failing(
  done: Promise<void>,
): Promise<{ code: ErrorCode; message: string; retryable: boolean }> {
  const error: unknown = await done.then(
    () => null,
    (each: unknown) => each,
  )
  if (error instanceof Failure) return error.error
  throw error ?? new Error('It should have failed.')
}

const policyThere = async () => {
  const now = await readBucketPolicy(playground.session, { bucket })
  return now.state === 'read' ? now.value : now
}
const status = async () => (await fetch(`${playground.endpoint}/${bucket}/${key}`)).status

test('where the service keeps to the condition the Deny stays', async () => {
  await keepOut()
  expect(await status()).toBe(403)
  expect(await policyThere()).toContain('PailKeepPrivate')
  expect(proxy.seen.filter(isPut)).toHaveLength(1)
})

test('S44 where it hands objects out all the same, the policy is put back and that is said', async () => {
  script = (request) => (isRead(request) && !isSigned(request) ? handedOut : null)
  const { code, message } = await failing(keepOut())
  expect(code).toBe('not-supported')
  expect(message).toContain('does not know the condition of the Deny (aws:principaltype)')
  expect(await policyThere()).toBe(opening())
  expect(await status()).toBe(200)
})

test('an answer that takes a moment is waited for', async () => {
  let left = 2
  script = (request) => (isRead(request) && !isSigned(request) && left-- > 0 ? handedOut : null)
  await keepOut()
  expect(await status()).toBe(403)
})

test('S44 where it does not look at the condition and keeps the owner out, too, the policy is put back', async () => {
  let isThere = false
  script = (request) => {
    isThere ||= isPut(request)
    return isThere && isRead(request) ? s3Error(403, 'AccessDenied') : null
  }
  const { code, message } = await failing(keepOut())
  expect(code).toBe('safety-refused')
  expect(message).toContain('your own signed requests were refused as well')
  expect(await policyThere()).toBe(opening())
})

test('S44 nor does it stay where signed requests have no answer any more', async () => {
  let isThere = false
  script = (request) => {
    isThere ||= isPut(request)
    return isThere && isRead(request) && isSigned(request) ? s3Error(501, 'NotImplemented') : null
  }
  expect((await failing(keepOut())).code).toBe('safety-refused')
  expect(await policyThere()).toBe(opening())
})

test('where these keys may not read themselves nothing is changed, as nothing could be seen', async () => {
  script = (request) => (isRead(request) && isSigned(request) ? s3Error(403, 'AccessDenied') : null)
  expect((await failing(keepOut())).code).toBe('access-denied')
  expect(await policyThere()).toBe(opening())
})

test('where it cannot be put back, that is said, and it can be taken back later', async () => {
  let puts = 0
  script = (request) => {
    if (isPut(request)) return puts++ === 0 ? null : s3Error(403, 'AccessDenied')
    return isRead(request) && !isSigned(request) ? handedOut : null
  }
  const { message, retryable } = await failing(keepOut())
  expect(message).toContain('could not be taken out again')
  expect(retryable).toBe(true)
  expect(await policyThere()).toContain('PailKeepPrivate')
})

test('a folder is looked at by an object in it, or by a name that nothing has', async () => {
  const asked = () =>
    new Set(proxy.seen.filter((each) => isRead(each) && isSigned(each)).map((each) => each.key))
  proxy.seen.length = 0
  await keepOut([{ prefix: 'in/' }], ['other.txt', 'in/a.txt', 'in/b.txt'])
  expect([...asked()]).toEqual(['in/a.txt'])
  await putBucketPolicy(playground.session, { bucket, policy: opening() })
  proxy.seen.length = 0
  await keepOut([{ prefix: 'in/' }])
  expect([...asked()]).toEqual([expect.stringMatching(/^in\/pail-[0-9a-f]{12}$/)])
})

test('somebody else’s change in between is not written over', async () => {
  const theirs = opening().replace('/*', '/media/*')
  await putBucketPolicy(playground.session, { bucket, policy: theirs })
  expect((await failing(keepOut())).code).toBe('precondition-failed')
  expect(await policyThere()).toBe(theirs)
})
