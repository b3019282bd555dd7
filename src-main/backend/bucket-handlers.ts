import { bucketNameProblem } from '../../src-preload/contract/bucket-name.ts'
import type { Bucket } from '../../src-preload/contract/bucket.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { createBucket, deleteBucket, listBuckets } from '../s3/buckets.ts'
import { listObjectsPage } from '../s3/list-objects.ts'
import type { HandlersOf } from './call.ts'
import type { ProfileNames } from './profile-names.ts'
import type { Sessions } from './sessions.ts'

/**
 * Buckets: those that the key may list, and those that a person typed in. `onDeleted` hears of one that is gone, and of
 * the service that had it.
 */
export function bucketHandlers(
  sessions: Sessions,
  names: ProfileNames,
  onDeleted: (service: string, bucket: string) => Promise<void>,
): HandlersOf<'listBuckets' | 'createBucket' | 'deleteBucket' | 'addBucketName' | 'removeBucketName'> {
  const typed = (name: string): Bucket => ({ name, createdAt: null, region: null, typedIn: true })
  return {
    async listBuckets({ profileId }) {
      const typedIn = names.bucketNames(profileId)
      try {
        const listed = await listBuckets(await sessions.open(profileId), {})
        const found = new Set(listed.map((bucket) => bucket.name))
        const buckets = [
          ...listed.map((bucket) => ({
            name: bucket.name,
            createdAt: bucket.createdAt?.toISOString() ?? null,
            region: bucket.region,
            typedIn: false,
          })),
          ...typedIn.filter((name) => !found.has(name)).map(typed),
        ]
        return { buckets: buckets.sort((a, b) => (a.name < b.name ? -1 : 1)), listed: true }
      } catch (error) {
        // Many keys may use some buckets and list none: that is a way to work, not an error.
        if (!(error instanceof Failure) || error.error.code !== 'access-denied') throw error
        return { buckets: typedIn.map(typed), listed: false }
      }
    },
    async createBucket({ profileId, bucket, region, access }) {
      const problem = bucketNameProblem(bucket)
      if (problem) throw failure('invalid-bucket-name', problem)
      await createBucket(await sessions.open(profileId), { bucket, region, access })
      return { name: bucket, createdAt: new Date().toISOString(), region, typedIn: false }
    },
    async deleteBucket({ profileId, bucket }) {
      const session = await sessions.open(profileId)
      await deleteBucket(session, { bucket })
      await onDeleted(session.service, bucket)
      await names.removeBucketName(profileId, bucket)
      return {}
    },
    async addBucketName({ profileId, bucket }) {
      // A name that cannot be listed at all is a typing mistake or somebody else's bucket: say so now.
      await listObjectsPage(await sessions.open(profileId), { bucket, prefix: '', maxKeys: 1 })
      await names.addBucketName(profileId, bucket)
      return typed(bucket)
    },
    async removeBucketName({ profileId, bucket }) {
      await names.removeBucketName(profileId, bucket)
      return {}
    },
  }
}
