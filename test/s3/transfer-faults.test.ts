import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { uploadFileInParts } from '../../src-main/s3/multipart-upload.ts'
import { putObjectFile } from '../../src-main/s3/put-object.ts'
import type { SeenRequest } from './scripted-server.ts'
import { sendError, sendXml } from './scripted-server.ts'
import { lastModified, md5, useTransferScene } from './transfer-scene.ts'

const scene = useTransferScene()
const { seen, start } = scene

async function fileOf(content: string | Buffer) {
  const path = join(scene.folder, 'source')
  await writeFile(path, content)
  return { bucket: 'bucket', key: 'key', path, sizeBytes: Buffer.byteLength(content), headers: {} }
}

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
      await scene.server?.close()
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
      await scene.server?.close()
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
