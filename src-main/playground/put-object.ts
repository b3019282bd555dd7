import { effectiveOwnership, requireAccess } from './access.ts'
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
import type { ObjectDescription } from './records.ts'

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
  try {
    checkWriteConditions(call, stillThere(call).objects.get(key), key)
  } catch (error) {
    call.store.discardContent(name, [content.file])
    throw error
  }
  call.store.putObject(name, {
    ...description,
    key,
    size: content.size,
    etag: md5,
    lastModified: lastModified(call.now),
    checksum,
    segments: [content],
  })
  return { status: 200, headers: { ETag: quotedEtag(md5), ...checksumHeaders(checksum) } }
}
