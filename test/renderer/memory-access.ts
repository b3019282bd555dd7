import type { BucketAccess } from '../../src-preload/contract/bucket-access.ts'

/** The report of a bucket as AWS makes it: ACLs disabled, public access blocked for policies too or not. */
export function sampleAccess(bucket: string, blocked = true): BucketAccess {
  return {
    bucket,
    provider: 'aws',
    readAt: new Date().toISOString(),
    ownership: { state: 'read', value: 'BucketOwnerEnforced' },
    publicAccessBlock: {
      state: 'read',
      value: {
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: blocked,
        restrictPublicBuckets: blocked,
      },
    },
    accountPublicAccessBlock: { state: 'unknown', code: 'not-supported', message: 'It is not read.' },
    policy: { state: 'read', value: null },
    policyIsPublic: { state: 'read', value: null },
    openings: [],
    acl: { state: 'read', value: [{ grantee: 'owner', permission: 'FULL_CONTROL' }] },
    website: { state: 'read', value: false },
    corsOrigins: { state: 'unknown', code: 'access-denied', message: 'The service refused.' },
    domains: { state: 'not-offered' },
    public: {
      way: blocked ? 'impossible' : 'prefix-policy',
      sure: blocked,
      reasons: ['ACLs are disabled in this bucket.'],
    },
    private: {
      way: 'no-header',
      sure: true,
      reasons: ['No ACL is sent, and an object is private unless the bucket’s policy opens it.'],
    },
  }
}
