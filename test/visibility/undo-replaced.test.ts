import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { getObjectAcl, putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import { applyVisibility, undoVisibility } from '../../src-main/visibility/apply-visibility.ts'
import { whatUndoOpens } from '../../src-main/visibility/undo-opens.ts'
import { type ScriptedProxy, type SeenRequest, startScriptedProxy } from '../sync/scripted-proxy.ts'
import { type PlaygroundForTest, startPlaygroundForTest } from '../transfers/playground-for-test.ts'

const key = 'a.txt'
let playground: PlaygroundForTest
let proxy: ScriptedProxy
let bucket: string
/** Happens before a request goes on. */
let before: (request: SeenRequest) => Promise<void>

beforeAll(async () => {
  playground = await startPlaygroundForTest()
  bucket = playground.open
  proxy = await startScriptedProxy(playground.endpoint, async (request) => {
    await before(request)
    return null
  })
})
afterAll(async () => {
  await proxy.close()
  await playground.close()
})
beforeEach(async () => {
  before = async () => undefined
  await write('what was public')
  await putObjectAcl(playground.session, { bucket, key, acl: 'public-read' })
})

const headers = { contentType: 'text/plain', cacheControl: null }
const write = (text: string) =>
  putObjectBytes(playground.session, { bucket, key, headers } as never, Buffer.from(text))
const aclThere = () => getObjectAcl(playground.session, { bucket, key })
const session = () => playground.sessionWith({ endpoint: proxy.endpoint })
const close = async () => {
  const { undo } = await applyVisibility(
    session(),
    { bucket },
    { acl: { acl: 'private', keys: [key] }, policy: null, refusal: null },
  )
  expect(await aclThere()).toBe('private')
  return { ...undo, visibility: 'private' as const }
}

test('S45 what was public is public again, when it is the same object', async () => {
  const undo = await close()
  expect(await whatUndoOpens(session(), bucket, undo)).toEqual({
    keys: [key],
    more: false,
    prefixes: [],
    switches: [],
  })
  expect(await undoVisibility(session(), { bucket }, undo)).toMatchObject({ acls: 1, failed: [] })
  expect(await aclThere()).toBe('public-read')
})

test('S45 another object at the key stays private', async () => {
  const undo = await close()
  await write('something else')
  const undone = await undoVisibility(session(), { bucket }, undo)
  expect(undone).toMatchObject({ acls: 0, failed: [{ key, code: 'precondition-failed' }] })
  expect(await aclThere()).toBe('private')
})

test('S45 one that comes between the look and the change is closed again', async () => {
  const undo = await close()
  before = async ({ method, query }) => {
    if (method === 'PUT' && query.has('acl')) {
      before = async () => undefined
      await write('something else')
    }
  }
  const undone = await undoVisibility(session(), { bucket }, undo)
  expect(undone).toMatchObject({ acls: 0, failed: [{ key, code: 'precondition-failed' }] })
  expect(await aclThere()).toBe('private')
})

test('S45 of a record that does not tell the object nothing is opened, but it may be closed', async () => {
  const { acls, ...undo } = await close()
  const unnamed = acls.map((each) => ({ ...each, eTag: null }))
  expect(await undoVisibility(session(), { bucket }, { ...undo, acls: unnamed })).toMatchObject({
    acls: 0,
    failed: [{ key, message: expect.stringContaining('not known whether') as string }],
  })
  expect(await aclThere()).toBe('private')

  const opened = await applyVisibility(
    session(),
    { bucket },
    { acl: { acl: 'public-read', keys: [key] }, policy: null, refusal: null },
  )
  const nameless = opened.undo.acls.map((each) => ({ ...each, eTag: null }))
  const undone = await undoVisibility(
    session(),
    { bucket },
    { ...opened.undo, acls: nameless, visibility: 'public' },
  )
  expect(undone).toMatchObject({ acls: 1, failed: [] })
  expect(await aclThere()).toBe('private')
})
