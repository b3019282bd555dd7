import type { FilePiece } from './file-pieces.ts'
import type { FileIdentity } from './local-source.ts'
import type { ObjectHeaders } from './object-headers.ts'
import type { ServerSpan } from './s3-session.ts'
import type { UploadCheckpoint } from './upload-checkpoint.ts'

/** A file to be stored as an object. */
export interface FileUploadOptions {
  readonly bucket: string
  readonly key: string
  readonly path: string
  /** What the file, or its pieces, have to have; another size is `local-changed`. */
  readonly sizeBytes: number
  /** What the file has to be (S52); without it, whatever regular file is at the path. */
  readonly identity?: FileIdentity
  /** What of the file is stored, where that is not the whole. */
  readonly pieces?: readonly FilePiece[]
  readonly headers: ObjectHeaders
  /** Without it no ACL header is sent at all. */
  readonly acl?: 'public-read' | undefined
  /** Refuse with `already-exists` instead of overwriting. */
  readonly ifNoneMatch?: boolean
  /** Refuse with `precondition-failed`, where the service can, unless the object still has this ETag. */
  readonly ifMatch?: string | undefined
  /** User metadata; names in lower case, ASCII. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Bytes that have arrived so far, of `sizeBytes`. */
  readonly onProgress?: (movedBytes: number) => void
  readonly signal?: AbortSignal | undefined
  /** Of an upload in parts; one that goes whole has nothing to go on with. */
  readonly checkpoint?: UploadCheckpoint
}

/** What to make of the parts. */
export type PartsTarget = Pick<
  FileUploadOptions,
  | 'bucket'
  | 'key'
  | 'headers'
  | 'acl'
  | 'ifNoneMatch'
  | 'ifMatch'
  | 'metadata'
  | 'onProgress'
  | 'signal'
  | 'checkpoint'
>

/** A stored object. */
export interface WrittenObject {
  /** With its quotes, as S3 writes it. */
  readonly eTag: string | null
  /** Whether the service's ETag or checksum proves that it has our bytes; `unverified` is not said otherwise. */
  readonly verified: boolean
  /** The MD5 of what was sent, in hex, where it was reckoned as a whole. */
  readonly md5?: string
  /** The version that was made, where the bucket has versions and the answer told; `null` (a text) while suspended. */
  readonly versionId?: string
  /** When the service may have dated the object, by its own clock; empty where it does not tell. */
  readonly writtenIn: readonly ServerSpan[]
  /** Under which encryption the service says that it keeps the object; null when it says nothing. */
  readonly serverSideEncryption: string | null
}

/** The spans that are known. */
export function knownSpans(...spans: readonly (ServerSpan | null)[]): readonly ServerSpan[] {
  return spans.filter((span) => span !== null)
}

/** The parameters that PutObject and CreateMultipartUpload share. */
export function objectParameters(
  options: Pick<FileUploadOptions, 'bucket' | 'key' | 'headers' | 'acl' | 'metadata'>,
) {
  const { headers } = options
  return {
    Bucket: options.bucket,
    Key: options.key,
    ...(headers.contentType === undefined ? {} : { ContentType: headers.contentType }),
    ...(headers.cacheControl === undefined ? {} : { CacheControl: headers.cacheControl }),
    ...(headers.contentEncoding === undefined ? {} : { ContentEncoding: headers.contentEncoding }),
    ...(headers.contentDisposition === undefined ? {} : { ContentDisposition: headers.contentDisposition }),
    ...(headers.contentLanguage === undefined ? {} : { ContentLanguage: headers.contentLanguage }),
    ...(options.acl === undefined ? {} : { ACL: options.acl }),
    ...(options.metadata === undefined ? {} : { Metadata: { ...options.metadata } }),
  }
}

/** Whether an answer tells of an encryption under which the ETag is not the MD5 (SSE-KMS, SSE-C). */
export function hidesMd5(answer: { ServerSideEncryption?: string; SSECustomerAlgorithm?: string }): boolean {
  return (
    answer.SSECustomerAlgorithm !== undefined || (answer.ServerSideEncryption ?? '').startsWith('aws:kms')
  )
}
