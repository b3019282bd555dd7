import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { crc32 } from 'node:zlib'
import { expect } from 'vitest'
import { withFailures } from '../../../src-main/s3/map-error.ts'
import type { S3Session } from '../../../src-main/s3/s3-session.ts'
import { uploadParts } from '../../../src-main/s3/upload-parts.ts'
import type { PartsTarget } from '../../../src-main/s3/written-object.ts'
import type { Script, SeenRequest } from '../scripted-server.ts'
import { sendError, sendXml } from '../scripted-server.ts'

/** In hex. */
export const md5 = (text: string | Buffer) => createHash('md5').update(text).digest('hex')

/** The ETag of an object of parts with these MD5s. */
export const composite = (partMd5s: readonly string[]) =>
  `"${md5(Buffer.concat(partMd5s.map((each) => Buffer.from(each, 'hex'))))}-${partMd5s.length}"`

/** In base64. */
export const crc32Of = (text: string | Buffer) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(text))
  return bytes.toString('base64')
}

/** What a step is answered with. */
export type Answer = (request: SeenRequest, response: ServerResponse) => void
/** A step of an upload in parts. */
export type Step = 'create' | 'part' | 'complete' | 'abort' | 'parts' | 'head'

/** Which step a request is. */
export function stepOf({ method, url }: SeenRequest): Step {
  if (method === 'POST') return url.includes('uploads') ? 'create' : 'complete'
  if (method === 'PUT') return 'part'
  if (method === 'DELETE') return 'abort'
  return method === 'GET' ? 'parts' : 'head'
}

/** A service that keeps nothing and answers as S3 would, but for the steps that are told otherwise. */
export function service(changed: Partial<Record<Step, Answer>> = {}, uploadId = 'u1'): Script {
  const eTags: string[] = []
  const usual: Record<Step, Answer> = {
    create(_, response) {
      eTags.length = 0
      sendXml(
        response,
        `<InitiateMultipartUploadResult><Bucket>b</Bucket><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`,
      )
    },
    part(request, response) {
      const eTag = md5(request.body)
      eTags[Number(/partNumber=(\d+)/.exec(request.url)?.[1]) - 1] = eTag
      response.writeHead(200, { etag: `"${eTag}"` }).end()
    },
    complete: (_, response) => sendXml(response, completed(composite(eTags))),
    abort: (_, response) => void response.writeHead(204).end(),
    parts: (_, response) => sendError(response, 404, 'NoSuchUpload'),
    head: (_, response) => void response.writeHead(404).end(),
  }
  return (request, response) => {
    const step = stepOf(request)
    ;(changed[step] ?? usual[step])(request, response)
  }
}

/** The document that ends an upload. */
export const completed = (eTag: string) =>
  `<CompleteMultipartUploadResult><Location>x</Location><ETag>${eTag.replaceAll('"', '&quot;')}</ETag></CompleteMultipartUploadResult>`

/** Uploads texts as parts, one after another. When the object was written is left out: no two uploads agree on it. */
export async function upload(
  session: S3Session,
  parts: readonly string[],
  target: Partial<PartsTarget> = {},
) {
  let next = 0
  const feed = {
    take() {
      const bytes = parts[next++]
      return Promise.resolve(bytes === undefined ? null : { number: next, bytes: Buffer.from(bytes) })
    },
    confirm: () => Promise.resolve(),
  }
  const whole = { bucket: 'b', key: 'k', headers: {}, ...target }
  const { writtenIn, ...written } = await withFailures({ key: whole.key, bucket: whole.bucket }, () =>
    uploadParts(session, whole, feed, { lanes: 1, partSizeBytes: 5 * 1024 * 1024 }),
  )
  for (const { fromMs, toMs } of writtenIn) expect(fromMs).toBeLessThanOrEqual(toMs)
  return written
}
