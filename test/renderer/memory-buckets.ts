import type { Api } from '../../src-preload/contract/api.ts'
import type { Bucket } from '../../src-preload/contract/bucket.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'
import { sampleAccess } from './memory-access.ts'

const now = () => new Date().toISOString()

/** The buckets of a memory. */
export function memoryBuckets(
  memory: Memory,
  answer: Answer,
): Pick<
  Api<File>,
  | 'listBuckets'
  | 'createBucket'
  | 'deleteBucket'
  | 'addBucketName'
  | 'removeBucketName'
  | 'getBucketAccess'
  | 'findPlaceOpening'
> {
  return {
    listBuckets: (input) =>
      answer('listBuckets', input, () => ({
        buckets: memory.buckets.get(input.profileId) ?? [],
        listed: true,
      })),
    createBucket: (input) =>
      answer('createBucket', input, () => {
        const bucket: Bucket = { name: input.bucket, createdAt: now(), region: input.region, typedIn: false }
        memory.buckets.set(input.profileId, [...(memory.buckets.get(input.profileId) ?? []), bucket])
        return bucket
      }),
    deleteBucket: (input) =>
      answer('deleteBucket', input, () => {
        const buckets = memory.buckets.get(input.profileId) ?? []
        memory.buckets.set(
          input.profileId,
          buckets.filter((bucket) => bucket.name !== input.bucket),
        )
        return {}
      }),
    addBucketName: (input) =>
      answer('addBucketName', input, () => {
        const bucket: Bucket = { name: input.bucket, createdAt: null, region: null, typedIn: true }
        memory.buckets.set(input.profileId, [...(memory.buckets.get(input.profileId) ?? []), bucket])
        return bucket
      }),
    removeBucketName: (input) => answer('removeBucketName', input, () => ({})),
    // The policy of the memory opens nothing.
    findPlaceOpening: (input) => answer('findPlaceOpening', input, () => ({ opening: null })),
    getBucketAccess: (input) => answer('getBucketAccess', input, () => sampleAccess(input.bucket)),
  }
}
