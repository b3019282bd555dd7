import { describe, expect, test } from 'vitest'
import { accessLines, openingText } from '../../../src-renderer/text/access-text.ts'
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
