import { failure } from '../../src-preload/contract/failure.ts'
import { copyObject } from '../s3/copy-object.ts'
import { deleteObjects } from '../s3/delete-objects.ts'
import { listAllObjects, listObjectsPage } from '../s3/list-objects.ts'
import { toFailure } from '../s3/map-error.ts'
import type { ReadAcl } from '../s3/object-acl.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { releasesPrefix } from '../sync/own-keys.ts'
import { type RecordedAcl, type RecordedCopy, isReleaseId } from './release-record.ts'
import type { SyncPlace } from './release-store.ts'

/** The copies of so many syncs of a place are kept. */
const keptReleases = 5

/** Nobody but the owner: a copy is not published, whatever its object was. */
const ownersOnly: ReadAcl = { acl: 'private', grants: [], owner: null }

/** Where the copies of a sync lie: at the root of the bucket, outside of every place. */
export function keptPrefix({ prefix }: Pick<SyncPlace, 'prefix'>, releaseId: string): string {
  return `${releasesPrefix}${prefix}${releaseId}/`
}

/**
 * Copies an object aside on the server, privately, before a sync changes it. Null when it is not there any more, so that
 * there is nothing to keep. Throws Failures, upon which the object has to be left alone.
 */
export async function keepCopy(
  session: S3Session,
  place: SyncPlace,
  releaseId: string,
  object: {
    readonly key: string
    readonly signal?: AbortSignal | undefined
    /** Whether everybody can read the copies; see {@link areCopiesOpen}. */
    readonly isOpen: boolean
  },
): Promise<RecordedCopy | null> {
  const { bucket, prefix } = place
  const { isOpen, ...source } = object
  const { key } = source
  if (isOpen && !(await isOpenByPolicy(session, bucket, key)))
    throw failure(
      'safety-refused',
      'A copy of what is there would be public, and it is not: the bucket’s policy opens the place of the copies. It was left alone.',
      { key },
    )
  const newKey = keptPrefix(place, releaseId) + key.slice(prefix.length)
  try {
    const { eTag, source: copied } = await copyObject(session, {
      bucket,
      ...source,
      newKey,
      acl: ownersOnly,
      verbatim: true,
    })
    return { key: newKey, eTag, acl: recordedAcl(copied.read) }
  } catch (error) {
    const { code, message, retryable, s3Code } = toFailure(error, object).error
    if (code === 'cancelled') throw error
    if (code === 'no-such-key') return null
    throw failure(
      code,
      `What is there could not be copied aside as it was asked for, so it was left alone: ${message}`,
      { key: object.key, retryable, ...(s3Code === undefined ? {} : { s3Code }) },
    )
  }
}

/** Whether the bucket's policy lets everybody read the copies of a place, as one does that opens the whole bucket. */
export async function areCopiesOpen(
  session: S3Session,
  { bucket, prefix }: Pick<SyncPlace, 'bucket' | 'prefix'>,
): Promise<boolean> {
  return isOpenByPolicy(session, bucket, `${releasesPrefix}${prefix}copy`, 0)
}

/** False as well where the policy cannot be read. */
async function isOpenByPolicy(
  session: S3Session,
  bucket: string,
  key: string,
  knownForMs?: number,
): Promise<boolean> {
  return (await session.isOpenByPolicy?.(bucket, key, knownForMs).catch(() => false)) ?? false
}

/** An ACL as it is written down. */
export function recordedAcl({ acl, grants, owner }: ReadAcl): RecordedAcl {
  const ownerId = owner?.ID ?? null
  if (acl !== 'other') return { acl, ownerId, grants: [] }
  return {
    acl,
    ownerId,
    grants: grants.flatMap(({ Grantee, Permission }): RecordedAcl['grants'] => {
      if (Permission === undefined) return []
      if (Grantee?.URI !== undefined) return [{ to: { group: Grantee.URI }, permission: Permission }]
      return Grantee?.ID === undefined ? [] : [{ to: { id: Grantee.ID }, permission: Permission }]
    }),
  }
}

/** The ACL that an object gets back. */
export function readAclOf({ acl, ownerId, grants }: RecordedAcl): ReadAcl {
  return {
    acl,
    owner: ownerId === null ? null : { ID: ownerId },
    grants: grants.map(({ to, permission }) => ({
      Grantee: 'group' in to ? { Type: 'Group', URI: to.group } : { Type: 'CanonicalUser', ID: to.id },
      Permission: permission,
    })),
  }
}

/** The keys of the copies of a sync that are still there, with their ETags. Throws Failures. */
export async function listKeptCopies(
  session: S3Session,
  place: SyncPlace,
  releaseId: string,
  signal?: AbortSignal,
): Promise<Map<string, { eTag: string | null; sizeBytes: number }>> {
  const prefix = keptPrefix(place, releaseId)
  const copies = new Map<string, { eTag: string | null; sizeBytes: number }>()
  for await (const { key, eTag, sizeBytes } of listAllObjects(session, {
    bucket: place.bucket,
    prefix,
    ...(signal ? { signal } : {}),
  }))
    copies.set(key, { eTag, sizeBytes })
  return copies
}

/** Removes the copies of all but the latest syncs of a place: keys that were just listed, and no others. */
export async function removeOldCopies(
  session: S3Session,
  { bucket, prefix }: SyncPlace,
  signal?: AbortSignal,
): Promise<void> {
  const under = `${releasesPrefix}${prefix}`
  const releases: string[] = []
  let token: string | null = null
  do {
    const page = await listObjectsPage(session, {
      bucket,
      prefix: under,
      delimiter: '/',
      ...(token === null ? {} : { continuationToken: token }),
      ...(signal ? { signal } : {}),
    })
    // Places further down have their copies here, too; their folders are no ids.
    releases.push(...page.folders.filter((folder) => isReleaseId(folder.slice(under.length, -1))))
    token = page.continuationToken === token ? null : page.continuationToken
  } while (token !== null)
  for (const old of releases.toSorted().slice(0, -keptReleases)) {
    let keys: string[] = []
    const remove = async () => {
      await deleteObjects(session, { bucket, keys, ...(signal ? { signal } : {}) })
      keys = []
    }
    for await (const { key } of listAllObjects(session, {
      bucket,
      prefix: old,
      ...(signal ? { signal } : {}),
    })) {
      keys.push(key)
      if (keys.length === 1000) await remove()
    }
    if (keys.length > 0) await remove()
  }
}
