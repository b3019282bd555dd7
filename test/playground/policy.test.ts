import { describe, expect, test } from 'vitest'
import { evaluatePolicy, isPublicPolicy, parsePolicy } from '../../src-main/playground/policy.ts'
import type { PolicyQuestion } from '../../src-main/playground/policy.ts'

const bucket = 'site'
const publicStatic = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::site/static/*',
}

function policyOf(...statements: readonly unknown[]) {
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), bucket)
}

function ask(key: string | undefined, changes: Partial<PolicyQuestion> = {}): PolicyQuestion {
  return {
    identity: 'anonymous',
    action: key === undefined ? 's3:ListBucket' : 's3:GetObject',
    bucket,
    context: {},
    ...(key === undefined ? {} : { key }),
    ...changes,
  }
}

describe('policies that are refused', () => {
  const arn = 'arn:aws:s3:::site/*'
  const base = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: arn }
  test.each([
    ['no JSON', '{', 'MalformedPolicy'],
    ['an array', '[]', 'MalformedPolicy'],
    ['no statement', '{"Version":"2012-10-17"}', 'MalformedPolicy'],
    ['an empty statement list', '{"Version":"2012-10-17","Statement":[]}', 'MalformedPolicy'],
    ['an unknown version', JSON.stringify({ Version: '2020-01-01', Statement: base }), 'MalformedPolicy'],
    ['an unknown field', JSON.stringify({ Statement: base, Extra: 1 }), 'MalformedPolicy'],
    ['more than 20 KiB', JSON.stringify({ Id: 'x'.repeat(20 * 1024), Statement: base }), 'PolicyTooLarge'],
  ])('%s', (_, text, code) => {
    expect(() => parsePolicy(text, bucket)).toThrow(expect.objectContaining({ code }))
  })

  test.each([
    ['a wrong effect', { ...base, Effect: 'allow' }, 'MalformedPolicy'],
    ['no principal', { ...base, Principal: undefined }, 'MalformedPolicy'],
    ['a principal that cannot be', { ...base, Principal: { AWS: 'me' } }, 'MalformedPolicy'],
    ['an unknown action', { ...base, Action: 's3:GetObjects' }, 'MalformedPolicy'],
    ['an action of another service', { ...base, Action: 'ec2:RunInstances' }, 'MalformedPolicy'],
    ['no action', { ...base, Action: undefined }, 'MalformedPolicy'],
    ['no resource', { ...base, Resource: undefined }, 'MalformedPolicy'],
    ['another bucket', { ...base, Resource: 'arn:aws:s3:::other/*' }, 'MalformedPolicy'],
    ['a bucket whose name goes on', { ...base, Resource: 'arn:aws:s3:::site2/*' }, 'MalformedPolicy'],
    ['an object action on the bucket', { ...base, Resource: 'arn:aws:s3:::site' }, 'MalformedPolicy'],
    ['a bucket action on objects', { ...base, Action: 's3:ListBucket' }, 'MalformedPolicy'],
    ['an unknown operator', { ...base, Condition: { Sometimes: { 'aws:Referer': 'x' } } }, 'MalformedPolicy'],
    [
      'a wrong address',
      { ...base, Condition: { IpAddress: { 'aws:SourceIp': '1.2.3' } } },
      'MalformedPolicy',
    ],
    [
      'a key not enforced here',
      { ...base, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o' } } },
      'NotImplemented',
    ],
    [
      'an operator not enforced here',
      { ...base, Condition: { DateLessThan: { 'aws:CurrentTime': 'x' } } },
      'NotImplemented',
    ],
    ['NotPrincipal', { ...base, Principal: undefined, NotPrincipal: '*' }, 'NotImplemented'],
    ['a policy variable', { ...base, Resource: `${arn}\${aws:username}` }, 'NotImplemented'],
  ])('%s', (_, statement, code) => {
    expect(() => policyOf(statement)).toThrow(expect.objectContaining({ code }))
  })
})

describe('verdicts', () => {
  test.each([
    ['static/a.css', 'allow'],
    ['static/deep/a.css', 'allow'],
    ['static/', 'allow'],
    ['static', 'silent'],
    ['static-2/a.css', 'silent'],
    ['media/static/a.css', 'silent'],
    ['Static/a.css', 'silent'],
  ])('an Allow on static/* says %s: %s', (key, verdict) => {
    expect(evaluatePolicy(policyOf(publicStatic), ask(key))).toBe(verdict)
  })

  test('an Allow for one action says nothing of another', () => {
    expect(evaluatePolicy(policyOf(publicStatic), ask('static/a', { action: 's3:PutObject' }))).toBe('silent')
    expect(evaluatePolicy(policyOf(publicStatic), ask(undefined))).toBe('silent')
  })

  test('a Deny wins, whatever the order, and for the owner too', () => {
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::site/static/secret/*',
    }
    for (const policy of [policyOf(publicStatic, deny), policyOf(deny, publicStatic)]) {
      expect(evaluatePolicy(policy, ask('static/secret/a'))).toBe('deny')
      expect(evaluatePolicy(policy, ask('static/secret/a', { identity: 'owner' }))).toBe('deny')
      expect(evaluatePolicy(policy, ask('static/open/a'))).toBe('allow')
    }
  })

  test('principals: everybody, this account, another account, a service', () => {
    const forPrincipal = (Principal: unknown) => policyOf({ ...publicStatic, Principal })
    const verdicts = (Principal: unknown) =>
      (['anonymous', 'owner'] as const).map((identity) =>
        evaluatePolicy(forPrincipal(Principal), ask('static/a', { identity })),
      )
    expect(verdicts({ AWS: '*' })).toEqual(['allow', 'allow'])
    expect(verdicts({ AWS: ['arn:aws:iam::123456789012:root'] })).toEqual(['silent', 'allow'])
    expect(verdicts({ AWS: '123456789012' })).toEqual(['silent', 'allow'])
    expect(verdicts({ AWS: 'arn:aws:iam::999999999999:root' })).toEqual(['silent', 'silent'])
    expect(verdicts({ Service: 'cloudfront.amazonaws.com' })).toEqual(['silent', 'silent'])
  })

  test('wildcards in actions and resources; NotAction and NotResource', () => {
    const verdict = (changes: object, question: PolicyQuestion) =>
      evaluatePolicy(policyOf({ ...publicStatic, ...changes }), question)
    expect(verdict({ Action: 's3:Get*' }, ask('static/a'))).toBe('allow')
    expect(verdict({ Action: 'S3:getobject' }, ask('static/a'))).toBe('allow')
    expect(verdict({ Action: '*' }, ask('static/a', { action: 's3:DeleteObject' }))).toBe('allow')
    expect(verdict({ Resource: 'arn:aws:s3:::site/*.css' }, ask('x/a.css'))).toBe('allow')
    expect(verdict({ Resource: 'arn:aws:s3:::site/?.css' }, ask('ab.css'))).toBe('silent')
    expect(verdict({ Resource: 'arn:aws:s3:::site/a+b(1).txt' }, ask('a+b(1).txt'))).toBe('allow')
    expect(verdict({ Action: undefined, NotAction: 's3:PutObject' }, ask('static/a'))).toBe('allow')
    expect(verdict({ Action: undefined, NotAction: 's3:GetObject' }, ask('static/a'))).toBe('silent')
    expect(verdict({ Resource: undefined, NotResource: 'arn:aws:s3:::site/private/*' }, ask('a'))).toBe(
      'allow',
    )
    expect(
      verdict({ Resource: undefined, NotResource: 'arn:aws:s3:::site/private/*' }, ask('private/a')),
    ).toBe('silent')
  })

  test('a listing may be allowed for one prefix', () => {
    const policy = policyOf({
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::site',
      Condition: { StringLike: { 's3:prefix': 'static/*' } },
    })
    expect(evaluatePolicy(policy, ask(undefined, { context: { 's3:prefix': 'static/css' } }))).toBe('allow')
    expect(evaluatePolicy(policy, ask(undefined, { context: { 's3:prefix': '' } }))).toBe('silent')
    expect(evaluatePolicy(policy, ask(undefined))).toBe('silent')
  })

  test.each([
    [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:securetransport': 'false' }, true],
    [{ Bool: { 'aws:SecureTransport': true } }, { 'aws:securetransport': 'false' }, false],
    [
      { StringLike: { 'aws:Referer': 'https://site.example/*' } },
      { 'aws:referer': 'https://site.example/x' },
      true,
    ],
    [{ StringLike: { 'aws:Referer': 'https://site.example/*' } }, {}, false],
    [{ StringNotLike: { 'aws:Referer': 'https://bad/*' } }, {}, true],
    [{ StringNotEquals: { 'aws:Referer': ['a', 'b'] } }, { 'aws:referer': 'b' }, false],
    [{ StringEqualsIfExists: { 'aws:Referer': 'a' } }, {}, true],
    [{ StringEqualsIfExists: { 'aws:Referer': 'a' } }, { 'aws:referer': 'b' }, false],
    [{ Null: { 'aws:Referer': 'true' } }, {}, true],
    [{ Null: { 'aws:Referer': 'false' } }, {}, false],
    [{ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, { 'aws:sourceip': '127.0.0.1' }, true],
    [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { 'aws:sourceip': '127.0.0.1' }, false],
    [{ NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { 'aws:sourceip': '127.0.0.1' }, true],
    [{ NumericGreaterThan: { 's3:signatureAge': 600_000 } }, { 's3:signatureage': '600001' }, true],
    [{ NumericGreaterThan: { 's3:signatureAge': 600_000 } }, { 's3:signatureage': '600000' }, false],
    [
      { Bool: { 'aws:SecureTransport': 'false' }, StringEquals: { 'aws:Referer': 'a' } },
      { 'aws:securetransport': 'false', 'aws:referer': 'b' },
      false,
    ],
  ])('%j with %j holds: %s', (Condition, context, holds) => {
    const verdict = evaluatePolicy(policyOf({ ...publicStatic, Condition }), ask('static/a', { context }))
    expect(verdict).toBe(holds ? 'allow' : 'silent')
  })
})

describe('what is public', () => {
  test.each([
    ['an Allow for *', publicStatic, true],
    ['an Allow for AWS *', { ...publicStatic, Principal: { AWS: '*' } }, true],
    ['a Deny for *', { ...publicStatic, Effect: 'Deny' }, false],
    ['an Allow for one account', { ...publicStatic, Principal: { AWS: '123456789012' } }, false],
    [
      'one with a Referer',
      { ...publicStatic, Condition: { StringLike: { 'aws:Referer': 'https://x/*' } } },
      true,
    ],
    [
      'one for fixed addresses',
      { ...publicStatic, Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } },
      false,
    ],
    [
      'one for half the world',
      { ...publicStatic, Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } } },
      true,
    ],
    [
      'all but some addresses',
      { ...publicStatic, Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } },
      true,
    ],
  ])('%s', (_, statement, expected) => {
    expect(isPublicPolicy(policyOf(statement))).toBe(expected)
  })
})
