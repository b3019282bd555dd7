import type { ObjectRef } from '../../src-preload/contract/call.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { ObjectRow } from '../../src-preload/contract/object.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { bucketVersioning } from '../s3/buckets.ts'
import { deleteObjects } from '../s3/delete-objects.ts'
import { headObject } from '../s3/head-object.ts'
import { type ListedObject, listAllObjects, listObjectsPage } from '../s3/list-objects.ts'
import { moveObject } from '../s3/move-object.ts'
import { getObjectAcl } from '../s3/object-acl.ts'
import { keyProblem } from '../s3/object-key.ts'
import { publicBaseUrl } from '../s3/public-base-url.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import { putObjectBytes } from '../s3/put-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { checkVisibility, type HandedOutThrough } from '../visibility/handed-out.ts'
import type { HandlersOf } from './call.ts'
import { type LinkKeeper, noLinkKeeper } from './link-keeper.ts'
import { createOpenListings } from './open-listings.ts'
import type { PolicyReader } from './policy-reader.ts'
import { refuseOpening } from './refuse-opening.ts'
import { createPlans } from './plans.ts'
import type { Sessions } from './sessions.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'

/** How many objects one deletion may name before it has to be cut into several. */
const mostDeletedAtOnce = 100_000

interface Deletion {
  readonly profileId: string
  readonly bucket: string
  readonly keys: readonly string[]
}

/** Objects as they cross to a window. */
function rowsOf(objects: readonly ListedObject[]): ObjectRow[] {
  // What was written in the same second, as much is, has one text.
  let ms = Number.NaN
  let text = ''
  return objects.map(({ key, sizeBytes, lastModified, eTag, storageClass }) => {
    if (lastModified !== null && lastModified.getTime() !== ms) {
      ms = lastModified.getTime()
      text = lastModified.toISOString()
    }
    return { key, sizeBytes, lastModified: lastModified === null ? null : text, eTag, storageClass }
  })
}

/** Moves an object; it may write that down. */
export type MoveForRename = (
  session: S3Session,
  profileId: string,
  options: { readonly bucket: string; readonly key: string; readonly newKey: string },
) => Promise<unknown>

interface ObjectParts {
  readonly sessions: Sessions
  /** By which address an object is handed out. */
  readonly throughOf?: (object: ObjectRef) => HandedOutThrough | null
  /** Hears of each listing that was asked for. */
  readonly onListed?: (profileId: string, bucket: string) => void
  readonly linkKeeper?: LinkKeeper
  readonly checks?: VisibilityChecks
  readonly move?: MoveForRename
  /** What a bucket's policy lets everybody read. */
  readonly isOpenByPolicyOf?: (profileId: string) => PolicyReader
}

/** Objects: listing, details, visibility, folders, renaming and deleting. */
export function objectHandlers({
  sessions,
  throughOf = () => null,
  onListed = () => undefined,
  linkKeeper = noLinkKeeper,
  checks = noVisibilityChecks,
  move = (session, _, options) => moveObject(session, options),
  isOpenByPolicyOf = () => async () => false,
}: ObjectParts): HandlersOf<
  | 'listObjects'
  | 'getObjectDetails'
  | 'checkVisibility'
  | 'createFolder'
  | 'renameObject'
  | 'planDelete'
  | 'applyDelete'
> {
  const deletions = createPlans<Deletion>(10)
  const listings = createOpenListings()

  const probe = (session: S3Session, object: ObjectRef): Promise<VisibilityCheck> =>
    checkVisibility(session, { bucket: object.bucket, key: object.key, through: throughOf(object) })

  return {
    async listObjects({ profileId, bucket, prefix, recursive, continuationToken }) {
      const session = await sessions.open(profileId)
      const whole = !recursive
        ? null
        : continuationToken === null
          ? await listings.begin(session, { bucket, prefix })
          : await listings.next(session, { bucket, prefix }, continuationToken)
      const page =
        whole ??
        (await listObjectsPage(session, {
          bucket,
          prefix,
          ...(recursive ? {} : { delimiter: '/' }),
          ...(continuationToken === null ? {} : { continuationToken }),
        }))
      onListed(profileId, bucket)
      return {
        folders: page.folders,
        // In a folder's list its own marker is not one of the things in it.
        objects: rowsOf(
          recursive || !prefix.endsWith('/')
            ? page.objects
            : page.objects.filter((object) => object.key !== prefix),
        ),
        continuationToken: page.continuationToken,
      }
    },
    async getObjectDetails({ profileId, bucket, key }) {
      const session = await sessions.open(profileId)
      const head = await headObject(session, { bucket, key })
      if (head === null) throw failure('no-such-key', 'This object is not there any more.', { key })
      const [acl, visibility, served] = await Promise.all([
        getObjectAcl(session, { bucket, key }),
        probe(session, { profileId, bucket, key }),
        publicBaseUrl(session, bucket),
      ])
      return {
        key,
        sizeBytes: head.sizeBytes,
        lastModified: head.lastModified?.toISOString() ?? null,
        eTag: head.eTag,
        storageClass: head.storageClass,
        contentType: head.contentType,
        cacheControl: head.cacheControl,
        contentEncoding: head.contentEncoding,
        contentDisposition: head.contentDisposition,
        contentLanguage: head.contentLanguage,
        metadata: head.metadata,
        checksum: head.checksum,
        acl,
        publicUrl: publicObjectUrl(session, bucket, key, served),
        visibility,
      }
    },
    async checkVisibility({ profileId, bucket, key }) {
      return probe(await sessions.open(profileId), { profileId, bucket, key })
    },
    async createFolder({ profileId, bucket, prefix }) {
      const key = prefix.endsWith('/') ? prefix : `${prefix}/`
      const problem = keyProblem(key)
      if (problem) throw failure('invalid-argument', problem, { key })
      const session = await sessions.open(profileId)
      try {
        await putObjectBytes(
          session,
          { bucket, key, headers: { contentType: 'application/x-directory' }, ifNoneMatch: true },
          new Uint8Array(0),
        )
      } catch (error) {
        // A folder that is there already is what was wanted; an object with content of that name is not replaced.
        if (!(error instanceof Failure) || error.error.code !== 'already-exists') throw error
        if ((await headObject(session, { bucket, key }))?.sizeBytes !== 0) throw error
      }
      return {}
    },
    async renameObject({ profileId, bucket, key, newKey, confirmedPublic }) {
      const problem = keyProblem(newKey)
      if (problem) throw failure('invalid-argument', problem, { key: newKey })
      if (newKey === key) return {}
      const session = await sessions.open(profileId)
      await refuseOpening(isOpenByPolicyOf(profileId), { bucket, key, newKey, confirmedPublic })
      await move(session, profileId, { bucket, key, newKey })
      await linkKeeper.gone({ profileId, bucket }, [key], newKey)
      await linkKeeper.came({ profileId, bucket }, [newKey])
      checks.after({ profileId, bucket }, { cause: 'move', causeId: null }, [{ key: newKey }])
      return {}
    },
    async planDelete({ profileId, bucket, keys, prefixes }) {
      const session = await sessions.open(profileId)
      const all = new Set(keys)
      const unsized = new Set(keys)
      let sizeBytes = 0
      for (const prefix of prefixes) {
        // Without its slash, `photos` would take `photos-2024/` with it (S48).
        if (!prefix.endsWith('/'))
          throw failure('invalid-argument', 'A folder ends with a slash.', { key: prefix })
        for await (const object of listAllObjects(session, { bucket, prefix })) {
          all.add(object.key)
          unsized.delete(object.key)
          sizeBytes += object.sizeBytes
          if (all.size > mostDeletedAtOnce)
            throw failure(
              'too-many',
              `These are more than ${mostDeletedAtOnce.toLocaleString('en')} objects. Delete smaller folders one by one.`,
            )
        }
      }
      if (all.size === 0) throw failure('no-such-key', 'There is nothing here to delete.')
      const versioned = await bucketVersioning(session, { bucket })
      const planId = deletions.add({ profileId, bucket, keys: [...all] })
      // Part of a sum would be taken for the whole.
      const known = unsized.size === 0 ? sizeBytes : 0
      return { planId, objects: all.size, sizeBytes: known, sample: [...all].slice(0, 20), versioned }
    },
    async applyDelete({ planId }) {
      const { profileId, bucket, keys } = deletions.take(planId)
      const { deleted, failed } = await deleteObjects(await sessions.open(profileId), {
        bucket,
        keys: [...keys],
      })
      await linkKeeper.gone({ profileId, bucket }, deleted, null)
      return { deleted: deleted.length, failed: failed.slice(0, 1000) }
    },
  }
}
