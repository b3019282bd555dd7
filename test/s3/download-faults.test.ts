import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import type { SeenRequest } from './scripted-server.ts'
import { sendError, testSession } from './scripted-server.ts'
import { md5, useTransferScene } from './transfer-scene.ts'

const scene = useTransferScene()
const { seen, start } = scene

describe('getObjectToFile under faults', () => {
  const body = 'x'.repeat(1000) + 'y'.repeat(1000)
  const get = (session: Awaited<ReturnType<typeof start>>, onProgress?: (bytes: number) => void) =>
    getObjectToFile(session, {
      bucket: 'bucket',
      key: 'key',
      targetPath: join(scene.folder, 'target'),
      ...(onProgress ? { onProgress } : {}),
    })
  const target = () => readFile(join(scene.folder, 'target'), 'utf8')

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
    expect(await readdir(scene.folder)).toEqual([])
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
        await rm(join(scene.folder, 'target'))
      } else {
        await expect(get(session)).rejects.toMatchObject({ error: { code: 'integrity' } })
        expect(await readdir(scene.folder)).toEqual([])
      }
      await scene.server?.close()
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
    const session = testSession(scene.server?.endpoint ?? '', { checksums: 'when-supported' })
    await expect(get(session)).rejects.toMatchObject({ error: { code: 'integrity' } })
    expect(seen('GET')).toHaveLength(2)
    expect(await readdir(scene.folder)).toEqual([])
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
    await writeFile(join(scene.folder, 'target'), 'mine')
    const session = await start((request, response) => serve(request, response, body))
    await expect(get(session)).rejects.toMatchObject({ error: { code: 'already-exists' } })
    expect(await target()).toBe('mine')
    await rm(join(scene.folder, 'target'))
    const stop = new AbortController()
    await expect(
      getObjectToFile(session, {
        bucket: 'bucket',
        key: 'key',
        targetPath: join(scene.folder, 'target'),
        onProgress: () => stop.abort(),
        signal: stop.signal,
      }),
    ).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(await readdir(scene.folder)).toEqual([])
  })
})
