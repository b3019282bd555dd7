import type { Arrival, LinkRecord } from '../../src-preload/contract/presigned-url.ts'
import { isOtherSize } from '../../src-preload/contract/upload-size.ts'
import { headObject } from '../s3/head-object.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** Requests at the same time. */
const askedAtOnce = 8

/**
 * Looks at what has come with links to upload with: what is at their keys and is no older than they are, by the service's
 * clock. What cannot be asked for, as where the keys may not, is left out. Never rejects.
 */
export async function findArrivals(session: S3Session, links: readonly LinkRecord[]): Promise<Arrival[]> {
  const found = new Map<string, Arrival>()
  await inParallel(links, askedAtOnce, async ({ id, bucket, key, size, madeAt }) => {
    const head = await headObject(session, { bucket, key }).catch(() => null)
    if (size === null || head?.lastModified == null) return
    // Dates of objects are told to the second.
    const madeMs = Math.floor((Date.parse(madeAt) + session.clockOffsetMs()) / 1000) * 1000
    if (head.lastModified.getTime() < madeMs) return
    const { sizeBytes } = head
    found.set(id, { linkId: id, sizeBytes, isOtherSize: isOtherSize(size, sizeBytes) })
  })
  return links.flatMap(({ id }) => found.get(id) ?? [])
}
