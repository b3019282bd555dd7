import { afterEach, describe, expect, it } from 'vitest'
import { connectionReportSchema } from '../../src-preload/contract/profile.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { testConnection } from '../../src-main/profiles/test-connection.ts'
import type { Script } from '../s3/scripted-server.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function report(
  script: Script,
  bucketNames: string[] = [],
  options: Parameters<typeof testSession>[1] = {},
) {
  const server = await startScriptedServer(script)
  closers.push(() => server.close())
  return reportOf(testSession(server.endpoint, options), bucketNames)
}

async function reportOf(session: ReturnType<typeof testSession>, bucketNames: string[] = []) {
  closers.push(() => session.destroy())
  const found = connectionReportSchema.parse(await testConnection(session, bucketNames))
  expect(found.checks.map(({ check }) => check)).toEqual([
    'reachable',
    'credentials',
    'list-buckets',
    'clock',
  ])
  const [reachable, credentials, list, clock] = found.checks
  return { ...found, reachable, credentials, list, clock }
}

const buckets: Script = (_, response) =>
  sendXml(response, '<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>')
const refused =
  (code: string, status = 403): Script =>
  (_, response) =>
    sendError(response, status, code)

describe('the connection test', () => {
  it('all well', async () => {
    const found = await report(buckets)
    expect(found.checks.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(found).toMatchObject({ usable: true, clockSkewSeconds: 0 })
  })

  it('a key that may not list buckets is usable, and is told to type names in', async () => {
    const found = await report(refused('AccessDenied'))
    expect(found).toMatchObject({
      usable: true,
      reachable: { outcome: 'ok' },
      credentials: { outcome: 'ok' },
      list: { outcome: 'failed', text: expect.stringContaining('Type the names') },
    })
  })

  it('with a name typed in, that bucket is tried', async () => {
    const found = await report(
      (request, response) => {
        if (isHeadBucket(request)) response.writeHead(200).end()
        else if (request.url.startsWith('/mine')) {
          sendXml(response, '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>')
        } else sendError(response, 403, 'AccessDenied')
      },
      ['mine'],
    )
    expect(found).toMatchObject({
      usable: true,
      credentials: { outcome: 'ok', text: 'The service accepts the keys.' },
      list: { outcome: 'failed', text: expect.stringContaining('“mine” can be opened') },
    })
  })

  it.each([
    ['InvalidAccessKeyId', 'does not know this access key'],
    ['SignatureDoesNotMatch', 'secret access key'],
    ['ExpiredToken', 'Sign in again'],
  ])('%s fails the credentials and nothing before them', async (code, words) => {
    const found = await report(refused(code))
    expect(found).toMatchObject({
      usable: false,
      reachable: { outcome: 'ok' },
      credentials: { outcome: 'failed', text: expect.stringContaining(words) },
      list: { outcome: 'unknown' },
    })
  })

  it('F18 a clock an hour off is measured, said and allowed for', async () => {
    const hour = 3_600_000
    const found = await report((request, response) => {
      response.setHeader('date', new Date(Date.now() + hour).toUTCString())
      const stamp = String(request.headers['x-amz-date']).replace(
        /^(....)(..)(..)T(..)(..)(..)Z$/,
        '$1-$2-$3T$4:$5:$6Z',
      )
      if (Math.abs(Date.parse(stamp) - Date.now() - hour) > 900_000)
        sendError(response, 403, 'RequestTimeTooSkewed')
      else buckets(request, response, 0)
    })
    expect(found.usable).toBe(true)
    expect(found.clockSkewSeconds).toBeGreaterThan(-3605)
    expect(found.clockSkewSeconds).toBeLessThan(-3595)
    expect(found.clock).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('60 minutes behind'),
    })
  })

  it('a clock ten minutes ahead is said, and is fine', async () => {
    const found = await report((request, response) => {
      response.setHeader('date', new Date(Date.now() - 600_000).toUTCString())
      buckets(request, response, 0)
    })
    expect(found.clock).toMatchObject({ outcome: 'ok', text: expect.stringContaining('10 minutes ahead of') })
  })

  it('F1 nothing there', async () => {
    const server = await startScriptedServer(buckets)
    await server.close()
    expect(await reportOf(testSession(server.endpoint))).toMatchObject({
      usable: false,
      clockSkewSeconds: null,
      reachable: { outcome: 'failed', text: expect.stringContaining('refused') },
      credentials: { outcome: 'unknown' },
      clock: { outcome: 'unknown' },
    })
  })

  it('F4 a black hole ends', async () => {
    const timeouts = { connectionMs: 150, socketMs: 200 }
    expect(await report(() => undefined, [], { timeouts })).toMatchObject({
      usable: false,
      reachable: { outcome: 'failed', text: expect.stringContaining('in time') },
    })
  })

  it('F8 a proxy’s error page', async () => {
    const found = await report((_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>')
    })
    expect(found).toMatchObject({
      usable: false,
      reachable: { outcome: 'failed', text: expect.stringContaining('502') },
    })
  })

  it('S20 a locked keychain is not the service’s fault', async () => {
    const found = await report(buckets, [], {
      credentials: () => Promise.reject(failure('keychain-locked', 'The keychain is locked.')),
    })
    expect(found).toMatchObject({
      usable: false,
      reachable: { outcome: 'unknown' },
      credentials: { outcome: 'failed', text: 'The keychain is locked.' },
    })
  })
})
