import type { CopyObjectCommandInput, Tag } from '@aws-sdk/client-s3'
import { bareETag } from './e-tag.ts'
import type { HeadedObject } from './head-object.ts'
import type { ReadAcl } from './object-acl.ts'
import type { HeaderReplacements } from './object-headers.ts'
import { encodeKey } from './object-url.ts'

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
  /**
   * From this size on, in bytes, an object is copied by parts where nothing is lost by it (its ETag is one of parts
   * already, and its tags can be read), so that there is something to tell meanwhile, and an end at once when cancelled.
   */
  readonly byPartsFromBytes?: number
  /** Hears that everything has been looked at and the copy of that begins, and how. */
  readonly onBegun?: (copy: Pick<Copy, 'head' | 'read'> & { readonly how: 'at-once' | 'by-parts' }) => void
  /** Hears how many bytes have been copied so far; of one that is copied at once, only at its end. */
  readonly onProgress?: (copiedBytes: number) => void
  readonly signal?: AbortSignal
  readonly singleCopyBytes?: number
  readonly partSizeBytes?: number
}

/** A copy whose source has been looked at. */
export interface Copy extends CopyObjectOptions {
  readonly head: HeadedObject
  /** What the copy gets. */
  readonly read: ReadAcl
  readonly isAws: boolean
}

/** What a service answers to a copy. */
export interface Written {
  readonly eTag: string | null
  readonly versionId: string | null
  readonly serverSideEncryption: string | null
  /** The source's, where the service does not take them along by itself for certain; null where it does, or has none. */
  readonly tags: Tag[] | null
}

/** The headers that may be replaced, as the copy has them. */
export function headersOfCopy({ head, replaceHeaders = {} }: Copy) {
  const {
    contentType = head.contentType,
    cacheControl = head.cacheControl,
    contentEncoding = withoutChunking(head.contentEncoding),
    contentDisposition = head.contentDisposition,
    contentLanguage = head.contentLanguage,
  } = replaceHeaders
  return { contentType, cacheControl, contentEncoding, contentDisposition, contentLanguage }
}

/** Everything that the copy has to be told again, because REPLACE forgets what is not sent. */
export function writtenHeaders(copy: Copy) {
  const { head } = copy
  const { contentType, cacheControl, contentEncoding, contentDisposition, contentLanguage } =
    headersOfCopy(copy)
  const expires = head.expires === null ? Number.NaN : Date.parse(head.expires)
  return {
    Metadata: head.metadata,
    ...(contentType === null ? {} : { ContentType: contentType }),
    ...(cacheControl === null ? {} : { CacheControl: cacheControl }),
    ...(contentEncoding === null ? {} : { ContentEncoding: contentEncoding }),
    ...(contentDisposition === null ? {} : { ContentDisposition: contentDisposition }),
    ...(contentLanguage === null ? {} : { ContentLanguage: contentLanguage }),
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
export function quoted(eTag: string | undefined): string | null {
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

/** What CopyObject is told of the copy's headers: what they are, or that the source's are kept. */
export function copiedHeaders(copy: Copy) {
  return copy.verbatim === true
    ? { MetadataDirective: 'COPY' as const, ...unmentioned(copy) }
    : { MetadataDirective: 'REPLACE' as const, ...writtenHeaders(copy) }
}

/** Not every service looks at `If-Match` here, and some do not know quotes in it: it is sent to AWS only. */
export function conditions({ ifNoneMatch, replacesETag, isAws }: Copy) {
  return {
    ...(ifNoneMatch === true ? { IfNoneMatch: '*' } : {}),
    ...(isAws && replacesETag !== undefined ? { IfMatch: replacesETag } : {}),
  }
}

/** The source as the header names it. */
export function copySource(copy: Copy): string {
  const version = copy.versionId === undefined ? '' : `?versionId=${encodeURIComponent(copy.versionId)}`
  return `${copy.bucket}/${encodeKey(copy.key)}${version}`
}
