import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getObjectToFile } from '../../../src-main/s3/get-object.ts'
import { openObject } from '../../../src-main/s3/open-object.ts'
import { checksumNames, runningChecksum } from '../../../src-main/s3/running-checksum.ts'
import type { S3Session } from '../../../src-main/s3/s3-session.ts'
import type { SeenRequest } from '../scripted-server.ts'
import { sendError, testKeys } from '../scripted-server.ts'
import { both, essence, makeCertificate, open, serve, transports } from './both-transports.ts'

let folder = ''
let count = 0
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-get-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const checksumOf = (name: (typeof checksumNames)[number], text: string) => {
  const checksum = runningChecksum(name)
  checksum.update(Buffer.from(text))
  return checksum.digest()
}

/** Downloads to a file of its own: what was received, and the file’s content. */
async function get(session: S3Session, key = 'k', signal?: AbortSignal, onProgress?: () => void) {
  const targetPath = join(folder, `file-${count++}`)
  const received = await getObjectToFile(session, {
    bucket: 'b',
    key,
    targetPath,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  })
  return { ...received, content: await readFile(targetPath, 'utf8') }
}

/** Answers as S3 does, of `text` from where it is asked for; `cutAt` ends the connection there. */
function answer(
  request: SeenRequest,
  response: ServerResponse,
  how: { text: string; headers?: Record<string, string>; cutAt?: number },
) {
  const { text, headers = {}, cutAt = text.length } = how
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': text.length - from,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${text.length - 1}/${text.length}` } : {}),
    ...headers,
  })
  if (cutAt >= text.length) response.end(text.slice(from))
  else response.write(text.slice(from, cutAt), () => setTimeout(() => response.destroy(), 30))
}

describe('GetObject is asked for as the SDK would', () => {
  it.each(['when-supported', 'when-required'] as const)('checksums %s', async (checksums) => {
    const servers = await Promise.all(
      transports.map(() => serve((_, response) => void response.writeHead(200).end('x'))),
    )
    const sessions = transports.map((transport, index) =>
      open(servers[index]?.endpoint ?? '', { transport, checksums }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
        fc.constantFrom(0, 1, 4_000_000_000),
        fc.constantFrom(null, '"e-1"', 'W/"x"'),
        async (key, from, ifMatch) => {
          const seen = []
          for (const [index, session] of sessions.entries()) {
            const { body } = await openObject(session, { bucket: 'b', key, from, ifMatch })
            for await (const _ of body as AsyncIterable<Uint8Array>);
            seen.push(essence(servers[index]?.requests.at(-1) as SeenRequest))
          }
          // Of a range the SDK asks for a checksum, too, which nobody could compare.
          if (from > 0) delete seen[1]?.headers['x-amz-checksum-mode']
          expect(seen[0]).toEqual(seen[1])
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    [301, 'PermanentRedirect'],
    [400, 'ExpiredToken'],
    [403, 'AccessDenied'],
    [403, 'InvalidObjectState'],
    [403, 'SignatureDoesNotMatch'],
    [404, 'NoSuchBucket'],
    [404, 'NoSuchKey'],
    [412, 'PreconditionFailed'],
    [416, 'InvalidRange'],
    [500, 'InternalError'],
    [501, 'NotImplemented'],
    [503, 'SlowDown'],
  ])('and refusals are told alike, and asked again alike: %i %s', async (status, code) => {
    const { wire, sdk } = await both(
      (_, response) => sendError(response, status, code, `of ${testKeys.accessKeyId}`),
      (session) => get(session),
      { retries: { baseDelayMs: 1, maxDelayMs: 3, maxAttempts: 3 } },
    )
    expect(wire.outcome).toEqual(sdk.outcome)
    expect(wire.requests).toHaveLength(sdk.requests.length)
    expect(JSON.stringify(wire.outcome)).not.toContain(testKeys.accessKeyId)
    expect(await readdir(folder)).toEqual([])
  })

  it('and what comes is read alike, whatever the headers', async () => {
    const text = 'hello'
    for (const headers of [
      {},
      { etag: `"${md5(text)}"` },
      { etag: `"${md5('other')}"`, 'x-amz-server-side-encryption': 'aws:kms' },
      { etag: `"${md5('other')}"`, 'x-amz-server-side-encryption-customer-algorithm': 'AES256' },
      { etag: '"opaque"', 'content-encoding': 'gzip' },
      { etag: '"opaque"', 'x-amz-checksum-crc32': `${checksumOf('CRC32', text)}-2` },
      { etag: `"${md5(text)}-1"` },
    ] as Record<string, string>[]) {
      for (const checksums of ['when-supported', 'when-required'] as const) {
        const { wire, sdk } = await both(
          (request, response) => answer(request, response, { text, headers }),
          (session) => get(session),
          { checksums },
        )
        expect(wire.outcome).toEqual(sdk.outcome)
        expect(wire.outcome).toMatchObject({ value: { content: text } })
      }
    }
  })
})

describe('F14 a checksum of the whole object', () => {
  const text = 'x'.repeat(5000) + 'y'.repeat(5000)

  it.each(checksumNames)('%s proves the bytes, or that they are others', async (name) => {
    for (const sent of [text, text.replace('y', 'Y')]) {
      const { wire, sdk } = await both(
        (request, response) =>
          answer(request, response, {
            text: sent,
            headers: { etag: '"opaque"', [`x-amz-checksum-${name.toLowerCase()}`]: checksumOf(name, text) },
          }),
        (session) => get(session),
        { checksums: 'when-supported' },
      )
      expect(wire.outcome).toEqual({
        ...sdk.outcome,
        ...('cause' in wire.outcome ? { cause: wire.outcome.cause } : {}),
      })
      if (sent === text) expect(wire.outcome).toMatchObject({ value: { verified: true } })
      else {
        expect(wire.outcome).toMatchObject({ error: { code: 'integrity', retryable: true } })
        expect(wire.requests).toHaveLength(2)
      }
    }
  })

  it('F5 also where the download was cut and went on', async () => {
    for (const flip of [false, true]) {
      const { wire } = await both(
        (request, response) => {
          const resumed = request.headers.range !== undefined
          answer(request, response, {
            text: resumed && flip ? text.replace('y', 'Y') : text,
            headers: { etag: '"opaque"', 'x-amz-checksum-crc32': checksumOf('CRC32', text) },
            ...(resumed ? {} : { cutAt: 3000 }),
          })
        },
        (session) => get(session),
        { checksums: 'when-supported' },
      )
      if (flip) expect(wire.outcome).toMatchObject({ error: { code: 'integrity' } })
      else expect(wire.outcome).toMatchObject({ value: { verified: true, content: text } })
      expect(wire.requests[1]?.headers).toMatchObject({ range: 'bytes=3000-', 'if-match': '"opaque"' })
    }
  })
})

describe('the body', () => {
  it('F4 silence before and within it ends as a time-out', async () => {
    for (const script of [
      () => undefined,
      (_: SeenRequest, response: ServerResponse) =>
        void response.writeHead(200, { 'content-length': '9', etag: '"e"' }).write('begun'),
    ]) {
      const server = await serve(script)
      const session = open(server.endpoint, {
        transport: 'wire',
        timeouts: { connectionMs: 1000, socketMs: 150 },
        retries: { maxTimeoutAttempts: 1 },
      })
      await expect(
        openObject(session, { bucket: 'b', key: 'k', from: 0, ifMatch: null }).then(async ({ body }) => {
          for await (const _ of body as AsyncIterable<Uint8Array>);
        }),
      ).rejects.toMatchObject({ name: 'TimeoutError' })
    }
  })

  it('waits for a slow reader, without reading ahead and without a time-out', async () => {
    const total = 64 * 1024 * 1024
    const chunk = Buffer.alloc(1024 * 1024, 'z')
    let written = 0
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': total })
      const more = () => {
        while (written < total) {
          written += chunk.byteLength
          if (!response.write(chunk)) return response.once('drain', more)
        }
        return response.end()
      }
      more()
    })
    const session = open(server.endpoint, {
      transport: 'wire',
      timeouts: { connectionMs: 1000, socketMs: 200 },
    })
    const { body } = await openObject(session, { bucket: 'b', key: 'k', from: 0, ifMatch: null })
    let read = 0
    for await (const bytes of body as AsyncIterable<Uint8Array>) {
      if (read === 0) {
        await sleep(900)
        // What the system's buffers hold, and no more.
        expect(written).toBeLessThan(total / 2)
      }
      read += bytes.byteLength
    }
    expect(read).toBe(total)
  })

  it('ends at once when it is cancelled, and nothing stays behind', async () => {
    const server = await serve(
      (_, response) => void response.writeHead(200, { 'content-length': '9', etag: '"e"' }).write('begun'),
    )
    const session = open(server.endpoint, { transport: 'wire' })
    const stop = new AbortController()
    const started = performance.now()
    await expect(
      get(session, 'k', stop.signal, () => setTimeout(() => stop.abort(), 20)),
    ).rejects.toMatchObject({
      error: { code: 'cancelled' },
    })
    expect(performance.now() - started).toBeLessThan(1000)
    expect(await readdir(folder)).toEqual([])
    await expect(get(session, 'k', stop.signal)).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(server.requests.filter(({ method }) => method === 'GET')).toHaveLength(1)
  })

  it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'F26 over https, by the profile’s authority',
    async () => {
      const certificate = makeCertificate()
      const server = await serve(
        (request, response) => answer(request, response, { text: 'hi', headers: { etag: `"${md5('hi')}"` } }),
        certificate,
      )
      await expect(get(open(server.endpoint, { transport: 'wire' }))).rejects.toMatchObject({
        error: { code: 'tls' },
      })
      const session = open(server.endpoint, { transport: 'wire', ca: certificate.cert })
      expect(await get(session)).toMatchObject({ content: 'hi', verified: true })
    },
  )

  it('S30 a redirect is not followed', async () => {
    const elsewhere = await serve((_, response) => void response.writeHead(200).end('stolen'))
    const server = await serve(
      (_, response) => void response.writeHead(307, { location: `${elsewhere.endpoint}/b/k` }).end(),
    )
    await expect(get(open(server.endpoint, { transport: 'wire' }))).rejects.toMatchObject({
      error: { code: 'wrong-region' },
    })
    expect(elsewhere.requests).toHaveLength(0)
  })
})
