import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { abortUpload } from '../../src-main/s3/abort-upload.ts'
import { createBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import { uploadFileInParts } from '../../src-main/s3/multipart-upload.ts'
import { putObjectFile } from '../../src-main/s3/put-object.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { BegunUpload, RememberedPart, UploadCheckpoint } from '../../src-main/s3/upload-checkpoint.ts'
import type { PlaygroundForTest } from '../transfers/playground-for-test.ts'
import { startPlaygroundForTest } from '../transfers/playground-for-test.ts'
import { isHeadBucket, sendXml, startScriptedServer, testSession } from './scripted-server.ts'

const mib = 1024 * 1024
const partSizeBytes = 5 * mib
let place: PlaygroundForTest
let folder: string
let counter = 0

beforeAll(async () => {
  place = await startPlaygroundForTest()
  folder = await mkdtemp(join(tmpdir(), 'pail-resume-'))
})
afterAll(async () => {
  await place.close()
  await rm(folder, { recursive: true, force: true })
})

/** A checkpoint that remembers in memory what a journal would. */
function remember(keeps: (problem: Failure) => boolean = () => true) {
  const sent: number[] = []
  const kept: { begun: BegunUpload | null; parts: Map<number, RememberedPart> } = {
    begun: null,
    parts: new Map(),
  }
  const checkpoint: UploadCheckpoint = {
    get begun() {
      return kept.begun
    },
    async onBegun(begun) {
      kept.parts = new Map()
      kept.begun = { ...begun, parts: kept.parts }
    },
    onPart(part) {
      sent.push(part.number)
      kept.parts.set(part.number, part)
    },
    async onDropped() {
      kept.begun = null
    },
    keeps,
  }
  return { checkpoint, sent, kept }
}

async function fileOf(bytes: Buffer) {
  const path = join(folder, `file-${counter++}`)
  await writeFile(path, bytes)
  return { path, sizeBytes: bytes.byteLength, identity: await identifyFile(path), headers: {} }
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function contentOf(session: S3Session, bucket: string, key: string): Promise<string> {
  const targetPath = join(folder, `down-${counter++}`)
  await getObjectToFile(session, { bucket, key, targetPath })
  return digest(await readFile(targetPath))
}

/** Begins an upload one part at a time, and cuts it off when so many have arrived. */
async function cutOff(
  session: S3Session,
  options: Parameters<typeof uploadFileInParts>[1],
  after: number,
): Promise<void> {
  const stop = new AbortController()
  await expect(
    uploadFileInParts(session, {
      ...options,
      partSizeBytes,
      concurrency: 1,
      signal: stop.signal,
      onProgress: (moved) => moved >= after * partSizeBytes && stop.abort(),
    }),
  ).rejects.toMatchObject({ error: { code: 'cancelled' } })
}

async function openUploads(session: S3Session, bucket: string): Promise<number> {
  const client = await session.client(bucket)
  const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  return (answer.Uploads ?? []).length
}

const ceph = process.env['PAIL_CEPH_ENDPOINT']

const services: [string, () => Promise<{ session: S3Session; bucket: string }>][] = [
  ['the playground', async () => ({ session: place.session, bucket: place.open })],
  [
    'the playground through the SDK',
    async () => ({ session: place.sessionWith({ transport: 'sdk' }), bucket: place.open }),
  ],
  [
    'Ceph RGW',
    async () => {
      const session = createS3Session({
        profileId: 'ceph',
        endpoint: ceph ?? '',
        region: 'us-east-1',
        addressing: 'path',
        checksums: 'when-required',
        credentials: () =>
          Promise.resolve({
            accessKeyId: process.env['PAIL_CEPH_ACCESS_KEY'] ?? '',
            secretAccessKey: process.env['PAIL_CEPH_SECRET_KEY'] ?? '',
          }),
        insecureAllowed: false,
      })
      const bucket = `pail-resume-${randomBytes(5).toString('hex')}`
      await createBucket(session, { bucket, region: 'us-east-1', access: 'private' })
      return { session, bucket }
    },
  ],
]

describe.each(services)('an upload in parts that was cut off, on %s', (name, open) => {
  const isThere = name !== 'Ceph RGW' || ceph !== undefined
  let session: S3Session
  let bucket: string
  beforeAll(async () => {
    if (isThere) ({ session, bucket } = await open())
  })

  it.skipIf(!isThere)('F27 sends what is missing, and the object is what the file is', async () => {
    const bytes = randomBytes(17 * mib)
    const { checkpoint, sent } = remember()
    const options = { ...(await fileOf(bytes)), bucket, key: 'resumed.bin', checkpoint }
    await cutOff(session, options, 2)
    expect(sent).toEqual([1, 2])
    const progress: number[] = []
    const written = await uploadFileInParts(session, {
      ...options,
      onProgress: (moved) => progress.push(moved),
    })
    expect(written.verified).toBe(true)
    expect(sent.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
    expect(progress.at(-1)).toBe(bytes.byteLength)
    expect(await contentOf(session, bucket, 'resumed.bin')).toBe(digest(bytes))
    expect(await openUploads(session, bucket)).toBe(0)
  })

  it.skipIf(!isThere)('F12 begins anew when the service has forgotten it', async () => {
    const bytes = randomBytes(11 * mib)
    const { checkpoint, sent, kept } = remember()
    const options = { ...(await fileOf(bytes)), bucket, key: 'forgotten.bin', checkpoint }
    await cutOff(session, options, 1)
    await abortUpload(session, { bucket, key: options.key, uploadId: kept.begun?.uploadId ?? '' })
    await uploadFileInParts(session, { ...options, partSizeBytes })
    expect(sent.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 3])
    expect(await contentOf(session, bucket, 'forgotten.bin')).toBe(digest(bytes))
    expect(await openUploads(session, bucket)).toBe(0)
  })

  it.skipIf(!isThere)('F29 is recognised when it had been completed, and nothing is sent', async () => {
    const bytes = randomBytes(6 * mib)
    const { checkpoint, sent } = remember()
    const options = { ...(await fileOf(bytes)), bucket, key: 'completed.bin', checkpoint }
    const first = await uploadFileInParts(session, { ...options, partSizeBytes })
    const again = await uploadFileInParts(session, options)
    expect(again).toMatchObject({ eTag: first.eTag, verified: true })
    expect(sent.toSorted((a, b) => a - b)).toEqual([1, 2])
    // Somebody else's object of the same size is not taken for it: the file is sent again.
    const other = await fileOf(randomBytes(6 * mib))
    await uploadFileInParts(session, { ...other, bucket, key: 'completed.bin', partSizeBytes })
    await uploadFileInParts(session, { ...options, partSizeBytes })
    expect(sent).toHaveLength(4)
    expect(await contentOf(session, bucket, 'completed.bin')).toBe(digest(bytes))
  })
})

describe.each([
  ['when-supported', 'a service that does not say whether it keeps them'],
  ['when-required', 'a service that does not say whether it keeps them'],
  ['when-required', 'a service that says that it keeps them'],
] as const)('with checksums %s and %s', (checksums, which) => {
  it('F27 parts that KMS encrypts, whose ETags are no MD5s, are not sent again either', async () => {
    const stored = new Map<string, string>()
    const kms = { 'x-amz-server-side-encryption': 'aws:kms' }
    const eTag = `"${'0'.repeat(32)}-4"`
    const server = await startScriptedServer(({ method, url, headers }, response) => {
      const query = new URL(url, 'http://s').searchParams
      const number = query.get('partNumber')
      if (isHeadBucket({ method, url, headers, body: '' })) response.end()
      else if (method === 'POST' && query.has('uploads')) {
        if (which.includes('says that')) response.setHeader('x-amz-checksum-algorithm', 'CRC32')
        sendXml(
          response,
          '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
        )
      } else if (method === 'PUT' && number !== null) {
        const partETag = `"${randomBytes(16).toString('hex')}"`
        const crc32 = headers['x-amz-checksum-crc32']
        const told = typeof crc32 === 'string' ? `<ChecksumCRC32>${crc32}</ChecksumCRC32>` : ''
        stored.set(
          number,
          `<Part><PartNumber>${number}</PartNumber><ETag>${partETag}</ETag><Size>${headers['content-length']}</Size>${told}</Part>`,
        )
        if (typeof crc32 === 'string') response.setHeader('x-amz-checksum-crc32', crc32)
        response.writeHead(200, { ...kms, etag: partETag }).end()
      } else if (method === 'GET')
        sendXml(response, `<ListPartsResult>${[...stored.values()].join('')}</ListPartsResult>`)
      else if (method === 'HEAD')
        response.writeHead(200, { ...kms, etag: eTag, 'content-length': 17 * mib }).end()
      else {
        response.setHeader('x-amz-server-side-encryption', 'aws:kms')
        sendXml(
          response,
          `<CompleteMultipartUploadResult><ETag>${eTag}</ETag></CompleteMultipartUploadResult>`,
        )
      }
    })
    const session = testSession(server.endpoint, { checksums })
    try {
      const { checkpoint, sent } = remember()
      const options = { ...(await fileOf(randomBytes(17 * mib))), bucket: 'b', key: 'kms.bin', checkpoint }
      await cutOff(session, options, 2)
      await uploadFileInParts(session, options)
      expect(sent.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
      // What was changed behind the file's times is no part that the service has (F36).
      stored.clear()
      const before = randomBytes(11 * mib)
      const again = remember()
      const sly = { ...(await fileOf(before)), bucket: 'b', key: 'sly.bin', checkpoint: again.checkpoint }
      await utimes(sly.path, 1_700_000_000, 1_700_000_000)
      const same = { ...sly, identity: await identifyFile(sly.path) }
      await cutOff(session, same, 2)
      before.writeUInt8(before.readUInt8(7) ^ 1, 7)
      await writeFile(sly.path, before)
      await utimes(sly.path, 1_700_000_000, 1_700_000_000)
      // This service tells the size of the first object, so the end of it is no matter here.
      await uploadFileInParts(session, same).catch(() => undefined)
      expect(again.sent.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 3])
    } finally {
      session.destroy()
      await server.close()
    }
  })
})

describe('what was changed meanwhile', () => {
  it('F36 is never made a mix of: a changed file takes the upload back', async () => {
    const { checkpoint, kept } = remember(({ error }) => error.code === 'cancelled')
    const options = {
      ...(await fileOf(randomBytes(11 * mib))),
      bucket: place.open,
      key: 'mix.bin',
      checkpoint,
    }
    await cutOff(place.session, options, 1)
    await writeFile(options.path, randomBytes(11 * mib))
    await expect(uploadFileInParts(place.session, options)).rejects.toMatchObject({
      error: { code: 'local-changed' },
    })
    expect(kept.begun).toBeNull()
    expect(await openUploads(place.session, place.open)).toBe(0)
  })

  it('F36 F49 nor of one whose size and time tell nothing', async () => {
    const before = randomBytes(11 * mib)
    const { checkpoint, sent } = remember()
    const file = await fileOf(before)
    // Whole seconds, so that the time can be put back as it was.
    await utimes(file.path, 1_700_000_000, 1_700_000_000)
    const identity = await identifyFile(file.path)
    const options = { ...file, identity, bucket: place.open, key: 'sly.bin', checkpoint }
    await cutOff(place.session, options, 2)
    const after = Buffer.from(before)
    after.writeUInt8(after.readUInt8(7) ^ 1, 7)
    await writeFile(file.path, after)
    await utimes(file.path, 1_700_000_000, 1_700_000_000)
    expect((await stat(file.path)).mtimeMs).toBe(1_700_000_000_000)
    await uploadFileInParts(place.session, options)
    expect(sent.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 3])
    expect(await contentOf(place.session, place.open, 'sly.bin')).toBe(digest(after))
  })

  it('an object that came to the key meanwhile is not overwritten, and the parts are taken back', async () => {
    const { checkpoint, kept } = remember(({ error }) => error.code === 'cancelled')
    const options = {
      ...(await fileOf(randomBytes(11 * mib))),
      bucket: place.open,
      key: 'taken.bin',
      ifNoneMatch: true,
      checkpoint,
    }
    await cutOff(place.session, options, 1)
    const other = await fileOf(Buffer.from('mine'))
    await putObjectFile(place.session, { ...other, bucket: place.open, key: 'taken.bin' })
    await expect(uploadFileInParts(place.session, options)).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
    expect(kept.begun).toBeNull()
    expect(await openUploads(place.session, place.open)).toBe(0)
    expect(await contentOf(place.session, place.open, 'taken.bin')).toBe(digest(Buffer.from('mine')))
  })
})
