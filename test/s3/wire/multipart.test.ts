import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SeenRequest } from '../scripted-server.ts'
import { sendError, sendXml } from '../scripted-server.ts'
import { both, essence, makeCertificate, open, serve, transports } from './both-transports.ts'
import {
  type Answer,
  completed,
  composite,
  crc32Of,
  md5,
  service,
  type Step,
  stepOf,
  upload,
} from './upload-service.ts'

const ascii = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
const object = fc.record(
  {
    key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
    headers: fc.record(
      {
        contentType: ascii,
        cacheControl: ascii,
        contentEncoding: fc.constant('gzip'),
        contentDisposition: ascii,
        contentLanguage: fc.constantFrom('de', 'pt-BR, en'),
      },
      { requiredKeys: [] },
    ),
    acl: fc.constant('public-read' as const),
    metadata: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), ascii, { noNullPrototype: true }),
  },
  { requiredKeys: ['key', 'headers'] },
)
const texts = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 })

/** A document with its whitespace and the order of its siblings left out. */
const loosely = (xml: string) =>
  xml
    .replace(/^<\?xml[^>]*\?>/, '')
    .split(/(?=<Part>|<\/)/)
    .toSorted()

describe('what is sent is what the SDK would send', () => {
  it.each(['when-supported', 'when-required'] as const)(
    'for a whole upload, and for one that is taken back; checksums %s',
    async (checksums) => {
      for (const refused of [false, true]) {
        const script = service(
          refused ? { complete: (_, response) => sendError(response, 403, 'AccessDenied') } : {},
          'id/+=&amp;&lt; x',
        )
        const servers = await Promise.all(transports.map(() => serve(script)))
        const sessions = transports.map((transport, index) =>
          open(servers[index]?.endpoint ?? '', { transport, checksums }),
        )
        await fc.assert(
          fc.asyncProperty(object, texts, async (target, parts) => {
            const seen = []
            for (const [index, session] of sessions.entries()) {
              const requests = servers[index]?.requests ?? []
              requests.length = 0
              const outcome = await upload(session, parts, target).catch(
                (error: { error?: { code?: string } }) => error.error?.code,
              )
              const sent = requests.filter(({ url }) => !/^\/b\/?$/.test(url))
              seen.push({ outcome, sent: sent.map((request) => comparable(request)) })
            }
            expect(seen[0]).toEqual(seen[1])
            expect(seen[0]?.outcome).toEqual(refused ? 'access-denied' : expect.anything())
          }),
          { numRuns: 40 },
        )
      }
    },
    60_000,
  )
})

function comparable(request: SeenRequest) {
  const { headers, body, ...rest } = essence(request)
  // The SDK names the algorithm of a part as well; the header of the checksum says it.
  delete headers['x-amz-sdk-checksum-algorithm']
  if (stepOf(request) !== 'complete') return { ...rest, headers, body }
  // Nor need two documents that say the same be the same bytes.
  delete headers['x-amz-content-sha256']
  delete headers['content-length']
  return { ...rest, headers, body: loosely(body) }
}

describe('refusals are told alike, and asked again alike', () => {
  const refusals: [number, string][] = [
    [301, 'PermanentRedirect'],
    [307, 'TemporaryRedirect'],
    [400, 'ExpiredToken'],
    [400, 'EntityTooSmall'],
    [403, 'AccessDenied'],
    [403, 'SignatureDoesNotMatch'],
    [404, 'NoSuchBucket'],
    [404, 'NoSuchUpload'],
    [405, 'MethodNotAllowed'],
    [412, 'PreconditionFailed'],
    [501, 'NotImplemented'],
  ]
  it.each(refusals)('%i %s', async (status, code) => {
    for (const step of ['create', 'part', 'complete'] as const) {
      const { wire, sdk } = await both(
        service({ [step]: (_: unknown, response: ServerResponse) => sendError(response, status, code) }),
        (session) => upload(session, ['one', 'two']),
      )
      expect(wire.outcome).toEqual(sdk.outcome)
      expect(wire.requests.map(({ method }) => method)).toEqual(sdk.requests.map(({ method }) => method))
    }
  })

  it.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
  ])('F7 %i %s, of the beginning and of the end', async (status, code) => {
    for (const step of ['create', 'complete'] as const) {
      const { wire, sdk } = await both(
        service({ [step]: (_: unknown, response: ServerResponse) => sendError(response, status, code) }),
        (session) => upload(session, ['one']),
        { retries: { baseDelayMs: 1, maxDelayMs: 3, maxAttempts: 3 } },
      )
      expect(wire.outcome).toEqual(sdk.outcome)
      expect(wire.outcome).toMatchObject({ error: { retryable: true } })
      expect(wire.requests.map(({ method }) => method)).toEqual(sdk.requests.map(({ method }) => method))
    }
  })

  it.each([
    [
      'an error',
      '<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>',
    ],
    ['an error after blanks', ' \n \n<Error><Code>SlowDown</Code></Error>'],
    ['a refusal', '<Error><Code>AccessDenied</Code></Error>'],
    ['nothing', ''],
  ])('F9 200 with %s in place of the document', async (_, body) => {
    const { wire, sdk } = await both(
      service({
        complete: (_request, response) => {
          // The SDK's own error of an empty answer says no id, the wire's does.
          if (body === '') response.removeHeader('x-amz-request-id')
          response.writeHead(200).end(body)
        },
      }),
      (session) => upload(session, ['one']),
      { retries: { baseDelayMs: 1, maxDelayMs: 3, maxAttempts: 3 } },
    )
    expect(wire.outcome).toEqual(sdk.outcome)
    expect(wire.outcome).toMatchObject({ error: expect.anything() })
    expect(wire.requests.map(({ method }) => method)).toEqual(sdk.requests.map(({ method }) => method))
    expect(wire.requests.filter((request) => stepOf(request) === 'complete')).toHaveLength(3)
    expect(wire.requests.filter((request) => stepOf(request) === 'abort')).toHaveLength(1)
  })

  it('F9 an error that goes away when it is asked again', async () => {
    let count = 0
    const { wire } = await both(
      service({
        complete(_, response) {
          if (count++ === 0) sendXml(response, '<Error><Code>InternalError</Code></Error>')
          else sendXml(response, completed(composite([md5('one')])))
        },
      }),
      (session) => upload(session, ['one']),
    )
    expect(wire.outcome).toEqual({
      value: { eTag: composite([md5('one')]), verified: true, serverSideEncryption: null },
    })
  })

  it('F10 a page that is no answer: what is stored decides', async () => {
    const eTag = composite([md5('one')])
    for (const stored of [true, false]) {
      const { wire } = await both(
        service({
          complete: (_, response) => void response.writeHead(200).end('<html><br>Welcome</html>'),
          head: (_, response) =>
            void (stored
              ? response.writeHead(200, { etag: eTag, 'content-length': '3' }).end()
              : response.writeHead(404).end()),
        }),
        (session) => upload(session, ['one']),
      )
      if (stored)
        expect(wire.outcome).toEqual({ value: { eTag, verified: true, serverSideEncryption: null } })
      else expect(wire.outcome).toMatchObject({ error: { code: 'server-error' } })
    }
  })

  it('F4 silence of a part ends as a time-out, and the upload is taken back', async () => {
    const server = await serve(service({ part: () => undefined }))
    const session = open(server.endpoint, {
      transport: 'wire',
      retries: { maxTimeoutAttempts: 1 },
      timeouts: { connectionMs: 1000, socketMs: 300, uploadMs: 200 },
    })
    await expect(upload(session, ['one'])).rejects.toMatchObject({ error: { code: 'timeout' } })
    expect(server.requests.filter((request) => stepOf(request) === 'abort')).toHaveLength(1)
  })

  it('F18 a clock that is off is corrected by the answer', async () => {
    const offsetMs = 3 * 3600_000
    const date = () => new Date(Date.now() + offsetMs).toUTCString()
    const skewed = (request: SeenRequest) => {
      const sent = String(request.headers['x-amz-date']).replace(
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
        '$1-$2-$3T$4:$5:$6Z',
      )
      return Math.abs(Date.parse(sent) - Date.now() - offsetMs) > 60_000
    }
    const usual = service()
    const server = await serve((request, response, count) => {
      response.setHeader('date', date())
      if (skewed(request)) sendError(response, 403, 'RequestTimeTooSkewed')
      else usual(request, response, count)
    })
    const session = open(server.endpoint, { transport: 'wire' })
    expect(await upload(session, ['one', 'two'])).toMatchObject({ verified: true })
    const refused = server.requests.filter((request) => skewed(request) && request.method !== 'HEAD')
    expect(refused).toHaveLength(1)
  })
})

describe('what proves a part', () => {
  const confirmed =
    (eTagOf: (body: string) => string, checksum = crc32Of): Answer =>
    (request, response) =>
      void response
        .writeHead(200, { etag: eTagOf(request.body), 'x-amz-checksum-crc32': checksum(request.body) })
        .end()
  const run = async (changed: Partial<Record<Step, Answer>>, parts = ['one', 'two']) => {
    const { wire, sdk } = await both(service(changed), (session) => upload(session, parts), {
      checksums: 'when-supported',
    })
    expect(wire.outcome).toEqual(sdk.outcome)
    return wire
  }

  it('is the service’s checksum; ETags that only look like MD5s are put together as they are', async () => {
    const salted = (body: string) => md5(`salt ${body}`)
    const eTag = composite([salted('one'), salted('two')])
    const { outcome, requests } = await run({
      part: confirmed((body) => `"${salted(body)}"`),
      complete: (_, response) => sendXml(response, completed(eTag)),
    })
    expect(outcome).toEqual({ value: { eTag, verified: true, serverSideEncryption: null } })
    expect(requests.filter((request) => stepOf(request) === 'head')).toHaveLength(0)
    for (const request of requests.filter((each) => stepOf(each) === 'part'))
      expect(request.headers['x-amz-checksum-crc32']).toBe(crc32Of(request.body))
  })

  it('F10 also when the reply to Complete is lost', async () => {
    const salted = (body: string) => md5(`salt ${body}`)
    const eTag = composite([salted('one'), salted('two')])
    let applied = false
    const { outcome } = await run({
      create(_, response) {
        applied = false
        sendXml(
          response,
          '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>',
        )
      },
      part: confirmed((body) => `"${salted(body)}"`),
      complete(_, response) {
        if (applied) sendError(response, 404, 'NoSuchUpload')
        else response.destroy()
        applied = true
      },
      head: (_, response) =>
        void response.writeHead(applied ? 200 : 404, { etag: eTag, 'content-length': '6' }).end(),
    })
    expect(outcome).toEqual({ value: { eTag, verified: true, serverSideEncryption: null } })
  })

  it('F16 is not a checksum that differs: then the MD5 has to match', async () => {
    for (const [eTagOf, code] of [
      [(body: string) => `"${md5(body)}"`, null],
      [() => `"${md5('flipped')}"`, 'integrity'],
    ] as const) {
      const { outcome, requests } = await run(
        {
          part: confirmed(eTagOf, () => crc32Of('flipped')),
          complete: (_, response) => sendXml(response, completed(composite([md5('one')]))),
        },
        ['one'],
      )
      if (code === null) expect(outcome).toMatchObject({ value: { verified: true } })
      else {
        expect(outcome).toMatchObject({ error: { code } })
        expect(requests.filter((request) => stepOf(request) === 'part')).toHaveLength(3)
      }
    }
  }, 60_000)
})

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('over https', () => {
  it('F26 a checked part is not hashed as well, a bare one is; the profile’s authority is trusted', async () => {
    const certificate = makeCertificate()
    const server = await serve(service(), certificate)
    const hashes = () =>
      server.requests
        .filter((request) => stepOf(request) === 'part')
        .map(({ headers }) => headers['x-amz-content-sha256'])
    await expect(upload(open(server.endpoint, { transport: 'wire' }), ['one'])).rejects.toMatchObject({
      error: { code: 'tls' },
    })
    expect(server.requests).toHaveLength(0)
    const how = { transport: 'wire', ca: certificate.cert } as const
    await upload(open(server.endpoint, { ...how, checksums: 'when-supported' }), ['one'])
    await upload(open(server.endpoint, { ...how, checksums: 'when-required' }), ['one'])
    const sha256 = createHash('sha256').update('one').digest('hex')
    expect(hashes()).toEqual(['UNSIGNED-PAYLOAD', sha256])
  })

  it('over http every part is hashed', async () => {
    const server = await serve(service())
    await upload(open(server.endpoint, { transport: 'wire', checksums: 'when-supported' }), ['one'])
    const part = server.requests.find((request) => stepOf(request) === 'part')
    expect(part?.headers['x-amz-content-sha256']).toBe(createHash('sha256').update('one').digest('hex'))
  })
})
