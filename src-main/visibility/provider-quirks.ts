import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { AnonymousKey } from './policy-reading.ts'

/** What is known of a service beforehand; what a bucket answers goes before it. */
export interface ProviderQuirks {
  readonly label: string
  /** `ask`: the bucket's ownership tells. `ignored`: taken and without effect. */
  readonly objectAcls: 'honoured' | 'ignored' | 'none' | 'ask'
  /** `ask`: whether the policy could be read tells. */
  readonly bucketPolicy: 'honoured' | 'none' | 'ask'
  /** What a policy's conditions tell an unsigned request by; null where that is not known and has to be tried. */
  readonly anonymousKey: AnonymousKey | null
  /** Whether Block Public Access can be set for the whole account. */
  readonly accountBlock: boolean
  /** How the service itself opens a bucket, where nothing that S3 has does it; null elsewhere. */
  readonly providerSwitch: string | null
  /** What Pail throws for that: the bucket's own ACL, or the addresses outside S3; null where it cannot. */
  readonly thrownBy: 'bucket-acl' | 'domains' | null
  /** What a person has to know besides. */
  readonly note: string | null
}

const quirks: Readonly<Record<ProviderId, ProviderQuirks>> = {
  aws: {
    label: 'Amazon S3',
    objectAcls: 'ask',
    bucketPolicy: 'honoured',
    anonymousKey: 'aws:principaltype',
    accountBlock: true,
    providerSwitch: null,
    thrownBy: null,
    note: null,
  },
  r2: {
    label: 'Cloudflare R2',
    objectAcls: 'none',
    bucketPolicy: 'none',
    anonymousKey: null,
    accountBlock: false,
    providerSwitch:
      'R2 has neither ACLs nor bucket policies. A bucket is public as a whole, through a custom domain or its r2.dev address.',
    thrownBy: 'domains',
    note: 'Links that end do not work on a custom domain of R2: they need the bucket’s own address.',
  },
  b2: {
    label: 'Backblaze B2',
    objectAcls: 'none',
    bucketPolicy: 'none',
    anonymousKey: null,
    accountBlock: false,
    providerSwitch:
      'On B2 a bucket is public or private as a whole, and an object’s ACL has to be that of its bucket.',
    thrownBy: 'bucket-acl',
    note: 'Files of both kinds need two buckets on B2.',
  },
  spaces: {
    label: 'DigitalOcean Spaces',
    objectAcls: 'honoured',
    bucketPolicy: 'ask',
    anonymousKey: null,
    accountBlock: false,
    providerSwitch: null,
    thrownBy: null,
    note: null,
  },
  wasabi: {
    label: 'Wasabi',
    objectAcls: 'honoured',
    bucketPolicy: 'honoured',
    anonymousKey: null,
    accountBlock: false,
    providerSwitch: null,
    thrownBy: null,
    note: 'Wasabi has to allow public access for the account before anything can be public; its support does that.',
  },
  minio: {
    label: 'MinIO',
    objectAcls: 'ignored',
    bucketPolicy: 'honoured',
    anonymousKey: 'aws:principaltype',
    accountBlock: false,
    providerSwitch: null,
    thrownBy: null,
    note: 'MinIO takes ACLs and ignores them: only the bucket’s policy counts.',
  },
  ceph: {
    label: 'Ceph',
    objectAcls: 'honoured',
    bucketPolicy: 'honoured',
    anonymousKey: 'aws:username',
    accountBlock: false,
    providerSwitch: null,
    thrownBy: null,
    note: null,
  },
  garage: {
    label: 'Garage',
    objectAcls: 'none',
    bucketPolicy: 'none',
    anonymousKey: null,
    accountBlock: false,
    providerSwitch:
      'Garage has neither ACLs nor bucket policies. A bucket is public as a whole, as a website: “garage bucket website --allow”.',
    thrownBy: null,
    note: null,
  },
  other: {
    label: 'this service',
    objectAcls: 'ask',
    bucketPolicy: 'ask',
    anonymousKey: null,
    accountBlock: false,
    providerSwitch: null,
    thrownBy: null,
    note: null,
  },
}

/** What is known of a service. */
export function quirksOf(provider: ProviderId): ProviderQuirks {
  return quirks[provider]
}

const hosts: readonly (readonly [RegExp, ProviderId])[] = [
  [/\.amazonaws\.com(\.cn)?$/, 'aws'],
  [/\.r2\.cloudflarestorage\.com$/, 'r2'],
  [/\.backblazeb2\.com$/, 'b2'],
  [/\.digitaloceanspaces\.com$/, 'spaces'],
  [/\.wasabisys\.com$/, 'wasabi'],
]

/**
 * Which service it is: by its host where that is a known one, else what the profile says. A profile for another service
 * than its endpoint's would be told the wrong things.
 */
export function recogniseProvider(endpoint: string | null, said: ProviderId = 'other'): ProviderId {
  if (endpoint === null) return 'aws'
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : ''
  const known = hosts.find(([pattern]) => pattern.test(host))?.[1]
  if (known !== undefined) return known
  // These have hosts of their own, which this is not: perhaps a proxy before them, perhaps a mistake.
  return said === 'aws' ? 'other' : said
}
