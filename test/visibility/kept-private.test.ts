import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { type BucketPolicy, evaluatePolicy, parsePolicy } from '../../src-main/playground/policy.ts'
import { type AccessFacts, toAccessFacts } from '../../src-main/visibility/access-facts.ts'
import { openedBelow } from '../../src-main/visibility/opened-below.ts'
import { isOpenByPolicy } from '../../src-main/visibility/opened-by-policy.ts'
import { closesEach, decideVisibility } from '../../src-main/visibility/plan-visibility.ts'
import { parsePolicyDocument } from '../../src-main/visibility/policy-document.ts'
import { editPolicy, ownDenied } from '../../src-main/visibility/policy-edit.ts'
import { isOwnDeny } from '../../src-main/visibility/policy-reading.ts'
import type { WantedObjects } from '../../src-main/visibility/visibility-decision.ts'

const place = { bucket: 'b', region: 'us-east-1', https: true }
const arn = (name: string) => `arn:aws:s3:::b/${name}`
const key = 'aws:principaltype' as const
const read = <T>(value: T) => ({ state: 'read', value }) as const
const notOffered = { state: 'not-offered' } as const

/** A bucket of AWS without ACLs, with a policy. */
function factsOf(policy: string | null, provider: ProviderId = 'aws'): AccessFacts {
  return toAccessFacts(
    {
      ownership: read('BucketOwnerEnforced'),
      publicAccessBlock: read(null),
      policy: read(policy),
      policyIsPublic: read(null),
      acl: read([]),
      website: read(false),
      corsOrigins: read([]),
    },
    { provider, place, accountPublicAccessBlock: notOffered },
  )
}

const parsed = new Map<string, BucketPolicy>()

function parse(policy: string): BucketPolicy {
  const known = parsed.get(policy) ?? parsePolicy(policy, 'b')
  parsed.set(policy, known)
  return known
}

/** Whether a request is answered, as AWS evaluates a policy: the owner unless it is denied, others where it is allowed. */
function answers(policy: string | null, who: 'owner' | 'anonymous', name: string): boolean {
  if (policy === null) return who === 'owner'
  const verdict = evaluatePolicy(parse(policy), {
    identity: who,
    action: 's3:GetObject',
    bucket: 'b',
    key: name,
    context: { 'aws:principaltype': who === 'owner' ? 'Account' : 'Anonymous' },
  })
  return who === 'owner' ? verdict !== 'deny' : verdict === 'allow'
}

const theirs = `{ "Sid" : "Theirs",\t"Effect":"Allow", "Principal":"*",
      "Action":["s3:GetObject*"],   "Resource":"arn:aws:s3:::b/site/*" }`
const other =
  '{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}'
const policies = [
  null,
  `{"Version":"2012-10-17","Statement":${theirs}}`,
  `{"Version":"2012-10-17","Statement":[${theirs},${other}]}`,
  `{\n  "Version": "2012-10-17",\n  "Statement": [\n    ${other},\n    ${theirs}\n  ],\n  "Id": "mine"\n}\n`,
] as const

/** What others wrote in a policy, byte for byte. */
const ofOthers = (policy: string | null) =>
  [theirs, other].filter((statement) => policy?.includes(statement) === true)

describe('S44 Pail’s Deny in a policy', () => {
  const deny = (text: string | null, add: string[], remove: string[] = []) =>
    editPolicy(text, place, { add: [], remove: [] }, { add: add.map(arn), remove: remove.map(arn), key })

  test.each(policies.slice(1))('is added, grows, shrinks and goes, and leaves %j as it was', (text) => {
    const first = deny(text, ['site/a'])!
    expect(text!.slice(0, first.at) + first.added + text!.slice(first.at + first.removed.length)).toBe(
      first.after,
    )
    const second = deny(first.after, ['site/in/*', 'site/in/b'])!
    expect(ownDenied(parsePolicyDocument(second.after!), place)).toEqual([arn('site/a'), arn('site/in/*')])
    const last = deny(second.after, [], ['site/a', 'site/in/*'])!
    // A lone statement has become a list, and its bytes are the same.
    if (parsePolicyDocument(text!)!.list === null)
      expect(JSON.parse(last.after!)).toMatchObject({ Statement: [JSON.parse(theirs)] })
    else expect(last.after).toBe(text)
    expect(ofOthers(last.after)).toEqual(ofOthers(text))
  })

  test('both of Pail’s statements change in one edit', () => {
    for (const text of policies) {
      const opened = editPolicy(
        text,
        place,
        { add: [arn('m/*')], remove: [] },
        { add: [arn('m/a')], remove: [], key },
      )!
      expect(
        (text ?? '').slice(0, opened.at) +
          opened.added +
          (text ?? '').slice(opened.at + opened.removed.length),
      ).toBe(opened.after)
      const closed = editPolicy(
        opened.after,
        place,
        { add: [], remove: [arn('m/*')] },
        { add: [], remove: [arn('m/a')], key },
      )!
      const { at, added, removed, before, after } = closed
      expect(before!.slice(0, at) + added + before!.slice(at + removed.length)).toBe(after ?? '')
      if (text === null) expect(after).toBeNull()
      else expect(JSON.parse(after!).Statement).toEqual([JSON.parse(text).Statement].flat())
    }
  })

  test('one of that name which is not as Pail writes it is not touched', () => {
    const own = parsePolicyDocument(deny(policies[2], ['site/a'])!.after!)!.statements.at(-1)!.value
    expect(isOwnDeny(own, place)).toBe(true)
    for (const changed of [
      { ...own, Condition: { StringEquals: { 'aws:principaltype': 'Anonymous', 'aws:Referer': 'x' } } },
      { ...own, Condition: undefined },
      { ...own, Action: 's3:*' },
      { ...own, Principal: { AWS: '123456789012' } },
    ]) {
      const text = JSON.stringify({ Version: '2012-10-17', Statement: [changed] })
      expect(() => deny(text, ['site/b'])).toThrow(
        expect.objectContaining({ error: expect.objectContaining({ code: 'safety-refused' }) }),
      )
    }
  })
})

describe('S44 a decision about what the policy opens', () => {
  const decide = (policy: string | null, wanted: Partial<WantedObjects>, provider?: ProviderId) =>
    decideVisibility(factsOf(policy, provider), { visibility: 'private', keys: [], prefixes: [], ...wanted })

  test('changes who can read what was meant and nothing else, never keeps the owner out, and each change can be put back', () => {
    const segment = fc.constantFrom('site', 'site-2', 'a', 'b c', 'é')
    const name = fc.array(segment, { minLength: 1, maxLength: 3 }).map((all) => all.join('/'))
    const prefix = fc.array(segment, { maxLength: 2 }).map((all) => all.map((each) => `${each}/`).join(''))
    const step = fc.record({
      visibility: fc.constantFrom('public' as const, 'private' as const),
      keys: fc.array(name, { maxLength: 2 }),
      prefixes: fc.array(prefix, { maxLength: 1 }),
    })
    const allNames = ['site/a', 'site/a/b c', 'site/é', 'site-2/a', 'a', 'a/site/b c', 'site', 'b c/é/a']
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        fc.array(step, { minLength: 1, maxLength: 5 }),
        (text, steps) => {
          let policy: string | null = text
          for (const { visibility, keys, prefixes } of steps) {
            const decision = decide(policy, { visibility, keys, prefixes })
            if (decision.refusal !== null) {
              // Only what is public again as a whole is refused.
              expect([visibility, decision.refusal.message]).toEqual([
                'public',
                expect.stringContaining('Pail’s own Deny'),
              ])
              continue
            }
            const after: string | null = decision.policy === null ? policy : decision.policy.after
            expect(decision.policy?.before ?? policy).toBe(policy)
            const facts = factsOf(after)
            for (const each of [...allNames, ...keys, ...prefixes.map((start) => `${start}new`)]) {
              const isMeant = keys.includes(each) || prefixes.some((start) => each.startsWith(start))
              expect(answers(after, 'anonymous', each)).toBe(
                isMeant ? visibility === 'public' : answers(policy, 'anonymous', each),
              )
              expect(answers(after, 'owner', each)).toBe(true)
              expect(isOpenByPolicy(facts, each)).toBe(answers(after, 'anonymous', each))
            }
            expect(ofOthers(after)).toEqual(ofOthers(text))
            policy = after
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a foreign Deny of the same form counts, where the service is known to keep to it', () => {
    const denied = (Condition: object) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          JSON.parse(theirs),
          { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: arn('site/a'), Condition },
        ],
      })
    const byType = denied({ StringEquals: { 'aws:PrincipalType': ['Anonymous'] } })
    expect(decide(byType, { keys: ['site/a'] })).toMatchObject({ refusal: null, policy: null, sure: true })
    expect(decide(byType, { keys: ['site/a'], visibility: 'public' }).refusal?.message).toContain(
      'statement 2',
    )
    expect(decide(byType, { keys: ['site/b'] }).policy?.added).toContain(arn('site/b'))
    expect(isOpenByPolicy(factsOf(byType), 'site/a')).toBe(false)
    // Ceph tells who does not sign by another key, and of other services nothing is known.
    for (const provider of ['ceph', 'other'] as const)
      expect(decide(byType, { keys: ['site/a'] }, provider).policy?.added).toContain('PailKeepPrivate')
    expect(
      decide(denied({ StringEquals: { 'aws:username': 'anonymous' } }), { keys: ['site/a'] }, 'ceph').policy,
    ).toBeNull()
    for (const Condition of [
      { StringEquals: { 'aws:PrincipalType': 'User' } },
      { StringNotEquals: { 'aws:PrincipalType': 'Anonymous' } },
      { StringEquals: { 'aws:PrincipalType': 'Anonymous' }, Bool: { 'aws:SecureTransport': 'false' } },
    ])
      expect(decide(denied(Condition), { keys: ['site/a'] }).keepsOut?.targets).toEqual([{ key: 'site/a' }])
  })

  const withStatements = (...statements: object[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement: statements })
  const statement = (Effect: 'Allow' | 'Deny', Resource: string, more: object = {}) => ({
    Effect,
    Principal: '*',
    Action: 's3:GetObject',
    Resource: arn(Resource),
    ...more,
  })

  test.each([
    ['*.jpg', 'site/', 'site/a.jpg'],
    ['*/public/*', 'users/7/', 'users/7/public/a'],
    ['s?te/*/x', 'site/a/', 'site/a/x'],
    ['si*', 'site/a/', 'site/a/b'],
    ['*', '', 'a'],
  ])('a pattern %s opens some of %s, which is closed and warned of', (pattern, prefix, name) => {
    const policy = withStatements(statement('Allow', pattern))
    expect(answers(policy, 'anonymous', name)).toBe(true)
    expect(openedBelow(factsOf(policy), prefix)).toMatchObject({
      place: expect.stringMatching(`^${prefix}`),
      by: 'statement 1',
    })
    const decision = decide(policy, { prefixes: [prefix] })
    expect(decision.keepsOut?.targets).toEqual([{ prefix }])
    const after = decision.policy!.after
    expect(answers(after, 'anonymous', name)).toBe(false)
    expect(answers(after, 'owner', name)).toBe(true)
    expect(openedBelow(factsOf(after), prefix)).toBeNull()
  })

  test('what is about all but another place is about the whole of this one', () => {
    const { Resource: _, ...open } = statement('Allow', '')
    const { Resource: _shut, ...shut } = statement('Deny', '')
    const opened = withStatements({ ...open, NotResource: arn('other/*') })
    const publicly = { visibility: 'public' as const, prefixes: ['site/'] }
    expect(decide(opened, publicly)).toMatchObject({ refusal: null, policy: null, sure: true })
    const closed = withStatements(statement('Allow', '*'), { ...shut, NotResource: arn('other/*') })
    expect(decide(closed, { prefixes: ['site/'] })).toMatchObject({ policy: null, sure: true })
    // Some of it may be left out.
    for (const out of ['site/a', '*.css', 's*', 'site/']) {
      const partly = withStatements(statement('Allow', '*'), { ...shut, NotResource: arn(out) })
      expect(decide(partly, { prefixes: ['site/'] }).keepsOut?.targets).toEqual([{ prefix: 'site/' }])
    }
  })

  test('patterns of thousands of stars keep nobody waiting', () => {
    const stars = '*a'.repeat(3000)
    const policy = withStatements(
      ...['b', 'c', 'd'].map((end) => statement('Allow', `${stars}${end}`)),
      statement('Deny', '*/never'),
      statement('Deny', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    )
    const began = performance.now()
    expect(openedBelow(factsOf(policy), `${'a'.repeat(900)}/`)).toBeNull()
    expect(performance.now() - began).toBeLessThan(3000)
  })

  test('a pattern that can open nothing of a folder is nothing to it', () => {
    const policy = withStatements(statement('Allow', 'other/*.jpg'), statement('Allow', 'site'))
    expect(decide(policy, { prefixes: ['site/'] })).toMatchObject({ policy: null, sure: true })
    expect(openedBelow(factsOf(policy), 'site/')).toBeNull()
  })

  test('what is opened to https alone is open to everybody who asks over https', () => {
    const policy = withStatements(
      statement('Allow', 'site/*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    )
    expect(isOpenByPolicy(factsOf(policy), 'site/a')).toBe(true)
    expect(decide(policy, { keys: ['site/a'] }).keepsOut?.targets).toEqual([{ key: 'site/a' }])
  })

  test('closing a folder leaves Pail’s Deny for what would be open otherwise', () => {
    const referred = statement('Allow', 'site/*', { Condition: { StringLike: { 'aws:Referer': 'x' } } })
    const opened = decide(withStatements(referred), { visibility: 'public', prefixes: ['site/'] }).policy!
    const kept = decide(opened.after, { prefixes: ['site/in/'] }).policy!
    const closed = decide(kept.after, { prefixes: ['site/'] }).policy!
    // Who comes from there could read it otherwise, and could not before.
    expect(ownDenied(parsePolicyDocument(closed.after!), place)).toEqual([arn('site/in/*')])
    const withAcls = (policy: string | null) => ({
      ...factsOf(policy),
      ownership: read('BucketOwnerPreferred' as const),
    })
    const wanted = { visibility: 'private' as const, keys: [], prefixes: ['site/'] }
    const alone = decide(null, { visibility: 'public', prefixes: ['site/'] }).policy!
    const before = decide(alone.after, { prefixes: ['site/in/'] }).policy!.after
    // Until each object below it has another ACL, a public one opens it.
    const { policy } = decideVisibility(withAcls(before), wanted)
    expect(ownDenied(parsePolicyDocument(policy!.after!), place)).toEqual([arn('site/in/*')])
    expect(decide(before, { prefixes: ['site/'] }).policy!.after).toBeNull()
  })

  test('a folder is not surely public where a Deny may be for some of it', () => {
    const office = { Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }
    for (const [deny, sentence] of [
      [
        statement('Deny', 'site/*', office),
        'Under a condition the policy keeps everybody out (statement 1).',
      ],
      [statement('Deny', '*.env'), 'The policy keeps everybody out of some of it (statement 1).'],
    ] as const) {
      const decision = decide(withStatements(deny), { visibility: 'public', prefixes: ['site/'] })
      expect(decision).toMatchObject({ refusal: null, sure: false })
      expect(decision.reasons).toContain(sentence)
    }
  })

  test('where ACLs count, those of what no Deny is for are closed as well', () => {
    const facts = { ...factsOf(policies[2]), ownership: read('BucketOwnerPreferred' as const) }
    const of = (prefixes: string[]) => {
      const wanted = { visibility: 'private' as const, keys: [], prefixes }
      const decision = decideVisibility(facts, wanted)
      return [decision.way, closesEach(decision, wanted), decision.keepsOut?.targets.length ?? 0]
    }
    expect(of(['site/'])).toEqual(['prefix-policy', false, 1])
    expect(of(['site/', 'other/'])).toEqual(['object-acl', true, 1])
    expect(of(['other/'])).toEqual(['object-acl', true, 0])
  })

  test.each([
    ['aws', 'aws:principaltype', 'Anonymous'],
    ['minio', 'aws:principaltype', 'Anonymous'],
    ['ceph', 'aws:username', 'anonymous'],
    ['other', 'aws:principaltype', 'Anonymous'],
  ] as const)('%s is asked for %s', (provider, name, expected) => {
    const { policy, keepsOut, sure } = decide(policies[2], { keys: ['site/a'] }, provider)
    const written = parsePolicyDocument(policy!.after!)!.statements.at(-1)!.value
    expect(written['Condition']).toEqual({ StringEquals: { [name]: expected } })
    expect(keepsOut).toEqual({ targets: [{ key: 'site/a' }], key: name })
    expect(sure).toBe(provider !== 'other')
  })
})
