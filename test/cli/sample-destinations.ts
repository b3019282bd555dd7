import type { MediaDestination, StaticDestination } from '../../src-preload/contract/destination.ts'
import type { Profile } from '../../src-preload/contract/profile.ts'
import { answer, type Answers } from './api-double.ts'

/** The profile of the destinations below. */
export const profile: Profile = {
  id: 'p1',
  name: 'Work',
  colour: 'blue',
  provider: 'other',
  endpoint: 'https://s3.example.org',
  region: 'eu-central-1',
  addressing: 'path',
  checksums: 'when-required',
  bucketNames: [],
  insecureConsent: null,
  credentialSource: { type: 'keychain' },
  credentialState: 'ready',
  accessKeyHint: null,
  insecure: false,
}
export const media: MediaDestination = {
  id: 'd1',
  profileId: 'p1',
  bucket: 'assets',
  name: 'Public media',
  kind: 'media',
  prefix: 'media/public/',
  visibility: 'public',
  cacheControl: 'max-age=60',
  onConflict: 'keep-both',
  baseUrl: 'https://media.example.org',
  linkExpirySeconds: 900,
  cleanNames: true,
}
export const hidden: MediaDestination = {
  ...media,
  id: 'd2',
  name: 'Private media',
  prefix: 'p/',
  visibility: 'private',
}
export const site: StaticDestination = {
  id: 'd3',
  profileId: 'p1',
  bucket: 'assets',
  name: 'Static',
  kind: 'static',
  prefix: 'static/',
  visibility: 'public',
  cacheControl: 'max-age=60',
  baseUrl: 'https://media.example.org',
  linkExpirySeconds: 900,
  folderId: 'f1',
  folder: null,
  exclude: ['*.map'],
  longCache: true,
  rules: [{ glob: '*.json', cacheControl: 'no-cache' }],
  stripPrefix: true,
  keepPrevious: true,
  runBefore: { command: 'npm run build', folderId: null },
}
/** A backend that knows these, and nothing else. */
export const all: Answers = {
  listDestinations: answer([media, hidden, site]),
  listProfiles: answer([profile]),
}
/** A computer without anybody's keys. */
export const noKeys = { variables: {} }
