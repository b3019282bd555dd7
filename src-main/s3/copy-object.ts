import type { S3Client } from '@aws-sdk/client-s3'
import { failure } from '../../src-preload/contract/failure.ts'
import { copyInParts } from './copy-in-parts.ts'
import {
  type Copy,
  conditions,
  copiedHeaders,
  type CopyObjectOptions,
  copySource,
  headersOfCopy,
  quoted,
  type Written,
} from './copy-request.ts'
import { bareETag } from './e-tag.ts'
import type { HeadedObject } from './head-object.ts'
import { headObject } from './head-object.ts'
import { toFailure, withFailures } from './map-error.ts'
import type { ObjectAcl, ReadAcl } from './object-acl.ts'
import { putObjectGrants, readObjectAcl } from './object-acl.ts'
import type { HeaderReplacements } from './object-headers.ts'
import { ensureTags, readTags } from './object-tags.ts'
import type { S3Session, ServerSpan } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { knownSpans } from './written-object.ts'

/** CopyObject takes at most 5 GB; above it, parts are copied. */
const singleCopyBytes = 5_000_000_000

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
  const { serverSideEncryption, tags, ...written } = await withFailures({ key: options.newKey }, async () => {
    try {
      if (head.sizeBytes > (options.singleCopyBytes ?? singleCopyBytes))
        return await copyInParts(session, client, copy)
      return (await copyByChoice(session, client, copy)) ?? (await copyAtOnce(client, copy))
    } catch (error) {
      const problem = toFailure(error, { key: options.newKey })
      if (problem.error.code === 'precondition-failed' && options.ifNoneMatch === true) {
        throw alreadyThere(options.newKey)
      }
      throw problem
    }
  })
  const writtenIn = knownSpans(session.serverSpanSince(startedAt))
  if (tags !== null && !copy.isAws)
    await withFailures({ key: options.newKey }, () =>
      ensureTags(client, { bucket: options.bucket, key: options.newKey }, tags),
    )
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

/** By parts, where that is wanted, possible and loses nothing; null else. */
async function copyByChoice(session: S3Session, client: S3Client, copy: Copy): Promise<Written | null> {
  const { head, byPartsFromBytes = Number.POSITIVE_INFINITY } = copy
  if (head.sizeBytes < byPartsFromBytes || !/-\d+$/.test(bareETag(head.eTag ?? ''))) return null
  try {
    return await copyInParts(session, client, copy)
  } catch (error) {
    const { code } = toFailure(error).error
    if (code === 'access-denied' || code === 'not-supported') return null
    throw error
  }
}

async function copyAtOnce(client: S3Client, copy: Copy): Promise<Written> {
  const { CopyObjectCommand } = await loadSdk()
  const { isAws, verbatim, head } = copy
  // Ceph forgets them with the headers that are replaced; onto itself there is nothing to read them from afterwards.
  const tags = isAws || verbatim === true || (head.tagCount ?? 0) === 0 ? null : await readTags(client, copy)
  copy.onBegun?.({ ...copy, how: 'at-once' })
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
  copy.onProgress?.(copy.head.sizeBytes)
  return {
    eTag: quoted(answer.CopyObjectResult?.ETag),
    versionId: answer.VersionId ?? null,
    serverSideEncryption: answer.ServerSideEncryption ?? null,
    tags,
  }
}

function alreadyThere(key: string) {
  return failure('already-exists', 'There is an object with this key already; it was left alone.', { key })
}
