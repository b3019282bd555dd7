import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSecureContext, createServer as createTlsServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { createConnections } from '../../../src-main/s3/wire/connections.ts'
import { typescriptNode } from '../../bench/typescript-node.ts'
import { makeCertificate } from './both-transports.ts'
import { rawScene } from './raw-scene.ts'

const scene = rawScene()
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('connections', () => {
  it('carry one request after the other, and one at a time', async () => {
    scene.play = (socket) => void setTimeout(() => socket.write(ok), 20)
    await Promise.all([scene.ask(), scene.ask(), scene.ask()])
    expect(scene.count).toBe(3)
    await Promise.all([scene.ask(), scene.ask()])
    await scene.ask()
    expect(scene.count).toBe(3)
    expect(scene.seen).toHaveLength(6)
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
    scene.play = (socket) => void socket.write(text)
    expect((await scene.ask()).body).toBe('ok')
    expect((await scene.ask()).body).toBe('ok')
    expect(scene.seen.map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('F9 are closed by what nobody has asked for, which answers nobody', async () => {
    scene.play = (socket, connection) => {
      socket.write(ok)
      if (connection === 0)
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'), 30)
    }
    expect((await scene.ask()).body).toBe('ok')
    await expect.poll(() => scene.sockets.size).toBe(0)
    expect((await scene.ask()).body).toBe('ok')
    expect(scene.seen.map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('are not used again where the answer came before the request was taken', async () => {
    const body = Buffer.alloc(32 * 1024 * 1024, 'x')
    scene.play = (socket) => {
      socket.pause()
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
    }
    await expect(scene.ask({ method: 'PUT', body })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    })
    scene.play = (socket) => void socket.write(ok)
    expect((await scene.ask()).body).toBe('ok')
    expect(scene.seen.map(({ connection }) => connection)).toEqual([0, 1])
  })

  it('are closed when nothing was asked for a while, and before the service does it', async () => {
    scene.connections = createConnections({ idleMs: 100 })
    scene.play = (socket) => void socket.write(ok)
    await scene.ask()
    await expect.poll(() => scene.sockets.size).toBe(0)
    await scene.ask()
    expect(scene.count).toBe(2)
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
      scene.play = (socket) => {
        socket.write(begun)
        setTimeout(() => stop.abort(), 20)
      }
      await expect(scene.ask({ signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
      await expect.poll(() => scene.sockets.size).toBe(0)
    }
    await expect(scene.ask({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    expect(scene.seen).toHaveLength(2)
  })

  it('of many requests with one signal are all closed by it, and have one listener of it together', async () => {
    const stop = new AbortController()
    scene.play = (socket, _, head) => void (head.includes('/done') && socket.write(ok))
    await scene.ask({ path: '/done', signal: stop.signal })
    const waiting = [1, 2, 3].map(() => scene.ask({ signal: stop.signal }))
    await expect.poll(() => scene.seen.length).toBe(4)
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
    stop.abort()
    for (const each of waiting) await expect(each).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => scene.sockets.size).toBe(0)
  })

  it('F4 that nobody answers on, or that cannot be made, are given up in time', async () => {
    scene.play = () => undefined
    await expect(scene.ask({}, {}, { connectionMs: 1000, socketMs: 60 })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    scene.connections = createConnections({ idleMs: 1000, lookup: () => undefined })
    const nowhere = scene.ask(
      { origin: new URL('http://name.test') },
      {},
      { connectionMs: 60, socketMs: 5000 },
    )
    await expect(nowhere).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect.poll(() => scene.sockets.size).toBe(0)
  })

  it('fail what is on its way when they are closed', async () => {
    scene.play = () => scene.connections.destroy()
    await expect(scene.ask()).rejects.toMatchObject({ code: 'ECONNRESET' })
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
      await expect(scene.ask({ origin })).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
      const secureContext = createSecureContext({ ca: certificate.cert })
      scene.connections = createConnections({ idleMs: 5000, secureContext })
      for (let times = 0; times < 3; times++) expect((await scene.ask({ origin })).body).toBe('ok')
      expect(reused).toEqual([false, true, true])
    } finally {
      tls.close()
    }
  })
})

describe('what is sent', () => {
  it('says how long its body is where there can be one, and that it may go on', async () => {
    scene.play = (socket) => void socket.write(ok)
    await scene.ask()
    await scene.ask({ method: 'PUT' })
    await scene.ask({ method: 'POST', body: Buffer.from('abc') })
    await scene.ask(
      { method: 'PUT', body: Buffer.from('abc') },
      { 'content-length': '3', 'x-amz-meta-a': 'é' },
    )
    await scene.ask({ method: 'DELETE', query: [['versionId', 'a b']] })
    const host = `host: 127.0.0.1:${scene.port}`
    expect(scene.seen.map(({ head }) => head.split('\r\n'))).toEqual([
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
    await expect(scene.ask(what, headers as Record<string, string>)).rejects.toMatchObject({ code })
    expect(scene.count).toBe(0)
  })
})
