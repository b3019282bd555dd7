import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headObject } from '../../../src-main/s3/head-object.ts'
import { listObjectsPage } from '../../../src-main/s3/list-objects.ts'
import { presignGetObject, presignPutObject } from '../../../src-main/s3/presign.ts'
import { putObjectBytes } from '../../../src-main/s3/put-object.ts'
import type { S3Session } from '../../../src-main/s3/s3-session.ts'
import { wireIn, wireTo } from '../../../src-main/s3/wire/wire-target.ts'
import type { Script, SeenRequest } from '../scripted-server.ts'
import { testKeys } from '../scripted-server.ts'
import { essence, open, serve, transports } from './both-transports.ts'

const ascii = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
const object = fc.record(
  {
    key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
    body: fc.string({ maxLength: 40 }),
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
  { requiredKeys: ['key', 'body', 'headers'] },
)

describe('what is sent is what the SDK would send', () => {
  it.each(['when-supported', 'when-required'] as const)('PutObject, checksums %s', async (checksums) => {
    const script: Script = (request, response) =>
      response.writeHead(200, { etag: `"${createHash('md5').update(request.body).digest('hex')}"` }).end()
    const servers = await Promise.all(transports.map(() => serve(script)))
    const sessions = transports.map((transport, index) =>
      open(servers[index]?.endpoint ?? '', { transport, checksums }),
    )
    await fc.assert(
      fc.asyncProperty(object, async ({ body, ...target }) => {
        const written = await Promise.all(
          sessions.map(async (session) => {
            const answer = await putObjectBytes(session, { bucket: 'b', ...target }, Buffer.from(body))
            expect(answer.writtenIn).toHaveLength(1)
            return { ...answer, writtenIn: [] }
          }),
        )
        expect(written[0]).toEqual(written[1])
        const [ours, theirs] = servers.map((server) => essence(server.requests.at(-1) as SeenRequest))
        // The SDK names the algorithm as well; the header of the checksum says it.
        delete theirs?.headers['x-amz-sdk-checksum-algorithm']
        expect(ours).toEqual(theirs)
      }),
      { numRuns: 150 },
    )
  })

  it('ListObjectsV2 and HeadObject', async () => {
    const servers = await Promise.all(
      transports.map(() =>
        serve((request, response) =>
          request.method === 'HEAD'
            ? response.writeHead(404).end()
            : response.end('<ListBucketResult></ListBucketResult>'),
        ),
      ),
    )
    const sessions = transports.map((transport, index) =>
      open(servers[index]?.endpoint ?? '', { transport, checksums: 'when-supported' }),
    )
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    const listing = fc.record(
      {
        prefix: text,
        delimiter: fc.constant('/'),
        continuationToken: text,
        maxKeys: fc.nat(),
        startAfter: text,
      },
      { requiredKeys: ['prefix'] },
    )
    await fc.assert(
      fc.asyncProperty(listing, text, async (options, key) => {
        for (const session of sessions) {
          await listObjectsPage(session, { bucket: 'b', ...options })
          expect(await headObject(session, { bucket: 'b', key })).toBeNull()
        }
        for (const back of [-2, -1]) {
          const [ours, theirs] = servers.map((server) => essence(server.requests.at(back) as SeenRequest))
          expect(ours).toEqual(theirs)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('presigned URLs, byte for byte', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    const link = fc.record(
      {
        key: text,
        expiresInSeconds: fc.integer({ min: 1, max: 604_800 }),
        downloadAs: text,
        contentType: ascii,
      },
      { requiredKeys: ['key', 'expiresInSeconds'] },
    )
    const places = [
      { endpoint: 'https://s3.example.org', addressing: 'path', region: 'us-east-1', bucket: 'bucket' },
      { endpoint: 'https://s3.example.org:9000', addressing: 'virtual', region: 'fra1', bucket: 'bucket' },
      { endpoint: 'http://127.0.0.1:9000', addressing: 'virtual', region: 'us-east-1', bucket: 'bucket' },
      { endpoint: 'https://[::1]:9000', addressing: 'virtual', region: 'us-east-1', bucket: 'bucket' },
      { endpoint: 'http://localhost', addressing: 'virtual', region: 'us-east-1', bucket: 'dotted.name' },
      {
        endpoint: 'https://s3.example.org',
        addressing: 'virtual',
        region: 'us-east-1',
        bucket: 'dotted.name',
      },
      {
        endpoint: 'https://s3.example.org',
        addressing: 'virtual',
        region: 'us-east-1',
        bucket: 'Upper_case',
      },
      { endpoint: null, addressing: 'virtual', region: 'us-east-1', bucket: 'bucket' },
      { endpoint: null, addressing: 'virtual', region: 'eu-west-3', bucket: 'dotted.name' },
      { endpoint: null, addressing: 'path', region: 'eu-west-3', bucket: 'bucket' },
      { endpoint: null, addressing: 'virtual', region: 'cn-north-1', bucket: 'bucket' },
      { endpoint: null, addressing: 'virtual', region: 'us-gov-west-1', bucket: 'bucket' },
    ] as const
    for (const { bucket, ...place } of places) {
      for (const sessionToken of [undefined, 'a/token+with=signs']) {
        const sessions = transports.map((transport) =>
          open(place.endpoint, {
            ...place,
            transport,
            credentials: () => Promise.resolve({ ...testKeys, ...(sessionToken ? { sessionToken } : {}) }),
          }),
        )
        for (const session of sessions) session.rememberRegion(bucket, place.region)
        expect(await wireTo(sessions[0] as S3Session, bucket)).not.toBeNull()
        await fc.assert(
          fc.asyncProperty(link, async (options) => {
            const sign = () =>
              Promise.all(sessions.map((session) => presignGetObject(session, { bucket, ...options })))
            let [ours, theirs] = await sign()
            // A second may have begun between the two.
            if (ours?.expiresAt.getTime() !== theirs?.expiresAt.getTime()) [ours, theirs] = await sign()
            expect(ours).toEqual(theirs)
            const put = {
              bucket,
              key: options.key,
              expiresInSeconds: options.expiresInSeconds,
              contentType: `text/plain; charset=${options.downloadAs === undefined ? 'utf-8' : 'us-ascii'}`,
              mustNotReplace: options.contentType !== undefined,
            }
            const signPut = () => Promise.all(sessions.map((session) => presignPutObject(session, put)))
            let [up, upThere] = await signPut()
            if (up?.expiresAt.getTime() !== upThere?.expiresAt.getTime()) [up, upThere] = await signPut()
            expect(up).toEqual(upThere)
          }),
          { numRuns: 15 },
        )
      }
    }
  })
})

describe('what the SDK alone knows stays with it', () => {
  it.each([
    'arn:aws:s3:eu-west-3:123456789012:accesspoint/x',
    'directory--use1-az4--x-s3',
    'alias--op-s3',
    'a/b',
    '',
  ])('a bucket called “%s”', async (bucket) => {
    expect(wireIn(open(null, { transport: 'wire' }), bucket, 'us-east-1')).toBeNull()
  })
  it('partitions with names of their own', () => {
    for (const region of [
      'us-iso-east-1',
      'us-isob-east-1',
      'eu-isoe-west-1',
      'aws-global',
      'eusc-de-east-1',
    ])
      expect(wireIn(open(null, { transport: 'wire' }), 'bucket', region)).toBeNull()
  })
  it('sessions that are told to use it', async () => {
    expect(await wireTo(open('https://s3.example.org', { transport: 'sdk' }), 'bucket')).toBeNull()
  })
})
