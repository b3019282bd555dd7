import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { uploadFileInParts } from '../../src-main/s3/multipart-upload.ts'
import { putObjectFile } from '../../src-main/s3/put-object.ts'
import type { ScriptedServer, SeenRequest } from './scripted-server.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from './scripted-server.ts'

let folder: string
let server: ScriptedServer | null = null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-faults-'))
})
afterEach(async () => {
  await server?.close()
  server = null
  await rm(folder, { recursive: true, force: true })
})

const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('hex')
const seen = (method: string, part = '') =>
  (server?.requests ?? []).filter(
    (request) => request.method === method && !isHeadBucket(request) && request.url.includes(part),
  )

/** Starts a server whose script need not care about HeadBucket. */
async function start(script: (request: SeenRequest, response: ServerResponse) => void) {
  server = await startScriptedServer((request, response) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else script(request, response)
  })
  return testSession(server.endpoint, { timeouts: { connectionMs: 1000, socketMs: 400 } })
}

async function fileOf(content: string | Buffer) {
  const path = join(folder, 'source')
  await writeFile(path, content)
  return { bucket: 'bucket', key: 'key', path, sizeBytes: Buffer.byteLength(content), headers: {} }
}

const lastModified = () => new Date(Date.now() - 1).toUTCString()

describe('putObjectFile under faults', () => {
  it('F11 a lost reply to a conditional PUT is looked into, not shown as a conflict', async () => {
    let stored: string | null = null
    const session = await start((request, response) => {
      if (request.method === 'PUT') {
        if (stored !== null) return sendError(response, 412, 'PreconditionFailed')
        stored = request.body
        response.destroy()
        return
      }
      if (stored === null) response.writeHead(404).end()
      else
        response
          .writeHead(200, {
            etag: `"${md5(stored)}"`,
            'content-length': stored.length,
            'last-modified': lastModified(),
          })
          .end()
    })
    const written = await putObjectFile(session, { ...(await fileOf('hello')), ifNoneMatch: true })
    expect(written.eTag).toBe(`"${md5('hello')}"`)
    expect(seen('PUT')).toHaveLength(2)
  })

  it('F11 but somebody else’s object, or an older one with the same bytes, is a conflict', async () => {
    for (const [body, modified] of [
      ['other', lastModified()],
      ['hello', 'Mon, 01 Jan 2024 00:00:00 GMT'],
    ]) {
      let puts = 0
      const session = await start((request, response) => {
        if (request.method === 'PUT') {
          if (puts++ === 0) response.destroy()
          else sendError(response, 412, 'PreconditionFailed')
          return
        }
        if (puts === 0) response.writeHead(404).end()
        else
          response
            .writeHead(200, { etag: `"${md5(body ?? '')}"`, 'content-length': 5, 'last-modified': modified })
            .end()
      })
      await expect(
        putObjectFile(session, { ...(await fileOf('hello')), ifNoneMatch: true }),
      ).rejects.toMatchObject({
        error: { code: 'already-exists' },
      })
      await server?.close()
    }
  })

  it('F50 where If-None-Match is not implemented, HEAD is asked first and the session remembers', async () => {
    const objects = new Map<string, string>()
    const session = await start((request, response) => {
      if (request.method === 'HEAD') {
        response.writeHead(objects.has(request.url.split('?')[0] ?? '') ? 200 : 404).end()
        return
      }
      if (request.headers['if-none-match'] !== undefined) return sendError(response, 501, 'NotImplemented')
      objects.set(request.url.split('?')[0] ?? '', request.body)
      response.writeHead(200, { etag: `"${md5(request.body)}"` }).end()
    })
    const file = await fileOf('one')
    await putObjectFile(session, { ...file, ifNoneMatch: true })
    await putObjectFile(session, { ...file, key: 'second', ifNoneMatch: true })
    // The first answer may be asked for again; after it, nothing is sent that is not understood.
    const conditions = seen('PUT').map((request) => request.headers['if-none-match'])
    expect(conditions.slice(-2)).toEqual([undefined, undefined])
    expect(new Set(conditions.slice(0, -2))).toEqual(new Set(['*']))
    await expect(putObjectFile(session, { ...file, ifNoneMatch: true })).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
  })

  it('F50 where If-None-Match is ignored, that is found out by repeating a write of our own', async () => {
    const objects = new Map<string, string>()
    const session = await start((request, response) => {
      const key = request.url.split('?')[0] ?? ''
      if (request.method === 'HEAD') {
        response.writeHead(objects.has(key) ? 200 : 404).end()
        return
      }
      objects.set(key, request.body)
      response.writeHead(200, { etag: `"${md5(request.body)}"` }).end()
    })
    for (let i = 0; i < 5; i++) {
      await putObjectFile(session, { ...(await fileOf(`content ${i}`)), key: `k${i}`, ifNoneMatch: true })
    }
    expect(seen('PUT').map((request) => request.headers['if-none-match'])).toEqual([
      '*',
      '*',
      '*',
      '*',
      undefined,
      undefined,
    ])
    expect(seen('HEAD')).toHaveLength(5)
    await expect(
      putObjectFile(session, { ...(await fileOf('evil')), key: 'k1', ifNoneMatch: true }),
    ).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
    expect([...objects.values()]).toEqual([0, 1, 2, 3, 4].map((i) => `content ${i}`))
  })

  it('F16 an ETag that is not the MD5 of what was sent is an error, unless the service encrypts', async () => {
    const file = await fileOf('hello')
    for (const [headers, code] of [
      [{ etag: `"${md5('other')}"` }, 'integrity'],
      [{ etag: `"${md5('other')}"`, 'x-amz-server-side-encryption': 'aws:kms' }, null],
      [{ etag: '"opaque-tag"' }, null],
    ] as const) {
      const session = await start((_, response) => void response.writeHead(200, headers).end())
      const done = putObjectFile(session, file)
      if (code === null) expect(await done).toMatchObject({ verified: false })
      else await expect(done).rejects.toMatchObject({ error: { code, retryable: true } })
      await server?.close()
    }
  })

  it('a conflicting write (409) is tried again', async () => {
    let puts = 0
    const session = await start((request, response) => {
      if (request.method === 'HEAD') response.writeHead(404).end()
      else if (puts++ < 2) sendError(response, 409, 'ConditionalRequestConflict')
      else response.writeHead(200, { etag: `"${md5(request.body)}"` }).end()
    })
    expect(await putObjectFile(session, { ...(await fileOf('x')), ifNoneMatch: true })).toMatchObject({
      verified: true,
    })
    expect(puts).toBe(3)
  })
})

describe('uploadFileInParts under faults', () => {
  const mib = 1024 * 1024
  const content = Buffer.alloc(6 * mib, 'abcdefg')
  const eTag = `"${createHash('md5')
    .update(Buffer.from(md5(content.subarray(0, 5 * mib)), 'hex'))
    .update(Buffer.from(md5(content.subarray(5 * mib)), 'hex'))
    .digest('hex')}-2"`

  function multipart(
    complete: (request: SeenRequest, response: ServerResponse) => void,
    more?: (request: SeenRequest, response: ServerResponse) => boolean,
  ) {
    return start((request, response) => {
      if (more?.(request, response) === true) return
      if (request.method === 'POST' && /\?uploads/.test(request.url)) {
        sendXml(
          response,
          '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>',
        )
      } else if (request.method === 'PUT') response.writeHead(200, { etag: `"${md5(request.body)}"` }).end()
      else if (request.method === 'POST') complete(request, response)
      else if (request.method === 'DELETE') response.writeHead(204).end()
      else if (request.method === 'GET') sendError(response, 404, 'NoSuchUpload')
      else response.writeHead(404).end()
    })
  }
  const parts = async () => ({ ...(await fileOf(content)), partSizeBytes: 5 * mib })

  it('F10 Complete applied, reply lost: the object is found and compared', async () => {
    let completed = 0
    const session = await multipart(
      (_, response) => {
        if (completed++ === 0) response.destroy()
        else sendError(response, 404, 'NoSuchUpload')
      },
      (request, response) => {
        if (request.method !== 'HEAD' || completed === 0) return false
        response
          .writeHead(200, { etag: eTag, 'content-length': content.length, 'last-modified': lastModified() })
          .end()
        return true
      },
    )
    expect(await uploadFileInParts(session, await parts())).toMatchObject({
      eTag,
      verified: true,
    })
    expect(seen('DELETE')).toHaveLength(0)
  })

  it('F10 but an upload that is really gone is an error', async () => {
    const session = await multipart((_, response) => sendError(response, 404, 'NoSuchUpload'))
    await expect(uploadFileInParts(session, await parts())).rejects.toMatchObject({
      error: { code: 'no-such-upload' },
    })
  })

  it('F9 200 with an error inside is an error, and the parts are taken back', async () => {
    const session = await multipart((_, response) =>
      sendXml(response, '<Error><Code>AccessDenied</Code><Message>no</Message></Error>'),
    )
    await expect(uploadFileInParts(session, await parts())).rejects.toMatchObject({
      error: { code: 'access-denied' },
    })
    expect(seen('DELETE')).toHaveLength(1)
  })

  it('F16 a part that arrives changed is sent again', async () => {
    let broken = 0
    const session = await multipart(
      (_, response) =>
        sendXml(
          response,
          `<CompleteMultipartUploadResult><ETag>${eTag.replaceAll('"', '&quot;')}</ETag></CompleteMultipartUploadResult>`,
        ),
      (request, response) => {
        if (request.method !== 'PUT' || broken++ > 0) return false
        response.writeHead(200, { etag: `"${md5('flipped')}"` }).end()
        return true
      },
    )
    expect(await uploadFileInParts(session, await parts())).toMatchObject({
      eTag,
      verified: true,
    })
    expect(seen('PUT')).toHaveLength(3)
  })

  it('a refused part ends the upload and takes the others back, even where Abort is refused', async () => {
    const session = await multipart(
      () => undefined,
      (request, response) => {
        if (request.method === 'PUT' && request.url.includes('partNumber=2'))
          sendError(response, 403, 'AccessDenied')
        else if (request.method === 'DELETE') sendError(response, 403, 'AccessDenied')
        else return false
        return true
      },
    )
    await expect(uploadFileInParts(session, await parts())).rejects.toMatchObject({
      error: { code: 'access-denied', key: 'key' },
    })
    expect(seen('DELETE')).toHaveLength(1)
  })
})

describe('getObjectToFile under faults', () => {
  const body = 'x'.repeat(1000) + 'y'.repeat(1000)
  const get = (session: Awaited<ReturnType<typeof start>>, onProgress?: (bytes: number) => void) =>
    getObjectToFile(session, {
      bucket: 'bucket',
      key: 'key',
      targetPath: join(folder, 'target'),
      ...(onProgress ? { onProgress } : {}),
    })
  const target = () => readFile(join(folder, 'target'), 'utf8')

  /** Answers ranges of `text` as S3 does. */
  function serve(request: SeenRequest, response: ServerResponse, text: string, sent = text.length) {
    const eTag = `"${md5(text)}"`
    const wanted = request.headers['if-match']
    if (wanted !== undefined && wanted !== eTag) return sendError(response, 412, 'PreconditionFailed')
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, {
      etag: eTag,
      'content-length': text.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${text.length - 1}/${text.length}` } : {}),
    })
    if (sent >= text.length) response.end(text.slice(from))
    else response.write(text.slice(from, sent))
  }

  it('F5 a stalled download goes on where it was', async () => {
    let count = 0
    const session = await start((request, response) =>
      serve(request, response, body, count++ === 0 ? 700 : body.length),
    )
    const moved: number[] = []
    expect(await get(session, (bytes) => moved.push(bytes))).toMatchObject({
      sizeBytes: 2000,
      verified: true,
    })
    expect(await target()).toBe(body)
    expect(seen('GET')[1]?.headers).toMatchObject({ range: 'bytes=700-', 'if-match': `"${md5(body)}"` })
    expect(moved).toEqual([...moved].sort((a, b) => a - b))
  })

  it('F13 a download that is cut again and again never gets its name', async () => {
    const session = await start((request, response) => {
      serve(request, response, body, 500)
      setTimeout(() => response.destroy(), 20)
    })
    await expect(get(session)).rejects.toMatchObject({ error: { code: 'unreachable', retryable: true } })
    expect(await readdir(folder)).toEqual([])
  })

  it('F17 an object that is replaced meanwhile is fetched anew, not spliced', async () => {
    let count = 0
    const other = 'z'.repeat(1500)
    const session = await start((request, response) => {
      const first = count++ === 0
      serve(request, response, first ? body : other, first ? 700 : 99_999)
      if (first) setTimeout(() => response.destroy(), 20)
    })
    expect(await get(session)).toMatchObject({ sizeBytes: 1500, verified: true })
    expect(await target()).toBe(other)
  })

  it('F15 flipped bits are caught by the MD5 ETag: fetched once more, then an error and no file', async () => {
    for (const flips of [1, 2]) {
      let count = 0
      const session = await start((_, response) => {
        const text = count++ < flips ? body.replace('y', 'Y') : body
        response.writeHead(200, { etag: `"${md5(body)}"`, 'content-length': text.length }).end(text)
      })
      if (flips === 1) {
        expect(await get(session)).toMatchObject({ verified: true })
        expect(await target()).toBe(body)
        await rm(join(folder, 'target'))
      } else {
        await expect(get(session)).rejects.toMatchObject({ error: { code: 'integrity' } })
        expect(await readdir(folder)).toEqual([])
      }
      await server?.close()
    }
  })

  it('F14 flipped bits are caught by a checksum', async () => {
    await start((_, response) => {
      const flipped = body.replace('y', 'Y')
      response
        .writeHead(200, {
          etag: '"opaque"',
          'content-length': flipped.length,
          'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
        })
        .end(flipped)
    })
    const session = testSession(server?.endpoint ?? '', { checksums: 'when-supported' })
    await expect(get(session)).rejects.toMatchObject({ error: { code: 'integrity' } })
    expect(seen('GET')).toHaveLength(2)
    expect(await readdir(folder)).toEqual([])
  })

  it('says that it could not verify what the service gives no means to verify', async () => {
    const session = await start(
      (_, response) => void response.writeHead(200, { etag: '"opaque"', 'content-length': 4 }).end('data'),
    )
    expect(await get(session)).toEqual({ sizeBytes: 4, eTag: '"opaque"', verified: false })
  })

  it.each([
    ['flipped', body.replace('y', 'Y')],
    ['whole', body],
  ])(
    'a checksum that nobody asked for and nobody compared proves nothing about %s bytes',
    async (_, sent) => {
      const session = await start(
        (_request, response) =>
          void response
            .writeHead(200, {
              etag: '"opaque"',
              'content-length': sent.length,
              'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
            })
            .end(sent),
      )
      expect(await get(session)).toMatchObject({ verified: false })
    },
  )

  it('leaves a file alone that is there, and removes its own when it is cancelled', async () => {
    await writeFile(join(folder, 'target'), 'mine')
    const session = await start((request, response) => serve(request, response, body))
    await expect(get(session)).rejects.toMatchObject({ error: { code: 'already-exists' } })
    expect(await target()).toBe('mine')
    await rm(join(folder, 'target'))
    const stop = new AbortController()
    await expect(
      getObjectToFile(session, {
        bucket: 'bucket',
        key: 'key',
        targetPath: join(folder, 'target'),
        onProgress: () => stop.abort(),
        signal: stop.signal,
      }),
    ).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(await readdir(folder)).toEqual([])
  })
})
