import { effectiveOwnership, requireAccess, versionHeader } from './access.ts'
import { grantsOfNewObject } from './acl-operations.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { checksumHeaders, defaultAlgorithm } from './checksums.ts'
import type { StoredChecksum } from './checksums.ts'
import { checkWriteConditions } from './conditions.ts'
import { S3Error, notImplemented } from './errors.ts'
import {
  describedHeaders,
  describedUserMetadata,
  quotedEtag,
  refuseStorageClass,
  taggingHeader,
} from './object-headers.ts'
import type { Bucket } from './object-store.ts'
import { ReceivedBody } from './received-body.ts'
import type { ObjectDescription, ObjectRecord } from './records.ts'

/** Whole seconds: S3 keeps LastModified no finer. */
export function lastModified(now: Date): string {
  return new Date(Math.floor(now.getTime() / 1000) * 1000).toISOString()
}

/** 403 unless the caller may write; objects that would belong to strangers are not simulated. */
export function requireWriteAccess(call: Call, bucket: Bucket, key: string): void {
  requireAccess(call, 's3:PutObject', bucket, { key })
  if (
    call.authentication.identity === 'anonymous' &&
    effectiveOwnership(bucket.record) !== 'BucketOwnerEnforced'
  )
    throw notImplemented('objects that are owned by somebody other than the bucket owner')
}

/** Everything a write says about the object besides its bytes; throws for what is wrong or lacking. */
export function describeObject(call: Call, bucket: Bucket): ObjectDescription {
  refuseStorageClass(call)
  const tags = taggingHeader(call)
  if (tags.length > 0) requireAccess(call, 's3:PutObjectTagging', bucket, { key: targetKey(call) })
  return {
    headers: describedHeaders(call),
    userMetadata: describedUserMetadata(call),
    tags,
    grants: grantsOfNewObject(call, bucket),
  }
}

/** The bucket as it is now; a long body may have outlived it. */
export function stillThere(call: Call): Bucket {
  const bucket = call.store.bucket(call.target.bucket ?? '')
  if (!bucket)
    throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: call.target.bucket ?? '' } })
  return bucket
}

/**
 * Makes written content the object, if the bucket is still there and the conditions of the write still hold;
 * otherwise the content goes and the refusal is thrown.
 */
export function commitObject(
  call: Call,
  described: Omit<ObjectRecord, 'size' | 'lastModified' | 'segments'>,
  content: { readonly file: string; readonly size: number },
): ObjectRecord {
  const name = call.target.bucket ?? ''
  const { key } = described
  try {
    checkWriteConditions(call, stillThere(call).objects.get(key), key)
  } catch (error) {
    call.store.discardContent(name, [content.file])
    throw error
  }
  const record = {
    ...described,
    size: content.size,
    lastModified: lastModified(call.now),
    segments: [content],
  }
  return call.store.putObject(name, record)
}

/** PutObject. */
export async function putObject(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  const { name } = bucket.record
  requireWriteAccess(call, bucket, key)
  const description = describeObject(call, bucket)
  checkWriteConditions(call, bucket.objects.get(key), key)
  const body = new ReceivedBody(call, { fallback: defaultAlgorithm })
  const content = await call.store.writeContent(name, body)
  const { md5, checksums } = body.facts
  const algorithm = body.promisedAlgorithm ?? defaultAlgorithm
  const checksum: StoredChecksum = { algorithm, type: 'FULL_OBJECT', value: checksums.get(algorithm) ?? '' }
  const object = commitObject(call, { ...description, key, etag: md5, checksum }, content)
  return {
    status: 200,
    headers: {
      ETag: quotedEtag(md5),
      ...checksumHeaders(checksum),
      ...versionHeader(stillThere(call), object),
    },
  }
}
