import { z } from 'zod'
import type { Call, CallSchemas, Nothing } from './call.ts'
import { nothing } from './call.ts'
import type { AwsProfile, ConnectionReport, CredentialState, Profile, ProfileInput } from './profile.ts'
import {
  awsProfileSchema,
  connectionReportSchema,
  credentialStateSchema,
  idSchema,
  profileInputSchema,
  profileSchema,
} from './profile.ts'

/** Profiles, and the secrets that each has in the keychain. */
export interface ProfileCalls {
  listProfiles: Call<Nothing, Profile[]>
  createProfile: Call<{ profile: ProfileInput }, Profile>
  updateProfile: Call<{ profileId: string; profile: ProfileInput }, Profile>
  duplicateProfile: Call<{ profileId: string }, Profile>
  /** Removes the profile, its destinations' settings and its keychain items. */
  deleteProfile: Call<{ profileId: string }, Nothing>
  /** The only way in for a secret (S17). With `keepForSession`, memory only: for when there is no keychain. */
  setProfileSecret: Call<
    {
      profileId: string
      accessKeyId: string
      secretAccessKey: string
      sessionToken: string | null
      keepForSession: boolean
    },
    Profile
  >
  /** The other way in for a secret: the password of the user that the profile's proxy has. */
  setProxyPassword: Call<{ profileId: string; password: string; keepForSession: boolean }, Profile>
  testConnection: Call<{ profileId: string }, ConnectionReport>
  listAwsProfiles: Call<Nothing, AwsProfile[]>
  /** Uses an entry of `~/.aws` without copying anything out of it. */
  addAwsProfile: Call<{ name: string }, Profile>
  /** Consent to one exact `credential_process` command, as it was shown (S31). */
  allowCommand: Call<{ profileId: string; command: string }, Profile>
  /**
   * Keeps an API token of Cloudflare for a profile of R2, with which the addresses of its buckets are read and switched; null
   * removes it. The third way in for a secret (S17). With `keepForSession`, memory only.
   */
  setCloudflareToken: Call<
    { profileId: string; token: string | null; keepForSession: boolean },
    { state: CredentialState }
  >
  /** Whether this computer has a token of Cloudflare for a profile. */
  getCloudflareToken: Call<{ profileId: string }, { state: CredentialState }>
}

const secret = z.string().min(1).max(4096)

/** The shape of every argument and every answer of {@link ProfileCalls}. */
export const profileCallSchemas: CallSchemas<ProfileCalls> = {
  listProfiles: { input: nothing, output: z.array(profileSchema).max(1000) },
  createProfile: { input: z.strictObject({ profile: profileInputSchema }), output: profileSchema },
  updateProfile: {
    input: z.strictObject({ profileId: idSchema, profile: profileInputSchema }),
    output: profileSchema,
  },
  duplicateProfile: { input: z.strictObject({ profileId: idSchema }), output: profileSchema },
  deleteProfile: { input: z.strictObject({ profileId: idSchema }), output: nothing },
  setProfileSecret: {
    input: z.strictObject({
      profileId: idSchema,
      accessKeyId: z.string().trim().min(1).max(256),
      secretAccessKey: secret,
      sessionToken: secret.nullable(),
      keepForSession: z.boolean(),
    }),
    output: profileSchema,
  },
  setProxyPassword: {
    input: z.strictObject({
      profileId: idSchema,
      password: z.string().min(1).max(1024),
      keepForSession: z.boolean(),
    }),
    output: profileSchema,
  },
  testConnection: { input: z.strictObject({ profileId: idSchema }), output: connectionReportSchema },
  listAwsProfiles: { input: nothing, output: z.array(awsProfileSchema).max(1000) },
  addAwsProfile: { input: z.strictObject({ name: z.string().min(1).max(200) }), output: profileSchema },
  allowCommand: {
    input: z.strictObject({ profileId: idSchema, command: z.string().min(1).max(4096) }),
    output: profileSchema,
  },
  setCloudflareToken: {
    input: z.strictObject({
      profileId: idSchema,
      token: z.string().min(1).max(1024).nullable(),
      keepForSession: z.boolean(),
    }),
    output: z.strictObject({ state: credentialStateSchema }),
  },
  getCloudflareToken: {
    input: z.strictObject({ profileId: idSchema }),
    output: z.strictObject({ state: credentialStateSchema }),
  },
}
