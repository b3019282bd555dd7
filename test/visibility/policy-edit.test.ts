import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluatePolicy, parsePolicy } from '../../src-main/playground/policy.ts'
import { parsePolicyDocument } from '../../src-main/visibility/policy-document.ts'
import { editPolicy, ownResources, resourceOf } from '../../src-main/visibility/policy-edit.ts'

const place = { bucket: 'b', region: 'us-east-1', https: true }
const arn = (name: string) => `arn:aws:s3:::b/${name}`
const foreign = `{ "Sid" : "Theirs",\t"Effect":"Deny", "Principal":"*",
      "Action":["s3:GetObject"],   "Resource":"arn:aws:s3:::b/secret/*" }`
const other =
  '{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}'

const edit = (text: string | null, add: string[], remove: string[] = []) =>
  editPolicy(text, place, { add: add.map(arn), remove: remove.map(arn) })

const resourcesIn = (text: string | null) =>
  ownResources(text === null ? null : parsePolicyDocument(text), place)

const policies: readonly (readonly [string, string | null])[] = [
  ['no policy', null],
  ['a lone statement', `{"Version":"2012-10-17","Statement":${foreign}}`],
  ['a list', `{"Version":"2012-10-17","Statement":[${foreign},${other}]}`],
  [
    'a list over lines',
    `{\n  "Version": "2012-10-17",\n  "Statement": [\n    ${foreign},\n    ${other}\n  ],\n  "Id": "mine"\n}\n`,
  ],
  ['a list with tabs', `{\n\t"Statement": [\n\t\t${other}\n\t]\n\t}`],
]

describe('Pail’s statement in a policy', () => {
  test.each(policies)(
    'S44 is added to %s, replaced and taken away, and what others wrote stays byte for byte',
    (_, text) => {
      const first = edit(text, ['media/*'])!
      expect(first.before).toBe(text)
      expect(
        (text ?? '').slice(0, first.at) + first.added + (text ?? '').slice(first.at + first.removed.length),
      ).toBe(first.after)
      expect(resourcesIn(first.after)).toEqual([arn('media/*')])
      const second = edit(first.after, ['a.txt', 'b.txt'])!
      expect(resourcesIn(second.after)).toEqual([arn('media/*'), arn('a.txt'), arn('b.txt')])
      for (const { after } of [first, second])
        for (const statement of [foreign, other])
          if (text?.includes(statement) === true) expect(after).toContain(statement)
      // AWS and the playground agree on what a policy is.
      expect(() => parsePolicy(second.after!, 'b')).not.toThrow()
      const third = edit(second.after, [], ['media/*', 'a.txt', 'b.txt'])!
      if (text === null) expect(third.after).toBeNull()
      // A lone statement has become a list, and its bytes are the same.
      else if (parsePolicyDocument(text)!.list === null)
        expect(JSON.parse(third.after!)).toEqual({ ...JSON.parse(text), Statement: [JSON.parse(foreign)] })
      else expect(third.after).toBe(text)
    },
  )

  test('is taken out from before and between others', () => {
    const own =
      '{"Sid":"PailPublicRead","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x"}'
    for (const list of [
      [own, other],
      [other, own],
      [other, own, foreign],
    ]) {
      const { after } = edit(`{"Statement":[${list.join(' ,\n')}]}`, [], ['x'])!
      const left = parsePolicyDocument(after!)!
      expect(left.statements.map(({ start, end }) => after!.slice(start, end))).toEqual(
        list.filter((each) => each !== own),
      )
    }
    expect(edit(`{"Statement":[${own}]}`, [], ['x'])!.after).toBeNull()
  })

  test('opens nothing twice', () => {
    const first = edit(null, ['media/a.txt', 'media/in/*'])!.after
    expect(resourcesIn(edit(first, ['media/*'])!.after)).toEqual([arn('media/*')])
    expect(edit(first, ['media/in/b.txt'])).toBeNull()
    expect(edit(first, ['media/a.txt'])).toBeNull()
    expect(edit(first, [], ['media/other'])).toBeNull()
    expect(edit(null, [], ['x'])).toBeNull()
  })

  test.each([
    ['another action', '"Action":"s3:*"'],
    ['a condition', '"Action":"s3:GetObject","Condition":{"Bool":{"aws:SecureTransport":"true"}}'],
  ])('S44 with %s is not touched', (_, changed) => {
    const text = `{"Statement":[{"Sid":"PailPublicRead","Effect":"Allow","Principal":"*",${changed},"Resource":"arn:aws:s3:::b/x"}]}`
    expect(() => edit(text, ['y'])).toThrow(
      expect.objectContaining({ error: expect.objectContaining({ code: 'safety-refused' }) }),
    )
  })

  test.each(['', '{', '{"Statement":[],"Statement":[]}', '{"Statement":"x"}'])(
    'S44 a policy that is not understood (%j) is not changed',
    (text) => {
      expect(() => edit(text, ['y'])).toThrow(
        expect.objectContaining({ error: expect.objectContaining({ code: 'safety-refused' }) }),
      )
    },
  )

  test('a policy that would be too long is refused', () => {
    const many = Array.from({ length: 400 }, (_, index) => `${index}-${'x'.repeat(60)}`)
    expect(() => edit(null, many)).toThrow(
      expect.objectContaining({ error: expect.objectContaining({ code: 'too-many' }) }),
    )
  })

  test('names that are patterns are refused, and no others', () => {
    for (const key of ['a*', 'a?', 'a${x}'])
      expect(() => resourceOf(place, { key })).toThrow(
        expect.objectContaining({ error: expect.objectContaining({ code: 'invalid-argument', key }) }),
      )
    expect(resourceOf(place, { key: 'a b$+%é"\\' })).toBe(arn('a b$+%é"\\'))
    expect(resourceOf({ ...place, region: 'us-gov-west-1' }, { prefix: 'm/' })).toBe(
      'arn:aws-us-gov:s3:::b/m/*',
    )
  })

  test('S44 S48 never opens anything but what was asked for', () => {
    const segment = fc.constantFrom('media', 'media-2', 'medi', 'a', 'b c', 'é', '"', '\\', '{', ']', ',')
    const prefix = fc.array(segment, { minLength: 1, maxLength: 3 }).map((all) => `${all.join('/')}/`)
    const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((all) => all.join('/'))
    const readable = (text: string | null, name: string) =>
      text !== null &&
      evaluatePolicy(parsePolicy(text, 'b'), {
        identity: 'anonymous',
        action: 's3:GetObject',
        bucket: 'b',
        key: name,
        context: {},
      }) === 'allow'
    fc.assert(
      fc.property(
        fc.constantFrom(...policies.map(([, text]) => text)),
        fc.array(prefix, { maxLength: 3 }),
        fc.array(key, { maxLength: 3 }),
        fc.array(key, { minLength: 1, maxLength: 6 }),
        (text, prefixes, keys, asked) => {
          const add = [
            ...prefixes.map((each) => resourceOf(place, { prefix: each })),
            ...keys.map((each) => resourceOf(place, { key: each })),
          ]
          const change = editPolicy(text, place, { add, remove: [] })
          const after = change === null ? text : change.after
          for (const name of [...asked, ...keys, ...prefixes.map((each) => `${each}x`)]) {
            const wanted = keys.includes(name) || prefixes.some((each) => name.startsWith(each))
            const isDenied = name.startsWith('secret/')
            expect(readable(after, name)).toBe((wanted && !isDenied) || readable(text, name))
          }
          // And back again.
          const back = editPolicy(after, place, {
            add: [],
            remove: ownResources(after === null ? null : parsePolicyDocument(after), place),
          })
          for (const name of asked)
            expect(readable(back === null ? after : back.after, name)).toBe(readable(text, name))
        },
      ),
      { numRuns: 300 },
    )
  })
})
