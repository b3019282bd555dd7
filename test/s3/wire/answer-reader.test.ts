import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../../../src-main/s3/wire/wire-error.ts'
import { rawScene } from './raw-scene.ts'

const scene = rawScene()

/** What Node's own client makes of the same. */
function asNode(method: string): Promise<{ statusCode: number; headers: unknown; body: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false })
    const sending = request(
      { host: '127.0.0.1', port: scene.port, path: '/b/k', method, agent },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode = 0, headers } = response
          const { 'set-cookie': _, ...told } = headers
          resolve({ statusCode, headers: told, body: Buffer.concat(chunks).toString('utf8') })
        })
      },
    )
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
          scene.play = (socket) => void trickle(socket, bytes, cuts, given.framing === 'close')
          const [ours, theirs] = [
            await outcome(scene.ask({ method: method as 'GET' })),
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
    scene.play = (socket) => void socket.write(Buffer.from(text, 'latin1'))
    const [ours, theirs] = [await outcome(scene.ask()), await outcome(asNode('GET'))]
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
    scene.play = (socket) => void socket.end(Buffer.from(text, 'latin1'))
    expect(await outcome(scene.ask())).toEqual({ failed: 'ECONNRESET' })
  })
})
