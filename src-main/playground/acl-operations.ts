import {
  effectiveBlock,
  effectiveGrants,
  effectiveOwnership,
  requireAccess,
  requireObject,
} from './access.ts'
import { aclDocument, cannedGrants, isPublicAcl, parseAcl, privateGrants } from './acl.ts'
import type { Grant } from './acl.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { S3Error, notImplemented } from './errors.ts'
import type { Bucket } from './object-store.ts'
import { readXmlBody } from './received-body.ts'
import type { BucketRecord } from './records.ts'

function aclHeaders(call: Call): { canned: string | undefined; explicit: string | undefined } {
  return {
    canned: call.header('x-amz-acl'),
    explicit: call.headerNames().find((name) => name.startsWith('x-amz-grant-')),
  }
}

// Refuses what the bucket's settings do not let anybody put on an object or bucket.
function checkGrants(record: BucketRecord, grants: readonly Grant[]): readonly Grant[] {
  if (effectiveBlock(record).BlockPublicAcls && isPublicAcl(grants))
    throw new S3Error('AccessDenied', 'Public ACLs are refused by the BlockPublicAcls setting of the bucket.')
  return grants
}

function fromHeaders(record: BucketRecord, headers: ReturnType<typeof aclHeaders>): readonly Grant[] {
  if (headers.canned !== undefined && headers.explicit !== undefined)
    throw new S3Error('InvalidRequest', 'Specifying both Canned ACLs and Header Grants is not allowed')
  if (headers.explicit !== undefined) throw notImplemented(`the header ${headers.explicit}`)
  return checkGrants(record, cannedGrants(headers.canned ?? 'private'))
}

/**
 * The grants of an object that is being written, from its ACL headers. With ACLs disabled any but
 * bucket-owner-full-control is 400 AccessControlListNotSupported, `private` included.
 */
export function grantsOfNewObject(call: Call, bucket: Bucket): readonly Grant[] {
  const headers = aclHeaders(call)
  if (headers.canned === undefined && headers.explicit === undefined) return privateGrants
  if (effectiveOwnership(bucket.record) === 'BucketOwnerEnforced') {
    if (headers.explicit !== undefined || headers.canned !== 'bucket-owner-full-control')
      throw new S3Error('AccessControlListNotSupported')
    return privateGrants
  }
  requireAccess(call, 's3:PutObjectAcl', bucket, { key: targetKey(call) })
  return fromHeaders(bucket.record, headers)
}

async function grantsOfAclRequest(call: Call, record: BucketRecord): Promise<readonly Grant[]> {
  const headers = aclHeaders(call)
  if (headers.canned !== undefined || headers.explicit !== undefined) {
    if (Number(call.message.headers['content-length'] ?? '0') > 0) throw new S3Error('UnexpectedContent')
    return fromHeaders(record, headers)
  }
  const { root } = await readXmlBody(call)
  return checkGrants(record, parseAcl(root))
}

/** GetBucketAcl: the effective grants. */
export async function getBucketAcl(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireAccess(call, 's3:GetBucketAcl', bucket)
  return { status: 200, body: aclDocument(effectiveGrants(bucket.record, bucket.record.grants)) }
}

/** PutBucketAcl: canned, or a document with grants to the owner and the predefined groups. */
export async function putBucketAcl(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireAccess(call, 's3:PutBucketAcl', bucket)
  if (effectiveOwnership(bucket.record) === 'BucketOwnerEnforced')
    throw new S3Error('AccessControlListNotSupported')
  const grants = await grantsOfAclRequest(call, bucket.record)
  call.store.updateBucket({ ...targetBucket(call).record, grants })
  return { status: 200 }
}

/** GetObjectAcl: the effective grants. */
export async function getObjectAcl(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const object = requireObject(call, 's3:GetObjectAcl', bucket, targetKey(call))
  return { status: 200, body: aclDocument(effectiveGrants(bucket.record, object.grants)) }
}

/** PutObjectAcl. */
export async function putObjectAcl(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const key = targetKey(call)
  requireObject(call, 's3:PutObjectAcl', bucket, key)
  if (
    effectiveOwnership(bucket.record) === 'BucketOwnerEnforced' &&
    call.header('x-amz-acl') !== 'bucket-owner-full-control'
  )
    throw new S3Error('AccessControlListNotSupported')
  const grants = await grantsOfAclRequest(call, bucket.record)
  const object = requireObject(call, 's3:PutObjectAcl', bucket, key)
  call.store.updateObject(bucket.record.name, { ...object, grants })
  return { status: 200 }
}
