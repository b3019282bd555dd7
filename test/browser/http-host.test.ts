import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDispatch, subscribeToEvents } from '../../src-main/backend/dispatch.ts'
import type { EventStream } from '../../src-main/browser/event-stream.ts'
import { createEventStream } from '../../src-main/browser/event-stream.ts'
import type { HttpHost } from '../../src-main/browser/http-host.ts'
import { startHttpHost } from '../../src-main/browser/http-host.ts'
import type { Uploads } from '../../src-main/browser/uploads.ts'
import { createUploads, uploadSegments } from '../../src-main/browser/uploads.ts'
import { contentSecurityPolicy } from '../../src-main/page/page-headers.ts'
import { methodNames } from '../../src-preload/contract/methods.ts'
import { ok } from '../../src-preload/contract/result.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'
import type { ApiDouble } from '../api-double.ts'
import { createApiDouble } from '../api-double.ts'
import type { LogDouble } from '../log-double.ts'
import { createLogDouble } from '../log-double.ts'

let folder: string
let host: HttpHost
let uploads: Uploads
let events: EventStream
let double: ApiDouble
let log: LogDouble
let cookie: string

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function open(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const { port } = new URL(host.origin)
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
}

async function ask(...args: Parameters<typeof open>): Promise<Answer> {
  const response = await open(...args)
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}

const call = (name: string, input: unknown) =>
  ask(
    'POST',
    `/api/${name}`,
    { cookie, origin: host.origin, 'content-type': 'application/json' },
    JSON.stringify(input),
  )

const upload = (query: Record<string, string>, body: string | Buffer) =>
  ask('POST', `/upload?${new URLSearchParams(query).toString()}`, { cookie, origin: host.origin }, body)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-host-'))
  await mkdir(join(folder, 'page', 'assets'), { recursive: true })
  await mkdir(join(folder, 'tmp'))
  await writeFile(
    join(folder, 'page', 'index.html'),
    '<!doctype html><head><script type="module" src="./assets/a.js"></script></head>',
  )
  await writeFile(join(folder, 'page', 'assets', 'a.js'), 'page')
  await writeFile(join(folder, 'outside.js'), 'outside')
  uploads = await createUploads(join(folder, 'tmp'))
  events = createEventStream()
  double = createApiDouble()
  log = createLogDouble()
  subscribeToEvents(double.api, { log }, (name, event) => events.send(name, event))
  host = await startHttpHost({
    pageDirectory: join(folder, 'page'),
    bridgeScript: '/* bridge */',
    dispatch: createDispatch(double.api, { log }),
    uploads,
    events,
    log,
    port: 0,
  })
  const opened = await ask('GET', host.address.slice(host.origin.length))
  expect(opened.status).toBe(200)
  cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
})

afterEach(async () => {
  await host.close()
  uploads.removeAll()
  await rm(folder, { recursive: true, force: true })
})

describe('the browser host', () => {
  test('listens on 127.0.0.1 and nowhere else', () => {
    expect(host.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/)
  })

  test('puts the bridge before the page’s own script', async () => {
    const { body } = await ask('GET', '/', { cookie })
    expect(body.indexOf('/bridge.js')).toBeGreaterThan(0)
    expect(body.indexOf('/bridge.js')).toBeLessThan(body.indexOf('a.js'))
    const bridge = await ask('GET', '/bridge.js', { cookie })
    for (const name of methodNames) expect(bridge.body).toContain(`"${name}"`)
    expect(bridge.headers['content-type']).toContain('javascript')
  })

  test('S6 every answer has the policy, refusals as well', async () => {
    const answers = [
      await ask('GET', '/', { cookie }),
      await ask('GET', '/assets/a.js', { cookie }),
      await ask('GET', '/missing.js', { cookie }),
      await ask('GET', '/'),
      await ask('GET', '/favicon.ico', { cookie }),
      await ask('PUT', '/', { cookie, origin: host.origin }),
      await call('listProfiles', {}),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 401, 204, 405, 200])
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toBe(contentSecurityPolicy)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test.each([
    '/../outside.js',
    '/%2e%2e/outside.js',
    '/..%5coutside.js',
    '/assets/../../outside.js',
    '//outside.js',
  ])('S5 %s is not served', async (path) => {
    const { status, body } = await ask('GET', path, { cookie })
    expect([400, 404]).toContain(status)
    expect(body).not.toBe('outside')
  })

  test('carries a call to the dispatcher and its answer back', async () => {
    double.answer('listBuckets', () => ok({ buckets: [], listed: true }))
    const { status, body } = await call('listBuckets', { profileId: 'p' })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual(ok({ buckets: [], listed: true }))
    expect(double.calls).toEqual([{ name: 'listBuckets', input: { profileId: 'p' } }])
  })

  test.each([
    ['no session', {}],
    ['no origin', { withCookie: true }],
    ['another origin', { withCookie: true, origin: 'https://evil.example' }],
    ['another host', { withCookie: true, host: 'evil.example' }],
  ])(
    'a call with %s reaches nothing',
    async (
      _what,
      {
        withCookie = false,
        origin = '',
        host: name = '',
      }: {
        withCookie?: boolean
        origin?: string
        host?: string
      },
    ) => {
      const answer = await ask(
        'POST',
        '/api/listProfiles',
        {
          'content-type': 'application/json',
          ...(withCookie ? { cookie } : {}),
          ...(origin === '' ? {} : { origin }),
          ...(name === '' ? {} : { host: name, origin: host.origin }),
        },
        '{}',
      )
      expect([401, 403, 421]).toContain(answer.status)
      expect(double.calls).toEqual([])
    },
  )

  test('a form’s POST, which needs no preflight, is refused', async () => {
    const answer = await ask(
      'POST',
      '/api/listProfiles',
      { cookie, origin: host.origin, 'content-type': 'text/plain' },
      '{}',
    )
    expect(answer.status).toBe(415)
    expect(double.calls).toEqual([])
  })

  test('what is not JSON, or too much, is refused and logged as nothing', async () => {
    const headers = { cookie, origin: host.origin, 'content-type': 'application/json' }
    expect((await ask('POST', '/api/listProfiles', headers, '{')).status).toBe(400)
    expect(JSON.parse((await call('__proto__', {})).body)).toMatchObject({ error: { code: 'not-allowed' } })
    expect(double.calls).toEqual([])
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  test('events reach a page that listens, whole', async () => {
    const stream = await open('GET', '/events', { cookie })
    expect(stream.headers['content-type']).toContain('text/event-stream')
    const progress = {
      planId: 'plan',
      state: 'running',
      filesDone: 1,
      filesTotal: 2,
      bytesDone: 1,
      bytesTotal: 2,
      bytesPerSecond: 1,
      secondsLeft: null,
      current: 'a\nb: c\n\n',
    } as const
    double.emit('onSyncProgress', progress)
    let text = ''
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      text += chunk.toString('utf8')
      if (text.includes('data:')) break
    }
    expect(text).toContain('event: onSyncProgress\n')
    expect(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '')).toEqual(progress)
  })

  test('the clipboard is the page’s, and says when the page could not write', async () => {
    await expect(events.clipboard.writeText('nobody is there')).rejects.toThrow(/clipboard/)
    const stream = await open('GET', '/events', { cookie })
    const asked: { id: number; text: string }[] = []
    stream.on('data', (chunk: Buffer) => {
      const data = /^event: clipboard\ndata: (.*)$/m.exec(chunk.toString('utf8'))?.[1]
      if (data === undefined) return
      const event = JSON.parse(data) as { id: number; text: string }
      asked.push(event)
      void ask(
        'POST',
        '/clipboard-written',
        { cookie, origin: host.origin, 'content-type': 'application/json' },
        JSON.stringify({ id: event.id, written: event.text !== 'refused' }),
      )
    })
    await events.clipboard.writeText('a link')
    await expect(events.clipboard.writeText('refused')).rejects.toThrow(/clipboard/)
    expect(asked.map(({ text }) => text)).toEqual(['a link', 'refused'])
    stream.destroy()
  })
})

describe('dropped files in a browser', () => {
  const batch = '0123456789abcdef'

  test('become temporary files with their folders, which the backend gets as paths', async () => {
    double.answer('registerDrop', async (input) => {
      const { sources } = input as { sources: LocalPath[] }
      const names = sources.map(({ path }) => basename(path)).toSorted()
      return ok({ selectionId: 's', names, files: 3, sizeBytes: 0, problems: [] })
    })
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256))
    await upload({ batch, group: '0', name: 'photo ä #1?.jpg' }, bytes)
    await upload({ batch, group: '0', name: 'site/css/a.css' }, 'css')
    await upload({ batch, group: '0', name: 'site/index.html' }, 'html')
    await upload({ batch, group: '0', name: 'empty', kind: 'folder' }, '')
    const { body } = await call('registerDrop', { batch })
    expect(JSON.parse(body)).toMatchObject({
      ok: true,
      value: { names: ['empty', 'photo ä #1?.jpg', 'site'] },
    })
    const sources = (double.calls[0]?.input as { sources: LocalPath[] } | undefined)?.sources ?? []
    const photo = sources.find(({ path }) => path.endsWith('.jpg'))?.path ?? ''
    expect((await readFile(photo)).equals(bytes)).toBe(true)
    expect((await stat(photo)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(photo))).mode & 0o777).toBe(0o700)
    const site = sources.find(({ path }) => path.endsWith('site'))?.path ?? ''
    expect(await readFile(join(site, 'css', 'a.css'), 'utf8')).toBe('css')
    uploads.removeAll()
    expect(existsSync(photo)).toBe(false)
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  })

  test('two of one name are two files', async () => {
    await upload({ batch, group: '0', name: 'a.jpg' }, 'one')
    await upload({ batch, group: '1', name: 'a.jpg' }, 'two')
    const sources = await uploads.sources(batch)
    expect(sources.map(({ path }) => basename(path))).toEqual(['a.jpg', 'a.jpg'])
    const texts = await Promise.all(sources.map(({ path }) => readFile(path, 'utf8')))
    expect(texts.toSorted()).toEqual(['one', 'two'])
  })

  test('nothing is written over, neither by a second upload nor through a name', async () => {
    await upload({ batch, group: '0', name: 'a.jpg' }, 'one')
    const second = await upload({ batch, group: '0', name: 'a.jpg' }, 'two')
    expect(JSON.parse(second.body)).toMatchObject({ ok: false, error: { code: 'local-file' } })
    const [source] = await uploads.sources(batch)
    expect(await readFile(source?.path ?? '', 'utf8')).toBe('one')
  })

  test.each([
    { name: '../evil' },
    { name: 'a/../../evil' },
    { name: '/etc/evil' },
    { name: 'a//b' },
    { name: '.' },
    { name: '' },
    { name: 'nul\0byte' },
    { name: 'x'.repeat(256) },
    { name: Array.from({ length: 65 }, () => 'd').join('/') },
    { batch: '../../evil' },
    { batch: 'short' },
    { batch: '' },
    { group: '-1' },
    { group: '0.5' },
    { group: 'x' },
    { group: '../..' },
  ])('S15 %j is refused, and nothing is written', async (bad) => {
    const { body } = await upload({ batch, group: '0', name: 'a', ...bad }, 'evil')
    expect(JSON.parse(body)).toMatchObject({ ok: false, error: { code: 'invalid-argument' } })
    expect(await readdir(join(folder, 'tmp', (await readdir(join(folder, 'tmp')))[0] ?? ''))).toEqual([])
    expect((await readdir(folder)).toSorted()).toEqual(['outside.js', 'page', 'tmp'])
  })

  test.each([
    { sources: [{ path: '/etc/passwd' }] },
    { batch: 'never-uploaded' },
    { batch: '..' },
    { batch: ['x'] },
    {},
    null,
  ])('S15 a page cannot name a file of the computer: %j', async (input) => {
    const { body } = await call('registerDrop', input)
    expect(JSON.parse(body)).toMatchObject({ ok: false })
    expect(double.calls).toEqual([])
  })

  test('a file whose bytes stop coming leaves nothing behind', async () => {
    async function* broken() {
      yield Buffer.from('half')
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    }
    await expect(uploads.receive({ batch, group: 0, name: 'a' }, Readable.from(broken()))).rejects.toThrow()
    expect(await uploads.sources(batch)).toEqual([])
  })

  test('Windows’ own rules for names hold on Windows', () => {
    for (const name of ['a:b', 'con.txt', 'LPT1', 'a.', 'a ', 'a\\b', 'a?b', 'a\u0001'])
      expect(uploadSegments(name, 'win32'), name).toBeNull()
    expect(uploadSegments('a:b?', 'linux')).toEqual(['a:b?'])
    expect(uploadSegments('site/css/a.css', 'win32')).toEqual(['site', 'css', 'a.css'])
  })
})
