import { bucketPolicy, effectiveBlock, requireAccess, requireOwner } from './access.ts'
import { privateGrants } from './acl.ts'
import {
  ownershipControlsDocument,
  parseOwnershipControls,
  parsePublicAccessBlock,
  publicAccessBlockDocument,
} from './bucket-settings.ts'
import { targetBucket } from './call.ts'
import type { Call, Reply } from './call.ts'
import { S3Error, notImplemented } from './errors.ts'
import type { Bucket } from './object-store.ts'
import type { S3Action } from './policy-actions.ts'
import { isPublicPolicy, parsePolicy } from './policy.ts'
import { readSmallBody, readXmlBody } from './received-body.ts'
import { childText, element, optionalElement, s3Document } from './xml.ts'

function ownersBucket(call: Call, action: S3Action): Bucket {
  const bucket = targetBucket(call)
  requireOwner(call)
  requireAccess(call, action, bucket)
  return bucket
}

// Settings bodies must be whole before the record is read, so that two changes at once do not undo each other.
function change(call: Call, bucket: Bucket, changes: Partial<Bucket['record']>): Reply {
  call.store.updateBucket({ ...targetBucket(call).record, ...changes, name: bucket.record.name })
  return { status: 200 }
}

/** GetPublicAccessBlock. */
export async function getPublicAccessBlock(call: Call): Promise<Reply> {
  const { record } = ownersBucket(call, 's3:GetBucketPublicAccessBlock')
  if (!record.publicAccessBlock)
    throw new S3Error('NoSuchPublicAccessBlockConfiguration', undefined, {
      elements: { BucketName: record.name },
    })
  return { status: 200, body: publicAccessBlockDocument(record.publicAccessBlock) }
}

/** PutPublicAccessBlock. */
export async function putPublicAccessBlock(call: Call): Promise<Reply> {
  const bucket = ownersBucket(call, 's3:PutBucketPublicAccessBlock')
  const { root } = await readXmlBody(call)
  return change(call, bucket, { publicAccessBlock: parsePublicAccessBlock(root) })
}

/** DeletePublicAccessBlock: nothing is blocked from then on. */
export async function deletePublicAccessBlock(call: Call): Promise<Reply> {
  const bucket = ownersBucket(call, 's3:PutBucketPublicAccessBlock')
  change(call, bucket, { publicAccessBlock: undefined })
  return { status: 204 }
}

/** GetBucketOwnershipControls. */
export async function getOwnershipControls(call: Call): Promise<Reply> {
  const { record } = ownersBucket(call, 's3:GetBucketOwnershipControls')
  if (!record.ownership)
    throw new S3Error('OwnershipControlsNotFoundError', undefined, { elements: { BucketName: record.name } })
  return { status: 200, body: ownershipControlsDocument(record.ownership) }
}

/** PutBucketOwnershipControls; ACLs cannot be disabled while the bucket's own ACL grants something to others. */
export async function putOwnershipControls(call: Call): Promise<Reply> {
  const bucket = ownersBucket(call, 's3:PutBucketOwnershipControls')
  const { root } = await readXmlBody(call)
  const ownership = parseOwnershipControls(root)
  const others = bucket.record.grants.some(({ grantee }) => grantee !== 'owner')
  if (ownership === 'BucketOwnerEnforced' && others) throw new S3Error('InvalidBucketAclWithObjectOwnership')
  return change(call, bucket, {
    ownership,
    ...(bucket.record.grants.length === 0 ? { grants: privateGrants } : {}),
  })
}

/** DeleteBucketOwnershipControls: ObjectWriter from then on. */
export async function deleteOwnershipControls(call: Call): Promise<Reply> {
  const bucket = ownersBucket(call, 's3:PutBucketOwnershipControls')
  change(call, bucket, { ownership: undefined })
  return { status: 204 }
}

/** GetBucketVersioning: an empty configuration says that versioning was never enabled. */
export async function getBucketVersioning(call: Call): Promise<Reply> {
  const { record } = targetBucket(call)
  requireAccess(call, 's3:GetBucketVersioning', targetBucket(call))
  return {
    status: 200,
    body: s3Document('VersioningConfiguration', optionalElement('Status', record.versioning)),
  }
}

/** PutBucketVersioning: enabled or suspended, and never taken away again. */
export async function putBucketVersioning(call: Call): Promise<Reply> {
  const bucket = ownersBucket(call, 's3:PutBucketVersioning')
  const { root } = await readXmlBody(call)
  const status = childText(root, 'Status')?.trim()
  if (root.name !== 'VersioningConfiguration') throw new S3Error('MalformedXML')
  if (childText(root, 'MfaDelete')?.trim() === 'Enabled') throw notImplemented('MFA Delete')
  if (status !== 'Enabled' && status !== 'Suspended')
    throw new S3Error('IllegalVersioningConfigurationException')
  return change(call, bucket, { versioning: status })
}

// The four policy operations stay open to the owner whatever the policy says: see requireOwner.
function policyBucket(call: Call): Bucket {
  const bucket = targetBucket(call)
  requireOwner(call)
  return bucket
}

function noPolicy(bucket: Bucket): S3Error {
  return new S3Error('NoSuchBucketPolicy', undefined, { elements: { BucketName: bucket.record.name } })
}

/** GetBucketPolicy: the text as it was put. */
export async function getBucketPolicy(call: Call): Promise<Reply> {
  const bucket = policyBucket(call)
  if (bucket.record.policy === undefined) throw noPolicy(bucket)
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: bucket.record.policy }
}

/** PutBucketPolicy; BlockPublicPolicy refuses a public one. */
export async function putBucketPolicy(call: Call): Promise<Reply> {
  const bucket = policyBucket(call)
  const { text } = await readSmallBody(call)
  const policy = parsePolicy(text, bucket.record.name)
  if (effectiveBlock(bucket.record).BlockPublicPolicy && isPublicPolicy(policy))
    throw new S3Error('AccessDenied')
  change(call, bucket, { policy: text })
  return { status: 204 }
}

/** DeleteBucketPolicy. */
export async function deleteBucketPolicy(call: Call): Promise<Reply> {
  change(call, policyBucket(call), { policy: undefined })
  return { status: 204 }
}

/** GetBucketPolicyStatus. */
export async function getBucketPolicyStatus(call: Call): Promise<Reply> {
  const bucket = policyBucket(call)
  const policy = bucketPolicy(bucket.record)
  if (!policy) throw noPolicy(bucket)
  return { status: 200, body: s3Document('PolicyStatus', [element('IsPublic', isPublicPolicy(policy))]) }
}
