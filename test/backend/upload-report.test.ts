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
  baseUrl: null,
  linkExpirySeconds: 60,
  files: [],
  prefix: 'media/',
  onConflict: 'keep-both',
  linkFormat: 'url',
}

/** The report of a public batch where unsigned requests for the last key are answered so. */
async function reportWhen(status: number, signedStatus = 200) {
  const server = await startScriptedServer((request, response) => {
    const unsigned = request.headers.authorization === undefined
    const isLast = request.url.startsWith('/b/last')
    const isLink = request.url.includes('X-Amz-Signature')
    const told = isLink ? signedStatus : isHeadBucket(request) || !unsigned || !isLast ? 200 : status
    response.writeHead(told).end()
  })
  const session = testSession(server.endpoint)
  closers.push(
    () => session.destroy(),
    () => server.close(),
  )
  const copied: string[] = []
  const report = await reportUploads(batch, {
    session: () => Promise.resolve(session),
    clipboard: {
      writeText: (text) => {
        copied.push(text)
        return Promise.resolve()
      },
    },
    ledger: { add: () => Promise.resolve([]) },
  })
  expect(copied).toHaveLength(report.link === null ? 0 : 1)
  return report
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
})
