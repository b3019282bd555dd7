import { afterEach, describe, expect, test } from 'vitest'
import { reportUploads } from '../../src-main/backend/upload-report.ts'
import type { EndedBatch } from '../../src-main/transfers/batch.ts'
import { isHeadBucket, startScriptedServer, testSession } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const batch: EndedBatch = {
  batchId: 'batch',
  direction: 'upload',
  profileId: 'p',
  bucket: 'b',
  visibility: 'public',
  keys: ['first', 'middle', 'last'],
  done: 3,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  stripped: 0,
  reused: 0,
  reusedBytes: 0,
  baseUrl: null,
  linkExpirySeconds: 60,
  files: [],
  prefix: 'media/',
  onConflict: 'keep-both',
  linkFormat: 'url',
}

/** The report of a public batch where unsigned requests for the last key are answered so. */
async function reportWhen(
  status: number,
  signedStatus: number | ((url: string) => number) = 200,
  more: Partial<EndedBatch> = {},
  isCli = false,
  isShut: (url: string) => boolean = () => false,
) {
  const server = await startScriptedServer((request, response) => {
    const unsigned = request.headers.authorization === undefined
    const isLast = request.url.startsWith('/b/last')
    const isLink = request.url.includes('X-Amz-Signature')
    const signed = typeof signedStatus === 'number' ? signedStatus : signedStatus(request.url)
    const told = isLink ? signed : isHeadBucket(request) || !unsigned || !isLast ? 200 : status
    response.writeHead(unsigned && isShut(request.url) ? 403 : told).end()
  })
  const session = testSession(server.endpoint)
  closers.push(
    () => session.destroy(),
    () => server.close(),
  )
  const copied: string[] = []
  const report = await reportUploads(
    { ...batch, ...more },
    {
      session: () => Promise.resolve(session),
      clipboard: isCli
        ? null
        : {
            writeText: (text) => {
              copied.push(text)
              return Promise.resolve()
            },
          },
      ledger: { add: () => Promise.resolve([]) },
    },
  )
  expect(copied).toHaveLength(report.link === null ? 0 : 1)
  return { ...report, copied: copied.join() }
}

describe('S44 after a public upload', () => {
  test.each([
    ['what the public can read has public URLs', 200, 'public', null],
    ['what it cannot read has links that end, and that is said', 403, 'presigned', 'public-access-blocked'],
    ['what could not be found out is not passed off as public', 500, 'public', 'unreachable'],
    ['nor is what was answered with something else', 404, 'public', 'unreachable'],
  ])('%s', async (_, status, kind, code) => {
    const report = await reportWhen(status)
    expect(report.link).toMatchObject({ kind, count: 3 })
    expect(report.linkError?.code ?? null).toBe(code)
  })

  test('links that do not work are not passed off as links', async () => {
    const report = await reportWhen(403, 404)
    expect(report.link).toBeNull()
    expect(report.linkError).toMatchObject({ code: 'no-such-key' })
  })

  test('each is tried, wherever it is among them: the others are copied, and it is named', async () => {
    const goneWith = (key: string) => (url: string) => (url.startsWith(`/b/${key}`) ? 404 : 206)
    for (const key of batch.keys) {
      const report = await reportWhen(403, goneWith(key), { visibility: 'private' })
      expect(report.link).toMatchObject({ kind: 'presigned', count: 2 })
      expect(report.copied.split('\n').map((url) => url.includes(`/b/${key}`))).toEqual([false, false])
      expect(report.linkError).toMatchObject({
        code: 'no-such-key',
        key,
        message: `1 of 3 links do not work and were not copied. ${key}: The object does not exist (any more).`,
      })
    }
    // Beside what else is to be said.
    const report = await reportWhen(403, goneWith('middle'))
    expect(report.linkError?.message).toMatch(/^1 of 3 .* Without a signature they are refused/)
    // Plain addresses, too, where the public gets in.
    const open = await reportWhen(200, 200, {}, false, (url) => url.startsWith('/b/middle'))
    expect(open.link).toMatchObject({ kind: 'public', count: 2 })
    expect(open.linkError).toMatchObject({ code: 'access-denied', key: 'middle' })
  })
})

describe('S44 links that could not be tried', () => {
  const outOfOrder = 'The service is out of order for the moment (503).'
  const only = { visibility: 'private', keys: ['last'], done: 1 } as const
  test.each([
    ['one', () => 503, only, `The link could not be tried: ${outOfOrder}`],
    ['all', () => 503, { visibility: 'private' } as const, `The links could not be tried: ${outOfOrder}`],
    [
      'some',
      (url: string) => (url.startsWith('/b/middle') ? 503 : 206),
      { visibility: 'private' } as const,
      `1 of them could not be tried: ${outOfOrder}`,
    ],
  ])('are copied, and that is said: %s', async (_, status, more, message) => {
    const report = await reportWhen(403, status, more)
    expect(report.link?.count).toBe(more.visibility === 'private' && 'keys' in more ? 1 : 3)
    expect(report.linkError).toMatchObject({ code: 'unreachable', message })
  })
})

describe('S44 after a private upload', () => {
  const only = { visibility: 'private', keys: ['last'], done: 1 } as const
  test.each([
    ['what everybody can read is said to be', 200, 'yes'],
    ['what nobody can read is not', 403, 'no'],
    ['and what could not be found out is not passed off as either', 500, 'unknown'],
  ])('%s', async (_, status, publicCanRead) => {
    expect(await reportWhen(status, 200, only)).toMatchObject({
      publicCanRead,
      visibility: 'private',
      link: { kind: 'presigned', count: 1 },
      linkError: null,
    })
    // The command line has no clipboard, and is told all the same.
    expect(await reportWhen(status, 200, only, true)).toMatchObject({ publicCanRead, link: null })
  })

  test('one of them that everybody can read is enough', async () => {
    // The first one is open to everybody here, whatever the last one is.
    expect((await reportWhen(403, 200, { visibility: 'private' })).publicCanRead).toBe('yes')
    expect((await reportWhen(403, 200, { visibility: 'public' })).publicCanRead).toBe('no')
  })
})
