import type { Api } from '../../src-preload/contract/api.ts'
import type { DjangoExport, DjangoProject } from '../../src-preload/contract/django.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'
import { savedDestination } from './memory-destinations.ts'

/** A project with one destination that can be kept as it is, and one whose bucket has to be asked. */
export const sampleDjangoProject: DjangoProject = {
  settingsFile: 'mysite/settings.py',
  files: ['mysite/settings.py'],
  profiles: [
    {
      name: 'mysite',
      colour: 'green',
      provider: 'aws',
      endpoint: null,
      region: 'us-east-1',
      addressing: 'virtual',
      checksums: 'when-supported',
      bucketNames: ['sibtc-assets'],
      insecureConsent: null,
    },
  ],
  destinations: [
    {
      profile: 0,
      storage: 'mysite.storage_backends.PublicMediaStorage',
      aliases: ['default'],
      destination: {
        bucket: 'sibtc-assets',
        name: 'Public media',
        kind: 'media',
        prefix: 'media/public/',
        visibility: 'public',
        cacheControl: 'max-age=86400',
        onConflict: 'keep-both',
        baseUrl: null,
        linkExpirySeconds: 3600,
      },
      sources: [
        {
          fact: 'bucket',
          setting: 'AWS_STORAGE_BUCKET_NAME',
          file: 'mysite/settings.py',
          line: 12,
          isOpen: false,
          variable: null,
        },
        {
          fact: 'prefix',
          setting: 'PublicMediaStorage.location',
          file: 'mysite/storage_backends.py',
          line: 5,
          isOpen: false,
          variable: null,
        },
      ],
    },
  ],
  questions: [],
  notes: [],
}

/** Django projects of a memory: one that is always the same is read, and saved as it is said. */
export function memoryDjango(
  memory: Memory,
  answer: Answer,
  id: (kind: string) => string,
): Pick<Api<File>, 'readDjangoProject' | 'saveDjangoProject' | 'exportDjango' | 'saveDjangoExport'> {
  /** The folders that have an export. */
  const saved = new Set<string>()
  return {
    readDjangoProject: (input) => answer('readDjangoProject', input, () => sampleDjangoProject),
    saveDjangoProject: (input) =>
      answer('saveDjangoProject', input, () => {
        const { profile: wanted } = input
        let profile: Profile | undefined
        if ('profileId' in wanted) profile = memory.profiles.find((each) => each.id === wanted.profileId)
        else {
          profile = {
            ...wanted,
            id: id('profile'),
            credentialSource: { type: 'keychain' },
            credentialState: 'missing',
            accessKeyHint: null,
            insecure: false,
          }
          memory.profiles.push(profile)
        }
        if (profile === undefined) throw failure('not-found', 'This profile does not exist (any more).')
        const { id: profileId } = profile
        const destinations = input.destinations.map((destination) =>
          savedDestination({ ...destination, profileId }, id('destination')),
        )
        memory.destinations.push(...destinations)
        return { profile, destinations }
      }),
    exportDjango: (input) => answer('exportDjango', input, () => sampleExport(input.bucket)),
    saveDjangoExport: (input) =>
      answer('saveDjangoExport', input, () => {
        if (!input.replace && saved.has(input.folderId))
          throw failure(
            'already-exists',
            'There is s3_settings.py in that folder already: nothing was written.',
          )
        saved.add(input.folderId)
        return {
          folder: { folderId: input.folderId, name: 'mysite' },
          files: sampleExport(input.bucket).files.map(({ name }) => name),
        }
      }),
  }
}

function sampleExport(bucket: string): DjangoExport {
  return {
    files: [
      { name: 's3_settings.py', purpose: 'For Django.', text: `AWS_STORAGE_BUCKET_NAME = "${bucket}"\n` },
    ],
    notes: [],
  }
}
