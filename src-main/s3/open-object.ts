import type { Readable } from 'node:stream'
import type { ObjectFacts } from './object-facts.ts'
import { checksumNames } from './running-checksum.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { getThroughWire, rangeHeader } from './wire/operations.ts'
import { wireTo } from './wire/wire-target.ts'
import { hidesMd5 } from './written-object.ts'

/** What to ask for. */
export interface OpenObjectOptions {
  readonly bucket: string
  readonly key: string
  /** Byte to begin at; 0 without `to` asks for the whole object. */
  readonly from: number
  /** The byte to end before; the object's end unless given. */
  readonly to?: number | undefined
  /** Only if it still is the object with this ETag, else the service refuses with 412. */
  readonly ifMatch: string | null
  readonly signal?: AbortSignal | undefined
}

/** The head of an answer to GetObject, and the body as it arrives. */
export interface OpenedObject extends ObjectFacts {
  /** Of the body. */
  readonly sizeBytes: number
  readonly contentRange: string | null
  readonly body: Readable
}

/** GetObject, to the head of the answer. Throws what the transport throws. */
export async function openObject(session: S3Session, options: OpenObjectOptions): Promise<OpenedObject> {
  const { bucket, key, from, to, ifMatch, signal } = options
  // A part of an object has no checksum of its own that anybody could compare.
  const withChecksum = session.checksums === 'when-supported' && from === 0 && to === undefined
  const direct = await wireTo(session, bucket)
  if (direct !== null) {
    const { headers, body } = await getThroughWire(direct, { key, from, to, ifMatch, withChecksum, signal })
    return {
      sizeBytes: Number(headers['content-length'] ?? 0),
      eTag: headers['etag'] ?? null,
      contentRange: headers['content-range'] ?? null,
      hidden: hidesMd5({
        ServerSideEncryption: headers['x-amz-server-side-encryption'],
        SSECustomerAlgorithm: headers['x-amz-server-side-encryption-customer-algorithm'],
      }),
      ...checksumsOf((name) => (withChecksum ? headers[`x-amz-checksum-${name.toLowerCase()}`] : undefined)),
      body,
    }
  }
  const [client, { GetObjectCommand }] = await Promise.all([session.client(bucket), loadSdk()])
  const answer = await client.send(
    new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(withChecksum ? { ChecksumMode: 'ENABLED' } : {}),
      ...(from > 0 || to !== undefined ? { Range: rangeHeader(from, to) } : {}),
      ...(ifMatch === null ? {} : { IfMatch: ifMatch }),
    }),
    signal ? { abortSignal: signal } : {},
  )
  return {
    sizeBytes: answer.ContentLength ?? 0,
    eTag: answer.ETag ?? null,
    contentRange: answer.ContentRange ?? null,
    hidden: hidesMd5(answer),
    ...checksumsOf((name) => (withChecksum ? answer[`Checksum${name}`] : undefined)),
    body: answer.Body as Readable,
  }
}

/** One checksum of each kind is enough: of the whole, and of the checksums of parts (`…-3`). */
export function checksumsOf(
  valueOf: (name: (typeof checksumNames)[number]) => string | undefined,
): Pick<ObjectFacts, 'checksum' | 'composite'> {
  let checksum: ObjectFacts['checksum'] = null
  let composite: ObjectFacts['composite'] = null
  for (const name of checksumNames) {
    const value = valueOf(name)
    if (value === undefined) continue
    const ofParts = /^(.*)-([1-9]\d{0,4})$/.exec(value)
    if (ofParts === null) checksum ??= { name, value }
    else composite ??= { name, value: ofParts[1] ?? '', parts: Number(ofParts[2]) }
  }
  return { checksum, composite }
}
