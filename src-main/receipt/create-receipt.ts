import type { LookupFunction } from 'node:net'
import { type ReceiptCode, receiptCodes } from '../../src-preload/contract/receipt-codes.ts'
import type { Receipt, ReceiptRow } from '../../src-preload/contract/receipt.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { AppliedSync } from '../sync/applied-sync.ts'
import {
  createUnsignedAgents,
  type UnsignedAnswer,
  unsignedRequest,
  type UnsignedRequest,
} from '../visibility/unsigned-request.ts'
import { type Expectation, judgeAnswer, type Judgement } from './judge-answer.ts'
import { chooseChangedKeys, isFont } from './receipt-urls.ts'

/** How to look at what a sync did. The last three are for tests. */
export interface CreateReceiptOptions {
  /** A custom domain or CDN; null asks the bucket's own host. */
  readonly baseUrl: string | null
  /** Whether the base URL serves the prefix, so that the key without it follows. */
  readonly stripPrefix: boolean
  /** What the destination promises: that everybody gets the files, or that nobody does. */
  readonly expected: WantedVisibility
  /** The origin of the pages that use the files; null when it is not known. */
  readonly pageOrigin: string | null
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly lookup?: LookupFunction
  readonly now?: () => Date
}

/** Requests at the same time to the one host that serves the files. */
const requestsAtOnce = 8

/** What browsers send, so that a CDN answers as it answers them. */
const browserHeaders = {
  'accept-encoding': 'gzip, br',
  'user-agent': 'Mozilla/5.0 (compatible; Pail)',
  accept: '*/*',
}

/**
 * Looks at what a sync changed as a visitor would: without a signature, through the real base URL, without asking caches
 * to be circumvented. At most 200 URLs, eight at once. When eight requests have gone unanswered and none has been
 * answered, or the signal aborts, the rest is `not-checked`. Rejects with a Failure only when the bucket's own host cannot be named.
 */
export async function createReceipt(
  session: S3Session,
  applied: AppliedSync,
  options: CreateReceiptOptions,
): Promise<Omit<Receipt, 'planId'>> {
  const { bucket, prefix } = applied.planned.facts
  const { chosen, leftOut } = chooseChangedKeys(applied)
  // Which host serves the bucket depends on its region.
  if (options.baseUrl === null && chosen.length > 0) await session.bucketRegion(bucket)
  const baseUrl = readBaseUrl(session, bucket, options.baseUrl)
  // Keys are written otherwise at the bucket's own host than below a base URL.
  const servedFrom = options.baseUrl === null ? null : baseUrl
  const urlOf = (key: string) =>
    publicObjectUrl(session, bucket, options.stripPrefix ? key.slice(prefix.length) : key, servedFrom)
  const origin = fontOrigin(applied, baseUrl, options)
  const agents = createUnsignedAgents(requestsAtOnce, session.findProxy)
  const rows: ReceiptRow[] = []
  let answered = false
  let silent = 0
  try {
    await inParallel(chosen, requestsAtOnce, async (changed, index) => {
      const url = urlOf(changed.key)
      const expected = changed.visibility ?? options.expected
      const expectation: Expectation = {
        changed,
        expected,
        throughBaseUrl: options.baseUrl !== null,
        origin: isFont(changed.key) && changed.action !== 'delete' && expected === 'public' ? origin : null,
      }
      const hopeless = !answered && silent >= requestsAtOnce
      const answer: UnsignedAnswer = hopeless
        ? { status: null, problem: 'cancelled' }
        : await askAsVisitor({
            url,
            agents,
            findProxy: session.findProxy,
            headers: {
              ...browserHeaders,
              ...(expectation.origin === null ? {} : { origin: expectation.origin }),
            },
            ...(options.signal ? { signal: options.signal } : {}),
            ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
            ...(options.lookup ? { lookup: options.lookup } : {}),
          })
      if (answer.status !== null) answered = true
      else silent++
      rows[index] = toRow(
        expectation,
        url,
        answer,
        judgeAnswer(expectation, answer, nowOf(options).getTime()),
      )
    })
  } finally {
    agents.destroy()
  }
  return {
    checkedAt: nowOf(options).toISOString(),
    baseUrl,
    expected: options.expected,
    pageOrigin: rows.some(({ cors }) => cors !== 'not-needed') ? origin : null,
    rows,
    counts: countCodes(rows),
    notChecked: leftOut + rows.filter(({ code }) => code === 'not-checked').length,
  }
}

function nowOf(options: CreateReceiptOptions): Date {
  return options.now?.() ?? new Date()
}

/** What stands before the keys, without a slash at its end and escaped as a URL has to be. */
function readBaseUrl(session: S3Session, bucket: string, baseUrl: string | null): string {
  const url = new URL(baseUrl ?? publicObjectUrl(session, bucket, ''))
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/**
 * The origin in whose name fonts are asked for; null when they need no CORS. A folder with an `index.html` at its root
 * is a whole site, whose pages have the origin of the base URL themselves. Else pages of another host use the files, and
 * where nobody says which, the base URL's own origin is the best guess: rules for `*` or for the domain fit it.
 */
function fontOrigin({ planned }: AppliedSync, baseUrl: string, options: CreateReceiptOptions): string | null {
  const own = new URL(baseUrl).origin
  if (options.pageOrigin !== null) return options.pageOrigin === own ? null : options.pageOrigin
  const index = `${planned.facts.prefix}index.html`
  const isSite = planned.rows.some(
    ({ key, path, action }) => key === index && path !== null && action !== 'blocked',
  )
  return isSite ? null : own
}

/** HEAD, or the first byte where HEAD is refused: by services that want it signed, and by CDNs that never had it. */
async function askAsVisitor(asked: Omit<UnsignedRequest, 'method'>): Promise<UnsignedAnswer> {
  const head = await unsignedRequest({ ...asked, method: 'HEAD' })
  return head.status !== null && [400, 401, 403, 405, 501].includes(head.status)
    ? unsignedRequest({ ...asked, method: 'GET' })
    : head
}

function toRow(
  { changed, expected }: Expectation,
  url: string,
  answer: UnsignedAnswer,
  judgement: Judgement,
): ReceiptRow {
  const headers = answer.status === null ? {} : answer.headers
  const text = (name: string) => headers[name]?.slice(0, 1024) ?? null
  return {
    key: changed.key,
    url: url.slice(0, 8192),
    action: changed.action,
    expected,
    ...judgement,
    problem: judgement.code === 'not-checked' ? null : judgement.problem,
    status: answer.status,
    contentType: text('content-type'),
    cacheControl: text('cache-control'),
    contentEncoding: text('content-encoding'),
    location: judgement.code === 'redirected' ? placeOf(headers['location'], url) : null,
  }
}

/** Where a redirect leads, without query, fragment and user: they can hold what nobody should keep. */
function placeOf(location: string | undefined, url: string): string | null {
  if (location === undefined || !URL.canParse(location, url)) return null
  const place = new URL(location, url)
  return `${place.protocol}//${place.host}${place.pathname}`.slice(0, 2048)
}

function countCodes(rows: readonly ReceiptRow[]): Record<ReceiptCode, number> {
  const counts = Object.fromEntries(receiptCodes.map((code) => [code, 0])) as Record<ReceiptCode, number>
  for (const { code } of rows) counts[code]++
  return counts
}
