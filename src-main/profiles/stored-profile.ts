import type { CredentialSource, ProfileInput } from '../../src-preload/contract/profile.ts'

/** A profile as it is kept in the settings: everything but its keys. */
export type StoredProfile = ProfileInput & {
  readonly id: string
  readonly credentialSource: CredentialSource
  /** The access key ID with its middle masked; null when unknown. */
  readonly accessKeyHint: string | null
}

/** Where profiles are kept. `replace` resolves when they are on disk. */
export interface ProfileRecords {
  all(): readonly StoredProfile[]
  replace(profiles: StoredProfile[]): Promise<void>
}
