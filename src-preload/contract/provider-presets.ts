/** The S3 services that Pail knows by name. */
export const providerIds = [
  'aws',
  'r2',
  'b2',
  'spaces',
  'wasabi',
  'minio',
  'ceph',
  'garage',
  'other',
] as const

/** One of {@link providerIds}. */
export type ProviderId = (typeof providerIds)[number]

/** How a bucket is named in a URL: in the host name or as the first segment of the path. */
export type Addressing = 'virtual' | 'path'

/**
 * What choosing a provider fills in. In `endpointPattern`, `{region}` and `{account}` are replaced by what the person
 * types; null means that the AWS SDK derives the endpoint from the region.
 */
export interface ProviderPreset {
  readonly id: ProviderId
  readonly label: string
  readonly endpointPattern: string | null
  readonly region: string
  readonly regions: readonly string[]
  readonly addressing: Addressing
  /** Whether the SDK may add its CRC32 to uploads by default; many services other than AWS reject it. */
  readonly checksums: 'when-supported' | 'when-required'
  /** What the person has to know about this provider, in one sentence. */
  readonly hint: string
}

/** Endpoint patterns as each provider documents them. */
export const providerPresets: readonly ProviderPreset[] = [
  {
    id: 'aws',
    label: 'Amazon S3',
    endpointPattern: null,
    region: 'us-east-1',
    regions: [
      'us-east-1',
      'us-east-2',
      'us-west-1',
      'us-west-2',
      'ca-central-1',
      'eu-central-1',
      'eu-central-2',
      'eu-north-1',
      'eu-south-1',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'ap-northeast-1',
      'ap-northeast-2',
      'ap-south-1',
      'ap-southeast-1',
      'ap-southeast-2',
      'sa-east-1',
      'me-central-1',
      'af-south-1',
    ],
    addressing: 'virtual',
    checksums: 'when-supported',
    hint: 'New buckets block public access and have ACLs disabled.',
  },
  {
    id: 'r2',
    label: 'Cloudflare R2',
    endpointPattern: 'https://{account}.r2.cloudflarestorage.com',
    region: 'auto',
    regions: ['auto'],
    addressing: 'path',
    checksums: 'when-required',
    hint: 'R2 has no ACLs: a bucket is public as a whole, through its r2.dev address or a custom domain.',
  },
  {
    id: 'b2',
    label: 'Backblaze B2',
    endpointPattern: 'https://s3.{region}.backblazeb2.com',
    region: 'us-west-004',
    regions: ['us-west-000', 'us-west-001', 'us-west-002', 'us-west-004', 'us-east-005', 'eu-central-003'],
    addressing: 'virtual',
    checksums: 'when-required',
    hint: 'On B2 a bucket is public or private as a whole.',
  },
  {
    id: 'spaces',
    label: 'DigitalOcean Spaces',
    endpointPattern: 'https://{region}.digitaloceanspaces.com',
    region: 'fra1',
    regions: ['nyc3', 'sfo2', 'sfo3', 'ams3', 'fra1', 'lon1', 'sgp1', 'blr1', 'syd1', 'tor1'],
    addressing: 'virtual',
    checksums: 'when-required',
    hint: 'Spaces honours object ACLs.',
  },
  {
    id: 'wasabi',
    label: 'Wasabi',
    endpointPattern: 'https://s3.{region}.wasabisys.com',
    region: 'us-east-1',
    regions: [
      'us-east-1',
      'us-east-2',
      'us-central-1',
      'us-west-1',
      'eu-central-1',
      'eu-west-1',
      'ap-northeast-1',
    ],
    addressing: 'virtual',
    checksums: 'when-required',
    hint: 'Public access must be allowed for the account before an object can be public.',
  },
  {
    id: 'minio',
    label: 'MinIO',
    endpointPattern: '',
    region: 'us-east-1',
    regions: ['us-east-1'],
    addressing: 'path',
    checksums: 'when-required',
    hint: 'MinIO accepts object ACLs and ignores them: public means a bucket policy.',
  },
  {
    id: 'ceph',
    label: 'Ceph',
    endpointPattern: '',
    region: 'us-east-1',
    regions: ['us-east-1', 'default'],
    addressing: 'path',
    checksums: 'when-required',
    hint: 'Ceph RADOS Gateway honours object ACLs and bucket policies.',
  },
  {
    id: 'garage',
    label: 'Garage',
    endpointPattern: '',
    region: 'garage',
    regions: ['garage'],
    addressing: 'path',
    checksums: 'when-required',
    hint: 'Garage has no ACLs: publish a bucket through its website feature.',
  },
  {
    id: 'other',
    label: 'Other S3 service',
    endpointPattern: '',
    region: 'us-east-1',
    regions: ['us-east-1'],
    addressing: 'path',
    checksums: 'when-required',
    hint: 'Any service that speaks S3.',
  },
]
