import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Bucket, BucketAccessChoice, BucketList } from '../../src-preload/contract/bucket.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { createStore } from 'zustand/vanilla'

/** What is known of one profile's buckets. */
export interface ProfileBuckets {
  readonly list: BucketList | null
  readonly loading: boolean
  readonly error: AppError | null
}

/** The buckets of every profile that was looked at. */
export interface BucketState {
  readonly byProfile: Readonly<Record<string, ProfileBuckets>>
  readonly load: (profileId: string) => Promise<void>
  readonly create: (
    profileId: string,
    bucket: string,
    region: string,
    access: BucketAccessChoice,
  ) => Promise<Result<Bucket>>
  /** Deletes an empty bucket. */
  readonly remove: (profileId: string, bucket: string) => Promise<AppError | null>
  readonly addName: (profileId: string, bucket: string) => Promise<Result<Bucket>>
  readonly removeName: (profileId: string, bucket: string) => Promise<AppError | null>
}

const nothingYet: ProfileBuckets = { list: null, loading: false, error: null }

/** Buckets by profile. What was listed once stays on screen while it is listed again. */
export function createBucketStore(api: Api<File>) {
  return createStore<BucketState>()((set, get) => {
    const patch = (profileId: string, change: Partial<ProfileBuckets>) =>
      set((state) => ({
        byProfile: {
          ...state.byProfile,
          [profileId]: { ...(state.byProfile[profileId] ?? nothingYet), ...change },
        },
      }))
    const change = (profileId: string, edit: (buckets: readonly Bucket[]) => Bucket[]) => {
      const list = get().byProfile[profileId]?.list ?? { buckets: [], listed: false }
      patch(profileId, { list: { ...list, buckets: edit(list.buckets) } })
    }
    const add = (profileId: string, bucket: Bucket) =>
      change(profileId, (buckets) =>
        [...buckets.filter((each) => each.name !== bucket.name), bucket].sort((a, b) =>
          a.name < b.name ? -1 : 1,
        ),
      )
    const drop = (profileId: string, name: string) =>
      change(profileId, (buckets) => buckets.filter((each) => each.name !== name))

    return {
      byProfile: {},
      load: async (profileId) => {
        patch(profileId, { loading: true })
        const result = await api.listBuckets({ profileId })
        if (result.ok) patch(profileId, { list: result.value, loading: false, error: null })
        else patch(profileId, { loading: false, error: result.error })
      },
      create: async (profileId, bucket, region, access) => {
        const result = await api.createBucket({ profileId, bucket, region, access })
        if (result.ok) add(profileId, result.value)
        return result
      },
      remove: async (profileId, bucket) => {
        const result = await api.deleteBucket({ profileId, bucket })
        if (!result.ok) return result.error
        drop(profileId, bucket)
        return null
      },
      addName: async (profileId, bucket) => {
        const result = await api.addBucketName({ profileId, bucket })
        if (result.ok) add(profileId, result.value)
        return result
      },
      removeName: async (profileId, bucket) => {
        const result = await api.removeBucketName({ profileId, bucket })
        if (!result.ok) return result.error
        drop(profileId, bucket)
        return null
      },
    }
  })
}

/** What is known of a profile's buckets; an empty record when nothing was asked yet. */
export function bucketsOf(state: BucketState, profileId: string | null): ProfileBuckets {
  return (profileId === null ? undefined : state.byProfile[profileId]) ?? nothingYet
}
