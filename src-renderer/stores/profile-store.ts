import type { Api, InputOf } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type {
  AwsProfile,
  ConnectionReport,
  CredentialState,
  Profile,
  ProfileInput,
} from '../../src-preload/contract/profile.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import type { ChosenFolder } from '../../src-preload/contract/selection.ts'
import { createStore } from 'zustand/vanilla'

/** The saved profiles and which one is in use. No secret is ever part of this state (S17). */
export interface ProfileState {
  /** Null until they have been loaded. */
  readonly profiles: readonly Profile[] | null
  readonly selectedId: string | null
  readonly error: AppError | null
  readonly load: () => Promise<void>
  readonly select: (profileId: string | null) => void
  readonly create: (profile: ProfileInput) => Promise<Result<Profile>>
  readonly update: (profileId: string, profile: ProfileInput) => Promise<Result<Profile>>
  readonly duplicate: (profileId: string) => Promise<Result<Profile>>
  readonly remove: (profileId: string) => Promise<AppError | null>
  /** Hands the secret through to the keychain and keeps nothing of it. */
  readonly setSecret: (input: InputOf<'setProfileSecret'>) => Promise<Result<Profile>>
  /** Keeps an API token of Cloudflare, or removes it with null; it is in no state of the window (S17). */
  readonly setCloudflareToken: (
    profileId: string,
    token: string | null,
    keepForSession: boolean,
  ) => Promise<AppError | null>
  /** Where a profile's token of Cloudflare is. */
  readonly cloudflareTokenState: (profileId: string) => Promise<CredentialState>
  /** Hands the password of the proxy's user through, likewise. */
  readonly setProxyPassword: (input: InputOf<'setProxyPassword'>) => Promise<Result<Profile>>
  readonly test: (profileId: string) => Promise<Result<ConnectionReport>>
  readonly listAws: () => Promise<Result<AwsProfile[]>>
  readonly addAws: (name: string) => Promise<Result<Profile>>
  readonly allowCommand: (profileId: string, command: string) => Promise<Result<Profile>>
  readonly startPlayground: () => Promise<Result<{ profile: Profile; sampleSite: ChosenFolder }>>
}

/** Profiles: list, choose, change. */
export function createProfileStore(api: Api<File>) {
  return createStore<ProfileState>()((set, get) => {
    const put = (profile: Profile) => {
      const profiles = get().profiles ?? []
      const known = profiles.some((each) => each.id === profile.id)
      set({
        profiles: known
          ? profiles.map((each) => (each.id === profile.id ? profile : each))
          : [...profiles, profile],
      })
    }
    const kept = async (answer: Promise<Result<Profile>>) => {
      const result = await answer
      if (result.ok) put(result.value)
      return result
    }
    return {
      profiles: null,
      selectedId: null,
      error: null,
      load: async () => {
        const result = await api.listProfiles({})
        if (!result.ok) {
          set({ error: result.error })
          return
        }
        const selected = get().selectedId
        const stillThere = result.value.some((profile) => profile.id === selected)
        set({ profiles: result.value, error: null, selectedId: stillThere ? selected : null })
      },
      select: (selectedId) => set({ selectedId }),
      create: (profile) => kept(api.createProfile({ profile })),
      update: (profileId, profile) => kept(api.updateProfile({ profileId, profile })),
      duplicate: (profileId) => kept(api.duplicateProfile({ profileId })),
      remove: async (profileId) => {
        const result = await api.deleteProfile({ profileId })
        if (!result.ok) return result.error
        const profiles = (get().profiles ?? []).filter((profile) => profile.id !== profileId)
        const selectedId = get().selectedId === profileId ? (profiles[0]?.id ?? null) : get().selectedId
        set({ profiles, selectedId })
        return null
      },
      setSecret: (input) => kept(api.setProfileSecret(input)),
      setCloudflareToken: async (profileId, token, keepForSession) => {
        const result = await api.setCloudflareToken({ profileId, token, keepForSession })
        return result.ok ? null : result.error
      },
      cloudflareTokenState: async (profileId) => {
        const result = await api.getCloudflareToken({ profileId })
        return result.ok ? result.value.state : 'missing'
      },
      setProxyPassword: (input) => kept(api.setProxyPassword(input)),
      test: (profileId) => api.testConnection({ profileId }),
      listAws: () => api.listAwsProfiles({}),
      addAws: (name) => kept(api.addAwsProfile({ name })),
      allowCommand: (profileId, command) => kept(api.allowCommand({ profileId, command })),
      startPlayground: async () => {
        const result = await api.startPlayground({})
        if (result.ok) put(result.value.profile)
        return result
      },
    }
  })
}

/** The profile in use, or null. */
export function selectedProfile(state: ProfileState): Profile | null {
  return state.profiles?.find((profile) => profile.id === state.selectedId) ?? null
}
