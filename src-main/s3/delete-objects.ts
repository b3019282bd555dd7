import { createHash } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { inParallel } from './in-parallel.ts'
import { headObject } from './head-object.ts'
import { toFailure, withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'

/** What became of each key: a key is in exactly one of the two. `code` is S3's own where it gave one. */
export interface DeletedObjects {
  readonly deleted: string[]
  readonly failed: { key: string; code: string; message: string }[]
}

/** DeleteObjects takes this many keys a call. */
const keysPerCall = 1000

/** XML 1.0 cannot carry these, or parsers change them; such keys are deleted one by one. */
const notForXml = /[\p{Cc}\ufffe\uffff]/u

/**
 * Deletes keys, up to 1,000 a call, reading the errors inside of the 200 (F22). Services without DeleteObjects get a
 * DELETE per key. Deleting what is not there counts as deleted, as S3 does. Throws only `cancelled` and what makes
 * every key fail before the first was asked for (credentials, network); else failures are listed by key.
 */
export async function deleteObjects(
  session: S3Session,
  options: { bucket: string; keys: readonly string[]; signal?: AbortSignal },
): Promise<DeletedObjects> {
  const client = await withFailures({ bucket: options.bucket }, () => session.client(options.bucket))
  const unique = [...new Set(options.keys)]
  const result: DeletedObjects = { deleted: [], failed: [] }
  const single = unique.filter((key) => notForXml.test(key))
  const many = unique.filter((key) => !notForXml.test(key))
  let calls = 0
  for (let at = 0; at < many.length; at += keysPerCall) {
    const keys = many.slice(at, at + keysPerCall)
    try {
      await deleteMany(client, options, keys, result)
      calls++
    } catch (error) {
      const problem = toFailure(error)
      if (problem.error.code === 'cancelled') throw problem
      if (isUnsupported(problem)) {
        single.push(...many.slice(at))
        break
      }
      if (calls === 0) throw problem
      for (const key of many.slice(at)) result.failed.push(failedRow(key, problem))
      break
    }
  }
  await inParallel(single, 8, (key) => deleteOne(client, options, key, result))
  return result
}

async function deleteMany(
  client: S3Client,
  options: { bucket: string; signal?: AbortSignal },
  keys: readonly string[],
  result: DeletedObjects,
): Promise<void> {
  const { DeleteObjectsCommand } = await loadSdk()
  const command = new DeleteObjectsCommand({
    Bucket: options.bucket,
    Delete: { Objects: keys.map((Key) => ({ Key })) },
  })
  // The SDK sends a CRC32; many services know only the Content-MD5 of the original API.
  command.middlewareStack.add(
    (next) => (args) => {
      const request: unknown = args.request
      if (isBodyRequest(request)) {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
      }
      return next(args)
    },
    { step: 'build', name: 'pailContentMd5', priority: 'low' },
  )
  const answer = await client.send(command, options.signal ? { abortSignal: options.signal } : {})
  const pending = new Set(keys)
  for (const error of answer.Errors ?? []) {
    if (error.Key === undefined || !pending.delete(error.Key)) continue
    if (error.Code === 'NoSuchKey') result.deleted.push(error.Key)
    else
      result.failed.push({
        key: error.Key,
        code: (error.Code ?? '').slice(0, 100),
        message: (error.Message ?? '').slice(0, 500),
      })
  }
  for (const { Key } of answer.Deleted ?? []) {
    if (Key !== undefined && pending.delete(Key)) result.deleted.push(Key)
  }
  for (const key of pending) {
    result.failed.push({ key, code: '', message: 'The service did not say what became of this key.' })
  }
}

async function deleteOne(
  client: S3Client,
  options: { bucket: string; signal?: AbortSignal },
  key: string,
  result: DeletedObjects,
): Promise<void> {
  const { DeleteObjectCommand } = await loadSdk()
  try {
    await client.send(
      new DeleteObjectCommand({ Bucket: options.bucket, Key: key }),
      options.signal ? { abortSignal: options.signal } : {},
    )
    result.deleted.push(key)
  } catch (error) {
    const problem = toFailure(error, { key })
    if (problem.error.code === 'cancelled') throw problem
    if (problem.error.code === 'no-such-key') result.deleted.push(key)
    else result.failed.push(failedRow(key, problem))
  }
}

/** What a deletion of one object did. */
export interface RemovedObject {
  /** False when there was no such object any more. */
  readonly existed: boolean
  /** The delete marker that hides the object now, where the bucket keeps versions. */
  readonly deleteMarker: string | null
}

/**
 * Deletes a key only if its ETag is still the one that was seen (S49): HEAD and compare, and on AWS also `If-Match`,
 * which closes the gap between the two. A missing object is what was wanted. Throws `precondition-failed`.
 * Without an ETag there is nothing to compare.
 */
export async function deleteObjectIfMatch(
  session: S3Session,
  options: { bucket: string; key: string; eTag: string | null; signal?: AbortSignal },
): Promise<RemovedObject> {
  const head = await headObject(session, options)
  if (head === null) return { existed: false, deleteMarker: null }
  if (options.eTag !== null && bare(head.eTag) !== bare(options.eTag)) {
    throw failure('precondition-failed', 'The object was changed by somebody else; it was not deleted.', {
      key: options.key,
    })
  }
  return withFailures({ key: options.key }, async () => {
    const [client, { DeleteObjectCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    const answer = await client.send(
      new DeleteObjectCommand({
        Bucket: options.bucket,
        Key: options.key,
        ...(session.endpoint === null && options.eTag !== null ? { IfMatch: options.eTag } : {}),
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
    return { existed: true, deleteMarker: answer.DeleteMarker === true ? (answer.VersionId ?? null) : null }
  })
}

function failedRow(key: string, problem: Failure): { key: string; code: string; message: string } {
  return { key, code: (problem.error.s3Code ?? problem.error.code).slice(0, 100), message: problem.message }
}

function isUnsupported(problem: Failure): boolean {
  return problem.error.code === 'not-supported' || problem.error.code === 'invalid-argument'
}

function isBodyRequest(
  request: unknown,
): request is { body: string | Uint8Array; headers: Record<string, string> } {
  if (typeof request !== 'object' || request === null || !('body' in request) || !('headers' in request))
    return false
  return typeof request.body === 'string' || request.body instanceof Uint8Array
}

function bare(eTag: string | null): string | null {
  return eTag === null ? null : eTag.replace(/^W\//, '').replaceAll('"', '')
}
