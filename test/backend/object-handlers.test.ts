import { afterEach, describe, expect, test } from 'vitest'
import { objectHandlers } from '../../src-main/backend/object-handlers.ts'
import type { Sessions } from '../../src-main/backend/sessions.ts'
import type { Script } from '../s3/scripted-server.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(script: Script) {
  const server = await startScriptedServer((request, response, count) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else script(request, response, count)
  })
  const session = testSession(server.endpoint)
  closers.push(
    () => session.destroy(),
    () => server.close(),
  )
  const sessions: Sessions = {
    open: () => Promise.resolve(session),
    forget: () => undefined,
    close: () => undefined,
  }
  return { server, handlers: objectHandlers({ sessions }) }
}

const place = { profileId: 'p', bucket: 'b' }
const copied = '<CopyObjectResult><ETag>"old"</ETag></CopyObjectResult>'

describe('renameObject', () => {
  test.each([
    ['the object that was copied', 'old', true],
    ['not one that replaced it meanwhile', 'new', false],
  ])('removes %s', async (_, eTagAfterwards, removed) => {
    let isCopied = false
    const { server, handlers } = await serve((request, response) => {
      const isSource = request.url.startsWith('/b/from')
      if (request.method === 'HEAD' && isSource) {
        response.writeHead(200, { etag: `"${isCopied ? eTagAfterwards : 'old'}"`, 'content-length': 3 }).end()
      } else if (request.method === 'HEAD') response.writeHead(404).end()
      else if (request.method === 'DELETE') response.writeHead(204).end()
      else if (request.method === 'PUT') {
        isCopied = true
        sendXml(response, copied)
      } else sendError(response, 501, 'NotImplemented')
    })
    const renaming = handlers.renameObject({ ...place, key: 'from', newKey: 'to' })
    if (removed) await renaming
    else
      await expect(renaming).rejects.toMatchObject({
        error: { code: 'precondition-failed', message: expect.stringContaining('still there') },
      })
    expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(removed ? 1 : 0)
  })

  test.each([
    ['is done when only the answer to the deletion was lost', true, 'done'],
    ['takes its copy back when the deletion is refused', false, 'access-denied'],
  ])('%s', async (_, isGone, outcome) => {
    let isDeleted = false
    const { handlers } = await serve((request, response) => {
      const isSource = request.url.startsWith('/b/from')
      if (request.method === 'HEAD' && isSource && !isDeleted)
        response.writeHead(200, { etag: '"old"', 'content-length': 3 }).end()
      else if (request.method === 'HEAD') response.writeHead(404).end()
      else if (request.method === 'PUT') sendXml(response, copied)
      else if (request.method === 'DELETE') {
        isDeleted = isGone
        sendError(response, 403, 'AccessDenied')
      } else sendError(response, 501, 'NotImplemented')
    })
    const moved = await handlers.renameObject({ ...place, key: 'from', newKey: 'to' }).then(
      () => ['done', ''],
      ({ error }: { error: { code: string; message: string } }) => [error.code, error.message],
    )
    expect(moved).toEqual([
      outcome,
      isGone ? '' : expect.stringContaining('still there under its old key, and its copy was taken back'),
    ])
  })
})

describe('createFolder', () => {
  test.each([
    ['is content where there is a marker already', 0, 'done'],
    ['does not replace an object of that name that has content', 5, 'already-exists'],
  ])('%s', async (_, length, outcome) => {
    const { server, handlers } = await serve((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { etag: '"x"', 'content-length': length }).end()
      else response.writeHead(200, { etag: '"y"' }).end()
    })
    const made = await handlers.createFolder({ ...place, prefix: 'photos' }).then(
      () => 'done',
      (error: { error: { code: string } }) => error.error.code,
    )
    expect(made).toBe(outcome)
    expect(server.requests.filter(({ method }) => method === 'PUT')).toEqual([])
  })
})

describe('planDelete', () => {
  test('tells no size where only some of the objects’ sizes are known', async () => {
    const { handlers } = await serve((request, response) => {
      if (!request.url.includes('list-type')) return sendError(response, 501, 'NotImplemented')
      const key = '<Contents><Key>a/b</Key><Size>7</Size><ETag>"e"</ETag></Contents>'
      sendXml(response, `<ListBucketResult><IsTruncated>false</IsTruncated>${key}</ListBucketResult>`)
    })
    const plan = (keys: string[]) => handlers.planDelete({ ...place, keys, prefixes: ['a/'] })
    expect(await plan([])).toMatchObject({ objects: 1, sizeBytes: 7 })
    expect(await plan(['a/b'])).toMatchObject({ objects: 1, sizeBytes: 7 })
    expect(await plan(['c'])).toMatchObject({ objects: 2, sizeBytes: 0 })
  })
})

test('getObjectDetails tells every header that a visitor gets with the object', async () => {
  const { handlers } = await serve((request, response) => {
    if (request.method === 'HEAD' || !request.url.includes('acl'))
      response
        .writeHead(200, {
          etag: '"e"',
          'content-length': 0,
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-cache',
          'content-encoding': 'br',
          'content-disposition': 'attachment',
          'content-language': 'de, en',
        })
        .end()
    else sendError(response, 403, 'AccessDenied')
  })
  expect(await handlers.getObjectDetails({ ...place, key: 'k' })).toMatchObject({
    contentType: 'text/html; charset=utf-8',
    cacheControl: 'no-cache',
    contentEncoding: 'br',
    contentDisposition: 'attachment',
    contentLanguage: 'de, en',
  })
})
