import { expect, it } from 'vitest'
import type { BegunUpload, RememberedPart, UploadCheckpoint } from '../../../src-main/s3/upload-checkpoint.ts'
import { sendError, sendXml } from '../scripted-server.ts'
import { both } from './both-transports.ts'
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

const begun = '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>'
const kms = { 'x-amz-server-side-encryption': 'aws:kms' }

/** Begins an upload as a service does that keeps checksums. */
const keeping: Answer = ({ headers }, response) => {
  const algorithm = headers['x-amz-checksum-algorithm']
  if (algorithm !== undefined) response.setHeader('x-amz-checksum-algorithm', algorithm)
  sendXml(response, begun)
}

/** Takes a part and tells its checksum, with an ETag that is no MD5. */
const opaque: Answer = ({ body }, response) =>
  void response
    .writeHead(200, { ...kms, etag: `"${md5(`salt ${body}`)}"`, 'x-amz-checksum-crc32': crc32Of(body) })
    .end()

/** Ends an upload of `one` and `two` with a checksum of the whole. */
const completing =
  (checksum: string): Answer =>
  (_, response) => {
    response.setHeader('x-amz-server-side-encryption', 'aws:kms')
    sendXml(
      response,
      completed('"opaque-2"').replace('</Comp', `<ChecksumCRC32>${checksum}</ChecksumCRC32></Comp`),
    )
  }

/** What an object of these parts has as its checksum of the kind COMPOSITE. */
const compositeCrc32 = (...parts: string[]) =>
  `${crc32Of(Buffer.concat(parts.map((part) => Buffer.from(crc32Of(part), 'base64'))))}-${parts.length}`

/** A checkpoint that keeps what it is told. */
function remember() {
  const kept: { begun: BegunUpload | null; parts: RememberedPart[] } = { begun: null, parts: [] }
  const checkpoint: UploadCheckpoint = {
    begun: null,
    onBegun: async (upload) => void (kept.begun = upload),
    onPart: (part) => void kept.parts.push(part),
    onDropped: () => Promise.resolve(),
    keeps: () => false,
  }
  return { kept, checkpoint }
}

/** By both transports, to a service of which nothing is known, twice one after the other. */
async function twice(changed: Partial<Record<Step, Answer>>) {
  const { wire, sdk } = await both(service(changed), async (session) => {
    const { kept, checkpoint } = remember()
    const first = await upload(session, ['one', 'two'], { checkpoint })
    const second = await upload(session, ['one', 'two'])
    return { first, second, ...kept }
  })
  expect(wire.outcome).toMatchObject({ value: { second: {} } })
  const sent = [wire, sdk].map(({ requests }) => ({
    begins: requests
      .filter((request) => stepOf(request) === 'create')
      .map(({ headers }) => headers['x-amz-checksum-algorithm'] ?? null),
    parts: requests
      .filter((request) => stepOf(request) === 'part')
      .map(({ headers }) => headers['x-amz-checksum-crc32'] ?? null),
    documents: requests.filter((request) => stepOf(request) === 'complete').map(({ body }) => body),
    heads: requests.filter((request) => stepOf(request) === 'head').length,
  }))
  return { outcome: wire.outcome, sdkOutcome: sdk.outcome, wire: sent[0]!, sdk: sent[1]! }
}

it('where the service says that it keeps checksums, each part has one, and no MD5 is needed', async () => {
  const whole = compositeCrc32('one', 'two')
  const { outcome, wire, sdk } = await twice({ create: keeping, part: opaque, complete: completing(whole) })
  for (const { begins, parts, documents, heads } of [wire, sdk]) {
    expect(begins).toEqual(['CRC32', 'CRC32'])
    expect(parts).toEqual([crc32Of('one'), crc32Of('two'), crc32Of('one'), crc32Of('two')])
    expect(documents[0]).toContain(`<ChecksumCRC32>${crc32Of('two')}</ChecksumCRC32>`)
    // The checksum of the whole has said it.
    expect(heads).toBe(0)
  }
  expect(outcome).toMatchObject({
    value: {
      first: { verified: true },
      begun: { withCrc32: true },
      parts: [
        { number: 1, crc32: crc32Of('one') },
        { number: 2, crc32: crc32Of('two') },
      ],
    },
  })
  const { parts } = (outcome as { value: { parts: RememberedPart[] } }).value
  expect(parts.map(({ md5: each }) => each)).toEqual([undefined, undefined])
})

it('an ETag that is an MD5 is remembered with the checksum', async () => {
  const { outcome } = await twice({
    create: keeping,
    part: ({ body }, response) =>
      void response.writeHead(200, { etag: `"${md5(body)}"`, 'x-amz-checksum-crc32': crc32Of(body) }).end(),
    complete: (_, response) => sendXml(response, completed(composite([md5('one'), md5('two')]))),
  })
  expect(outcome).toMatchObject({
    value: { first: { verified: true }, parts: [{ md5: md5('one'), crc32: crc32Of('one') }, {}] },
  })
})

it('where it says nothing of them, the MD5 proves the parts as before', async () => {
  const { outcome, wire, sdk } = await twice({})
  for (const { begins, parts } of [wire, sdk]) {
    expect(begins).toEqual(['CRC32', 'CRC32'])
    expect(parts).toEqual([null, null, null, null])
  }
  expect(outcome).toMatchObject({
    value: { first: { verified: true }, begun: { withCrc32: false }, parts: [{ md5: md5('one') }, {}] },
  })
})

it.each([
  [501, 'NotImplemented'],
  [400, 'InvalidArgument'],
  [403, 'SignatureDoesNotMatch'],
])('where it refuses them (%s %s), it is asked without, and from then on at once', async (status, code) => {
  const { outcome, wire, sdk } = await twice({
    create(request, response) {
      if (request.headers['x-amz-checksum-algorithm'] === undefined) sendXml(response, begun)
      else sendError(response, status, code)
    },
    part: ({ body }, response) => void response.writeHead(200, { etag: `"${md5(body)}"` }).end(),
    complete: (_, response) => sendXml(response, completed(composite([md5('one'), md5('two')]))),
  })
  for (const { begins, parts } of [wire, sdk]) {
    expect(begins).toEqual(['CRC32', null, null])
    expect(parts).toEqual([null, null, null, null])
  }
  expect(outcome).toMatchObject({ value: { first: { verified: true }, begun: { withCrc32: false } } })
})

it('who is not allowed hears so, and is asked again with checksums', async () => {
  const { wire, sdk } = await both(
    service({ create: (_, response) => sendError(response, 403, 'AccessDenied') }),
    async (session) => {
      const outcomes = await Promise.allSettled([upload(session, ['one']), upload(session, ['one'])])
      return outcomes.map((each) => (each.status === 'rejected' ? each.reason.error.code : each.status))
    },
  )
  for (const { outcome, requests } of [wire, sdk]) {
    expect(outcome).toEqual({ value: ['access-denied', 'access-denied'] })
    const begins = requests.filter((request) => stepOf(request) === 'create')
    const asked = begins.map(({ headers }) => headers['x-amz-checksum-algorithm'] ?? 'none')
    expect(asked.filter((each) => each === 'CRC32')).toHaveLength(2)
    expect(asked.filter((each) => each === 'none')).toHaveLength(2)
  }
})

it('F16 a checksum of the whole that is another one is an error, whatever the parts were', async () => {
  const { wire, sdk } = await both(
    service({ create: keeping, part: opaque, complete: completing(compositeCrc32('one', 'tow')) }),
    (session) => upload(session, ['one', 'two']),
  )
  for (const { outcome } of [wire, sdk]) expect(outcome).toMatchObject({ error: { code: 'integrity' } })
})

it('F16 a part whose checksum is another one, and whose ETag proves nothing, is sent again', async () => {
  let first = true
  const { wire, sdk } = await both(
    service({
      create(request, response) {
        first = true
        keeping(request, response)
      },
      part(request, response) {
        opaque(first ? { ...request, body: 'flipped' } : request, response)
        first = false
      },
      complete: completing(compositeCrc32('one', 'two')),
    }),
    (session) => upload(session, ['one', 'two']),
  )
  for (const { outcome, requests } of [wire, sdk]) {
    expect(outcome).toMatchObject({ value: { verified: true } })
    expect(requests.filter((request) => stepOf(request) === 'part')).toHaveLength(3)
  }
})
