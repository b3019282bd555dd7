import type { Readable } from 'node:stream'
import type { ChecksumName } from './running-checksum.ts'
import { checksumNames } from './running-checksum.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { getThroughWire } from './wire/operations.ts'
import { wireTo } from './wire/wire-target.ts'
import { hidesMd5 } from './written-object.ts'

/** What to ask for. */
export interface OpenObjectOptions {
  readonly bucket: string
  readonly key: string
  /** Byte to begin at; 0 asks for the whole object. */
  readonly from: number
  /** Only if it still is the object with this ETag, else the service refuses with 412. */
  readonly ifMatch: string | null
  readonly signal?: AbortSignal | undefined
}

/** The head of an answer to GetObject, and the body as it arrives. */
export interface OpenedObject {
  /** Of the body. */
  readonly sizeBytes: number
  readonly eTag: string | null
  readonly contentRange: string | null
  /** Whether the ETag may look like an MD5 and not be one. */
  readonly hidden: boolean
  /** Of the whole object, in base64; null where none was asked for, or the service has none. */
  readonly checksum: { readonly name: ChecksumName; readonly value: string } | null
  readonly body: Readable
}

/** GetObject, to the head of the answer. Throws what the transport throws. */
export async function openObject(session: S3Session, options: OpenObjectOptions): Promise<OpenedObject> {
  const { bucket, key, from, ifMatch, signal } = options
  // A part of an object has no checksum of its own that anybody could compare.
  const withChecksum = session.checksums === 'when-supported' && from === 0
  const direct = await wireTo(session, bucket)
  if (direct !== null) {
    const { headers, body } = await getThroughWire(direct, { key, from, ifMatch, withChecksum, signal })
    return {
      sizeBytes: Number(headers['content-length'] ?? 0),
      eTag: headers['etag'] ?? null,
      contentRange: headers['content-range'] ?? null,
      hidden: hidesMd5({
        ServerSideEncryption: headers['x-amz-server-side-encryption'],
        SSECustomerAlgorithm: headers['x-amz-server-side-encryption-customer-algorithm'],
      }),
      checksum: withChecksum
        ? wholeChecksum((name) => headers[`x-amz-checksum-${name.toLowerCase()}`])
        : null,
      body,
    }
  }
  const [client, { GetObjectCommand }] = await Promise.all([session.client(bucket), loadSdk()])
  const answer = await client.send(
    new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(withChecksum ? { ChecksumMode: 'ENABLED' } : {}),
      ...(from > 0 ? { Range: `bytes=${from}-` } : {}),
      ...(ifMatch === null ? {} : { IfMatch: ifMatch }),
    }),
    signal ? { abortSignal: signal } : {},
  )
  return {
    sizeBytes: answer.ContentLength ?? 0,
    eTag: answer.ETag ?? null,
    contentRange: answer.ContentRange ?? null,
    hidden: hidesMd5(answer),
    checksum: withChecksum ? wholeChecksum((name) => answer[`Checksum${name}`]) : null,
    body: answer.Body as Readable,
  }
}

/** One checksum is enough, and those of parts' checksums (`…-3`) are of no use here. */
function wholeChecksum(
  valueOf: (name: (typeof checksumNames)[number]) => string | undefined,
): OpenedObject['checksum'] {
  for (const name of checksumNames) {
    const value = valueOf(name)
    if (value !== undefined && !/-\d+$/.test(value)) return { name, value }
  }
  return null
}
