import type { Profile } from '../../src-preload/contract/profile.ts'
import type { ProfileStore } from '../profiles/profile-store.ts'
import { testConnection } from '../profiles/test-connection.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { HandlersOf } from './call.ts'
import { withoutStaleConsents } from './command-consents.ts'
import type { Folders } from './folders.ts'
import type { ProfileNames } from './profile-names.ts'
import type { Sessions } from './sessions.ts'

/** The local server as the profiles need it. */
export interface PlaygroundProfile {
  /** Starts the server and brings its profile up to date, making it on first use. */
  start(): Promise<Profile>
  /** The same, where there is such a profile already; does nothing otherwise. */
  resume(): Promise<void>
  /** The sample site's folder, put there on first use. */
  sampleSite(): Promise<string>
}

/** Profiles, their keys, and the playground's profile. `onDeleted` hears what went with a profile. */
export function profileHandlers(
  store: ProfileStore,
  sessions: Sessions,
  names: ProfileNames,
  settings: SettingsFile,
  folders: Folders,
  playground: PlaygroundProfile,
  onDeleted: (gone: { readonly profileId: string; readonly destinationIds: readonly string[] }) => void,
): HandlersOf<
  | 'listProfiles'
  | 'createProfile'
  | 'updateProfile'
  | 'duplicateProfile'
  | 'deleteProfile'
  | 'setProfileSecret'
  | 'setProxyPassword'
  | 'testConnection'
  | 'listAwsProfiles'
  | 'addAwsProfile'
  | 'allowCommand'
  | 'startPlayground'
> {
  return {
    async listProfiles() {
      await playground.resume()
      return store.list()
    },
    createProfile: ({ profile }) => store.create(profile),
    updateProfile: ({ profileId, profile }) => store.update(profileId, profile),
    duplicateProfile: ({ profileId }) => store.duplicate(profileId),
    async deleteProfile({ profileId }) {
      await store.remove(profileId)
      const own = settings.current().destinations.filter((destination) => destination.profileId === profileId)
      onDeleted({ profileId, destinationIds: own.map(({ id }) => id) })
      sessions.forget(profileId)
      await settings.update((now) =>
        withoutStaleConsents({
          ...now,
          destinations: now.destinations.filter((destination) => destination.profileId !== profileId),
          deletedProfiles: [...now.deletedProfiles.slice(-199), profileId],
          preferences:
            now.preferences.lastProfileId === profileId
              ? { ...now.preferences, lastProfileId: null, lastBucket: null }
              : now.preferences,
        }),
      )
      return {}
    },
    setProfileSecret: ({ profileId, accessKeyId, secretAccessKey, sessionToken, keepForSession }) =>
      store.setSecret(profileId, { accessKeyId, secretAccessKey, sessionToken }, keepForSession),
    setProxyPassword: ({ profileId, password, keepForSession }) =>
      store.setProxyPassword(profileId, password, keepForSession),
    testConnection: async ({ profileId }) =>
      testConnection(await sessions.open(profileId), names.bucketNames(profileId)),
    listAwsProfiles: () => store.listAws(),
    addAwsProfile: ({ name }) => store.addAws(name),
    allowCommand: ({ profileId, command }) => store.allowCommand(profileId, command),
    async startPlayground() {
      const profile = await playground.start()
      return { profile, sampleSite: await folders.choose(await playground.sampleSite()) }
    },
  }
}
