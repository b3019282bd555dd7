import { failure } from '../../src-preload/contract/failure.ts'
import type { SettingsFile } from '../settings/settings-file.ts'

/** The bucket names that a person typed in for a profile. */
export interface ProfileNames {
  bucketNames(profileId: string): readonly string[]
  addBucketName(profileId: string, bucket: string): Promise<void>
  removeBucketName(profileId: string, bucket: string): Promise<void>
}

/** Kept with the profile in the settings; for a profile that is not kept, nothing is remembered. */
export function createProfileNames(settings: SettingsFile): ProfileNames {
  const change = async (profileId: string, next: (names: readonly string[]) => string[]): Promise<void> => {
    await settings.update((now) => ({
      ...now,
      profiles: now.profiles.map((profile) =>
        profile.id === profileId ? { ...profile, bucketNames: next(profile.bucketNames) } : profile,
      ),
    }))
  }
  const find = (profileId: string) => settings.current().profiles.find((profile) => profile.id === profileId)
  return {
    bucketNames: (profileId) => find(profileId)?.bucketNames ?? [],
    async addBucketName(profileId, bucket) {
      const known = find(profileId)?.bucketNames ?? []
      if (known.includes(bucket)) return
      if (known.length >= 500) throw failure('too-many', 'A profile keeps at most 500 bucket names.')
      await change(profileId, (names) => [...names, bucket])
    },
    async removeBucketName(profileId, bucket) {
      if (find(profileId)?.bucketNames.includes(bucket) !== true) return
      await change(profileId, (names) => names.filter((name) => name !== bucket))
    },
  }
}
