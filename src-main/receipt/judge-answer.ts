import type { ReceiptCode } from '../../src-preload/contract/receipt-codes.ts'
import type { ReceiptRow } from '../../src-preload/contract/receipt.ts'
import type { HeaderChange } from '../../src-preload/contract/sync-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { bareETag } from '../s3/e-tag.ts'
import { headerChanges } from '../sync/headers.ts'
import type { UnsignedAnswer } from '../visibility/unsigned-request.ts'
import type { ChangedKey } from './receipt-urls.ts'

/** What an answer is judged by. */
export interface Expectation {
  readonly changed: ChangedKey
  readonly expected: WantedVisibility
  /** Whether a custom domain or CDN answers, which may compress on the way, and not the bucket itself. */
  readonly throughBaseUrl: boolean
  /** The origin that a font was asked for with; null for everything else. */
  readonly origin: string | null
}

/** What an answer comes to. */
export type Judgement = Pick<
  ReceiptRow,
  'code' | 'alsoWrong' | 'differences' | 'content' | 'cors' | 'ageSeconds' | 'cache' | 'problem'
>

/** The least that an `Age` has to be older than a change, in milliseconds: it is told in whole seconds. */
const ageNoiseMs = 1000

/** What CDNs do not compress on their way, because it is compressed already. */
const compressedTypes =
  /^(image\/(?!svg|bmp)|video\/|audio\/|font\/woff|application\/(gzip|zip|zstd|x-(7z|bzip|xz|rar|tar)|font-woff|pdf))/i

/**
 * Judges one answer, which came at `receivedAtMs` by the same clock as `done.atMs`.
 *
 * | expected | action  | answer                              | code                                        |
 * |----------|---------|-------------------------------------|---------------------------------------------|
 * | -        | -       | none; 4xx and 5xx not named below   | unreachable                                 |
 * | -        | -       | 3xx                                 | redirected                                  |
 * | -        | delete  | 401, 403, 404, 410, CDN error page  | ok                                          |
 * | -        | delete  | 200                                 | stale                                       |
 * | private  | others  | 401, 403, 404, 410, CDN error page  | ok                                          |
 * | private  | others  | 200                                 | is-public                                   |
 * | public   | others  | any but 200 from an older cache     | stale                                       |
 * | public   | others  | 401, 403                            | not-public                                  |
 * | public   | others  | 404, 410, CDN error page            | not-found                                   |
 * | public   | others  | 200                                 | stale, wrong-…, no-cors, or ok              |
 */
export function judgeAnswer(
  expectation: Expectation,
  answer: UnsignedAnswer,
  receivedAtMs: number,
): Judgement {
  const headers = answer.status === null ? {} : answer.headers
  const ageSeconds = /^\d{1,9}$/.test(headers['age'] ?? '') ? Number(headers['age']) : null
  const row: Judgement = {
    code: 'ok',
    alsoWrong: [],
    differences: [],
    content: 'not-compared',
    cors: expectation.origin === null ? 'not-needed' : 'not-checked',
    ageSeconds,
    cache: cacheSaid(headers),
    problem: null,
  }
  if (answer.status === null) {
    const code = answer.problem === 'cancelled' ? 'not-checked' : 'unreachable'
    return { ...row, code, problem: answer.problem }
  }
  const { changed, expected } = expectation
  const meaning = meaningOf(answer.status, headers)
  // An answer that a cache has kept since before the change says nothing about what is there now.
  const isOld = ageSeconds !== null && receivedAtMs - ageSeconds * 1000 + ageNoiseMs < changed.done.atMs
  if (meaning === 'unclear') return { ...row, code: 'unreachable' }
  if (meaning === 'redirected') return { ...row, code: 'redirected' }
  if (changed.action === 'delete') return { ...row, code: meaning === 'served' ? 'stale' : 'ok' }
  if (expected === 'private') return { ...row, code: meaning === 'served' ? 'is-public' : 'ok' }
  if (meaning !== 'served') {
    const code = meaning === 'refused' ? 'not-public' : 'not-found'
    return isOld ? { ...row, code: 'stale', alsoWrong: [code] } : { ...row, code }
  }
  return { ...row, ...judgeServed(expectation, headers, answer.status, isOld) }
}

function judgeServed(
  { changed, throughBaseUrl, origin }: Expectation,
  headers: Readonly<Record<string, string>>,
  status: number,
  isOld: boolean,
): Pick<Judgement, 'code' | 'alsoWrong' | 'differences' | 'content' | 'cors'> {
  const differences = servedDifferences(changed, headers, throughBaseUrl)
  const wrong = differences.map(({ header }) => wrongCodes[header]).filter((code) => code !== undefined)
  const content = compareServed(changed, headers, status)
  const couldBeOld = wrong.length > 0 || (changed.action === 'upload' && content === 'not-compared')
  const allowed = headers['access-control-allow-origin']
  const cors = origin === null ? 'not-needed' : allowed === '*' || allowed === origin ? 'allowed' : 'missing'
  const codes: ReceiptCode[] = [
    ...(content === 'other' || (isOld && couldBeOld) ? (['stale'] as const) : []),
    ...wrong,
    ...(cors === 'missing' ? (['no-cors'] as const) : []),
  ]
  return { code: codes[0] ?? 'ok', alsoWrong: codes.slice(1), differences, content, cors }
}

const wrongCodes: Readonly<Record<string, ReceiptCode>> = {
  'Content-Type': 'wrong-type',
  'Cache-Control': 'wrong-cache',
  'Content-Encoding': 'wrong-encoding',
}

/** What a visitor got (`from`) where it is not what was sent (`to`). */
function servedDifferences(
  { headers: sent }: ChangedKey,
  got: Readonly<Record<string, string>>,
  throughBaseUrl: boolean,
): HeaderChange[] {
  const { contentDisposition: _, contentLanguage: _language, ...compared } = sent
  const from = encodingOf(got['content-encoding'])
  const to = encodingOf(sent.contentEncoding)
  // A CDN may compress what was sent plain, or compress anew; it cannot take away what it never added.
  const onTheWay =
    throughBaseUrl && from !== null && (to !== null || !compressedTypes.test(sent.contentType ?? ''))
  return headerChanges(
    {
      contentType: got['content-type'] ?? null,
      cacheControl: got['cache-control'] ?? null,
      contentEncoding: onTheWay ? to : from,
      contentDisposition: null,
      contentLanguage: null,
    },
    compared,
  )
}

function encodingOf(header: string | undefined): string | null {
  const encoding = (header ?? '').trim().toLowerCase()
  return encoding === '' || encoding === 'identity' ? null : encoding.slice(0, 1024)
}

/** Compares size and ETag with what was stored, as far as they mean the same thing on both sides. */
function compareServed(
  { headers: sent, done }: ChangedKey,
  got: Readonly<Record<string, string>>,
  status: number,
): Judgement['content'] {
  if (encodingOf(sent.contentEncoding) === encodingOf(got['content-encoding'])) {
    const size = sizeOf(got, status)
    if (size !== null && done.sizeBytes !== null && size !== done.sizeBytes) return 'other'
  }
  const [before, now] = [comparableETag(done.eTag), comparableETag(got['etag'])]
  if (before === null || now === null) return 'not-compared'
  return before === now ? 'same' : 'other'
}

/** The size of the whole, from the answer to HEAD or to a range; null when it is not told. */
function sizeOf(headers: Readonly<Record<string, string>>, status: number): number | null {
  const ranged = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
  const size = status === 206 || status === 416 ? ranged : headers['content-length']
  return size === undefined || !/^\d{1,15}$/.test(size) ? null : Number(size)
}

/** An ETag in the form that S3 gives, bare; a CDN that makes its own cannot be compared with. */
function comparableETag(eTag: string | null | undefined): string | null {
  const bare = bareETag(eTag ?? '').toLowerCase()
  return /^[0-9a-f]{32}(-\d{1,5})?$/.test(bare) ? bare : null
}

function meaningOf(
  status: number,
  headers: Readonly<Record<string, string>>,
): 'served' | 'refused' | 'absent' | 'redirected' | 'unclear' {
  // CloudFront can serve a page of the site with status 200 in place of an error, and says so only here.
  if (/^error/i.test(headers['x-cache'] ?? '') && status < 400) return 'absent'
  switch (status) {
    case 200:
    case 203:
    case 206:
    // The answer to a range of an empty object.
    case 416:
      return 'served'
    case 401:
    case 403:
      return 'refused'
    case 404:
    case 410:
      return 'absent'
    default:
      return status >= 300 && status < 400 && status !== 304 ? 'redirected' : 'unclear'
  }
}

function cacheSaid(headers: Readonly<Record<string, string>>): string | null {
  const said =
    headers['x-cache'] ?? headers['cf-cache-status'] ?? headers['x-cache-status'] ?? headers['cache-status']
  return said?.slice(0, 256) ?? null
}
