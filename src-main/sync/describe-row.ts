import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncRowDetails } from '../../src-preload/contract/sync-plan.ts'
import { headObject } from '../s3/head-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { PlannedSync } from './plan-facts.ts'

/**
 * Looks closely at one row of a plan: the headers that its object has now, asked for with one HEAD, and those that it
 * would be given. Throws Failures: `not-found` for a key that the plan does not have, and those of S3.
 */
export async function describeRow(
  session: S3Session,
  planned: PlannedSync,
  key: string,
): Promise<SyncRowDetails> {
  const { rows } = planned
  let index = 0
  while (index < rows.length && rows.key(index) !== key) index++
  const row = rows.at(index)
  if (row === undefined) throw failure('not-found', 'The plan has no such key.', { key })
  const facts = rows.planned(index)?.facts
  const head = row.reason === 'new' ? null : await headObject(session, { bucket: planned.facts.bucket, key })
  return {
    row,
    before:
      head === null
        ? null
        : {
            contentType: shortened(head.contentType),
            cacheControl: shortened(head.cacheControl),
            contentEncoding: shortened(head.contentEncoding),
            contentDisposition: shortened(head.contentDisposition),
            contentLanguage: shortened(head.contentLanguage),
            sizeBytes: head.sizeBytes,
            lastModified: head.lastModified?.toISOString() ?? null,
          },
    after:
      facts === undefined || facts.path === null
        ? null
        : {
            contentType: facts.headers.contentType ?? null,
            cacheControl: facts.headers.cacheControl ?? null,
            contentEncoding: facts.headers.contentEncoding ?? null,
            contentDisposition: facts.headers.contentDisposition ?? null,
            contentLanguage: facts.headers.contentLanguage ?? null,
            sizeBytes: row.bytes,
          },
  }
}

/** As long as the contract lets it be: a header of somebody else's may be longer. */
function shortened(header: string | null): string | null {
  return header?.slice(0, 1024) ?? null
}
