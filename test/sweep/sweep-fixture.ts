import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Playground, startPlayground } from '../../src-main/playground/playground.ts'
import { abortMultipartUpload } from '../../src-main/s3/abort-upload.ts'
import { createBucket, deleteBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session, type S3SessionOptions } from '../../src-main/s3/create-s3-session.ts'
import { deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { listMultipartUploads } from '../../src-main/s3/list-multipart-uploads.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import { multipartRequests } from '../../src-main/s3/multipart-requests.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { loggedUpload } from '../../src-main/s3/upload-log.ts'
import { type BegunUploads, createBegunUploads } from '../../src-main/sweep/begun-uploads.ts'
import type { OwnershipSources } from '../../src-main/sweep/upload-owner.ts'

const {
  PAIL_CEPH_ENDPOINT: cephEndpoint = '',
  PAIL_CEPH_ACCESS_KEY: cephAccessKey = '',
  PAIL_CEPH_SECRET_KEY: cephSecretKey = '',
} = process.env

/** Whether a Ceph RADOS Gateway has been named. */
export const hasCeph = cephEndpoint !== '' && cephAccessKey !== '' && cephSecretKey !== ''

/** A bucket on a server, and the record of this computer. */
export interface SweepFixture {
  readonly session: S3Session
  readonly server: Pick<Playground, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>
  readonly bucket: string
  /** Of the record of begun uploads. */
  readonly records: string
  readonly begun: BegunUploads
  /** Upload ids that the journal of transfers says are wanted. */
  readonly wanted: Set<string>
  readonly sources: OwnershipSources
  /** The operations that the playground was asked for since the beginning. */
  readonly operations: string[]
  /** Begins an upload as somebody else would, with parts of so many bytes; answers its id. */
  foreign(key: string, ...parts: number[]): Promise<string>
  /** Begins one as Pail does, which then is given up without being taken back. */
  abandoned(key: string, ...parts: number[]): Promise<string>
  /** Begins one as Pail does, and goes on holding it. */
  running(key: string, ...parts: number[]): Promise<string>
  complete(key: string, uploadId: string): Promise<void>
  /** What the service has: `key parts`. */
  left(): Promise<string[]>
  sessionWith(options: Partial<S3SessionOptions>): S3Session
  close(): Promise<void>
}

let buckets = 0

/** Starts a playground, or takes the Ceph that the environment names. */
export async function startSweepFixture(name: 'playground' | 'ceph' = 'playground'): Promise<SweepFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'pail-sweep-server-'))
  const records = await mkdtemp(join(tmpdir(), 'pail-sweep-records-'))
  const operations: string[] = []
  const server =
    name === 'ceph'
      ? {
          endpoint: cephEndpoint,
          accessKeyId: cephAccessKey,
          secretAccessKey: cephSecretKey,
          close: async () => undefined,
        }
      : await startPlayground({ directory, onRequest: ({ operation }) => operations.push(operation) })
  const { endpoint, accessKeyId, secretAccessKey } = server
  const begun = createBegunUploads(records)
  const made: S3Session[] = []
  const sessionWith = (options: Partial<S3SessionOptions>) => {
    const one = createS3Session({
      profileId: 'test',
      endpoint,
      region: 'us-east-1',
      addressing: 'path',
      checksums: name === 'ceph' ? 'when-required' : 'when-supported',
      credentials: async () => ({ accessKeyId, secretAccessKey }),
      insecureAllowed: false,
      retries: { baseDelayMs: 1, maxDelayMs: 5 },
      uploadLog: begun,
      ...options,
    })
    made.push(one)
    return one
  }
  const session = sessionWith({})
  const bucket = `pail-sweep-${process.pid}-${Date.now().toString(36)}-${++buckets}`
  await createBucket(session, { bucket, region: 'us-east-1', access: 'private' })
  const requests = await multipartRequests(session, bucket)
  const sent = new Map<string, { number: number; eTag: string }[]>()
  const foreign = async (key: string, ...parts: number[]): Promise<string> => {
    const { uploadId } = await requests.create({ bucket, key, headers: {} }, { withCrc32: false })
    if (uploadId === undefined) throw new Error('no id')
    sent.set(uploadId, [])
    for (const [index, bytes] of parts.entries()) {
      const part = requests.prepare(Buffer.alloc(bytes, 'x'), undefined)
      const { eTag = '' } = await part.send({ bucket, key, uploadId }, index + 1)
      sent.get(uploadId)?.push({ number: index + 1, eTag })
    }
    return uploadId
  }
  const running = async (key: string, ...parts: number[]) => {
    const uploadId = await foreign(key, ...parts)
    await begun.begun(loggedUpload(session, { bucket, key, uploadId }))
    return uploadId
  }
  const wanted = new Set<string>()
  return {
    session,
    server,
    bucket,
    records,
    begun,
    wanted,
    operations,
    sources: {
      begun,
      wanted: async () => ({ isWanted: (where, id) => where === bucket && wanted.has(id) }),
    },
    foreign,
    running,
    async abandoned(key, ...parts) {
      const uploadId = await running(key, ...parts)
      begun.left(loggedUpload(session, { bucket, key, uploadId }))
      return uploadId
    },
    async complete(key, uploadId) {
      const parts = sent.get(uploadId) ?? []
      await requests.complete({ bucket, key, uploadId }, { parts, ifNoneMatch: false })
    },
    async left() {
      const found: string[] = []
      for await (const { key } of listMultipartUploads(session, { bucket, prefix: '' })) found.push(key)
      return found.sort()
    },
    sessionWith,
    async close() {
      for await (const { key, uploadId } of listMultipartUploads(session, { bucket, prefix: '' }))
        await abortMultipartUpload(session, { bucket, key, uploadId })
      const keys: string[] = []
      for await (const { key } of listAllObjects(session, { bucket, prefix: '' })) keys.push(key)
      await deleteObjects(session, { bucket, keys })
      await deleteBucket(session, { bucket })
      await begun.close()
      for (const one of made) one.destroy()
      await server.close()
      await rm(directory, { recursive: true, force: true })
      await rm(records, { recursive: true, force: true })
    },
  }
}
