import { afterEach, describe, expect, test } from 'vitest'
import type { LeakScanOptions, ScanState } from '../../src-main/visibility/leak-scan.ts'
import { scanForLeaks } from '../../src-main/visibility/leak-scan.ts'
import type { Script, ScriptedServer } from '../s3/scripted-server.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A bucket with these keys; `answer` says what an unsigned request for a key gets. */
async function bucketOf(
  keys: readonly string[],
  answer: (key: string, count: number) => number | null,
  listing: Script = (_, response) => void response.writeHead(403).end(),
): Promise<{
  server: ScriptedServer
  scan: (more?: Partial<LeakScanOptions>) => Promise<ScanState>
  asked: string[]
  askedAt: number[]
}> {
  const asked: string[] = []
  const askedAt: number[] = []
  const server = await startScriptedServer((request, response, count) => {
    const isSigned = request.headers.authorization !== undefined
    if (isHeadBucket(request)) return void response.writeHead(200).end()
    if (request.url.includes('list-type=2')) {
      if (!isSigned) return listing(request, response, count)
      const rows = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag></Contents>`)
      return sendXml(
        response,
        `<ListBucketResult><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`,
      )
    }
    expect(isSigned).toBe(false)
    const key = request.url.slice('/b/'.length)
    asked.push(key)
    askedAt.push(performance.now())
    const status = answer(key, asked.length - 1)
    if (status === null) response.destroy()
    else response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {}).end()
  })
  const session = testSession(server.endpoint)
  closers.push(
    () => session.destroy(),
    () => server.close(),
  )
  return {
    server,
    asked,
    askedAt,
    scan: (more = {}) =>
      scanForLeaks(session, {
        bucket: 'b',
        prefix: '',
        through: () => null,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        perSecond: 10_000,
        ...more,
      }),
  }
}

const keys = (count: number) =>
  Array.from({ length: count }, (_, index) => `k${String(index).padStart(5, '0')}`)

describe('a leak scan', () => {
  test('S45 asks for every object, and names what is public', async () => {
    const all = keys(40)
    const leaky = new Set(['k00003', 'k00017'])
    const { scan, asked } = await bucketOf(all, (key) =>
      leaky.has(key) ? 200 : key === 'k00005' ? 404 : 403,
    )
    const states: string[] = []
    const report = await scan({ onProgress: (read) => states.push(read().state) })
    expect(asked.toSorted()).toEqual(all)
    expect(report).toMatchObject({
      state: 'done',
      objects: 40,
      chosen: 40,
      isSampled: false,
      notAsked: 0,
      counts: { public: 2, private: 37, unknown: 1 },
      listing: { visibility: 'private', status: 403 },
      error: null,
    })
    expect(report.leaks.map(({ key, status }) => [key, status])).toEqual([
      ['k00003', 200],
      ['k00017', 200],
    ])
    expect(report.unknowns.map(({ key }) => key)).toEqual(['k00005'])
    expect(new Set(states)).toEqual(new Set(['listing', 'asking']))
  })

  test('asks for a random sample of very many, and says so', async () => {
    const { scan, asked } = await bucketOf(keys(60), () => 403)
    let seed = 1
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
    const report = await scan({ mostAsked: 20, random })
    expect(report).toMatchObject({ state: 'done', objects: 60, chosen: 20, isSampled: true, notAsked: 0 })
    expect(new Set(asked).size).toBe(20)
    expect(asked.some((key) => key >= 'k00020')).toBe(true)
  })

  test('S45 that is cancelled is not a clean one', async () => {
    const stop = new AbortController()
    const { scan } = await bucketOf(keys(50), () => 403)
    const report = await scan({
      signal: stop.signal,
      onProgress: (read) => {
        if (read().counts.private >= 5) stop.abort()
      },
    })
    expect(report).toMatchObject({ state: 'stopped', error: { code: 'cancelled' } })
    expect(report.counts.private + report.notAsked).toBe(50)
    expect(report.notAsked).toBeGreaterThan(0)
    expect(report.counts.unknown).toBe(0)
  })

  test('F1 stops where nothing answers', async () => {
    const { scan, asked } = await bucketOf(keys(200), () => null)
    const report = await scan()
    expect(report).toMatchObject({ state: 'stopped', error: { code: 'unreachable' }, counts: { private: 0 } })
    expect(new Set(asked).size).toBeLessThan(40)
    expect(report.notAsked).toBeGreaterThan(150)
  })

  test('F7 goes slower where the service has too much to do, and asks again', async () => {
    const all = keys(30)
    const { scan, asked, askedAt } = await bucketOf(all, (_, count) => (count < 3 ? 503 : 403))
    const report = await scan({ perSecond: 200 })
    expect(report).toMatchObject({
      state: 'done',
      counts: { public: 0, private: 30, unknown: 0 },
      notAsked: 0,
    })
    // Each refusal is one more request, and none of the others is made twice.
    expect(asked).toHaveLength(33)
    expect(new Set(asked.slice(3))).toEqual(new Set(all))
    // At the full rate it would take a sixth of a second; it is at most half of that rate, and recovers slowly.
    expect(askedAt[32]! - askedAt[0]!).toBeGreaterThan(250)
  })

  test('F7 waits as long as the service says', async () => {
    const { scan, askedAt } = await bucketOf(keys(12), (_, count) => (count === 0 ? 429 : 403))
    const report = await scan()
    expect(report.counts).toEqual({ public: 0, private: 12, unknown: 0 })
    // Those that were under way with it have been asked; everything else comes a second later.
    expect(askedAt[8]! - askedAt[0]!).toBeGreaterThan(900)
  })

  test('F7 that gets nothing but refusals stops, and calls nothing unknown that it did not ask for', async () => {
    const { scan } = await bucketOf(keys(500), () => 503)
    const report = await scan()
    expect(report).toMatchObject({ state: 'stopped', error: { code: 'slow-down', retryable: true } })
    expect(report.counts).toMatchObject({ public: 0, private: 0 })
    expect(report.notAsked).toBeGreaterThan(480)
  })

  test('S47 that cannot list the keys has failed', async () => {
    const server = await startScriptedServer((request, response) =>
      isHeadBucket(request) ? void response.writeHead(200).end() : sendError(response, 403, 'AccessDenied'),
    )
    const session = testSession(server.endpoint)
    closers.push(
      () => session.destroy(),
      () => server.close(),
    )
    const report = await scanForLeaks(session, {
      bucket: 'b',
      prefix: '',
      through: () => null,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
    expect(report).toMatchObject({ state: 'failed', error: { code: 'access-denied' }, listing: null })
  })

  test('finds that everybody can list the keys', async () => {
    const { scan, server } = await bucketOf(
      keys(1),
      () => 403,
      (_, response) => sendXml(response, '<ListBucketResult/>'),
    )
    const report = await scan({ prefix: 'k' })
    expect(report.listing).toMatchObject({
      visibility: 'public',
      url: `${server.endpoint}/b/?list-type=2&max-keys=1&prefix=k`,
    })
  })

  test('asks in its pace', async () => {
    const { scan } = await bucketOf(keys(11), () => 403)
    const startedAt = performance.now()
    await scan({ perSecond: 50 })
    // Ten pauses of 20 ms.
    expect(performance.now() - startedAt).toBeGreaterThan(190)
  })

  test('asks at the address of the CDN and at the bucket’s own', async () => {
    const { scan, server } = await bucketOf(['a'], (key) => (key === 'cdn/a' ? 200 : 403))
    const report = await scan({ through: (key) => ({ baseUrl: `${server.endpoint}/b/cdn`, path: key }) })
    expect(report.leaks).toMatchObject([{ key: 'a', url: `${server.endpoint}/b/cdn/a` }])
  })

  test('S45 a CDN with one page for whatever it refuses leaks nothing by it', async () => {
    const { scan, server } = await bucketOf(['a', 'b'], (key) => (key.startsWith('cdn/') ? 200 : 403))
    const report = await scan({ through: (key) => ({ baseUrl: `${server.endpoint}/b/cdn`, path: key }) })
    expect(report).toMatchObject({ leaks: [], counts: { public: 0, unknown: 2 } })
  })
})
