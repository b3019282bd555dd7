import { accountId, grantsEverybody, privateGrants } from './acl.ts'
import type { Grant, Permission } from './acl.ts'
import { nothingBlocked } from './bucket-settings.ts'
import type { ObjectOwnership, PublicAccessBlock } from './bucket-settings.ts'
import type { Call } from './call.ts'
import { S3Error, invalidArgument } from './errors.ts'
import type { Bucket } from './object-store.ts'
import type { S3Action } from './policy-actions.ts'
import type { ConditionContext } from './policy-conditions.ts'
import { evaluatePolicy, isPublicPolicy, parsePolicy } from './policy.ts'
import type { BucketPolicy } from './policy.ts'
import type { BucketRecord, ObjectRecord } from './records.ts'
import { isDeleteMarker, isVersionId, versionIdOf } from './version-stack.ts'

/** What an access question is about, besides the bucket. */
export interface AccessSubject {
  readonly key?: string
  /** The object, when it exists; its ACL can allow reading. */
  readonly object?: ObjectRecord
}

const parsedPolicies = new WeakMap<BucketRecord, BucketPolicy>()

/** The bucket's policy, parsed once for each version of the bucket's record. */
export function bucketPolicy(record: BucketRecord): BucketPolicy | undefined {
  if (record.policy === undefined) return undefined
  const known = parsedPolicies.get(record)
  if (known) return known
  const policy = parsePolicy(record.policy, record.name)
  parsedPolicies.set(record, policy)
  return policy
}

/** Who owns objects; no ownership controls mean ObjectWriter. */
export function effectiveOwnership(record: BucketRecord): ObjectOwnership {
  return record.ownership ?? 'ObjectWriter'
}

/** The Block Public Access settings in force; none mean nothing is blocked. */
export function effectiveBlock(record: BucketRecord): PublicAccessBlock {
  return record.publicAccessBlock ?? nothingBlocked
}

/** The grants that count: with ACLs disabled only the owner's, with IgnorePublicAcls none to the public. */
export function effectiveGrants(record: BucketRecord, grants: readonly Grant[]): readonly Grant[] {
  if (effectiveOwnership(record) === 'BucketOwnerEnforced') return privateGrants
  if (!effectiveBlock(record).IgnorePublicAcls) return grants
  return grants.filter(({ grantee }) => grantee !== 'AllUsers' && grantee !== 'AuthenticatedUsers')
}

const bucketAclPermission: Partial<Record<S3Action, Permission>> = {
  's3:ListBucket': 'READ',
  's3:ListBucketMultipartUploads': 'READ',
  's3:ListBucketVersions': 'READ',
  's3:PutObject': 'WRITE',
  's3:DeleteObject': 'WRITE',
  's3:DeleteObjectVersion': 'WRITE',
  's3:GetBucketAcl': 'READ_ACP',
  's3:PutBucketAcl': 'WRITE_ACP',
}

const objectAclPermission: Partial<Record<S3Action, Permission>> = {
  's3:GetObject': 'READ',
  's3:GetObjectAcl': 'READ_ACP',
  's3:PutObjectAcl': 'WRITE_ACP',
  's3:GetObjectVersion': 'READ',
  's3:GetObjectVersionAcl': 'READ_ACP',
  's3:PutObjectVersionAcl': 'WRITE_ACP',
}

// What the right to an action is called when the request names a version.
const onVersion: Partial<Record<S3Action, S3Action>> = {
  's3:GetObject': 's3:GetObjectVersion',
  's3:GetObjectAcl': 's3:GetObjectVersionAcl',
  's3:GetObjectAttributes': 's3:GetObjectVersionAttributes',
  's3:GetObjectTagging': 's3:GetObjectVersionTagging',
  's3:PutObjectAcl': 's3:PutObjectVersionAcl',
  's3:PutObjectTagging': 's3:PutObjectVersionTagging',
  's3:DeleteObjectTagging': 's3:DeleteObjectVersionTagging',
}

/**
 * Who asks (IAM user guide, "Principal key values"): the owner has the keys of the account itself, and whoever does not sign
 * is `Anonymous`, with neither ARN, account nor user name.
 */
function principalContext(identity: Call['authentication']['identity']): ConditionContext {
  return identity === 'anonymous'
    ? { 'aws:principaltype': 'Anonymous' }
    : {
        'aws:principaltype': 'Account',
        'aws:principalarn': `arn:aws:iam::${accountId}:root`,
        'aws:principalaccount': accountId,
      }
}

function conditionContext(call: Call): ConditionContext {
  const { authentication, message } = call
  const address = message.socket.remoteAddress?.replace(/^::ffff:/, '')
  const presigned = authentication.method === 'presigned'
  return {
    ...principalContext(authentication.identity),
    'aws:securetransport': 'false',
    'aws:referer': message.headers.referer,
    'aws:useragent': message.headers['user-agent'],
    'aws:sourceip': address,
    's3:prefix': call.query.get('prefix'),
    's3:delimiter': call.query.get('delimiter'),
    's3:max-keys': call.query.get('max-keys'),
    's3:x-amz-acl': call.header('x-amz-acl'),
    's3:authtype':
      authentication.method === 'anonymous' ? undefined : presigned ? 'REST-QUERY-STRING' : 'REST-HEADER',
    's3:signatureversion': authentication.method === 'anonymous' ? undefined : 'AWS4-HMAC-SHA256',
    // Milliseconds, for presigned requests.
    's3:signatureage':
      presigned && authentication.signedAt
        ? String(Math.max(0, call.now.getTime() - authentication.signedAt.getTime()))
        : undefined,
  }
}

/**
 * Whether the caller may do that. The owner may do everything that no policy statement denies; an unsigned
 * caller only what a policy or an ACL grants to everybody, within Block Public Access.
 */
export function isAllowed(
  call: Call,
  action: S3Action,
  bucket: Bucket,
  subject: AccessSubject = {},
): boolean {
  const { record } = bucket
  const { identity } = call.authentication
  const policy = bucketPolicy(record)
  const verdict = policy
    ? evaluatePolicy(policy, {
        identity,
        action,
        bucket: record.name,
        context: conditionContext(call),
        ...(subject.key === undefined ? {} : { key: subject.key }),
      })
    : 'silent'
  if (verdict === 'deny') return false
  if (identity === 'owner') return true
  const restricted =
    effectiveBlock(record).RestrictPublicBuckets && policy !== undefined && isPublicPolicy(policy)
  if (verdict === 'allow' && !restricted) return true
  const onBucket = bucketAclPermission[action]
  if (onBucket && grantsEverybody(effectiveGrants(record, record.grants), onBucket)) return true
  const onObject = objectAclPermission[action]
  return (
    onObject !== undefined &&
    subject.object !== undefined &&
    grantsEverybody(effectiveGrants(record, subject.object.grants), onObject)
  )
}

/** 403 AccessDenied unless the caller may do that. */
export function requireAccess(
  call: Call,
  action: S3Action,
  bucket: Bucket,
  subject: AccessSubject = {},
): void {
  if (!isAllowed(call, action, bucket, subject)) throw new S3Error('AccessDenied')
}

/**
 * Managing a policy is open to the owner even when the policy denies it, as it is to an account's root user:
 * otherwise one wrong Deny would lock a bucket for ever.
 */
export function requireOwner(call: Call): void {
  if (call.authentication.identity !== 'owner') throw new S3Error('AccessDenied')
}

/**
 * An object that has to be there. A missing one is 404 NoSuchKey only to those who may list the bucket;
 * to others it is 403, so that they cannot find out which keys exist.
 */
export function requireObject(
  call: Call,
  action: S3Action,
  bucket: Bucket,
  key: string,
  versionId = call.query.get('versionId'),
): ObjectRecord {
  if (versionId !== undefined)
    return requireVersion(call, onVersion[action] ?? action, bucket, key, versionId)
  const object = bucket.objects.get(key)
  if (object) {
    requireAccess(call, action, bucket, { key, object })
    return object
  }
  if (!isAllowed(call, 's3:ListBucket', bucket)) throw new S3Error('AccessDenied')
  // The public may learn from a listing what is missing; the owner is refused here only by a Deny.
  if (call.authentication.identity === 'owner') requireAccess(call, action, bucket, { key })
  const [newest] = call.store.versions(bucket.record.name, key)
  throw new S3Error('NoSuchKey', undefined, {
    elements: { Key: key },
    headers: newest ? { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionIdOf(newest) } : {},
  })
}

// A delete marker is a version that can be deleted and nothing else.
function requireVersion(
  call: Call,
  action: S3Action,
  bucket: Bucket,
  key: string,
  versionId: string,
): ObjectRecord {
  if (!isVersionId(versionId)) throw invalidArgument('Invalid version id specified', 'versionId', versionId)
  const version = call.store
    .versions(bucket.record.name, key)
    .find((candidate) => versionIdOf(candidate) === versionId)
  const object = isDeleteMarker(version) ? undefined : version
  if (version === undefined && !isAllowed(call, 's3:ListBucketVersions', bucket))
    throw new S3Error('AccessDenied')
  requireAccess(call, action, bucket, { key, ...(object ? { object } : {}) })
  if (object) return object
  if (version === undefined)
    throw new S3Error('NoSuchVersion', undefined, { elements: { Key: key, VersionId: versionId } })
  throw new S3Error('MethodNotAllowed', undefined, {
    elements: { Method: call.message.method ?? 'GET', ResourceType: 'DeleteMarker' },
    headers: {
      Allow: 'DELETE',
      'x-amz-delete-marker': 'true',
      'x-amz-version-id': versionId,
      'Last-Modified': new Date(version.lastModified).toUTCString(),
    },
  })
}

/** The header that names an object's version, where the bucket has versions. */
export function versionHeader(bucket: Bucket, object: ObjectRecord): Record<string, string> {
  return bucket.record.versioning === undefined ? {} : { 'x-amz-version-id': versionIdOf(object) }
}
