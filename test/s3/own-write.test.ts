import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import { uploadFileInParts } from '../../src-main/s3/multipart-upload.ts'
import { putObjectFile } from '../../src-main/s3/put-object.ts'
import type { BegunUpload, UploadCheckpoint } from '../../src-main/s3/upload-checkpoint.ts'
import type { ScriptedServer } from './scripted-server.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from './scripted-server.ts'

const mib = 1024 * 1024
const content = Buffer.alloc(6 * mib, 'abcdefg')
const halves = [content.subarray(0, 5 * mib), content.subarray(5 * mib)]
const kms = { 'x-amz-server-side-encryption': 'aws:kms' }

const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('hex')
const crc = (bytes: Buffer) => {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(crc32(bytes))
  return four
}
const composite = `${crc(Buffer.concat(halves.map(crc))).toString('base64')}-2`
const now = () => new Date(Date.now() - 1).toUTCString()

let folder: string
let server: ScriptedServer | null = null
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-own-write-'))
})
afterEach(async () => {
  await server?.close()
  server = null
  await rm(folder, { recursive: true, force: true })
})

interface Told {
  /** The ETag of the object: made up, or made of the made up ones of its parts. */
  readonly eTag: 'made up' | 'of its parts'
  readonly checksum: string | null
  readonly keepsCrc32: boolean
  readonly lastModified?: string
}

/** A service that encrypts with KMS, and loses its answer to CompleteMultipartUpload. */
async function kmsService({ eTag, checksum, keepsCrc32, lastModified = now() }: Told) {
  const parts: string[] = []
  let sent = 0
  let isCompleted = false
  server = await startScriptedServer((request, response) => {
    const query = new URL(request.url, 'http://s').searchParams
    const number = query.get('partNumber')
    if (isHeadBucket(request)) response.end()
    else if (request.method === 'POST' && query.has('uploads')) {
      if (keepsCrc32) response.setHeader('x-amz-checksum-algorithm', 'CRC32')
      sendXml(
        response,
        '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
      )
    } else if (request.method === 'PUT' && number !== null) {
      sent += 1
      parts[Number(number) - 1] = randomBytes(16).toString('hex')
      const own = request.headers['x-amz-checksum-crc32']
      if (typeof own === 'string') response.setHeader('x-amz-checksum-crc32', own)
      response.writeHead(200, { ...kms, etag: `"${parts[Number(number) - 1]}"` }).end()
    } else if (request.method === 'POST') {
      if (isCompleted) sendError(response, 404, 'NoSuchUpload')
      else response.destroy()
      isCompleted = true
    } else if (request.method === 'HEAD' && isCompleted) {
      const made = eTag === 'made up' ? '0'.repeat(32) : md5(Buffer.from(parts.join(''), 'hex'))
      const isAsked = request.headers['x-amz-checksum-mode'] === 'ENABLED'
      const told = checksum === null || !isAsked ? {} : { 'x-amz-checksum-crc32': checksum }
      const facts = { 'content-length': content.length, 'last-modified': lastModified }
      response.writeHead(200, { ...kms, ...facts, ...told, etag: `"${made}-2"` }).end()
    } else if (request.method === 'HEAD') response.writeHead(404).end()
    else if (request.method === 'DELETE') response.writeHead(204).end()
    else sendError(response, 404, 'NoSuchUpload')
  })
  const session = testSession(server.endpoint, { timeouts: { connectionMs: 1000, socketMs: 1000 } })
  return { session, sent: () => sent }
}

async function fileOf(bytes: Buffer) {
  const path = join(folder, 'source')
  await writeFile(path, bytes)
  return {
    bucket: 'bucket',
    key: 'key',
    path,
    sizeBytes: bytes.byteLength,
    identity: await identifyFile(path),
    headers: {},
  }
}

/** A checkpoint that remembers in memory what a journal would. */
function remember(): { checkpoint: UploadCheckpoint; begun: () => BegunUpload | null } {
  let begun: BegunUpload | null = null
  return {
    begun: () => begun,
    checkpoint: {
      get begun() {
        return begun
      },
      async onBegun(upload) {
        begun = { ...upload, parts: new Map() }
      },
      onPart(part) {
        if (begun !== null) begun = { ...begun, parts: new Map(begun.parts).set(part.number, part) }
      },
      async onDropped() {
        begun = null
      },
      keeps: () => true,
    },
  }
}

const byChecksum = { eTag: 'made up', keepsCrc32: true } as const
const proofs: readonly [string, Told][] = [
  ['the checksum of its parts’ checksums', { ...byChecksum, checksum: composite }],
  ['the checksum of the whole', { ...byChecksum, checksum: crc(content).toString('base64') }],
  [
    'the ETag of those that its parts were given',
    { eTag: 'of its parts', checksum: null, keepsCrc32: false },
  ],
  ['that, where parts have checksums too', { eTag: 'of its parts', checksum: null, keepsCrc32: true }],
]
const strangers: readonly [string, Told][] = [
  ['tells nothing', { ...byChecksum, checksum: null }],
  ['has another checksum', { ...byChecksum, checksum: 'AAAAAA==-2' }],
  ['has the checksum of another number of parts', { ...byChecksum, checksum: composite.replace('-2', '-3') }],
  ['is older', { ...byChecksum, checksum: composite, lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT' }],
]

describe('an object that KMS encrypts, so that its ETag is no MD5, and the answer that it is there was lost', () => {
  it.each(proofs)('F10 is known by %s', async (_, told) => {
    const { session } = await kmsService(told)
    const options = { ...(await fileOf(content)), partSizeBytes: 5 * mib }
    expect(await uploadFileInParts(session, options)).toMatchObject({ verified: true })
    session.destroy()
  })

  it.each(strangers)('F10 is not taken for ours when it %s', async (_, told) => {
    const { session } = await kmsService(told)
    const options = { ...(await fileOf(content)), partSizeBytes: 5 * mib }
    await expect(uploadFileInParts(session, options)).rejects.toMatchObject({
      error: { code: 'no-such-upload' },
    })
    session.destroy()
  })

  it.each(proofs)('F29 is known by the next start by %s, and nothing is sent again', async (_, told) => {
    const { session, sent } = await kmsService(told)
    const { checkpoint } = remember()
    const options = { ...(await fileOf(content)), partSizeBytes: 5 * mib, checkpoint }
    await uploadFileInParts(session, options)
    expect(await uploadFileInParts(session, options)).toMatchObject({ verified: true })
    expect(sent()).toBe(2)
    session.destroy()
  })

  it('F29 F36 is not that of a file which was changed since, whatever was remembered of its parts', async () => {
    for (const [, told] of proofs) {
      const { session, sent } = await kmsService(told)
      const { checkpoint } = remember()
      const options = { ...(await fileOf(content)), partSizeBytes: 5 * mib, checkpoint }
      await uploadFileInParts(session, options)
      const changed = Buffer.from(content)
      changed.writeUInt8(changed.readUInt8(7) ^ 1, 7)
      await uploadFileInParts(session, { ...options, ...(await fileOf(changed)) }).catch(() => undefined)
      expect(sent()).toBeGreaterThan(2)
      session.destroy()
      await server?.close()
    }
  })

  it('F11 is known by its checksum when it went in one piece', async () => {
    let puts = 0
    let checksum = ''
    server = await startScriptedServer((request, response) => {
      if (isHeadBucket(request)) response.end()
      else if (request.method === 'PUT') {
        const own = request.headers['x-amz-checksum-crc32']
        if (puts++ === 0) checksum = String(own)
        if (puts === 1) response.destroy()
        else sendError(response, 412, 'PreconditionFailed')
      } else if (puts === 0) response.writeHead(404).end()
      else {
        const facts = { 'content-length': 5, 'last-modified': now(), 'x-amz-checksum-crc32': checksum }
        response.writeHead(200, { ...kms, ...facts, etag: `"${'0'.repeat(32)}"` }).end()
      }
    })
    const session = testSession(server.endpoint, { checksums: 'when-supported' })
    const options = { ...(await fileOf(Buffer.from('small'))), ifNoneMatch: true }
    expect(await putObjectFile(session, options)).toMatchObject({ eTag: `"${'0'.repeat(32)}"` })
    checksum = 'AAAAAA=='
    await expect(putObjectFile(session, options)).rejects.toMatchObject({ error: { code: 'already-exists' } })
    session.destroy()
  })
})
