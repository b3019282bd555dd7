import type { Call } from './call.ts'
import { S3Error, notImplemented } from './errors.ts'
import { objectHeaders } from './object-headers.ts'
import type { ObjectRecord } from './records.ts'

function etags(header: string): string[] {
  return header.split(',').map((item) =>
    item
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
}

/** Whether an If-Match or If-None-Match list names this ETag; `*` names every one. */
export function namesEtag(header: string, etag: string): boolean {
  return etags(header).some((item) => item === '*' || item === etag)
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', undefined, { elements: { Condition: condition } })
}

function seconds(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000)
}

/** The four conditions of one request; names are those of the headers. */
interface Conditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: string | undefined
  readonly ifUnmodifiedSince?: string | undefined
}

// RFC 9110, 13.2.2: an ETag condition outranks the date condition beside it.
function verdict(
  object: ObjectRecord,
  conditions: Conditions,
): 'go' | 'unchanged' | 'If-Match' | 'If-Unmodified-Since' {
  const modified = Math.floor(Date.parse(object.lastModified) / 1000)
  const { ifMatch, ifNoneMatch } = conditions
  const unmodifiedSince = seconds(conditions.ifUnmodifiedSince)
  const modifiedSince = seconds(conditions.ifModifiedSince)
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, object.etag)) return 'If-Match'
  } else if (unmodifiedSince !== undefined && modified > unmodifiedSince) return 'If-Unmodified-Since'
  if (ifNoneMatch !== undefined) return namesEtag(ifNoneMatch, object.etag) ? 'unchanged' : 'go'
  return modifiedSince !== undefined && modified <= modifiedSince ? 'unchanged' : 'go'
}

/** Conditional GET and HEAD: 304 NotModified or 412 PreconditionFailed. */
export function checkReadConditions(call: Call, object: ObjectRecord): void {
  const found = verdict(object, {
    ifMatch: call.header('if-match'),
    ifNoneMatch: call.header('if-none-match'),
    ifModifiedSince: call.header('if-modified-since'),
    ifUnmodifiedSince: call.header('if-unmodified-since'),
  })
  if (found === 'unchanged') {
    const {
      ETag,
      'Last-Modified': lastModified,
      'cache-control': cacheControl,
    } = objectHeaders(object, false)
    throw new S3Error('NotModified', 'Not Modified', {
      headers: {
        ...(ETag ? { ETag } : {}),
        ...(lastModified ? { 'Last-Modified': lastModified } : {}),
        ...(cacheControl ? { 'Cache-Control': cacheControl } : {}),
      },
    })
  }
  if (found !== 'go') throw failed(found)
}

/** x-amz-copy-source-if-*: 412 in every case. */
export function checkCopyConditions(call: Call, source: ObjectRecord): void {
  const found = verdict(source, {
    ifMatch: call.header('x-amz-copy-source-if-match'),
    ifNoneMatch: call.header('x-amz-copy-source-if-none-match'),
    ifModifiedSince: call.header('x-amz-copy-source-if-modified-since'),
    ifUnmodifiedSince: call.header('x-amz-copy-source-if-unmodified-since'),
  })
  if (found === 'unchanged')
    throw failed(
      call.header('x-amz-copy-source-if-none-match') === undefined
        ? 'x-amz-copy-source-If-Modified-Since'
        : 'x-amz-copy-source-If-None-Match',
    )
  if (found !== 'go') throw failed(`x-amz-copy-source-${found}`)
}

/**
 * Conditional writes: If-None-Match takes `*` only (412 when the key exists), If-Match an ETag (404 when the
 * key is missing, 412 when it has another). Call it before the body is read, to spare the client sending it,
 * and again at the moment of the commit.
 */
export function checkWriteConditions(call: Call, existing: ObjectRecord | undefined, key: string): void {
  const ifMatch = call.header('if-match')
  const ifNoneMatch = call.header('if-none-match')
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    throw notImplemented('If-Match together with If-None-Match')
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*')
      throw new S3Error('NotImplemented', undefined, { elements: { Header: 'If-None-Match' } })
    if (existing) throw failed('If-None-Match')
  }
  if (ifMatch !== undefined) {
    if (!existing) throw new S3Error('NoSuchKey', undefined, { elements: { Key: key } })
    if (!namesEtag(ifMatch, existing.etag)) throw failed('If-Match')
  }
}
