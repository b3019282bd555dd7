import { describe, expect, test } from 'vitest'
import { isSamePolicy, parsePolicyDocument } from '../../src-main/visibility/policy-document.ts'
import {
  covers,
  isOwnStatement,
  letsCloudFrontRead,
  matchesPattern,
  readStatements,
  signatureAgeLimit,
  toOpenings,
} from '../../src-main/visibility/policy-reading.ts'

const place = { bucket: 'b', region: 'eu-central-1', https: true }
const allow = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/media/*' }
const own = { Sid: 'PailPublicRead', ...allow }

function statementsOf(...Statement: object[]) {
  const document = parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement }))
  if (document === null) throw new Error('this is a policy')
  return readStatements(document, place)
}

describe('the statements in a policy’s text', () => {
  test.each([
    ['a list', '{"Version":"2012-10-17","Statement":[{"Sid":"a"},{"Sid":"b","x":[1,{"y":"}]"}]}]}', 2, true],
    ['a lone one', '{ "Statement" : {"Sid":"a\\"]}"} , "Version":"2012-10-17" }', 1, false],
    ['an empty list', '{"Statement":[ ],"Id":"x"}', 0, true],
    ['much space', '\n{\n  "Statement" : [\n    { "Sid" : "a" }\n    ,\n    { }\n  ]\n}\n', 2, true],
  ])('of %s are found where they stand', (_, text, count, isList) => {
    const document = parsePolicyDocument(text)
    expect(document?.statements).toHaveLength(count)
    expect(document?.list !== null).toBe(isList)
    for (const { start, end, value } of document?.statements ?? [])
      expect(JSON.parse(text.slice(start, end))).toEqual(value)
    if (document?.list) {
      const list: unknown = JSON.parse(text.slice(document.list.start, document.list.end))
      expect(list).toEqual(document.statements.map(({ value }) => value))
    }
  })

  test.each([
    '',
    '{',
    '[]',
    '"Statement"',
    '{"Version":"2012-10-17"}',
    '{"Statement":[1]}',
    '{"Statement":[],"Statement":[]}',
    '{"Statement":[{"Effect":"Deny","Effect":"Allow"}]}',
  ])('%j is not understood', (text) => expect(parsePolicyDocument(text)).toBeNull())
})

test('what a service gives back in another form is the same policy, and another one is not', () => {
  const put = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Shut',
        ...allow,
        Resource: ['arn:aws:s3:::b/z', 'arn:aws:s3:::b/a'],
        Condition: { StringEquals: { 'aws:principaltype': 'Anonymous' } },
      },
    ],
  })
  // As MinIO has it.
  const back = `{"Statement":{"Action":["s3:GetObject"],"Condition":{"StringEquals":{"aws:principaltype":["Anonymous"]}},
    "Effect":"Allow","Principal":{"AWS":["*"]},"Resource":["arn:aws:s3:::b/a","arn:aws:s3:::b/z"],"Sid":"Shut"},"Version":"2012-10-17"}`
  expect(isSamePolicy(put, back)).toBe(true)
  for (const [from, to] of [
    ['"*"', '"123456789012"'],
    ['b/z', 'b/y'],
    ['Allow', 'Deny'],
    ['aws:principaltype', 'aws:username'],
  ] as const)
    expect(isSamePolicy(put, back.replace(from, to))).toBe(false)
  expect(isSamePolicy(put, null)).toBe(false)
})

describe('what a policy says of everybody reading', () => {
  test.each<[string, object, object | null]>([
    ['an Allow for everybody', allow, { effect: 'allow', conditional: false, own: false }],
    ['Pail’s own', own, { effect: 'allow', conditional: false, own: true }],
    ['everybody in a list', { ...allow, Principal: { AWS: ['1', '*'] } }, { conditional: false }],
    ['one account', { ...allow, Principal: { AWS: '123456789012' } }, null],
    ['a service', { ...allow, Principal: { Service: 'cloudfront.amazonaws.com' } }, null],
    ['all actions', { ...allow, Action: 's3:*' }, { conditional: false }],
    ['actions in capitals', { ...allow, Action: ['S3:GETOBJECT'] }, { conditional: false }],
    ['other actions', { ...allow, Action: ['s3:PutObject', 's3:GetObjectAcl'] }, null],
    ['all but other actions', { ...allow, Action: undefined, NotAction: 's3:Put*' }, { conditional: false }],
    ['all but reading', { ...allow, Action: undefined, NotAction: 's3:Get*' }, null],
    ['a Deny', { ...allow, Effect: 'Deny' }, { effect: 'deny' }],
    [
      'a Deny for all but one',
      { ...allow, Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '1' } },
      { effect: 'deny' },
    ],
    [
      'an address',
      { ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
      { conditional: true },
    ],
    ['a variable', { ...allow, Resource: 'arn:aws:s3:::b/${aws:username}/*' }, { conditional: true }],
    ['an empty condition', { ...allow, Condition: {} }, { conditional: false }],
    [
      'a Deny of plain http',
      { ...allow, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      null,
    ],
    [
      'a Deny of https',
      { ...allow, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
      { conditional: true },
    ],
  ])('%s', (_, statement, expected) => {
    const found = statementsOf(statement)
    if (expected === null) expect(found).toEqual([])
    else expect(found).toEqual([expect.objectContaining(expected)])
  })

  test('a statement covers the keys of its pattern, as far as the segment goes (S48)', () => {
    const [statement] = statementsOf(allow)
    const covered = (key: string) => covers(statement!, `arn:aws:s3:::b/${key}`)
    expect(['media/a', 'media/a/b.jpg', 'media/'].map(covered)).toEqual([true, true, true])
    expect(['media', 'media-2/a', 'x/media/a'].map(covered)).toEqual([false, false, false])
    const [rest] = statementsOf({ ...allow, Resource: undefined, NotResource: allow.Resource })
    expect(covers(rest!, 'arn:aws:s3:::b/x')).toBe(true)
    expect(covers(rest!, 'arn:aws:s3:::b/media/x')).toBe(false)
  })

  test('is shown by keys, and by all keys where that cannot be told exactly', () => {
    const shown = (Resource: unknown) =>
      toOpenings(statementsOf({ ...allow, Resource }), place).map(({ patterns, conditional }) => ({
        patterns,
        conditional,
      }))
    expect(shown(['arn:aws:s3:::b/a/*', 'arn:aws:s3:::b'])).toEqual([
      { patterns: ['a/*'], conditional: true },
    ])
    expect(shown('arn:aws:s3:::b/*')).toEqual([{ patterns: ['*'], conditional: false }])
    expect(shown('*')).toEqual([{ patterns: ['*'], conditional: false }])
    expect(shown('arn:aws:s3:::*')).toEqual([{ patterns: ['*'], conditional: true }])
    expect(shown('arn:aws:s3:::other/*')).toEqual([])
  })

  test.each([
    ['another Sid', { ...own, Sid: 'Mine' }],
    ['another action', { ...own, Action: ['s3:GetObject', 's3:PutObject'] }],
    ['a condition', { ...own, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['another bucket', { ...own, Resource: 'arn:aws:s3:::c/media/*' }],
    ['one account', { ...own, Principal: { AWS: '123456789012' } }],
    ['a Deny', { ...own, Effect: 'Deny' }],
  ])('with %s a statement is not Pail’s own', (_, statement) =>
    expect(isOwnStatement(statement, place)).toBe(false),
  )

  test('it is as S3 may give it back', () => {
    expect(isOwnStatement({ ...own, Principal: { AWS: '*' }, Resource: [own.Resource] }, place)).toBe(true)
    expect(
      isOwnStatement({ ...own, Resource: 'arn:aws-cn:s3:::b/x' }, { bucket: 'b', region: 'cn-north-1' }),
    ).toBe(true)
  })

  test('a CDN is recognised', () => {
    const reads = (Principal: unknown) =>
      letsCloudFrontRead(parsePolicyDocument(JSON.stringify({ Statement: [{ ...allow, Principal }] }))!)
    expect(reads({ Service: 'cloudfront.amazonaws.com' })).toBe(true)
    expect(reads({ AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' })).toBe(true)
    expect(reads('*')).toBe(false)
  })
})

describe('patterns', () => {
  test.each([
    ['*', '', true],
    ['a*', 'abc', true],
    ['a*c', 'abcbc', true],
    ['a*c', 'abcb', false],
    ['?', 'a', true],
    ['?', '', false],
    ['a.c', 'abc', false],
    ['*a*b*', 'xaxbx', true],
    ['a**b', 'ab', true],
  ])('%s and %s: %s', (pattern, text, expected) => expect(matchesPattern(pattern, text)).toBe(expected))

  test('that are meant to be slow are not', () => {
    const startedAt = performance.now()
    expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(2000))).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })
})

describe('how old a signature may be', () => {
  const deny = (more: object) => ({
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: 'arn:aws:s3:::b/*',
    Condition: { NumericGreaterThan: { 's3:signatureAge': 600_000 } },
    ...more,
  })
  const limit = (...Statement: object[]) => {
    const document = parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement }))
    if (document === null) throw new Error('this is a policy')
    return signatureAgeLimit(document, place, 'media/a.pdf')
  }

  test('of an upload is told by what is said of uploads', () => {
    const ofUploads = (Statement: object) => {
      const document = parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: [Statement] }))
      return document === null ? null : signatureAgeLimit(document, place, 'media/a.pdf', 'PutObject')
    }
    expect(ofUploads(deny({ Action: 's3:PutObject' }))).toBe(600)
    expect(ofUploads(deny({}))).toBe(600)
    expect(ofUploads(deny({ Action: 's3:GetObject' }))).toBeNull()
  })

  test.each([
    ['a Deny', [deny({})], 600],
    [
      'the least of several',
      [deny({}), deny({ Condition: { numericgreaterthan: { 'S3:SIGNATUREAGE': ['90000', '120000'] } } })],
      90,
    ],
    [
      'from an age on',
      [deny({ Condition: { NumericGreaterThanEqualsIfExists: { 's3:signatureAge': '60000' } } })],
      59,
    ],
    [
      'beside another condition',
      [
        deny({
          Condition: {
            StringEquals: { 's3:authType': 'REST-QUERY-STRING' },
            NumericGreaterThan: { 's3:signatureAge': 1000 },
          },
        }),
      ],
      1,
    ],
    ['of this key', [deny({ Resource: 'arn:aws:s3:::b/media/*' })], 600],
    ['of all but other keys', [deny({ Resource: undefined, NotResource: 'arn:aws:s3:::b/static/*' })], 600],
    ['of another key', [deny({ Resource: 'arn:aws:s3:::b/static/*' })], null],
    ['for uploads', [deny({ Action: 's3:PutObject' })], null],
    ['in an Allow', [deny({ Effect: 'Allow' })], null],
    [
      'for young signatures',
      [deny({ Condition: { NumericLessThan: { 's3:signatureAge': 600_000 } } })],
      null,
    ],
    ['nothing', [own], null],
  ])('%s', (_, statements, seconds) => {
    expect(limit(...statements)).toBe(seconds)
  })
})
