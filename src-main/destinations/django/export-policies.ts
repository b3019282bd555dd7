import { ownSid } from '../../visibility/policy-reading.ts'

/** A part of a bucket, and who can read it. */
export interface PolicyPlace {
  readonly name: string
  /** Empty for the whole bucket, else with a trailing slash. */
  readonly prefix: string
  readonly visibility: 'public' | 'private'
}

/** One statement of a policy, as IAM writes it. */
export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal?: '*'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** A policy document. */
export interface Policy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

/** The name of a bucket in policies, in the part of AWS that the region belongs to. */
export function bucketArn(bucket: string, region: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:s3:::${bucket}`
}

/** A prefix as a pattern: what would be a wildcard or a variable in it stands for itself. */
function literal(prefix: string): string {
  return prefix.replace(/[*?$]/g, (character) => `\${${character}}`)
}

/**
 * What a site's key has to be allowed, and no more: reading, writing and removing below the prefixes, in place of
 * `AmazonS3FullAccess`. Listing is allowed where a request names no prefix, too: without it S3 answers 403 and not 404
 * when asked for a key that is not there, and `Storage.exists()` fails.
 */
export function leastPrivilegePolicy(
  bucket: string,
  region: string,
  places: readonly PolicyPlace[],
  setsAcls: boolean,
): Policy {
  const arn = bucketArn(bucket, region)
  const prefixes = [...new Set(places.map(({ prefix }) => prefix))].toSorted()
  const isWhole = prefixes.includes('')
  const patterns = isWhole ? ['*'] : prefixes.map((prefix) => `${literal(prefix)}*`)
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ListTheFiles',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: [arn],
        ...(isWhole ? {} : { Condition: { StringLikeIfExists: { 's3:prefix': patterns } } }),
      },
      { Sid: 'FindTheBucket', Effect: 'Allow', Action: ['s3:GetBucketLocation'], Resource: [arn] },
      {
        Sid: 'ReadAndWriteTheFiles',
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
          ...(setsAcls ? ['s3:GetObjectAcl', 's3:PutObjectAcl'] : []),
        ],
        Resource: patterns.map((pattern) => `${arn}/${pattern}`),
      },
    ],
  }
}

/**
 * Lets everybody read the public places, and nothing else. A public place with a private one inside is left out and
 * named: a policy that allows the whole would allow the private part with it.
 */
export function publicReadPolicy(
  bucket: string,
  region: string,
  places: readonly PolicyPlace[],
): { policy: Policy | null; leftOut: { open: PolicyPlace; hidden: PolicyPlace }[] } {
  const leftOut: { open: PolicyPlace; hidden: PolicyPlace }[] = []
  const open: PolicyPlace[] = []
  for (const place of places) {
    if (place.visibility === 'private') continue
    const hidden = places.find(
      (other) => other.visibility === 'private' && other.prefix.startsWith(place.prefix),
    )
    if (hidden === undefined) open.push(place)
    else leftOut.push({ open: place, hidden })
  }
  if (open.length === 0) return { policy: null, leftOut }
  const arn = bucketArn(bucket, region)
  const resources = [...new Set(open.map(({ prefix }) => `${arn}/${literal(prefix)}*`))].toSorted()
  return {
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          // Pail's own statement, so that the switch between public and private finds and changes it later.
          Sid: ownSid,
          Effect: 'Allow',
          Principal: '*',
          Action: ['s3:GetObject'],
          Resource: resources,
        },
      ],
    },
    leftOut,
  }
}

/** What pages of other origins may do: read, so that fonts and scripts work. As `put-bucket-cors` takes it. */
export function corsRules(origins: readonly string[]): { readonly CORSRules: readonly object[] } {
  return {
    CORSRules: [
      {
        AllowedOrigins: origins.length > 0 ? origins : ['*'],
        AllowedMethods: ['GET', 'HEAD'],
        AllowedHeaders: ['*'],
        ExposeHeaders: ['ETag'],
        MaxAgeSeconds: 3600,
      },
    ],
  }
}
