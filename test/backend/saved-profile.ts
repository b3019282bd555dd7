import type { Api } from '../../src-preload/contract/api.ts'
import type { ProfileInput } from '../../src-preload/contract/profile.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'
import type { Server } from '../cli/pail-process.ts'
import { value } from './running-backend.ts'

/** A profile of a service that is none of the known ones, addressed by path. */
export function profileInput(endpoint: string, more: Partial<ProfileInput> = {}): ProfileInput {
  return {
    name: 'Work',
    colour: 'blue',
    provider: 'other',
    endpoint,
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-required',
    bucketNames: [],
    insecureConsent: null,
    ...more,
  }
}

/** Saves such a profile with its keys, which are kept for the session alone unless a keychain is to have them; answers its id. */
export async function saveProfile(
  api: Pick<Api<LocalPath>, 'createProfile' | 'setProfileSecret'>,
  { endpoint, accessKeyId, secretAccessKey }: Pick<Server, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>,
  more: Partial<ProfileInput> = {},
  keepForSession = true,
): Promise<string> {
  const { id: profileId } = await value(api.createProfile({ profile: profileInput(endpoint, more) }))
  await value(
    api.setProfileSecret({
      profileId,
      accessKeyId,
      secretAccessKey,
      sessionToken: null,
      keepForSession,
    }),
  )
  return profileId
}
