import type { IncomingMessage } from 'node:http'
import type { Authentication } from './authenticate.ts'
import { accountId } from './acl.ts'
import { S3Error } from './errors.ts'
import type { Bucket, ObjectStore } from './object-store.ts'
import type { Query, Target } from './uri.ts'
import { bucketNameProblem, isTakenByOthers } from './bucket-name.ts'

/** An answer: an XML document, a stretch of content, or nothing but a status. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A document, or JSON for a policy. Its Content-Type is application/xml unless `headers` say otherwise. */
  readonly body?: string
  /** Content with its length in bytes; released by the server when it is sent or given up. */
  readonly content?: { readonly chunks: AsyncIterable<Buffer>; readonly length: number; release(): void }
}

/** One request on its way through an operation. */
export interface Call {
  readonly message: IncomingMessage
  readonly target: Target
  readonly query: Query
  readonly authentication: Authentication
  readonly store: ObjectStore
  readonly region: string
  /** Of all parts of an upload but the last. */
  readonly smallestPartBytes: number
  /** The server's clock at the moment the request arrived. */
  readonly now: Date
  /** A header, or, on a presigned request, the x-amz- query parameter that stands for it. */
  header(name: string): string | undefined
  /** Names of all headers, and of the x-amz- query parameters that stand for one; lower case. */
  headerNames(): readonly string[]
  /** Tells a client that waits for it (Expect: 100-continue) to send its body. */
  acceptBody(): void
}

const signatureParameters =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)$/

/** Makes the header lookup of a call. Presigned requests may carry x-amz- headers in their query. */
export function headerLookup(
  message: IncomingMessage,
  query: Query,
  presigned: boolean,
): Pick<Call, 'header' | 'headerNames'> {
  const values = new Map<string, string>()
  if (presigned)
    for (const [name, value] of query.entries) {
      const lower = name.toLowerCase()
      if (lower.startsWith('x-amz-') && !signatureParameters.test(lower)) values.set(lower, value)
    }
  // Node decodes header bytes as latin1; S3 takes them for UTF-8.
  for (const [name, value] of Object.entries(message.headers))
    if (value !== undefined) values.set(name, Buffer.from(String(value), 'latin1').toString('utf8'))
  return { header: (name) => values.get(name), headerNames: () => [...values.keys()] }
}

/** The bucket a call is aimed at; 404 NoSuchBucket, 403 for somebody else's, 400 for an impossible name. */
export function targetBucket(call: Call): Bucket {
  const name = call.target.bucket ?? ''
  const bucket = call.store.bucket(name)
  if (!bucket) {
    if (bucketNameProblem(name) !== undefined)
      throw new S3Error('InvalidBucketName', undefined, { elements: { BucketName: name } })
    if (isTakenByOthers(name)) throw new S3Error('AccessDenied')
    throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: name } })
  }
  const expectedOwner = call.header('x-amz-expected-bucket-owner')
  if (expectedOwner !== undefined && expectedOwner !== accountId) throw new S3Error('AccessDenied')
  return bucket
}

/** The key a call is aimed at. */
export function targetKey(call: Call): string {
  return call.target.key ?? ''
}
