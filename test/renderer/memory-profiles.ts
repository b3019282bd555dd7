import type { Api } from '../../src-preload/contract/api.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'

/** The profiles of a memory, and the playground's among them. */
export function memoryProfiles(
  memory: Memory,
  answer: Answer,
  id: (kind: string) => string,
): Pick<
  Api<File>,
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
  const editProfile = (profileId: string, change: Partial<Profile>): Profile => {
    const index = memory.profiles.findIndex((profile) => profile.id === profileId)
    const before = memory.profiles[index]
    if (before === undefined) throw new Error('A test asked for a profile that is not in the memory')
    const after = { ...before, ...change }
    memory.profiles[index] = after
    return after
  }
  return {
    listProfiles: (input) => answer('listProfiles', input, () => [...memory.profiles]),
    createProfile: (input) =>
      answer('createProfile', input, () => {
        const profile: Profile = {
          ...input.profile,
          id: id('profile'),
          credentialSource: { type: 'keychain' },
          credentialState: 'missing',
          accessKeyHint: null,
          insecure: input.profile.insecureConsent !== null,
          ...(input.profile.proxy?.type === 'address' && input.profile.proxy.userName !== undefined
            ? { proxyPasswordState: 'missing' }
            : {}),
        }
        memory.profiles.push(profile)
        return profile
      }),
    updateProfile: (input) =>
      answer('updateProfile', input, () => editProfile(input.profileId, input.profile)),
    duplicateProfile: (input) =>
      answer('duplicateProfile', input, () => {
        const copy = { ...editProfile(input.profileId, {}), id: id('profile') }
        copy.name = `${copy.name} copy`
        memory.profiles.push(copy)
        return copy
      }),
    deleteProfile: (input) =>
      answer('deleteProfile', input, () => {
        memory.profiles = memory.profiles.filter((profile) => profile.id !== input.profileId)
        return {}
      }),
    setProfileSecret: (input) =>
      answer('setProfileSecret', input, () =>
        editProfile(input.profileId, {
          credentialState: input.keepForSession ? 'session' : 'ready',
          accessKeyHint: `${input.accessKeyId.slice(0, 4)}…${input.accessKeyId.slice(-4)}`,
        }),
      ),
    setProxyPassword: (input) =>
      answer('setProxyPassword', input, () =>
        editProfile(input.profileId, { proxyPasswordState: input.keepForSession ? 'session' : 'ready' }),
      ),
    testConnection: (input) =>
      answer('testConnection', input, () => ({
        checks: [
          {
            check: 'reachable' as const,
            outcome: 'ok' as const,
            text: 's3.eu-central-1.amazonaws.com answers.',
          },
          { check: 'credentials' as const, outcome: 'ok' as const, text: 'The keys are accepted.' },
          {
            check: 'list-buckets' as const,
            outcome: 'failed' as const,
            text: 'These keys may not list buckets. Add the buckets you use by name.',
          },
          { check: 'clock' as const, outcome: 'ok' as const, text: 'The clocks differ by 1 second.' },
        ],
        clockSkewSeconds: 1,
        usable: true,
      })),
    listAwsProfiles: (input) => answer('listAwsProfiles', input, () => memory.awsProfiles),
    addAwsProfile: (input) =>
      answer('addAwsProfile', input, () => {
        const entry = memory.awsProfiles.find((each) => each.name === input.name)
        const profile: Profile = {
          id: id('profile'),
          name: input.name,
          colour: 'orange',
          provider: 'aws',
          endpoint: null,
          region: entry?.region ?? 'us-east-1',
          addressing: 'virtual',
          checksums: 'when-supported',
          bucketNames: [],
          insecureConsent: null,
          credentialSource: { type: 'aws-config', name: input.name },
          credentialState: entry?.command === null ? 'ready' : 'inert',
          accessKeyHint: null,
          insecure: false,
        }
        memory.profiles.push(profile)
        return profile
      }),
    allowCommand: (input) =>
      answer('allowCommand', input, () => editProfile(input.profileId, { credentialState: 'ready' })),

    startPlayground: (input) =>
      answer('startPlayground', input, () => {
        const existing = memory.profiles.find((profile) => profile.credentialSource.type === 'playground')
        const profile: Profile = existing ?? {
          id: id('profile'),
          name: 'Playground',
          colour: 'purple',
          provider: 'other',
          endpoint: 'http://127.0.0.1:41234',
          region: 'us-east-1',
          addressing: 'path',
          checksums: 'when-supported',
          bucketNames: [],
          insecureConsent: null,
          credentialSource: { type: 'playground' },
          credentialState: 'ready',
          accessKeyHint: null,
          insecure: false,
        }
        if (existing === undefined) memory.profiles.push(profile)
        return { profile, sampleSite: { folderId: 'sample-site', name: 'sample-site' } }
      }),
  }
}
