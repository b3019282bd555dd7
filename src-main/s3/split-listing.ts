import { setMaxListeners } from 'node:events'
import { foldersPerPage, levelsOf } from './folder-levels.ts'
import type { KeyRange } from './key-range.ts'
import { checkPage, newRange, outOfOrder, rangesBetween } from './key-range.ts'
import { monotonicMs } from './monotonic-ms.ts'
import { compareKeys } from './object-key.ts'
import type { ScannedListing, ScannedObject } from './wire/list-scanner.ts'

/** One request of a listing. */
export interface PageRequest {
  readonly prefix: string
  readonly delimiter?: string
  readonly continuationToken?: string
  readonly startAfter?: string
  readonly signal: AbortSignal
}

/** How a listing is split; the defaults are those of the application. */
export interface SplitLimits {
  /** Pages that are read one after another before anything else is asked for. */
  readonly plainPages: number
  /** Requests under way at once. */
  readonly lanes: number
  /** Pages that are kept for the reader, whatever the size of the listing. */
  readonly pagesKept: number
  /** How many pages a range should have, where the folders seen so far tell. */
  readonly pagesPerRange: number
  /** What holds in place of that where one of the first pages was there within so many milliseconds. */
  readonly near?: Pick<SplitLimits, 'lanes' | 'pagesKept' | 'pagesPerRange'> & { readonly withinMs: number }
}

/**
 * Where a service answers at once, the time goes into reading its pages: a few requests at once keep both sides busy, and
 * each further range only adds the page that is wasted at its end.
 */
const defaultLimits: SplitLimits = {
  plainPages: 5,
  lanes: 24,
  pagesKept: 48,
  pagesPerRange: 3,
  near: { withinMs: 15, lanes: 4, pagesKept: 12, pagesPerRange: 12 },
}

/** Pages that are asked for before the reader wants them. */
const pagesAhead = 2

/** Questions for folders that found none; then the listing has no folders to speak of. */
const fruitlessQuestions = 8

/** The first object of a page that comes after a key, by its place; -1 when none does. The page is in order. */
function firstBeyond(objects: readonly ScannedObject[], end: string): number {
  let [low, high] = [0, objects.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys(objects[middle]?.key ?? '', end) > 0) high = middle
    else low = middle + 1
  }
  return low === objects.length ? -1 : low
}

/**
 * Pages of objects below a prefix, in S3's order, each key once. The first pages come one after another: a listing of
 * up to `plainPages` pages costs exactly its pages. In a longer one a request with a delimiter finds folders, and the
 * ranges between some of them are listed at once, at the price of those requests and of a page that is partly wasted at
 * the end of each range; these stay below 4 and half of the pages. Services that do not keep to `start-after` are
 * listed from end to end. Throws `integrity` for what cannot be trusted (F23), and what `ask` throws.
 *
 * Whoever knows the last keys of pages from an earlier listing gives them as `marks`, in order: all pages are asked for at
 * once, each costing one request for as long as the bucket has no more keys between two marks.
 */
export async function* listInRanges(
  ask: (request: PageRequest) => Promise<ScannedListing>,
  options: {
    readonly prefix: string
    readonly signal?: AbortSignal
    readonly marks?: readonly string[]
  },
  given: SplitLimits = defaultLimits,
): AsyncGenerator<readonly ScannedObject[], void> {
  const { prefix } = options
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  setMaxListeners(0, signal)
  let limits: Pick<SplitLimits, 'lanes' | 'pagesKept' | 'pagesPerRange'> = given
  let fastestMs = Number.POSITIVE_INFINITY
  let ranges = rangesBetween(prefix, options.marks ?? [])
  let underWay = 0
  let pagesRead = 0
  let extraRequests = 0
  let fruitless = 0
  /** Every so many folders is one to cut at; grows when folders turn out to be small. */
  let stride = 1
  let maySplit = true
  /** Folders that were asked about, with the last one found in an answer that was not whole. */
  const asked = new Map<string, string | null>()
  let problem: { readonly error: unknown } | null = null
  let wake: (() => void) | null = null

  function fail(error: unknown): void {
    problem ??= { error }
    stop.abort()
  }

  function run(work: Promise<void>): void {
    underWay++
    void work.catch(fail).finally(() => {
      underWay--
      pump()
      wake?.()
    })
  }

  const kept = () => ranges.reduce((sum, range) => sum + range.pages.length, underWay)

  function pump(): void {
    if (stop.signal.aborted) return
    split()
    for (const [index, range] of ranges.entries()) {
      if (underWay >= limits.lanes) return
      if (range.state !== 'waiting') continue
      // What is read next goes first; what is far ahead never takes all the room.
      const room = limits.pagesKept * (1 - index / (2 * limits.lanes))
      if (index === 0 ? range.pages.length < pagesAhead : kept() < room) run(readPage(range))
    }
  }

  async function readPage(range: KeyRange): Promise<void> {
    range.state = 'asked'
    const { token, after } = range
    const askedAt = monotonicMs()
    const page = await ask({
      prefix,
      signal,
      ...(token !== null ? { continuationToken: token } : after !== null ? { startAfter: after } : {}),
    })
    if (range.isDropped) return
    fastestMs = Math.min(fastestMs, monotonicMs() - askedAt)
    if (++pagesRead === given.plainPages && given.near && fastestMs <= given.near.withinMs)
      limits = given.near
    range.pagesRead++
    const [head] = page.objects
    if (range.before !== null && head !== undefined && after !== null && compareKeys(head.key, after) <= 0) {
      rejoin(range)
      return
    }
    checkPage(page, range, prefix)
    receive(range, page)
    checkSeams(range)
  }

  function receive(range: KeyRange, page: ScannedListing): void {
    const { end } = range
    const cut = end === null ? -1 : firstBeyond(page.objects, end)
    const objects = cut === -1 ? page.objects : page.objects.slice(0, cut)
    range.first ??= objects[0]?.key ?? null
    range.last = objects.at(-1)?.key ?? range.last
    range.latest = objects
    if (objects.length > 0) range.pages.push(objects)
    // A page may end where its range does: what follows is the next one's.
    if (cut !== -1 || page.continuationToken === null || (end !== null && range.last === end)) {
      range.state = 'read'
      range.beyond = { objects: cut === -1 ? [] : page.objects.slice(cut), token: page.continuationToken }
      if (range.pagesRead === 1 && range.after !== null && objects.length < 250) stride *= 2
    } else {
      range.state = 'waiting'
      range.token = page.continuationToken
    }
  }

  /** A range that was read may not have seen a key that the next one, which has begun, did not. */
  function checkSeams(range: KeyRange): void {
    const next = ranges.find(({ before }) => before === range)
    for (const each of [range, next]) {
      const before = each?.before
      if (!each || !before || before.state !== 'read' || each.pagesRead === 0) continue
      const missed = before.beyond?.objects[0]?.key
      const isOwn = missed !== undefined && (each.end === null || compareKeys(missed, each.end) <= 0)
      // Also what begins before it: an order that is not the bytes' (UTF-16) hides keys behind the end of a range.
      if (isOwn && (each.first === null ? each.state === 'read' : missed !== each.first)) {
        rejoin(each)
        return
      }
      each.before = null
      before.beyond = null
    }
  }

  /** What was asked for beyond a seam cannot be relied on: the range before it goes on to the end of the listing. */
  function rejoin(range: KeyRange): void {
    const { before } = range
    maySplit = false
    if (before === null) return
    const at = ranges.indexOf(range)
    for (const dropped of ranges.splice(at)) dropped.isDropped = true
    if (!ranges.includes(before)) ranges = [before]
    before.end = null
    before.folders = []
    if (before.beyond === null) return
    const { objects, token } = before.beyond
    before.beyond = null
    if (objects.length > 0) before.pages.push(objects)
    before.last = objects.at(-1)?.key ?? before.last
    before.token = token
    before.state = token === null ? 'read' : 'waiting'
  }

  const mayAskMore = () => underWay < limits.lanes && extraRequests < 4 + pagesRead / 2

  function split(): void {
    if (!maySplit || pagesRead < given.plainPages) return
    for (const range of ranges.slice(0, limits.lanes)) {
      if (!mayAskMore() || ranges.length > 2 * limits.lanes) return
      if (range.state === 'read' || range.isLooking) continue
      if (range.folders.length > 0) cut(range)
      else if (range.pagesRead >= 2 && fruitless < fruitlessQuestions) look(range)
    }
  }

  /** Cuts a range at the folders that come next, as many as there are lanes free. */
  function cut(range: KeyRange): void {
    const places = range.folders.filter(
      (folder, index) =>
        (index + 1) % stride === 0 && (range.last === null || compareKeys(folder, range.last) > 0),
    )
    range.folders = []
    let part = range
    let free = limits.lanes - underWay
    for (const [index, place] of places.entries()) {
      if (!mayAskMore() || free <= 0) {
        part.folders = places.slice(index)
        return
      }
      const rest = newRange(place, part.end, part)
      const following = ranges.find(({ before }) => before === part)
      if (following) following.before = rest
      part.end = place
      ranges.splice(ranges.indexOf(part) + 1, 0, rest)
      extraRequests++
      free--
      part = rest
    }
  }

  /** Asks for the folders that follow in the largest folder that this range goes through. */
  function look(range: KeyRange): void {
    const { last, latest } = range
    const begin = latest[0]?.key
    if (last === null || begin === undefined) return
    const level = levelsOf(prefix, last).find((folder) => {
      const until = asked.get(folder)
      const isNew = until === undefined || (until !== null && compareKeys(last, until) > 0)
      return isNew && begin.startsWith(folder)
    })
    if (level === undefined) return
    asked.set(level, null)
    range.isLooking = true
    extraRequests++
    run(findFolders(range, level, last))
  }

  async function findFolders(range: KeyRange, level: string, last: string): Promise<void> {
    const page = await ask({ prefix: level, delimiter: '/', startAfter: last, signal }).catch(() => null)
    range.isLooking = false
    const keepsTo =
      page !== null &&
      page.objects.every(({ key }) => compareKeys(key, last) > 0) &&
      page.folders.every((folder) => compareKeys(folder, last) > 0 || last.startsWith(folder))
    // A key may be allowed to list, but not like this.
    if (!keepsTo) maySplit = false
    if (!keepsTo || range.isDropped) return
    if (page.continuationToken !== null) asked.set(level, page.folders.at(-1) ?? null)
    const { pagesPerRange } = limits
    const perPage = foldersPerPage(level, range.latest)
    // Of one that goes on and on, at least the pages that have been read.
    const wanted = perPage === 0 ? Math.floor(pagesPerRange / range.pagesRead) : perPage * pagesPerRange
    const every = Math.max(1, Math.round(wanted))
    const { end } = range
    const found = page.folders.filter(
      // Bytes that are no UTF-8 cannot be asked for.
      (folder) =>
        !folder.includes('\ufffd') &&
        folder.startsWith(level) &&
        compareKeys(folder, range.last ?? last) > 0 &&
        (end === null || compareKeys(folder, end) < 0),
    )
    range.folders = found.toSorted(compareKeys).filter((_, index) => (index + 1) % every === 0)
    if (range.folders.length === 0) fruitless++
  }

  try {
    pump()
    let last: string | null = null
    for (;;) {
      if (problem !== null) throw (problem as { error: unknown }).error
      const [front] = ranges
      if (front === undefined) return
      const page = front.pages.shift()
      if (page !== undefined) {
        const key = page[0]?.key ?? ''
        if (last !== null && compareKeys(last, key) >= 0) throw outOfOrder(key)
        last = page.at(-1)?.key ?? last
        pump()
        yield page
      } else if (front.state === 'read') {
        ranges.shift()
        pump()
      } else {
        await new Promise<void>((resolve) => (wake = resolve))
        wake = null
      }
    }
  } finally {
    stop.abort()
  }
}
