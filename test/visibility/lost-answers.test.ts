import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { VisibilityLine } from '../../src-main/releases/visibility-record.ts'
import { changedAcls } from '../../src-main/releases/visibility-record.ts'
import { putBucketPolicy, readBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import { getObjectAcl, putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { applyVisibility, checkObjects, isUndoable } from '../../src-main/visibility/apply-visibility.ts'
import {
  type ScriptedAnswer,
  type ScriptedProxy,
  s3Error,
  type SeenRequest,
  startScriptedProxy,
} from '../sync/scripted-proxy.ts'
import { type PlaygroundForTest, startPlaygroundForTest } from '../transfers/playground-for-test.ts'

const key = 'a.txt'
let playground: PlaygroundForTest
let proxy: ScriptedProxy
let session: S3Session
let bucket: string
let notes: VisibilityLine[]
/** What the way to the service does with a request; an error cuts the connection. */
let script: (request: SeenRequest) => Promise<ScriptedAnswer | null>

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
  script = async () => null
  notes = []
  session = playground.sessionWith({ endpoint: proxy.endpoint })
  const headers = { contentType: 'text/plain', cacheControl: null }
  await putObjectBytes(playground.session, { bucket, key, headers } as never, Buffer.from('a'))
})
afterEach(async () => {
  await putBucketPolicy(playground.session, { bucket, policy: null })
})

const isPutAcl = ({ method, query }: SeenRequest) => method === 'PUT' && query.has('acl')
const isGetAcl = ({ method, query }: SeenRequest) => method === 'GET' && query.has('acl')
const cut = (): never => {
  throw new Error('The connection is cut.')
}
const open = () =>
  applyVisibility(
    session,
    { bucket },
    { acl: { acl: 'public-read', keys: [key] }, policy: null, refusal: null },
    async (line) => void notes.push(line),
  )
const aclThere = () => getObjectAcl(playground.session, { bucket, key })

describe('an ACL of which the answer was lost', () => {
  test('is looked up: it was changed, and can be taken back', async () => {
    script = async (request) => {
      if (!isPutAcl(request)) return null
      await putObjectAcl(playground.session, { bucket, key, acl: 'public-read' })
      return cut()
    }
    const done = await open()
    expect(await aclThere()).toBe('public-read')
    expect(done).toMatchObject({ acls: 1, failed: [] })
    expect(isUndoable(done.undo)).toBe(true)
    expect(changedAcls(notes)).toMatchObject([{ key, before: { acl: 'private' } }])
  })

  test('is looked up: it was not changed, and is named; it stays in the record, as it may be yet', async () => {
    script = async (request) => (isPutAcl(request) ? cut() : null)
    const done = await open()
    expect(await aclThere()).toBe('private')
    expect(done.acls).toBe(0)
    expect(done.failed).toMatchObject([
      {
        key,
        message: expect.stringMatching(/^Its ACL was looked up, and is what it was before: /) as string,
      },
    ])
    expect(changedAcls(notes)).toMatchObject([{ key, before: { acl: 'private' } }])
  })

  test('is not known when it cannot be looked up: so it is said, and it can be taken back', async () => {
    let isPut = false
    script = async (request) => {
      if (isPutAcl(request)) {
        isPut = true
        await putObjectAcl(playground.session, { bucket, key, acl: 'public-read' })
        return cut()
      }
      return isGetAcl(request) && isPut ? s3Error(403, 'AccessDenied') : null
    }
    const done = await open()
    expect(done.acls).toBe(0)
    expect(done.failed).toMatchObject([
      { key, message: expect.stringMatching(/^Whether its ACL was changed is not known: /) as string },
    ])
    expect(isUndoable(done.undo)).toBe(true)
    expect(changedAcls(notes)).toHaveLength(1)
    // What the public can read is asked for all the same, and of this object first.
    const keys = Array.from({ length: 250 }, (_, index) => `none-${index}.txt`)
    const { checks } = await checkObjects(session, {
      bucket,
      keys: [...keys, key],
      doubtful: done.failed.map((each) => each.key),
      wanted: null,
      through: () => null,
    })
    expect(checks[0]).toMatchObject({ key, visibility: 'public' })
    expect(checks).toHaveLength(200)
  })

  test('was not changed when the service refused it', async () => {
    script = async (request) => (isPutAcl(request) ? s3Error(403, 'AccessDenied') : null)
    const done = await open()
    expect(done).toMatchObject({ acls: 0, failed: [{ key, code: 'access-denied' }], undo: { acls: [] } })
    expect(changedAcls(notes)).toEqual([])
  })
})

describe('a policy of which the answer was lost', () => {
  const statement = {
    Sid: 'PailPublicRead',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::open-bucket/a/*',
  }
  const after = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const policy = { at: 0, removed: '', added: after, before: null, after }
  const change = () => applyVisibility(session, { bucket }, { acl: null, policy, refusal: null })
  const isPutPolicy = ({ method, query }: SeenRequest) => method === 'PUT' && query.has('policy')

  test('is looked up, and counts when it is there', async () => {
    script = async (request) => {
      if (!isPutPolicy(request)) return null
      await putBucketPolicy(playground.session, { bucket, policy: after })
      return cut()
    }
    expect(await change()).toMatchObject({ policyChanged: true, undo: { policy: { before: null, after } } })
  })

  test('is an error when it is not there', async () => {
    script = async (request) => (isPutPolicy(request) ? cut() : null)
    await expect(change()).rejects.toMatchObject({ error: { retryable: true } })
    expect(await readBucketPolicy(playground.session, { bucket })).toEqual({ state: 'read', value: null })
  })
})
