import type { CopyObjectCommandInput, S3Client } from '@aws-sdk/client-s3'
import { failure } from '../../src-preload/contract/failure.ts'
import { abortUpload } from './abort-upload.ts'
import { bareETag } from './e-tag.ts'
import type { HeadedObject } from './head-object.ts'
import { headObject } from './head-object.ts'
import { inParallel } from './in-parallel.ts'
import { toFailure, withFailures } from './map-error.ts'
import type { ObjectAcl, ReadAcl } from './object-acl.ts'
import { putObjectGrants, readObjectAcl } from './object-acl.ts'
import type { HeaderReplacements } from './object-headers.ts'
import { encodeKey } from './object-url.ts'
import type { S3Session, ServerSpan } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { loggedUpload } from './upload-log.ts'
import { knownSpans } from './written-object.ts'

/** CopyObject takes at most 5 GB; above it, parts are copied. */
const singleCopyBytes = 5_000_000_000
const copyPartBytes = 512 * 1024 * 1024
const maxParts = 10_000

/** What a copy did. `acl` is what the source had and the copy has now; `unknown`: it could not be read, so not kept. */
export interface CopiedObject {
  readonly eTag: string | null
  /** Of what was copied, so that no other object is taken for it afterwards. */
  readonly sourceETag: string | null
  readonly acl: ObjectAcl
  /** The version that was made, where the bucket has versions and the answer told. */
  readonly versionId: string | null
  /** What the source was, with its ACL. */
  readonly source: { readonly head: HeadedObject; readonly read: ReadAcl }
  /** What HEAD would tell of the copy now, but for its date, its storage class and its checksum. */
  readonly head: Omit<HeadedObject, 'lastModified' | 'storageClass' | 'checksum'>
  /** When the service may have dated the copy, by its own clock; empty where it does not tell. */
  readonly writtenIn: readonly ServerSpan[]
}

/** A copy within a bucket. The last two are for tests. */
export interface CopyObjectOptions {
  readonly bucket: string
  readonly key: string
  readonly newKey: string
  /** The version to copy in place of the current object. */
  readonly versionId?: string
  /** Headers to change, or with null to take away; the others stay as they are. */
  readonly replaceHeaders?: HeaderReplacements
  /** What the copy gets in place of the source's ACL. */
  readonly acl?: ReadAcl
  /** Lets the service itself take over every header, also those that it would not tell or take from us. */
  readonly verbatim?: boolean
  /** The ETag of the object that the copy may replace; another one, or none, is `precondition-failed`. */
  readonly replacesETag?: string
  /** The ETag that the source must have; another one is `precondition-failed`. */
  readonly expectedETag?: string
  /** Refuse with `already-exists` when the new key exists. */
  readonly ifNoneMatch?: boolean
  readonly signal?: AbortSignal
  readonly singleCopyBytes?: number
  readonly partSizeBytes?: number
}

interface Copy extends CopyObjectOptions {
  readonly head: HeadedObject
  /** What the copy gets. */
  readonly read: ReadAcl
  readonly isAws: boolean
}

interface Written {
  readonly eTag: string | null
  readonly versionId: string | null
  readonly serverSideEncryption: string | null
}

/**
 * Copies an object on the server with its headers, metadata, tags, storage class and ACL (which CopyObject alone would
 * reset to private). Throws Failures: `no-such-key`, `already-exists`, `precondition-failed` when the source changes.
 */
export async function copyObject(session: S3Session, options: CopyObjectOptions): Promise<CopiedObject> {
  const head = await headObject(session, options)
  if (head === null)
    throw failure('no-such-key', 'The object does not exist (any more).', { key: options.key })
  if (options.expectedETag !== undefined && bareETag(head.eTag ?? '') !== bareETag(options.expectedETag))
    throw failure('precondition-failed', 'The object was changed by somebody else; it was left alone.', {
      key: options.key,
    })
  if (options.ifNoneMatch === true) {
    // Asked for besides the header, which older services ignore.
    if ((await headObject(session, { ...options, key: options.newKey, versionId: undefined })) !== null)
      throw alreadyThere(options.newKey)
  }
  if (options.replacesETag !== undefined) {
    const there = await headObject(session, { ...options, key: options.newKey, versionId: undefined })
    if (there?.eTag == null || bareETag(there.eTag) !== bareETag(options.replacesETag))
      throw failure('precondition-failed', 'The object was changed by somebody else; it was left alone.', {
        key: options.newKey,
      })
  }
  return copyHeaded(session, options, head)
}

/**
 * Changes headers in place: a copy onto itself that keeps user metadata, tags, storage class and ACL. Headers that are
 * not mentioned stay, those that are null go. Throws Failures: `precondition-failed` when the object is not the one with `expectedETag`.
 */
export async function updateHeaders(
  session: S3Session,
  options: {
    readonly bucket: string
    readonly key: string
    readonly headers: HeaderReplacements
    readonly expectedETag: string
    readonly signal?: AbortSignal
    readonly singleCopyBytes?: number
    readonly partSizeBytes?: number
  },
): Promise<CopiedObject> {
  const head = await headObject(session, options)
  if (head === null)
    throw failure('no-such-key', 'The object does not exist (any more).', { key: options.key })
  if (head.eTag?.replaceAll('"', '') !== options.expectedETag.replaceAll('"', '')) {
    throw failure(
      'precondition-failed',
      'The object was changed by somebody else; its headers were left alone.',
      {
        key: options.key,
      },
    )
  }
  return copyHeaded(session, { ...options, newKey: options.key, replaceHeaders: options.headers }, head)
}

async function copyHeaded(
  session: S3Session,
  options: CopyObjectOptions,
  head: HeadedObject,
): Promise<CopiedObject> {
  const source = { head, read: await readObjectAcl(session, options) }
  const read = options.acl ?? source.read
  const copy: Copy = { ...options, head, read, isAws: session.endpoint === null }
  const client = await withFailures({ key: options.key }, () => session.client(options.bucket))
  const startedAt = Date.now()
  const { serverSideEncryption, ...written } = await withFailures({ key: options.newKey }, async () => {
    try {
      const large = head.sizeBytes > (options.singleCopyBytes ?? singleCopyBytes)
      return large ? await copyInParts(session, client, copy) : await copyAtOnce(client, copy)
    } catch (error) {
      const problem = toFailure(error, { key: options.newKey })
      if (problem.error.code === 'precondition-failed' && options.ifNoneMatch === true) {
        throw alreadyThere(options.newKey)
      }
      throw problem
    }
  })
  const writtenIn = knownSpans(session.serverSpanSince(startedAt))
  if (read.acl === 'other') await putObjectGrants(session, { ...options, key: options.newKey, read })
  return {
    ...written,
    sourceETag: head.eTag,
    acl: read.acl,
    source,
    head: { ...head, ...headersOfCopy(copy), eTag: written.eTag, serverSideEncryption },
    writtenIn,
  }
}

/** The headers that may be replaced, as the copy has them. */
function headersOfCopy({ head, replaceHeaders = {} }: Copy) {
  const {
    contentType = head.contentType,
    cacheControl = head.cacheControl,
    contentEncoding = withoutChunking(head.contentEncoding),
    contentDisposition = head.contentDisposition,
  } = replaceHeaders
  return { contentType, cacheControl, contentEncoding, contentDisposition }
}

/** Everything that the copy has to be told again, because REPLACE forgets what is not sent. */
function writtenHeaders(copy: Copy) {
  const { head } = copy
  const { contentType, cacheControl, contentEncoding, contentDisposition } = headersOfCopy(copy)
  const expires = head.expires === null ? Number.NaN : Date.parse(head.expires)
  return {
    Metadata: head.metadata,
    ...(contentType === null ? {} : { ContentType: contentType }),
    ...(cacheControl === null ? {} : { CacheControl: cacheControl }),
    ...(contentEncoding === null ? {} : { ContentEncoding: contentEncoding }),
    ...(contentDisposition === null ? {} : { ContentDisposition: contentDisposition }),
    ...(head.contentLanguage === null ? {} : { ContentLanguage: head.contentLanguage }),
    ...(Number.isNaN(expires) ? {} : { Expires: new Date(expires) }),
    ...unmentioned(copy),
  }
}

/** What a copy has to be told whether it keeps the other headers or replaces them. */
function unmentioned({ head, read }: Copy) {
  return {
    ...(head.websiteRedirectLocation === null
      ? {}
      : { WebsiteRedirectLocation: head.websiteRedirectLocation }),
    ...(read.acl === 'public-read' ? { ACL: 'public-read' as const } : {}),
    ...keptStorageClass(head.storageClass),
  }
}

/** An ETag with its quotes, which Ceph leaves out in the answer to a copy; null for none. */
function quoted(eTag: string | undefined): string | null {
  const bare = bareETag(eTag ?? '')
  return bare === '' ? null : `"${bare}"`
}

/** Some services keep `aws-chunked`, which belongs to the upload and not to the object. */
function withoutChunking(encoding: string | null): string | null {
  const rest = (encoding ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
  return rest.length === 0 ? null : rest.join(', ')
}

function keptStorageClass(storageClass: string | null): Pick<CopyObjectCommandInput, 'StorageClass'> {
  if (storageClass === null || storageClass === 'STANDARD') return {}
  return { StorageClass: storageClass as Exclude<CopyObjectCommandInput['StorageClass'], undefined> }
}

function copiedHeaders(copy: Copy) {
  return copy.verbatim === true
    ? { MetadataDirective: 'COPY' as const, ...unmentioned(copy) }
    : { MetadataDirective: 'REPLACE' as const, ...writtenHeaders(copy) }
}

async function copyAtOnce(client: S3Client, copy: Copy): Promise<Written> {
  const { CopyObjectCommand } = await loadSdk()
  const answer = await client.send(
    new CopyObjectCommand({
      Bucket: copy.bucket,
      Key: copy.newKey,
      CopySource: copySource(copy),
      ...copiedHeaders(copy),
      ...(copy.head.eTag === null ? {} : { CopySourceIfMatch: copy.head.eTag }),
      ...conditions(copy),
    }),
    copy.signal ? { abortSignal: copy.signal } : {},
  )
  return {
    eTag: quoted(answer.CopyObjectResult?.ETag),
    versionId: answer.VersionId ?? null,
    serverSideEncryption: answer.ServerSideEncryption ?? null,
  }
}

async function copyInParts(session: S3Session, client: S3Client, copy: Copy): Promise<Written> {
  const sdk = await loadSdk()
  const where = { Bucket: copy.bucket, Key: copy.newKey }
  const sending = copy.signal ? { abortSignal: copy.signal } : {}
  const size = copy.head.sizeBytes
  const partSize = Math.max(copy.partSizeBytes ?? copyPartBytes, Math.ceil(size / maxParts))
  const tagging = await readTagging(client, copy)
  const created = await client.send(
    new sdk.CreateMultipartUploadCommand({
      ...where,
      ...writtenHeaders(copy),
      ...(tagging === null ? {} : { Tagging: tagging }),
    }),
    sending,
  )
  if (created.UploadId === undefined) throw failure('server-error', 'The service gave no id for the upload.')
  const upload = { ...where, UploadId: created.UploadId }
  const open = { bucket: copy.bucket, key: copy.newKey, uploadId: created.UploadId }
  try {
    await session.uploadLog?.begun(loggedUpload(session, open))
    const eTags: string[] = []
    const starts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index * partSize)
    await inParallel(starts, 4, async (start, index) => {
      const end = Math.min(start + partSize, size) - 1
      const part = await client.send(
        new sdk.UploadPartCopyCommand({
          ...upload,
          PartNumber: index + 1,
          CopySource: copySource(copy),
          CopySourceRange: `bytes=${start}-${end}`,
          ...(copy.head.eTag === null ? {} : { CopySourceIfMatch: copy.head.eTag }),
        }),
        sending,
      )
      eTags[index] = part.CopyPartResult?.ETag ?? ''
    })
    const done = await client.send(
      new sdk.CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: eTags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) },
        ...conditions(copy),
      }),
      sending,
    )
    session.uploadLog?.ended(loggedUpload(session, open))
    return {
      eTag: quoted(done.ETag),
      versionId: done.VersionId ?? null,
      serverSideEncryption: done.ServerSideEncryption ?? null,
    }
  } catch (error) {
    await abortUpload(session, open)
    throw error
  }
}

/** The tags in the form of the header, null when there are none or they cannot be read. */
async function readTagging(client: S3Client, copy: Copy): Promise<string | null> {
  const { GetObjectTaggingCommand } = await loadSdk()
  try {
    const answer = await client.send(
      new GetObjectTaggingCommand({ Bucket: copy.bucket, Key: copy.key, VersionId: copy.versionId }),
    )
    const tags = (answer.TagSet ?? []).map(({ Key = '', Value = '' }): [string, string] => [Key, Value])
    return tags.length === 0 ? null : new URLSearchParams(tags).toString()
  } catch (error) {
    const { code } = toFailure(error).error
    if (code === 'not-supported' || code === 'no-such-key') return null
    // A copy without the tags would take the place of the object that has them.
    if (code === 'access-denied')
      throw failure(
        'access-denied',
        'These keys may not read the object’s tags (s3:GetObjectTagging), and a copy of an object above 5 GB would lose them. Nothing was changed.',
        { key: copy.key },
      )
    throw error
  }
}

/** Not every service looks at `If-Match` here, and some do not know quotes in it: it is sent to AWS only. */
function conditions({ ifNoneMatch, replacesETag, isAws }: Copy) {
  return {
    ...(ifNoneMatch === true ? { IfNoneMatch: '*' } : {}),
    ...(isAws && replacesETag !== undefined ? { IfMatch: replacesETag } : {}),
  }
}

function copySource(copy: Copy): string {
  const version = copy.versionId === undefined ? '' : `?versionId=${encodeURIComponent(copy.versionId)}`
  return `${copy.bucket}/${encodeKey(copy.key)}${version}`
}

function alreadyThere(key: string) {
  return failure('already-exists', 'There is an object with this key already; it was left alone.', { key })
}
