import type { Grant, Owner } from '@aws-sdk/client-s3'
import { Failure } from '../../src-preload/contract/failure.ts'
import { bucketOwnership } from './buckets.ts'
import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'

/**
 * What an object's ACL says. `disabled` under BucketOwnerEnforced; `other` for grants that are neither canned form;
 * `unknown` when it cannot be read. It says nothing about policies or Block Public Access: ask without a signature.
 */
export type ObjectAcl = 'private' | 'public-read' | 'other' | 'disabled' | 'unknown'

/** An ACL with its grants, so that it can be put back after a copy. */
export interface ReadAcl {
  readonly acl: ObjectAcl
  readonly grants: readonly Grant[]
  readonly owner: Owner | null
}

interface ObjectOptions {
  readonly bucket: string
  readonly key: string
  /** A version in place of the current object; only for reading. */
  readonly versionId?: string
  readonly signal?: AbortSignal
}

const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers'
const readableByMany: ReadonlySet<string> = new Set([
  allUsers,
  'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
])

/** Reads an object's ACL; `unknown` instead of an error when the service has none or refuses. */
export async function getObjectAcl(session: S3Session, options: ObjectOptions): Promise<ObjectAcl> {
  const { acl } = await readObjectAcl(session, options)
  if (acl !== 'private') return acl
  // With ACLs disabled S3 still answers an ACL: the owner's full control.
  const ownership = await bucketOwnership(session, options)
  return ownership === 'BucketOwnerEnforced' ? 'disabled' : acl
}

/** The ACL with its grants. Throws Failures only for the network, credentials, a missing object or `cancelled`. */
export async function readObjectAcl(session: S3Session, options: ObjectOptions): Promise<ReadAcl> {
  try {
    return await fetchObjectAcl(session, options)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    switch (error.error.code) {
      case 'acls-disabled':
        return { acl: 'disabled', grants: [], owner: null }
      case 'access-denied':
      case 'not-supported':
      case 'invalid-argument':
        return { acl: 'unknown', grants: [], owner: null }
      default:
        throw error
    }
  }
}

/** The ACL with its grants. Throws Failures, also `acls-disabled`, `access-denied` and `not-supported`. */
export function fetchObjectAcl(session: S3Session, options: ObjectOptions): Promise<ReadAcl> {
  return withFailures({ key: options.key }, async () => {
    const [client, { GetObjectAclCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    const answer = await client.send(
      new GetObjectAclCommand({
        Bucket: options.bucket,
        Key: options.key,
        VersionId: options.versionId,
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
    const grants = answer.Grants ?? []
    return { acl: cannedForm(grants, answer.Owner?.ID), grants, owner: answer.Owner ?? null }
  })
}

/** Whether grants let everybody read, or everybody who has an account. */
export function isReadByGroups(grants: readonly Grant[]): boolean {
  return grants.some(
    ({ Grantee, Permission }) =>
      Grantee?.URI !== undefined &&
      readableByMany.has(Grantee.URI) &&
      (Permission === 'READ' || Permission === 'FULL_CONTROL'),
  )
}

/**
 * Sets a canned ACL. Throws Failures: `acls-disabled`, `public-access-blocked`, `not-supported`. A success is not a
 * proof that the public can read: some services accept ACLs and ignore them.
 */
export function putObjectAcl(
  session: S3Session,
  options: ObjectOptions & { acl: 'private' | 'public-read' },
): Promise<void> {
  return withFailures({ key: options.key }, async () => {
    const [client, { PutObjectAclCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    await client.send(
      new PutObjectAclCommand({ Bucket: options.bucket, Key: options.key, ACL: options.acl }),
      options.signal ? { abortSignal: options.signal } : {},
    )
  })
}

/** Puts grants back as they were read. Throws Failures. */
export function putObjectGrants(
  session: S3Session,
  options: ObjectOptions & { read: ReadAcl },
): Promise<void> {
  return withFailures({ key: options.key }, async () => {
    const [client, { PutObjectAclCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    await client.send(
      new PutObjectAclCommand({
        Bucket: options.bucket,
        Key: options.key,
        AccessControlPolicy: {
          Grants: [...options.read.grants],
          ...(options.read.owner === null ? {} : { Owner: options.read.owner }),
        },
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
  })
}

function cannedForm(grants: readonly Grant[], ownerId: string | undefined): ObjectAcl {
  let publicRead = false
  for (const { Grantee, Permission } of grants) {
    if (Grantee?.URI === allUsers && Permission === 'READ') publicRead = true
    else if (!(Permission === 'FULL_CONTROL' && Grantee?.ID !== undefined && Grantee.ID === ownerId))
      return 'other'
  }
  return publicRead ? 'public-read' : 'private'
}
