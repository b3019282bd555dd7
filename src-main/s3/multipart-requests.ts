import type { CompletedPart } from '@aws-sdk/client-s3'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import {
  abortUploadThroughWire,
  completeUploadThroughWire,
  createUploadThroughWire,
  hasPartsThroughWire,
  listPartsThroughWire,
  uploadPartThroughWire,
} from './wire/multipart-operations.ts'
import type { ListedPart, WirePart } from './wire/multipart-operations.ts'
import { payloadHashAside, payloadHashOf } from './wire/wire-request.ts'
import type { WireTarget } from './wire/wire-target.ts'
import { wireTo } from './wire/wire-target.ts'
import type { FileUploadOptions } from './written-object.ts'
import { hidesMd5, objectParameters } from './written-object.ts'

/** What the object is to be. */
export type UploadTarget = Pick<FileUploadOptions, 'bucket' | 'key' | 'headers' | 'acl' | 'metadata'>

/** An upload that was begun. */
export interface OpenUpload {
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  readonly signal?: AbortSignal | undefined
}

/** What the answers to UploadPart and CompleteMultipartUpload tell. */
export interface UploadAnswer {
  /** As the service wrote it. */
  readonly eTag: string | undefined
  /** In base64, of what the service has stored; undefined where it does not tell. */
  readonly crc32: string | undefined
  /** Whether the ETag may look like an MD5 and not be one. */
  readonly hidden: boolean
  readonly serverSideEncryption?: string | undefined
  /** Of the object that came into being; only where the bucket keeps versions. */
  readonly versionId?: string | undefined
}

/** A part made ready to be sent, as often as it takes, so that its bytes are hashed once. */
export interface ReadyPart {
  readonly bytes: Uint8Array
  /** In base64, sent along; undefined where none is. */
  readonly crc32: string | undefined
  send(upload: OpenUpload, number: number): Promise<UploadAnswer>
}

/** The requests of a multipart upload, by either transport. Throws what the transport throws. */
export interface MultipartRequests {
  /** The id of the upload, if the service gave one, and whether it says that it keeps a CRC32 of each part. */
  create(
    target: UploadTarget,
    how: { withCrc32: boolean; signal?: AbortSignal },
  ): Promise<{ readonly uploadId: string | undefined; readonly keepsCrc32: boolean }>
  prepare(bytes: Uint8Array, crc32: string | undefined): ReadyPart
  complete(
    upload: OpenUpload,
    options: {
      readonly parts: readonly WirePart[]
      readonly ifNoneMatch: boolean
      readonly ifMatch?: string | undefined
    },
  ): Promise<UploadAnswer>
  abort(upload: OpenUpload): Promise<void>
  /** Whether the service still has any part. */
  hasParts(upload: OpenUpload): Promise<boolean>
  /** The parts that it has behind a number, and behind which number there are more. */
  listParts(
    upload: OpenUpload,
    after: number,
  ): Promise<{ readonly parts: readonly ListedPart[]; readonly next: number | null }>
}

/** The requests for a bucket; its region is resolved. */
export async function multipartRequests(session: S3Session, bucket: string): Promise<MultipartRequests> {
  const direct = await wireTo(session, bucket)
  return direct === null ? throughSdk(session, bucket) : throughWire(direct)
}

function throughWire(wire: WireTarget): MultipartRequests {
  return {
    create: ({ headers, ...target }, how) => createUploadThroughWire(wire, { ...headers, ...target, ...how }),
    prepare(bytes, crc32) {
      const { origin } = wire
      const hashed = { origin, body: bytes, bodyIsChecked: crc32 !== undefined }
      // Without a checksum the thread has the MD5 to reckon, which takes longer.
      const payloadHash = hashed.bodyIsChecked ? payloadHashAside(hashed) : payloadHashOf(hashed)
      return {
        bytes,
        crc32,
        async send(upload, number) {
          const part = { number, bytes, crc32, payloadHash: await payloadHash }
          const headers = await uploadPartThroughWire(wire, upload, part)
          return answerOf(headers, headers['etag'])
        },
      }
    },
    async complete(upload, options) {
      const { headers, eTag, crc32 } = await completeUploadThroughWire(wire, upload, options)
      return { ...answerOf(headers, eTag), crc32 }
    },
    abort: (upload) => abortUploadThroughWire(wire, upload),
    hasParts: (upload) => hasPartsThroughWire(wire, upload),
    listParts: (upload, after) => listPartsThroughWire(wire, upload, after),
  }
}

function answerOf(headers: Readonly<Record<string, string>>, eTag: string | undefined): UploadAnswer {
  return {
    eTag,
    crc32: headers['x-amz-checksum-crc32'],
    hidden: hidesMd5({
      ServerSideEncryption: headers['x-amz-server-side-encryption'],
      SSECustomerAlgorithm: headers['x-amz-server-side-encryption-customer-algorithm'],
    }),
    serverSideEncryption: headers['x-amz-server-side-encryption'],
    versionId: headers['x-amz-version-id'],
  }
}

async function throughSdk(session: S3Session, bucket: string): Promise<MultipartRequests> {
  const [client, sdk] = await Promise.all([session.client(bucket), loadSdk()])
  const idOf = ({ key, uploadId }: OpenUpload) => ({ Bucket: bucket, Key: key, UploadId: uploadId })
  const until = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})
  return {
    async create(target, { withCrc32, signal }) {
      const command = new sdk.CreateMultipartUploadCommand({
        ...objectParameters(target),
        ...(withCrc32 ? { ChecksumAlgorithm: 'CRC32' } : {}),
      })
      const { UploadId, ChecksumAlgorithm } = await client.send(command, until(signal))
      return { uploadId: UploadId, keepsCrc32: ChecksumAlgorithm === 'CRC32' }
    },
    prepare: (bytes, crc32) => ({
      bytes,
      crc32,
      async send(upload, number) {
        const command = new sdk.UploadPartCommand({
          ...idOf(upload),
          PartNumber: number,
          Body: bytes,
          ContentLength: bytes.byteLength,
          ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
        })
        const answer = await client.send(command, until(upload.signal))
        return { eTag: answer.ETag, crc32: answer.ChecksumCRC32, hidden: hidesMd5(answer) }
      },
    }),
    async complete(upload, { parts, ifNoneMatch, ifMatch }) {
      const command = new sdk.CompleteMultipartUploadCommand({
        ...idOf(upload),
        MultipartUpload: {
          Parts: parts.map(({ number, eTag, crc32 }): CompletedPart => ({
            PartNumber: number,
            ETag: eTag,
            ...(crc32 === undefined ? {} : { ChecksumCRC32: crc32 }),
          })),
        },
        ...(ifNoneMatch ? { IfNoneMatch: '*' } : {}),
        ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
      })
      const { ETag, ChecksumCRC32, VersionId, ...answer } = await client.send(command, until(upload.signal))
      return {
        eTag: ETag,
        crc32: ChecksumCRC32,
        hidden: hidesMd5(answer),
        serverSideEncryption: answer.ServerSideEncryption,
        versionId: VersionId,
      }
    },
    async abort(upload) {
      await client.send(new sdk.AbortMultipartUploadCommand(idOf(upload)), until(upload.signal))
    },
    async hasParts(upload) {
      const command = new sdk.ListPartsCommand({ ...idOf(upload), MaxParts: 1 })
      return ((await client.send(command, until(upload.signal))).Parts ?? []).length > 0
    },
    async listParts(upload, after) {
      const command = new sdk.ListPartsCommand({
        ...idOf(upload),
        ...(after === 0 ? {} : { PartNumberMarker: String(after) }),
      })
      const answer = await client.send(command, until(upload.signal))
      const parts = (answer.Parts ?? []).flatMap(({ PartNumber, ETag, Size, ChecksumCRC32 }) =>
        PartNumber === undefined || ETag === undefined || Size === undefined
          ? []
          : [{ number: PartNumber, eTag: ETag, sizeBytes: Size, crc32: ChecksumCRC32 }],
      )
      return { parts, next: answer.IsTruncated === true ? Number(answer.NextPartNumberMarker) : null }
    },
  }
}
