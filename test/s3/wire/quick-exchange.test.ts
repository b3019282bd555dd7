import { spawnSync } from 'node:child_process'
import { Agent, request } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer } from 'node:tls'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Connections, createConnections } from '../../../src-main/s3/wire/connections.ts'
import { readWhole } from '../../../src-main/s3/wire/exchange.ts'
import { quickExchange } from '../../../src-main/s3/wire/quick-exchange.ts'
import { WireError } from '../../../src-main/s3/wire/wire-error.ts'
import type { WireRequest } from '../../../src-main/s3/wire/wire-request.ts'
import { typescriptNode } from '../../bench/typescript-node.ts'
import { makeCertificate } from './both-transports.ts'

/** What the server does with a connection once a request's head has come; by the number of the connection. */
let play: (socket: Socket, connection: number, head: string) => void = () => undefined
const sockets = new Set<Socket>()
let seen: { connection: number; head: string }[] = []
let count = 0
const server = createServer((socket) => {
  const connection = count++
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      // A body that has not come yet is left for the next chunk, unless the test answers before that.
      text = text.slice(end + 4 + length)
      seen.push({ connection, head })
      play(socket, connection, head)
    }
  })
})
let port = 0
let connections: Connections

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
beforeEach(() => {
  seen = []
  count = 0
  connections = createConnections({ idleMs: 5000 })
})
afterEach(() => {
  connections.destroy()
  for (const socket of sockets) socket.destroy()
})
afterAll(() => server.close())

const timeouts = { connectionMs: 1000, socketMs: 1000 }

async function ask(
  what: Partial<WireRequest> = {},
  headers: Record<string, string> = {},
  given: { connectionMs: number; socketMs: number } = timeouts,
) {
  const asked: WireRequest = {
    method: 'GET',
    origin: new URL(`http://127.0.0.1:${port}`),
    path: '/b/k',
    query: [],
    region: 'us-east-1',
    headers: {},
    ...what,
  }
  return quickExchange(
    { timeouts: given },
    connections,
    asked,
    { host: `127.0.0.1:${port}`, ...headers },
    readWhole,
    () => undefined,
  )
}

/** What Node's own client makes of the same. */
function asNode(method: string): Promise<{ statusCode: number; headers: unknown; body: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false })
    const sending = request({ host: '127.0.0.1', port, path: '/b/k', method, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0, headers } = response
        const { 'set-cookie': _, ...told } = headers
        resolve({ statusCode, headers: told, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    sending.on('error', reject)
    sending.end()
  })
}

/** Writes in pieces that arrive apart, and closes where the answer ends by that. */
async function trickle(socket: Socket, bytes: Buffer, cuts: readonly number[], closes: boolean) {
  let at = 0
  for (const cut of [...cuts.map((share) => Math.floor(share * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  )) {
    if (cut > at) {
      socket.write(bytes.subarray(at, cut))
      await new Promise((resolve) => setImmediate(resolve))
    }
    at = Math.max(at, cut)
  }
  if (closes) socket.end()
}

const outcome = (work: Promise<{ statusCode: number; headers: unknown; body: string }>) =>
  work.then(
    ({ statusCode, headers, body }) => ({ statusCode, headers, body }),
    (error: unknown) =>
      error instanceof WireError
        ? { statusCode: error.$response.statusCode, headers: error.$response.headers, body: null }
        : { failed: (error as NodeJS.ErrnoException).code },
  )

describe('an answer is read as Node reads it', () => {
  const token = fc
    .stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/)
    .filter(
      (name) =>
        !/^(content-length|transfer-encoding|connection|keep-alive|trailer|upgrade|set-cookie)$/i.test(name),
    )
  const known = fc.constantFrom(
    'ETag',
    'Content-Type',
    'Date',
    'Server',
    'x-amz-request-id',
    'Vary',
    'Set-Cookie',
    'last-modified',
    'constructor',
  )
  const value = fc.stringMatching(/^[!-~]([ \t!-~]{0,30}[!-~])?$/)
  const header = fc.tuple(
    fc.oneof(token, known),
    fc.constantFrom(': ', ':', ':\t '),
    value,
    fc.constantFrom('', ' ', '\t'),
  )
  const body = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes))
  const framing = fc.constantFrom('length', 'chunked', 'close')
  const chunked = (content: Buffer, sizes: readonly number[]) => {
    const parts: Buffer[] = []
    let at = 0
    for (const size of [...sizes, content.length]) {
      const piece = content.subarray(at, at + size)
      at += piece.length
      if (piece.length > 0)
        parts.push(Buffer.from(`${piece.length.toString(16)};x=1\r\n`), piece, Buffer.from('\r\n'))
    }
    return Buffer.concat([...parts, Buffer.from('0\r\nx-trailer: 1\r\n\r\n')])
  }

  it('whatever its headers, however it is framed and cut into pieces', async () => {
    let read = 0
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          status: fc.constantFrom(200, 201, 204, 206, 301, 304, 403, 404, 503),
          reason: fc.constantFrom(' OK', '', ' ', ' Ça va'),
          method: fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE'),
          interim: fc.boolean(),
          headers: fc.array(header, { maxLength: 6 }),
          framing,
          body,
          sizes: fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 5 }),
          cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
        }),
        async (given) => {
          const { status, reason, method, headers, body: content, cuts } = given
          const frame =
            given.framing === 'length'
              ? `Content-Length: ${content.length}\r\n`
              : given.framing === 'chunked'
                ? 'Transfer-Encoding: chunked\r\n'
                : ''
          const lines = headers
            .map(([name, colon, text, after]) => `${name}${colon}${text}${after}\r\n`)
            .join('')
          const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
          const bytes = Buffer.concat([
            Buffer.from(
              `${given.interim ? 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n' : ''}HTTP/1.1 ${status}${reason}\r\n${lines}${frame}\r\n`,
              'latin1',
            ),
            ...(hasBody ? [given.framing === 'chunked' ? chunked(content, given.sizes) : content] : []),
          ])
          play = (socket) => void trickle(socket, bytes, cuts, given.framing === 'close')
          const [ours, theirs] = [
            await outcome(ask({ method: method as 'GET' })),
            await outcome(asNode(method)),
          ]
          if (status < 300) expect(ours).toEqual(theirs)
          else expect({ ...ours, body: null }).toEqual({ ...theirs, body: null })
          read++
        },
      ),
      { numRuns: 150 },
    )
    expect(read).toBe(150)
  })

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a version that is not ours', 'HTTP/3.0 200 OK\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 2x0 OK\r\n\r\n'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nETag : x\r\nContent-Length: 0\r\n\r\n'],
    ['a line that is no header', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\nab'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and pieces',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a piece whose size is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    [
      'a piece that is longer than it says',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
    ],
    ['a head without an end', `HTTP/1.1 200 OK\r\n${'x-long: aaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(900)}`],
    ['a control character', 'HTTP/1.1 200 OK\r\nx-a: \x01\r\nContent-Length: 0\r\n\r\n'],
  ])('F9 %s is an error of the parser for both', async (_, text) => {
    play = (socket) => void socket.write(Buffer.from(text, 'latin1'))
    const [ours, theirs] = [await outcome(ask()), await outcome(asNode('GET'))]
    expect(ours).toEqual({ failed: expect.stringMatching(/^HPE_/) })
    expect(theirs).toEqual({ failed: expect.stringMatching(/^HPE_/) })
  })

  it.each([
    ['before the head', ''],
    ['within the head', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
    ['within a piece', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'],
    ['before the last piece', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n'],
  ])('F5 a connection that is closed %s is one that was cut', async (_, text) => {
    play = (socket) => void socket.end(Buffer.from(text, 'latin1'))
    expect(await outcome(ask())).toEqual({ failed: 'ECONNRESET' })
  })
})

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('connections', () => {
  it('carry one request after the other, and one at a time', async () => {
    play = (socket) => void setTimeout(() => socket.write(ok), 20)
    await Promise.all([ask(), ask(), ask()])
    expect(count).toBe(3)
    await Promise.all([ask(), ask()])
    await ask()
    expect(count).toBe(3)
    expect(seen).toHaveLength(6)
  })

  it.each([
    ['the answer says so', 'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok'],
    ['it is of an older version', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    [
      'it ends in less than a second',
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['more came than the answer', `${ok}HTTP/1.1 200 OK\r\n`],
  ])('are not used again when %s', async (_, text) => {
    play = (socket) => void socket.write(text)
    expect((await ask()).body).toBe('ok')
    expect((await ask()).body).toBe('ok')
    expect(seen.map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('F9 are closed by what nobody has asked for, which answers nobody', async () => {
    play = (socket, connection) => {
      socket.write(ok)
      if (connection === 0)
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'), 30)
    }
    expect((await ask()).body).toBe('ok')
    await expect.poll(() => sockets.size).toBe(0)
    expect((await ask()).body).toBe('ok')
    expect(seen.map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('are not used again where the answer came before the request was taken', async () => {
    const body = Buffer.alloc(32 * 1024 * 1024, 'x')
    play = (socket) => {
      socket.pause()
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
    }
    await expect(ask({ method: 'PUT', body })).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    play = (socket) => void socket.write(ok)
    expect((await ask()).body).toBe('ok')
    expect(seen.map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('are closed when nothing was asked for a while, and before the service does it', async () => {
    connections = createConnections({ idleMs: 100 })
    play = (socket) => void socket.write(ok)
    await ask()
    await expect.poll(() => sockets.size).toBe(0)
    await ask()
    expect(count).toBe(2)
  })

  it('that wait keep no process alive', () => {
    const program = `
      const { createConnections } = await import(${JSON.stringify(new URL('../../../src-main/s3/wire/connections.ts', import.meta.url).href)})
      const { createServer } = await import('node:net')
      const server = createServer((socket) => { socket.unref(); socket.on('data', () => socket.write(${JSON.stringify(ok)})) })
      server.listen(0, '127.0.0.1', () => {
        server.unref()
        createConnections({ idleMs: 60000 }).send(
          { isTls: false, host: '127.0.0.1', port: server.address().port },
          { head: 'GET / HTTP/1.1\\r\\n\\r\\n', isHead: false, connectionMs: 1000, socketMs: 30000 },
          { received() {}, answered: () => console.log('answered'), failed: console.error, longestAnswerBytes: 100, tooLong: () => new Error() },
        )
      })`
    const run = spawnSync(typescriptNode(), ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect({ ...run, stderr: '' }).toMatchObject({ status: 0, signal: null, stdout: 'answered\n' })
  })

  it('go with a request that is cancelled, before and after its answer has begun', async () => {
    for (const begun of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab']) {
      const stop = new AbortController()
      play = (socket) => {
        socket.write(begun)
        setTimeout(() => stop.abort(), 20)
      }
      await expect(ask({ signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
      await expect.poll(() => sockets.size).toBe(0)
    }
    await expect(ask({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    expect(seen).toHaveLength(2)
  })

  it('F4 that nobody answers on, or that cannot be made, are given up in time', async () => {
    play = () => undefined
    await expect(ask({}, {}, { connectionMs: 1000, socketMs: 60 })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    connections = createConnections({ idleMs: 1000, lookup: () => undefined })
    const nowhere = ask({ origin: new URL('http://name.test') }, {}, { connectionMs: 60, socketMs: 5000 })
    await expect(nowhere).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect.poll(() => sockets.size).toBe(0)
  })

  it('fail what is on its way when they are closed', async () => {
    play = () => connections.destroy()
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('over TLS begin with what an earlier one has agreed on, and trust nobody else', async () => {
    const reused: boolean[] = []
    const certificate = makeCertificate()
    const tls = createTlsServer(certificate, (socket) => {
      reused.push(socket.isSessionReused())
      socket.on('error', () => undefined)
      socket.on('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'),
      )
    })
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    try {
      const origin = new URL(`https://127.0.0.1:${(tls.address() as AddressInfo).port}`)
      await expect(ask({ origin })).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
      const secureContext = createSecureContext({ ca: certificate.cert })
      connections = createConnections({ idleMs: 5000, secureContext })
      for (let times = 0; times < 3; times++) expect((await ask({ origin })).body).toBe('ok')
      expect(reused).toEqual([false, true, true])
    } finally {
      tls.close()
    }
  })
})

describe('what is sent', () => {
  it('says how long its body is where there can be one, and that it may go on', async () => {
    play = (socket) => void socket.write(ok)
    await ask()
    await ask({ method: 'PUT' })
    await ask({ method: 'POST', body: Buffer.from('abc') })
    await ask({ method: 'PUT', body: Buffer.from('abc') }, { 'content-length': '3', 'x-amz-meta-a': 'é' })
    await ask({ method: 'DELETE', query: [['versionId', 'a b']] })
    const host = `host: 127.0.0.1:${port}`
    expect(seen.map(({ head }) => head.split('\r\n'))).toEqual([
      ['GET /b/k HTTP/1.1', host, 'connection: keep-alive'],
      ['PUT /b/k HTTP/1.1', host, 'content-length: 0', 'connection: keep-alive'],
      ['POST /b/k HTTP/1.1', host, 'content-length: 3', 'connection: keep-alive'],
      ['PUT /b/k HTTP/1.1', host, 'content-length: 3', 'x-amz-meta-a: é', 'connection: keep-alive'],
      ['DELETE /b/k?versionId=a%20b HTTP/1.1', host, 'connection: keep-alive'],
    ])
  })

  it.each([
    ['a line break in a header', {}, { 'x-a': 'b\r\nx-c: d' }, 'ERR_INVALID_CHAR'],
    ['what is not Latin 1', {}, { 'x-a': '日' }, 'ERR_INVALID_CHAR'],
    ['a header that is none', {}, { 'x a': 'b' }, 'ERR_INVALID_HTTP_TOKEN'],
    ['a blank in the path', { path: '/b/k HTTP/1.1' }, {}, 'ERR_UNESCAPED_CHARACTERS'],
    ['a line break in the path', { path: '/b\r\n' }, {}, 'ERR_UNESCAPED_CHARACTERS'],
  ])('S30 with %s never leaves', async (_, what, headers, code) => {
    await expect(ask(what, headers as Record<string, string>)).rejects.toMatchObject({ code })
    expect(count).toBe(0)
  })
})
