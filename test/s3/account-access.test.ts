import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { readAccountBlock } from '../../src-main/s3/account-access.ts'
import type { AwsClientOptions } from '../../src-main/s3/aws-client-config.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { reportBucketAccess } from '../../src-main/visibility/access-report.ts'
import { isHeadBucket, sendError, startScriptedServer, testSession } from './scripted-server.ts'

interface Asked {
  readonly method: string
  readonly hostname: string
  readonly path: string
  readonly headers: Record<string, string>
}
type Answer = readonly [status: number, body: string]

const sessions: S3Session[] = []
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy()
})

function aws(region: string): S3Session {
  const session = createS3Session({
    profileId: 'p',
    endpoint: null,
    service: 'aws',
    region,
    addressing: 'virtual',
    checksums: 'when-supported',
    insecureAllowed: false,
    credentials: () =>
      Promise.resolve({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret', sessionToken: 'token' }),
  })
  sessions.push(session)
  return session
}

/** AWS as far as it is asked here: hosts and what they answer. */
function network(answers: Record<string, Answer>) {
  const asked: Asked[] = []
  const requestHandler: AwsClientOptions['requestHandler'] = {
    handle(request) {
      const { method, hostname, path, headers } = request
      asked.push({ method, hostname, path, headers })
      const [statusCode, body] = answers[hostname] ?? [503, '']
      const response = { statusCode, headers: { 'content-type': 'text/xml' }, body: Readable.from([body]) }
      return Promise.resolve({ response: response as never })
    },
  }
  return { asked, requestHandler }
}

const identity: Answer = [
  200,
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
]
const block = (rules: string): Answer => [
  200,
  `<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">${rules}</PublicAccessBlockConfiguration>`,
]
const refusal = (status: number, code: string): Answer => [
  status,
  `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
]
const sts = 'sts.eu-west-1.amazonaws.com'
const control = '123456789012.s3-control.eu-west-1.amazonaws.com'

describe('Block Public Access of the account', () => {
  it('is asked of S3 Control for the account of the keys, whose number is asked once', async () => {
    const { asked, requestHandler } = network({
      [sts]: identity,
      [control]: block(
        '<BlockPublicAcls>true</BlockPublicAcls><RestrictPublicBuckets>true</RestrictPublicBuckets>',
      ),
    })
    const session = aws('eu-west-1')
    const wanted = {
      state: 'read',
      value: {
        blockPublicAcls: true,
        ignorePublicAcls: false,
        blockPublicPolicy: false,
        restrictPublicBuckets: true,
      },
    }
    expect(await readAccountBlock(session, { requestHandler })).toEqual(wanted)
    expect(await readAccountBlock(session, { requestHandler })).toEqual(wanted)
    expect(asked.map(({ hostname }) => hostname)).toEqual([sts, control, control])
    const [, second] = asked
    expect(second?.path).toBe('/v20180820/configuration/publicAccessBlock')
    expect(second?.headers['x-amz-account-id']).toBe('123456789012')
    expect(second?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-west-1\/s3\/aws4_request/,
    )
    expect(second?.headers['x-amz-security-token']).toBe('token')
  })

  it('none is set', async () => {
    const { requestHandler } = network({
      [sts]: identity,
      [control]: refusal(404, 'NoSuchPublicAccessBlockConfiguration'),
    })
    expect(await readAccountBlock(aws('eu-west-1'), { requestHandler })).toEqual({
      state: 'read',
      value: null,
    })
  })

  it.each<[string, Record<string, Answer>, RegExp]>([
    [
      'the keys may not read it',
      { [sts]: identity, [control]: refusal(403, 'AccessDenied') },
      /GetAccountPublicAccessBlock/,
    ],
    ['STS refuses the keys', { [sts]: refusal(403, 'InvalidClientTokenId') }, /./],
    ['nobody answers', {}, /./],
    ['it is another document', { [sts]: identity, [control]: [200, '<html/>'] }, /./],
  ])('it is unknown, and that is said, when %s', async (_, answers, said) => {
    const { requestHandler } = network(answers)
    expect(await readAccountBlock(aws('eu-west-1'), { requestHandler })).toMatchObject({
      state: 'unknown',
      message: expect.stringMatching(said) as string,
    })
  })

  it('S27 no variable of the environment sends the question elsewhere', async () => {
    const before = { ...process.env }
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1'
    process.env['AWS_ENDPOINT_URL_STS'] = 'http://127.0.0.1:1'
    process.env['AWS_ENDPOINT_URL_S3_CONTROL'] = 'http://127.0.0.1:1'
    try {
      const { asked, requestHandler } = network({ [sts]: identity, [control]: block('') })
      await readAccountBlock(aws('eu-west-1'), { requestHandler })
      expect(asked.map(({ hostname }) => hostname)).toEqual([sts, control])
    } finally {
      process.env = before
    }
  })

  it('a server that is not AWS is not asked about an account, and AWS is not told of its keys', async () => {
    const server = await startScriptedServer((request, response) =>
      isHeadBucket(request) ? response.writeHead(200).end() : sendError(response, 404, 'NoSuchBucketPolicy'),
    )
    const session = testSession(server.endpoint)
    const { asked, requestHandler } = network({})
    try {
      const report = await reportBucketAccess(session, {
        bucket: 'b',
        provider: 'aws',
        accountRequests: requestHandler,
      })
      expect(report.accountPublicAccessBlock.state).not.toBe('read')
      expect(asked).toEqual([])
    } finally {
      session.destroy()
      await server.close()
    }
  })
})
