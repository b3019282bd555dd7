import { describe, expect, test } from 'vitest'
import {
  accessLines,
  bucketSwitchText,
  openingText,
  visibilityChangeText,
} from '../../../src-renderer/text/access-text.ts'
import { sampleAccess } from '../memory-access.ts'

const opening = {
  effect: 'allow',
  sid: 'Media',
  patterns: ['media/*'],
  conditional: false,
  own: false,
} as const

describe('the access report in words', () => {
  test('S45 says what was read, and of what could not be read that it is unknown', () => {
    const lines = Object.fromEntries(accessLines(sampleAccess('b', false)).map((line) => [line.name, line]))
    expect(lines['Object ownership']).toMatchObject({ value: 'BucketOwnerEnforced', isKnown: true })
    expect(lines['Block Public Access']?.value).toBe('On for blockPublicAcls, ignorePublicAcls')
    expect(lines['… of the account']).toEqual({
      name: '… of the account',
      value: 'Unknown: It is not read.',
      isKnown: false,
    })
    expect(lines['Policy']?.value).toBe('None')
    expect(lines['CORS']).toMatchObject({ value: 'Unknown: The service refused.', isKnown: false })
    const blocked = accessLines(sampleAccess('b')).find(({ name }) => name === 'Block Public Access')
    expect(blocked?.value).toBe('On')
  })

  test('tells the addresses of a service that has such, and nothing of them elsewhere', () => {
    const named = (access: ReturnType<typeof sampleAccess>) =>
      accessLines(access).find(({ name }) => name === 'Public addresses')
    expect(named(sampleAccess('b'))).toBeUndefined()
    const domain = {
      kind: 'managed',
      domain: 'pub-1.r2.dev',
      enabled: false,
      baseUrl: 'https://pub-1.r2.dev',
    } as const
    const domains = {
      state: 'read' as const,
      value: [domain, { ...domain, domain: 'm.example', enabled: true }],
    }
    expect(named({ ...sampleAccess('b'), domains })?.value).toBe('pub-1.r2.dev: off, m.example: on')
  })

  test('tells what is done with a service’s own switch, and what that was', () => {
    const thrown = { kind: 'bucket-acl', domain: null, from: 'private', to: 'public' } as const
    expect(bucketSwitchText(thrown)).toBe('The bucket’s own ACL becomes public-read.')
    expect(
      bucketSwitchText({ kind: 'custom-domain', domain: 'm.example', from: 'public', to: 'private' }),
    ).toBe('The custom domain is switched off: m.example.')
    const change = {
      planId: 'p',
      at: '2026-01-01T00:00:00Z',
      visibility: 'public',
      objects: 1,
      sample: ['a'],
      acls: 0,
      policy: false,
      switches: 1,
      hasEnded: true,
    } as const
    expect(visibilityChangeText({ ...change, sample: [...change.sample] })).toBe(
      'The whole bucket (1 object) made public, by the service’s own switch',
    )
  })

  test.each([
    [opening, 'Everybody may read media/* (statement Media).'],
    [{ ...opening, own: true }, 'Everybody may read media/* (Pail’s own statement).'],
    [
      { ...opening, effect: 'deny' as const, sid: null, conditional: true },
      'Nobody may read without signing media/* (a statement without a name, under conditions).',
    ],
    [
      { ...opening, patterns: ['1', '2', '3', '4', '5', '6', '7'] },
      'Everybody may read 1, 2, 3, 4, 5 and 2 more (statement Media).',
    ],
  ])('tells what a statement opens: %#', (given, text) =>
    expect(openingText({ ...given, patterns: [...given.patterns] })).toBe(text),
  )
})
