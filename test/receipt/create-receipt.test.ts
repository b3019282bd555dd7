import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createReceipt, type CreateReceiptOptions } from '../../src-main/receipt/create-receipt.ts'
import type { AppliedSync, RowDone } from '../../src-main/sync/applied-sync.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { type Script, type ScriptedServer, startScriptedServer } from '../s3/scripted-server.ts'
import { startSyncFixture, type SyncFixture } from '../sync/sync-fixture.ts'

const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of closing.splice(0).toReversed()) await each.close()
})

const usual: CreateReceiptOptions = {
  baseUrl: null,
  stripPrefix: false,
  expected: 'public',
  pageOrigin: null,
}

const site = {
  'index.html': '<!doctype html>',
  'a b+c.css': 'body {}',
  'app.js': 'void 0',
  'icons.woff2': 'not really a font',
}

async function startFixture(): Promise<SyncFixture> {
  const fixture = await startSyncFixture({ access: 'per-object' })
  closing.push(fixture)
  return fixture
}

async function startCdn(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  closing.push(server)
  return server
}

/** Plans and applies; answers what was done, as the backend keeps it. */
async function sync(
  fixture: SyncFixture,
  options: Partial<SyncOptions> = {},
  prefix = '',
): Promise<AppliedSync> {
  const done = new Map<string, RowDone>()
  const planned = await fixture.plan({ visibility: 'public', ...options }, { prefix })
  await fixture.apply(planned, { onDone: (row, facts) => void done.set(row.key, facts) })
  return { profileId: 'p1', planned, done }
}

const codes = ({ rows }: Awaited<ReturnType<typeof createReceipt>>) =>
  Object.fromEntries(rows.map(({ key, code }) => [key, code]))

describe('a receipt of the bucket itself', () => {
  test('after a public sync everything is as it was sent', async () => {
    const fixture = await startFixture()
    await fixture.write(site)
    const receipt = await createReceipt(fixture.session, await sync(fixture), usual)
    expect(codes(receipt)).toEqual({
      'index.html': 'ok',
      'a b+c.css': 'ok',
      'app.js': 'ok',
      'icons.woff2': 'ok',
    })
    expect(receipt.rows.map(({ content }) => content)).toEqual(['same', 'same', 'same', 'same'])
    expect(receipt.counts).toMatchObject({ ok: 4, 'not-public': 0 })
    expect(receipt.baseUrl).toBe(`${fixture.playground.endpoint}/${fixture.bucket}`)
    expect(receipt.rows[1]?.url).toBe(`${receipt.baseUrl}/a%20b%2Bc.css`)
    expect(receipt.rows[0]).toMatchObject({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'max-age=86400',
      contentEncoding: null,
    })
  })

  test('what is private is refused, as a private destination promises and a public one does not', async () => {
    const fixture = await startFixture()
    await fixture.write(site)
    const applied = await sync(fixture, { visibility: 'private' })
    const wanted = await createReceipt(fixture.session, applied, { ...usual, expected: 'private' })
    expect(wanted.counts).toMatchObject({ ok: 4 })
    const unwanted = await createReceipt(fixture.session, applied, usual)
    expect(unwanted.counts).toMatchObject({ ok: 0, 'not-public': 4 })
  })

  test('what should be private and is not is named', async () => {
    const fixture = await startFixture()
    await fixture.write({ 'a.css': 'a' })
    const receipt = await createReceipt(fixture.session, await sync(fixture), {
      ...usual,
      expected: 'private',
    })
    expect(codes(receipt)).toEqual({ 'a.css': 'is-public' })
  })

  test('a rule says who should get what it speaks of, fonts included', async () => {
    const fixture = await startFixture()
    await fixture.write({ 'a.css': 'a', 'drafts/b.css': 'b', 'drafts/c.woff2': 'c', 'd.woff2': 'd' })
    const rules = [{ glob: 'drafts/', visibility: 'private' as const }]
    const receipt = await createReceipt(fixture.session, await sync(fixture, { rules }), usual)
    expect(
      receipt.rows.map(({ key, expected, code, status, cors }) => [key, expected, code, status, cors]),
    ).toEqual([
      ['a.css', 'public', 'ok', 200, 'not-needed'],
      ['drafts/b.css', 'private', 'ok', 403, 'not-needed'],
      ['d.woff2', 'public', 'no-cors', 200, 'missing'],
      ['drafts/c.woff2', 'private', 'ok', 403, 'not-needed'],
    ])
  })

  test('headers fixed in place and removals are looked at, too', async () => {
    const fixture = await startFixture()
    await fixture.write({ 'a.css': 'a', 'b.css': 'b', 'keep.css': 'k' })
    await sync(fixture)
    await fixture.write({ 'a.css': 'other' })
    await rm(join(fixture.folder, 'b.css'))
    const applied = await sync(fixture, {
      removeRemoteOnly: true,
      removeForeign: true,
      cacheControl: 'no-cache',
    })
    const receipt = await createReceipt(fixture.session, applied, usual)
    expect(receipt.rows.map(({ key, action, code, status }) => [key, action, code, status])).toEqual([
      ['a.css', 'upload', 'ok', 200],
      ['keep.css', 'update-headers', 'ok', 200],
      ['b.css', 'delete', 'ok', expect.toSatisfy((status) => status === 403 || status === 404)],
    ])
  })

  test('nothing carries a signature', async () => {
    const fixture = await startFixture()
    await fixture.write(site)
    const applied = await sync(fixture)
    fixture.requests.length = 0
    const receipt = await createReceipt(fixture.session, applied, usual)
    expect(fixture.requests.filter(({ path }) => path.includes('?'))).toEqual([])
    expect(JSON.stringify(receipt)).not.toMatch(/X-Amz|Signature|Authorization/i)
  })

  test('a plan that changed nothing asks nobody', async () => {
    const fixture = await startFixture()
    await fixture.write(site)
    await sync(fixture)
    const applied = await sync(fixture)
    fixture.countRequests()
    const receipt = await createReceipt(fixture.session, applied, usual)
    expect(receipt).toMatchObject({ rows: [], notChecked: 0 })
    expect(fixture.countRequests()).toEqual({})
  })
})

describe('a receipt of a base URL', () => {
  const ok = { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=86400' }

  test('goes to that URL, with the prefix or without, and sends nothing that tells who asks', async () => {
    const fixture = await startFixture()
    await fixture.write({ 'a.css': 'a' })
    const applied = await sync(fixture, {}, 'static/')
    const cdn = await startCdn((_, response) => response.writeHead(200, ok).end())
    for (const stripPrefix of [false, true]) {
      const receipt = await createReceipt(fixture.session, applied, {
        ...usual,
        baseUrl: `${cdn.endpoint}/assets/`,
        stripPrefix,
      })
      expect(receipt.counts.ok).toBe(1)
      expect(receipt.baseUrl).toBe(`${cdn.endpoint}/assets`)
    }
    expect(cdn.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'HEAD /assets/static/a.css',
      'HEAD /assets/a.css',
    ])
    for (const { headers } of cdn.requests)
      expect(Object.keys(headers).toSorted()).toEqual([
        'accept',
        'accept-encoding',
        'connection',
        'host',
        'user-agent',
      ])
  })

  test('every code, from what a CDN can answer', async () => {
    const fixture = await startFixture()
    const names = ['ok', 'absent', 'refused', 'moved', 'old', 'type', 'cache', 'encoding', 'broken']
    await fixture.write(Object.fromEntries(names.map((name) => [`${name}.css`, name])))
    await fixture.write({ 'gone.css': 'gone' })
    await sync(fixture)
    await rm(join(fixture.folder, 'gone.css'))
    await fixture.write(Object.fromEntries(names.map((name) => [`${name}.css`, `${name}, again`])))
    await fixture.write({ 'a.woff2': 'font', 'slow.js': 'slow' })
    const applied = await sync(fixture, { removeRemoteOnly: true, removeForeign: true, maxDelete: 10 })
    const cdn = await startCdn(({ url, method }, response) => {
      switch (url) {
        case '/absent.css':
          return response.writeHead(404).end()
        case '/refused.css':
          return response.writeHead(403).end()
        case '/moved.css':
          return response.writeHead(302, { location: '/login?token=secret#here' }).end()
        case '/old.css':
          return response.writeHead(200, { ...ok, age: '5000', 'x-cache': 'Hit from cloudfront' }).end()
        case '/type.css':
          return response.writeHead(200, { ...ok, 'content-type': 'text/plain' }).end()
        case '/cache.css':
          return response.writeHead(200, { ...ok, 'cache-control': 'max-age=1' }).end()
        case '/encoding.css':
          // HEAD is not offered for this one.
          if (method === 'HEAD') return response.writeHead(405).end()
          return response.writeHead(206, { ...ok, 'content-range': 'bytes 0-0/15' }).end('e')
        case '/broken.css':
          return response.writeHead(502).end()
        case '/slow.js':
          return undefined
        case '/a.woff2':
          return response
            .writeHead(200, { 'content-type': 'font/woff2', 'cache-control': 'max-age=86400' })
            .end()
        default:
          return response.writeHead(200, ok).end()
      }
    })
    const receipt = await createReceipt(fixture.session, applied, {
      ...usual,
      baseUrl: cdn.endpoint,
      timeoutMs: 300,
    })
    expect(codes(receipt)).toEqual({
      'ok.css': 'ok',
      'absent.css': 'not-found',
      'refused.css': 'not-public',
      'moved.css': 'redirected',
      'old.css': 'stale',
      'type.css': 'wrong-type',
      'cache.css': 'wrong-cache',
      'encoding.css': 'ok',
      'broken.css': 'unreachable',
      'slow.js': 'unreachable',
      'gone.css': 'stale',
      'a.woff2': 'no-cors',
    })
    const row = (key: string) => receipt.rows.find((each) => each.key === key)
    // Where a redirect leads is told without what may be secret in it, and nobody went there.
    expect(row('moved.css')?.location).toBe(`${cdn.endpoint}/login`)
    expect(cdn.requests.some(({ url }) => url.startsWith('/login'))).toBe(false)
    expect(row('slow.js')).toMatchObject({ status: null, problem: 'timeout' })
    expect(row('broken.css')).toMatchObject({ status: 502, problem: null })
    // Refusals of HEAD are confirmed with the first byte.
    const asked = cdn.requests.filter(({ url }) => url === '/refused.css')
    expect(asked.map(({ method, headers }) => [method, headers.range])).toEqual([
      ['HEAD', undefined],
      ['GET', 'bytes=0-0'],
    ])
  })

  test('fonts are asked for in the name of the pages', async () => {
    const fixture = await startFixture()
    await fixture.write({ 'a.woff2': 'font', 'b.css': 'b' })
    const applied = await sync(fixture)
    const cdn = await startCdn((request, response) => {
      const { origin } = request.headers
      const cors = origin === 'https://www.example.org' ? { 'access-control-allow-origin': origin } : {}
      response.writeHead(200, { ...cors, 'cache-control': 'max-age=86400' }).end()
    })
    const ask = (pageOrigin: string | null) =>
      createReceipt(fixture.session, applied, { ...usual, baseUrl: cdn.endpoint, pageOrigin })
    const font = async (pageOrigin: string | null) => {
      const receipt = await ask(pageOrigin)
      return [receipt.rows.find(({ key }) => key === 'a.woff2')?.cors, receipt.pageOrigin]
    }
    expect(await font('https://www.example.org')).toEqual(['allowed', 'https://www.example.org'])
    expect(await font('https://shop.example.org')).toEqual(['missing', 'https://shop.example.org'])
    // Not named: the files' own origin stands for the pages'.
    expect(await font(null)).toEqual(['missing', cdn.endpoint])
    expect(await font(cdn.endpoint)).toEqual(['not-needed', null])
    expect(
      cdn.requests.filter(({ url, headers }) => url === '/b.css' && headers.origin !== undefined),
    ).toEqual([])
  })

  test('the fonts of a whole site need no CORS', async () => {
    const fixture = await startFixture()
    await fixture.write({ 'a.woff2': 'font', 'index.html': '<!doctype html>' })
    const applied = await sync(fixture)
    const receipt = await createReceipt(fixture.session, applied, usual)
    expect(receipt.rows.map(({ cors }) => cors)).toEqual(['not-needed', 'not-needed'])
  })

  test('at most eight requests at once', async () => {
    const fixture = await startFixture()
    await fixture.write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.css`, `${i}`])))
    const applied = await sync(fixture)
    let now = 0
    let most = 0
    const cdn = await startCdn((_, response) => {
      most = Math.max(most, ++now)
      setTimeout(() => {
        now--
        response.writeHead(200, ok).end()
      }, 10)
    })
    const receipt = await createReceipt(fixture.session, applied, { ...usual, baseUrl: cdn.endpoint })
    expect(receipt.counts.ok).toBe(40)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(8)
  })

  test('F1 when nothing answers, the rest is not asked for', async () => {
    const fixture = await startFixture()
    await fixture.write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.css`, `${i}`])))
    const applied = await sync(fixture)
    const cdn = await startCdn(() => undefined)
    const receipt = await createReceipt(fixture.session, applied, {
      ...usual,
      baseUrl: cdn.endpoint,
      timeoutMs: 100,
    })
    // Those that were under way when the eighth gave up are waited for.
    const { unreachable } = receipt.counts
    expect(unreachable).toBeGreaterThanOrEqual(8)
    expect(unreachable).toBeLessThan(16)
    expect(receipt.counts['not-checked']).toBe(40 - unreachable)
    expect(receipt.notChecked).toBe(40 - unreachable)
    // Of some the time may have been over before they had left this process.
    expect(cdn.requests.length).toBeLessThanOrEqual(unreachable)
  })

  test('it can be stopped, and keeps what is known', async () => {
    const fixture = await startFixture()
    await fixture.write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.css`, `${i}`])))
    const applied = await sync(fixture)
    const stop = new AbortController()
    const cdn = await startCdn((_, response, count) => {
      if (count >= 20) stop.abort()
      else response.writeHead(200, ok).end()
    })
    const receipt = await createReceipt(fixture.session, applied, {
      ...usual,
      baseUrl: cdn.endpoint,
      signal: stop.signal,
    })
    const { ok: asked, 'not-checked': rest } = receipt.counts
    expect(asked).toBeGreaterThan(0)
    // What was answered but not yet read when it was stopped counts as not checked.
    expect(asked).toBeLessThanOrEqual(20)
    expect(rest).toBe(40 - asked)
    expect(receipt.notChecked).toBe(rest)
    expect(receipt.rows.every(({ problem }) => problem === null)).toBe(true)
  })

  test.each([
    ['S29 a metadata address written out', 'http://169.254.169.254', 'endpoint-refused'],
    ['S29 a metadata address behind a name', 'http://cdn.example.test', 'endpoint-refused'],
    ['nobody listens', 'http://127.0.0.1:9', 'unreachable'],
  ])('%s', async (_, baseUrl, problem) => {
    const fixture = await startFixture()
    await fixture.write({ 'a.css': 'a' })
    const receipt = await createReceipt(fixture.session, await sync(fixture), {
      ...usual,
      baseUrl,
      lookup: (_host, options, found) =>
        options.all
          ? found(null, [{ address: '169.254.169.254', family: 4 }])
          : found(null, '169.254.169.254', 4),
    })
    expect(receipt.rows[0]).toMatchObject({ code: 'unreachable', status: null, problem })
  })
})
