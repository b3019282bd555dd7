import { randomBytes } from 'node:crypto'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ListedObject, ListedPage } from '../s3/list-objects.ts'
import { listAllPages, listObjectsPage } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'

/** Where to list everything. */
export interface WholePlace {
  readonly bucket: string
  readonly prefix: string
}

/** Listings of everything below a prefix, which are read at several places at once and handed over page by page. */
export interface OpenListings {
  /** The first page, after one round trip. */
  begin(session: S3Session, place: WholePlace): Promise<ListedPage>
  /**
   * The page after one whose token this is; null for a token that is not from here. Throws `not-found` for one that
   * was given up. After an error the same token goes
   * on with a listing of its own from where the pages had come to.
   */
  next(session: S3Session, place: WholePlace, token: string): Promise<ListedPage | null>
  /** Ends them all. */
  close(): void
}

interface OpenListing extends WholePlace {
  readonly session: S3Session
  readonly stop: AbortController
  readonly pages: AsyncGenerator<readonly ListedObject[]>
  readonly pending: Promise<IteratorResult<readonly ListedObject[], void>>
  readonly lastKey: string | null
}

/** What our tokens begin with. */
const mark = 'listing_'

/** Makes a keeper of at most `limit` listings; the oldest are given up. */
export function createOpenListings(limit = 8): OpenListings {
  const open = new Map<string, OpenListing>()

  const giveUp = (token: string) => {
    open.get(token)?.stop.abort()
    open.delete(token)
  }

  async function pageOf(listing: OpenListing): Promise<ListedPage> {
    const found = await listing.pending
    if (found.done === true) return { folders: [], objects: [], continuationToken: null }
    const objects = [...found.value]
    const pending = listing.pages.next()
    // An error of the page to come is told to whoever asks for it.
    pending.catch(() => undefined)
    if (await isOver(pending)) return { folders: [], objects, continuationToken: null }
    const token = `${mark}${randomBytes(12).toString('hex')}`
    open.set(token, { ...listing, pending, lastKey: objects.at(-1)?.key ?? listing.lastKey })
    for (const old of open.keys()) if (open.size > limit) giveUp(old)
    return { folders: [], objects, continuationToken: token }
  }

  return {
    begin(session, { bucket, prefix }) {
      const stop = new AbortController()
      const pages = listAllPages(session, { bucket, prefix, signal: stop.signal })
      return pageOf({ session, bucket, prefix, stop, pages, pending: pages.next(), lastKey: null })
    },
    async next(session, { bucket, prefix }, token) {
      const listing = open.get(token)
      if (listing === undefined && !token.startsWith(mark)) return null
      if (listing?.bucket !== bucket || listing.prefix !== prefix)
        throw failure('not-found', 'This listing is out of date. Load it again.')
      try {
        if (listing.session !== session) throw new Error('The profile has changed.')
        const page = await pageOf(listing)
        open.delete(token)
        return page
      } catch (error) {
        // The first time it is told; who then asks again is given a plain listing.
        const isFirst = !listing.stop.signal.aborted && listing.session === session
        listing.stop.abort()
        if (isFirst) throw error
        open.delete(token)
        return listObjectsPage(session, {
          bucket,
          prefix,
          ...(listing.lastKey === null ? {} : { startAfter: listing.lastKey }),
        })
      }
    },
    close() {
      for (const token of open.keys()) giveUp(token)
    },
  }
}

/** Whether the end is known already, without waiting for anybody. */
async function isOver(pending: Promise<IteratorResult<unknown, void>>): Promise<boolean> {
  const ended = pending.then(
    ({ done }) => done === true,
    () => false,
  )
  return Promise.race([ended, new Promise<false>((resolve) => setImmediate(resolve, false))])
}
