import { afterEach, describe, expect, it } from 'vitest'
import { readAccountBlock } from '../../src-main/s3/account-access.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { AccountServices } from '../../src-main/s3/wire/account-operations.ts'
import { awsAccountServices } from '../../src-main/s3/wire/account-operations.ts'
import { reportBucketAccess } from '../../src-main/visibility/access-report.ts'
import type { SeenRequest } from './scripted-server.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from './scripted-server.ts'

type Answer = string | readonly [status: number, code: string] | null

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const identity =
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>'
const block = (acls: boolean, ignore: boolean, policy: boolean, restrict: boolean) =>
  `<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><BlockPublicAcls>${acls}</BlockPublicAcls><IgnorePublicAcls>${ignore}</IgnorePublicAcls><BlockPublicPolicy>${policy}</BlockPublicPolicy><RestrictPublicBuckets>${restrict}</RestrictPublicBuckets></PublicAccessBlockConfiguration>`

/** STS and S3 Control on one server, told apart by what is asked. */
async function account(answers: { readonly sts: Answer; readonly control: Answer }) {
  const asked: SeenRequest[] = []
  const server = await startScriptedServer((request, response) => {
    asked.push(request)
    const answer = request.url.startsWith('/?') ? answers.sts : answers.control
    if (answer === null) return
    if (typeof answer === 'string') sendXml(response, answer)
    else sendError(response, answer[0], answer[1])
  })
  const session = testSession(null, {
    region: 'eu-west-1',
    retries: { maxAttempts: 2, baseDelayMs: 1, maxDelayMs: 5 },
    transport: 'wire',
    credentials: () =>
      Promise.resolve({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret', sessionToken: 'token' }),
  })
  closers.push(
    () => session.destroy(),
    () => server.close(),
  )
  const services: AccountServices = { sts: () => server.endpoint, control: () => server.endpoint }
  return { session, services, asked }
}

describe('Block Public Access of the account', () => {
  it('is asked of S3 Control for the account of the keys, whose number is asked once', async () => {
    const { session, services, asked } = await account({
      sts: identity,
      control: block(true, false, false, true),
    })
    const wanted = {
      state: 'read',
      value: {
        blockPublicAcls: true,
        ignorePublicAcls: false,
        blockPublicPolicy: false,
        restrictPublicBuckets: true,
      },
    }
    expect(await readAccountBlock(session, { services })).toEqual(wanted)
    expect(await readAccountBlock(session, { services })).toEqual(wanted)
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /?Action=GetCallerIdentity&Version=2011-06-15',
      'GET /v20180820/configuration/publicAccessBlock',
      'GET /v20180820/configuration/publicAccessBlock',
    ])
    const [first, second] = asked
    const signedFor = (service: string) =>
      new RegExp(`^AWS4-HMAC-SHA256 Credential=AKIATEST/\\d{8}/eu-west-1/${service}/aws4_request, `)
    expect(first?.headers['authorization']).toMatch(signedFor('sts'))
    expect(second?.headers['authorization']).toMatch(signedFor('s3'))
    expect(second?.headers['authorization']).toContain('x-amz-account-id')
    expect(second?.headers['x-amz-account-id']).toBe('123456789012')
    expect(second?.headers['x-amz-security-token']).toBe('token')
  })

  it('may be none', async () => {
    const control = [404, 'NoSuchPublicAccessBlockConfiguration'] as const
    const { session, services } = await account({ sts: identity, control })
    expect(await readAccountBlock(session, { services })).toEqual({ state: 'read', value: null })
  })

  it.each<[string, Answer, Answer, RegExp]>([
    ['the keys may not read it', identity, [403, 'AccessDenied'], /s3:GetAccountPublicAccessBlock/],
    ['STS refuses the keys', [403, 'InvalidClientTokenId'], block(true, true, true, true), /./],
    ['STS names no account', '<GetCallerIdentityResponse/>', block(true, true, true, true), /not known/],
    [
      'what STS names is no account',
      identity.replaceAll('123456789012', 'evil.example/'),
      '<a/>',
      /not known/,
    ],
    ['it is another document', identity, '<html/>', /./],
    ['it tells half of it', identity, block(true, true, true, true).replace(/<Block.*?Acls>/, ''), /./],
    ['nobody answers in time', identity, null, /in time/],
  ])('is unknown, and that is said, when %s', async (_, sts, control, said) => {
    const { session, services } = await account({ sts, control })
    expect(await readAccountBlock(session, { services, withinMs: 500 })).toMatchObject({
      state: 'unknown',
      message: expect.stringMatching(said) as string,
    })
  })

  it('asks AWS where it says that it listens', () => {
    expect(awsAccountServices.sts('eu-west-1')).toBe('https://sts.eu-west-1.amazonaws.com')
    expect(awsAccountServices.control('123456789012', 'cn-north-1')).toBe(
      'https://123456789012.s3-control.cn-north-1.amazonaws.com.cn',
    )
    expect(awsAccountServices.sts('us-iso-east-1')).toBeNull()
  })

  it('of a server that is not AWS there is none, and AWS is not asked with its keys', async () => {
    const { session: aws, services, asked } = await account({ sts: identity, control: '<a/>' })
    aws.destroy()
    const server = await startScriptedServer((request, response) =>
      isHeadBucket(request) ? response.writeHead(200).end() : sendError(response, 404, 'NoSuchBucketPolicy'),
    )
    const session: S3Session = testSession(server.endpoint)
    closers.push(
      () => session.destroy(),
      () => server.close(),
    )
    const report = await reportBucketAccess(session, {
      bucket: 'b',
      provider: 'aws',
      accountServices: services,
    })
    expect(report.accountPublicAccessBlock.state).not.toBe('read')
    expect(asked).toEqual([])
  })
})
