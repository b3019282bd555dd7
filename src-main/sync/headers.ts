import type { HeaderChange } from '../../src-preload/contract/sync-plan.ts'
import { contentTypeFor } from '../s3/content-type.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'

/** The headers that a file's object should have. An empty Cache-Control means that none is asked for. */
export function wantedHeaders(key: string, cacheControl: string): ObjectHeaders {
  const trimmed = cacheControl.trim()
  return { contentType: contentTypeFor(key), ...(trimmed === '' ? {} : { cacheControl: trimmed }) }
}

/**
 * What would have to change for an object to have the wanted headers; what is not wanted is not compared. Differences
 * that no reader of the header would see (case of a media type or a directive, spaces) are none.
 */
export function headerChanges(
  has: { readonly contentType: string | null; readonly cacheControl: string | null },
  wanted: ObjectHeaders,
): HeaderChange[] {
  const changes: HeaderChange[] = []
  const compare = (header: string, from: string | null, to: string | undefined) => {
    if (to !== undefined && normalised(from ?? '') !== normalised(to)) changes.push({ header, from, to })
  }
  compare('Content-Type', has.contentType, wanted.contentType)
  compare('Cache-Control', has.cacheControl, wanted.cacheControl)
  return changes
}

function normalised(value: string): string {
  return value
    .toLowerCase()
    .replace(/\s*([;,=])\s*/g, '$1')
    .trim()
}
