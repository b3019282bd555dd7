import type { ObjectParameters } from './operations.ts'
import { objectHeaders } from './operations.ts'
import { readDocument } from './read-document.ts'
import { WireError } from './wire-error.ts'
import type { WireResponse } from './wire-request.ts'
import type { WireTarget } from './wire-target.ts'
import { addressOf, objectPath } from './wire-target.ts'

/** One multipart upload that is under way. */
export interface WireUpload {
  readonly key: string
  readonly uploadId: string
  readonly signal?: AbortSignal | undefined
}

/** A part as CompleteMultipartUpload names it. */
export interface WirePart {
  readonly number: number
  /** As the service wrote it, quotes and all. */
  readonly eTag: string
  /** In base64. */
  readonly crc32?: string | undefined
}

/** What CompleteMultipartUpload answers: its headers, names in lower case, and what stands in its document. */
export interface WireCompletion {
  readonly headers: Readonly<Record<string, string>>
  readonly eTag: string | undefined
  /** In base64. */
  readonly crc32: string | undefined
}

/**
 * CreateMultipartUpload: the id of the upload, if the service gave one, and whether it says that it keeps a CRC32 of each
 * part. Throws a {@link WireError}.
 */
export async function createUploadThroughWire(
  target: WireTarget,
  options: ObjectParameters & {
    readonly key: string
    readonly withCrc32: boolean
    readonly signal?: AbortSignal | undefined
  },
): Promise<{ readonly uploadId: string | undefined; readonly keepsCrc32: boolean }> {
  const headers = objectHeaders(options)
  if (options.withCrc32) headers['x-amz-checksum-algorithm'] = 'CRC32'
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'POST',
    path: objectPath(target, options.key),
    query: [['uploads', '']],
    headers,
    signal: options.signal,
  })
  return {
    uploadId: readDocument(answer, 'InitiateMultipartUploadResult').get('UploadId'),
    keepsCrc32: answer.headers['x-amz-checksum-algorithm']?.toUpperCase() === 'CRC32',
  }
}

/**
 * UploadPart: the headers of the answer. The bytes go to the socket as they lie in memory; `payloadHash` is what stands
 * for them in the signature, which the caller keeps for another attempt. Throws a {@link WireError}.
 */
export async function uploadPartThroughWire(
  target: WireTarget,
  upload: WireUpload,
  part: {
    readonly number: number
    readonly bytes: Uint8Array
    readonly crc32: string | undefined
    readonly payloadHash: string
  },
): Promise<Readonly<Record<string, string>>> {
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    'content-length': String(part.bytes.byteLength),
  }
  if (part.crc32 !== undefined) headers['x-amz-checksum-crc32'] = part.crc32
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'PUT',
    path: objectPath(target, upload.key),
    query: [
      ['partNumber', String(part.number)],
      ['uploadId', upload.uploadId],
    ],
    headers,
    body: part.bytes,
    payloadHash: part.payloadHash,
    signal: upload.signal,
  })
  return answer.headers
}

/**
 * CompleteMultipartUpload. The service may begin its answer with 200 and find out later that it failed: an error, or
 * nothing at all, in place of the document is tried again like a 503 (F9). Throws a {@link WireError}.
 */
export async function completeUploadThroughWire(
  target: WireTarget,
  upload: WireUpload,
  options: {
    readonly parts: readonly WirePart[]
    readonly ifNoneMatch: boolean
    readonly ifMatch?: string | undefined
  },
): Promise<WireCompletion> {
  const headers: Record<string, string> = { 'content-type': 'application/xml' }
  const body = Buffer.from(completionDocument(options.parts))
  headers['content-length'] = String(body.byteLength)
  if (options.ifNoneMatch) headers['if-none-match'] = '*'
  if (options.ifMatch !== undefined) headers['if-match'] = options.ifMatch
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'POST',
    path: objectPath(target, upload.key),
    query: [['uploadId', upload.uploadId]],
    headers,
    body,
    check: refuseHiddenError,
    signal: upload.signal,
  })
  const values = readDocument(answer, 'CompleteMultipartUploadResult')
  return { headers: answer.headers, eTag: values.get('ETag'), crc32: values.get('ChecksumCRC32') }
}

/** AbortMultipartUpload. Throws a {@link WireError}. */
export async function abortUploadThroughWire(target: WireTarget, upload: WireUpload): Promise<void> {
  await target.wire.send({
    ...addressOf(target),
    method: 'DELETE',
    path: objectPath(target, upload.key),
    query: [['uploadId', upload.uploadId]],
    headers: {},
    signal: upload.signal,
  })
}

/** A part that the service has. */
export interface ListedPart extends WirePart {
  readonly sizeBytes: number
}

/** One page of ListParts, and the number after which the next one begins. Throws a {@link WireError}. */
export async function listPartsThroughWire(
  target: WireTarget,
  upload: WireUpload,
  after: number,
): Promise<{ readonly parts: readonly ListedPart[]; readonly next: number | null }> {
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'GET',
    path: objectPath(target, upload.key),
    query: [
      ...(after === 0 ? [] : [['part-number-marker', String(after)] as const]),
      ['uploadId', upload.uploadId],
    ],
    headers: {},
    signal: upload.signal,
  })
  const parts: ListedPart[] = []
  let fields: Record<string, string> = {}
  const values = readDocument(answer, 'ListPartsResult', {
    open(name, depth) {
      if (depth === 2 && name === 'Part') fields = {}
    },
    close(name, depth, text) {
      if (depth === 3 && text !== null) fields[name] = text
      else if (depth === 2 && name === 'Part') {
        const { PartNumber, ETag, Size, ChecksumCRC32 } = fields
        if (PartNumber === undefined || ETag === undefined || Size === undefined) return
        parts.push({
          number: Number(PartNumber),
          eTag: ETag,
          sizeBytes: Number(Size),
          ...(ChecksumCRC32 === undefined ? {} : { crc32: ChecksumCRC32 }),
        })
      }
    },
  })
  const isTruncated = values.get('IsTruncated') === 'true'
  return { parts, next: isTruncated ? Number(values.get('NextPartNumberMarker')) : null }
}

/** ListParts, as far as to tell whether there is any. Throws a {@link WireError}. */
export async function hasPartsThroughWire(target: WireTarget, upload: WireUpload): Promise<boolean> {
  const answer = await target.wire.send({
    ...addressOf(target),
    method: 'GET',
    path: objectPath(target, upload.key),
    query: [
      ['max-parts', '1'],
      ['uploadId', upload.uploadId],
    ],
    headers: {},
    signal: upload.signal,
  })
  return readDocument(answer, 'ListPartsResult').has('Part')
}

function completionDocument(parts: readonly WirePart[]): string {
  const entries = parts.map(({ number, eTag, crc32 }) => {
    const checksum = crc32 === undefined ? '' : `<ChecksumCRC32>${escapeXml(crc32)}</ChecksumCRC32>`
    return `<Part><ETag>${escapeXml(eTag)}</ETag>${checksum}<PartNumber>${number}</PartNumber></Part>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${entries.join('')}</CompleteMultipartUpload>`
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function refuseHiddenError(answer: WireResponse): void {
  const late = { statusCode: 503, headers: answer.headers }
  const body = answer.body.trim()
  if (body === '') throw new WireError(late, '<Error><Code>InternalError</Code></Error>')
  if (body.endsWith('</Error>')) throw new WireError(late, body)
}
