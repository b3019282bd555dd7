import { describe, expect, test } from 'vitest'
import type { Reading } from '../../src-preload/contract/bucket-access.ts'
import { type AccessFacts, toAccessFacts } from '../../src-main/visibility/access-facts.ts'
import { closesEach, closingEach, decideVisibility } from '../../src-main/visibility/plan-visibility.ts'
import type { WantedObjects } from '../../src-main/visibility/visibility-decision.ts'

const read = <T>(value: T): Reading<T> => ({ state: 'read', value })
const unread: Reading<never> = { state: 'unknown', code: 'access-denied', message: 'No.' }

function factsOf(ownership: AccessFacts['ownership'], policy: object | null = null): AccessFacts {
  return toAccessFacts(
    {
      ownership,
      publicAccessBlock: read(null),
      policy: read(policy === null ? null : JSON.stringify(policy)),
      policyIsPublic: read(null),
      acl: read([]),
      website: read(false),
      corsOrigins: read([]),
    },
    {
      provider: 'other',
      place: { bucket: 'b', region: 'us-east-1', https: true },
      accountPublicAccessBlock: { state: 'not-offered' },
    },
  )
}

const folder: WantedObjects = { visibility: 'private', keys: [], prefixes: ['media/'] }
const found = { keys: ['media/a', 'media/b'], more: false }
const withAcls = factsOf(read('BucketOwnerPreferred'))
const theirs = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/media/*' },
  ],
}

describe('S44 a folder is made private where objects have ACLs', () => {
  test.each<[string, AccessFacts, WantedObjects, boolean]>([
    ['objects have ACLs', withAcls, folder, true],
    ['nobody knows whether they have', factsOf(unread), folder, true],
    ['no object has one', factsOf(read('BucketOwnerEnforced')), folder, false],
    ['it is made public', withAcls, { ...folder, visibility: 'public' }, false],
    ['single objects are meant', withAcls, { ...folder, keys: ['media/a'], prefixes: [] }, false],
    ['it is refused, as others have opened it', factsOf(read('BucketOwnerPreferred'), theirs), folder, false],
  ])('each object is closed where it has to be: %s', (_, facts, wanted, each) => {
    expect(closesEach(decideVisibility(facts, wanted), wanted)).toBe(each)
  })

  test('with a private ACL for each that was found, and only for those that have another where none may count', () => {
    const decided = decideVisibility(withAcls, folder)
    expect(closingEach(decided, withAcls, found)).toEqual({
      ...decided,
      acl: { acl: 'private', keys: found.keys, changedOnly: false },
    })
    const unknown = factsOf(unread)
    expect(closingEach(decideVisibility(unknown, folder), unknown, found).acl).toMatchObject({
      changedOnly: true,
    })
    // An empty folder needs nothing.
    expect(closingEach(decided, withAcls, { keys: [], more: false })).toBe(decided)
  })

  test('and not at all where there are more than were found: some would silently stay public', () => {
    const many = closingEach(decideVisibility(withAcls, folder), withAcls, { ...found, more: true })
    expect(many).toMatchObject({
      refusal: { code: 'too-many', message: expect.stringContaining('more than 2 objects') },
      acl: null,
      policy: null,
    })
  })
})
