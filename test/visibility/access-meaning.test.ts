import { describe, expect, test } from 'vitest'
import type { PublicAccessBlock, Reading } from '../../src-preload/contract/bucket-access.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { BucketAccessReadings } from '../../src-main/s3/bucket-access.ts'
import { type AccessFacts, toAccessFacts } from '../../src-main/visibility/access-facts.ts'
import { meaningOfAccess } from '../../src-main/visibility/access-meaning.ts'
import { recogniseProvider } from '../../src-main/visibility/provider-quirks.ts'

const read = <T>(value: T): Reading<T> => ({ state: 'read', value })
const unread: Reading<never> = { state: 'unknown', code: 'access-denied', message: 'No.' }
const notOffered: Reading<never> = { state: 'not-offered' }
const off: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
}
const on: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
}
const plain: BucketAccessReadings = {
  ownership: read('BucketOwnerEnforced'),
  publicAccessBlock: read(null),
  policy: read(null),
  policyIsPublic: read(null),
  acl: read([]),
  website: read(false),
  corsOrigins: read([]),
}
const policyOf = (...Statement: object[]) => read(JSON.stringify({ Version: '2012-10-17', Statement }))
const anonymousDeny = {
  Sid: 'Shut',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::b/secret/*',
  Condition: { StringEquals: { 'aws:PrincipalType': 'Anonymous' } },
}
const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }

function meaning(
  readings: Partial<BucketAccessReadings>,
  provider: ProviderId = 'other',
  account: AccessFacts['accountPublicAccessBlock'] = notOffered,
) {
  return meaningOfAccess(
    toAccessFacts(
      { ...plain, ...readings },
      {
        provider,
        place: { bucket: 'b', region: 'us-east-1', https: true },
        accountPublicAccessBlock: account,
      },
    ),
  )
}

describe('what public can mean', () => {
  test.each<[string, Parameters<typeof meaning>, string, boolean, RegExp]>([
    ['ACLs are enabled', [{ ownership: read('ObjectWriter') }], 'object-acl', true, /ACLs are enabled/],
    ['there are no controls', [{ ownership: read(null) }], 'object-acl', true, /no ownership controls/],
    ['ACLs are disabled', [{}], 'prefix-policy', true, /BucketOwnerEnforced/],
    [
      'everything is blocked',
      [{ publicAccessBlock: read(on) }],
      'impossible',
      true,
      /BlockPublicPolicy and RestrictPublicBuckets of the bucket/,
    ],
    [
      'only ACLs are blocked',
      [{ ownership: read('ObjectWriter'), publicAccessBlock: read({ ...off, ignorePublicAcls: true }) }],
      'prefix-policy',
      true,
      /IgnorePublicAcls of the bucket/,
    ],
    [
      'the account blocks policies',
      [{}, 'aws', read({ ...off, restrictPublicBuckets: true })],
      'impossible',
      true,
      /RestrictPublicBuckets of the account/,
    ],
    [
      'the account is not known',
      [{}, 'aws', unread],
      'prefix-policy',
      false,
      /account blocks public access could not be read/,
    ],
    [
      'Block Public Access is not readable',
      [{ publicAccessBlock: unread }],
      'prefix-policy',
      false,
      /could not be read/,
    ],
    [
      'the policy is not readable',
      [{ ownership: read('ObjectWriter'), policy: unread }],
      'object-acl',
      false,
      /policy could not be read/,
    ],
    [
      'the policy is not understood',
      [{ ownership: read('ObjectWriter'), policy: read('{"Statement":[1]}') }],
      'object-acl',
      false,
      /policy could not be read/,
    ],
    ['ownership is not readable', [{ ownership: unread }], 'object-acl', false, /could not be read/],
    [
      'the policy shuts everybody out',
      [{ policy: policyOf({ ...statement, Effect: 'Deny', Sid: 'Shut' }) }],
      'impossible',
      true,
      /statement “Shut”/,
    ],
    [
      'a CDN reads a closed bucket',
      [
        {
          publicAccessBlock: read(on),
          policy: policyOf({ ...statement, Principal: { Service: 'cloudfront.amazonaws.com' } }),
        },
      ],
      'cdn',
      true,
      /CloudFront/,
    ],
    [
      'it is R2',
      [{ ownership: notOffered, policy: notOffered }, 'r2'],
      'provider-switch',
      false,
      /custom domain/,
    ],
    ['it is B2', [{ ownership: notOffered }, 'b2'], 'provider-switch', true, /as a whole/],
    ['it is Garage', [{ ownership: notOffered }, 'garage'], 'provider-switch', true, /website/],
    [
      'it is MinIO',
      [{ ownership: notOffered, publicAccessBlock: notOffered }, 'minio'],
      'prefix-policy',
      true,
      /ignores them/,
    ],
    ['it is Ceph', [{ ownership: unread }, 'ceph'], 'object-acl', true, /honours/],
    [
      'it is Spaces',
      [{ ownership: notOffered, policy: notOffered, publicAccessBlock: notOffered }, 'spaces'],
      'object-acl',
      true,
      /honours/,
    ],
    [
      'there are neither ACLs nor policies',
      [{ policy: notOffered }],
      'impossible',
      true,
      /no bucket policies/,
    ],
  ])('where %s', (_, given, way, sure, reason) => {
    const { public: found } = meaning(...given)
    expect(found).toMatchObject({ way, sure })
    expect(found.reasons.join('\n')).toMatch(reason)
  })
})

describe('what private can mean', () => {
  test.each<[string, Parameters<typeof meaning>, string, boolean, RegExp]>([
    ['ACLs are disabled', [{}], 'no-header', true, /No ACL is sent/],
    ['ACLs are enabled', [{ ownership: read('ObjectWriter') }], 'object-acl', true, /without a public ACL/],
    ['ownership is not readable', [{ ownership: unread }], 'object-acl', false, /ACL/],
    ['the policy is not readable', [{ policy: unread }], 'no-header', false, /could not be read/],
    [
      'the policy opens everything',
      [{ policy: policyOf(statement) }, 'aws'],
      'prefix-policy',
      true,
      /every object \(statement 1\). An object is private only by a Deny/,
    ],
    [
      'the policy opens everything, and nobody knows what conditions the service has',
      [{ policy: policyOf(statement) }],
      'prefix-policy',
      false,
      /every object \(statement 1\)/,
    ],
    [
      'the policy opens everything, and no other one is taken',
      [{ policy: policyOf(statement), publicAccessBlock: read({ ...off, blockPublicPolicy: true }) }, 'aws'],
      'impossible',
      true,
      /until that statement goes/,
    ],
    [
      'a Deny keeps some of it private',
      [{ policy: policyOf(statement, anonymousDeny) }, 'aws'],
      'prefix-policy',
      true,
      /keeps secret\/\* private all the same \(statement “Shut”\)/,
    ],
    [
      'that is restricted again',
      [{ policy: policyOf(statement), publicAccessBlock: read({ ...off, restrictPublicBuckets: true }) }],
      'no-header',
      true,
      /No ACL is sent/,
    ],
    [
      'the policy opens a prefix',
      [{ policy: policyOf({ ...statement, Sid: 'Media', Resource: 'arn:aws:s3:::b/media/*' }) }],
      'no-header',
      true,
      /read media\/\* \(statement “Media”\)/,
    ],
    ['it is R2', [{}, 'r2'], 'provider-switch', false, /as a whole/],
  ])('where %s', (_, given, way, sure, reason) => {
    const { private: found } = meaning(...given)
    expect(found).toMatchObject({ way, sure })
    expect(found.reasons.join('\n')).toMatch(reason)
  })
})

test.each<[string | null, ProviderId | undefined, ProviderId]>([
  [null, undefined, 'aws'],
  ['https://s3.eu-central-1.amazonaws.com', undefined, 'aws'],
  ['https://abc.r2.cloudflarestorage.com', 'aws', 'r2'],
  ['https://s3.us-west-004.backblazeb2.com', undefined, 'b2'],
  ['https://fra1.digitaloceanspaces.com', 'other', 'spaces'],
  ['https://s3.eu-west-1.wasabisys.com', 'other', 'wasabi'],
  ['http://localhost:9000', 'minio', 'minio'],
  ['http://localhost:9000', 'aws', 'other'],
  ['http://localhost:9000', undefined, 'other'],
  ['https://amazonaws.com.example.org', undefined, 'other'],
])('the service at %s that is said to be %s is %s', (endpoint, said, expected) =>
  expect(recogniseProvider(endpoint, said)).toBe(expected),
)
