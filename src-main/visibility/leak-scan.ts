import type { AppError } from '../../src-preload/contract/app-error.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { LeakFinding, LeakScan } from '../../src-preload/contract/leak-scan.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { listAllObjects } from '../s3/list-objects.ts'
import { toFailure } from '../s3/map-error.ts'
import { compareKeys } from '../s3/object-key.ts'
import { publicObjectUrl } from '../s3/object-url.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { checkVisibility, type HandedOutThrough } from './handed-out.ts'
import { createUnsignedPace, type UnsignedPace } from './unsigned-pace.ts'
import { createUnsignedAgents, type UnsignedAgents } from './unsigned-request.ts'
import { whatListingProves } from './what-proves.ts'

/** How to scan. The last four are for tests and for whoever is in more or less of a hurry. */
export interface LeakScanOptions {
  readonly bucket: string
  readonly prefix: string
  /** By which address an object is handed out; it is asked for at the bucket's own, too. */
  readonly through: (key: string) => HandedOutThrough | null
  readonly signal: AbortSignal
  /** Called after each step; `read` answers the scan as it is then. */
  readonly onProgress: (read: () => ScanState) => void
  /** Above so many objects as many are chosen at random; 10,000 unless given. */
  readonly mostAsked?: number
  /** Objects asked for in a second at most; 50 unless given. */
  readonly perSecond?: number
  readonly random?: () => number
  readonly now?: () => Date
}

/** A scan without who it is for. */
export type ScanState = Omit<LeakScan, 'scanId' | 'profileId' | 'bucket' | 'prefix'>

const requestsAtOnce = 8
/** So many questions without any answer mean that there will be none. */
const mostSilent = 16
const mostLeaks = 1000
const mostWhileRunning = 20

/**
 * Asks without a signature for every object below a prefix, in a calm pace, and tells which the public can read; and
 * whether it can list them. Where the service has too much to do (503, 429) it goes slower, and asks again. Above 10,000
 * objects a random sample is asked for, and the scan says so. What cannot be listed is a failed scan and what was
 * cancelled a stopped one: neither is ever a clean one. Does not reject.
 */
export async function scanForLeaks(session: S3Session, options: LeakScanOptions): Promise<ScanState> {
  const { signal, now = () => new Date() } = options
  const leaks: LeakFinding[] = []
  const unknowns: LeakFinding[] = []
  const state = {
    state: 'listing' as ScanState['state'],
    startedAt: now().toISOString(),
    endedAt: null as string | null,
    objects: 0,
    chosen: 0,
    isSampled: false,
    counts: { public: 0, private: 0, unknown: 0 },
    notAsked: 0,
    listing: null as VisibilityCheck | null,
    error: null as AppError | null,
  }
  const snapshot = (most: number): ScanState => ({
    ...state,
    counts: { ...state.counts },
    leaks: leaks.toSorted((a, b) => compareKeys(a.key, b.key)).slice(0, most),
    unknowns: [...unknowns],
  })
  const tell = () => options.onProgress(() => snapshot(mostWhileRunning))
  const agents = createUnsignedAgents(requestsAtOnce, session.findProxy)
  try {
    tell()
    const keys = await chooseKeys(session, options, (objects) => {
      state.objects = objects
      tell()
    })
    state.chosen = keys.length
    state.notAsked = keys.length
    state.isSampled = keys.length < state.objects
    state.state = 'asking'
    tell()
    const pace = createUnsignedPace(options.perSecond ?? 50)
    state.listing = await askForListing(session, options, { agents, pace }, now)
    let answered = 0
    let silent = 0
    await inParallel(keys, requestsAtOnce, async (key) => {
      await pace.turn(signal)
      if (signal.aborted) throw cancelled()
      const check = await checkVisibility(session, {
        bucket: options.bucket,
        key,
        through: options.through(key),
        agents,
        pace,
        signal,
        now,
      })
      // An answer that was cut off says nothing about the object.
      if (signal.aborted) throw cancelled()
      if (pace.isHopeless)
        throw failure('slow-down', 'The service has too much to do, and does not answer. Scan again later.', {
          retryable: true,
        })
      if (check.status === null) silent++
      else answered++
      state.counts[check.visibility]++
      state.notAsked--
      const finding = { key, ...check, url: check.url.slice(0, 8192) }
      if (check.visibility === 'public' && leaks.length < mostLeaks) leaks.push(finding)
      if (check.visibility === 'unknown' && unknowns.length < mostWhileRunning) unknowns.push(finding)
      tell()
      if (answered === 0 && silent >= mostSilent)
        throw failure('unreachable', 'Nothing answers at the address of the objects.', { retryable: true })
    })
    state.state = 'done'
  } catch (error) {
    state.error = (error instanceof Failure ? error : toFailure(error)).error
    state.state = state.state === 'asking' || signal.aborted ? 'stopped' : 'failed'
  } finally {
    agents.destroy()
  }
  state.endedAt = now().toISOString()
  return snapshot(mostLeaks)
}

/** Every key below the prefix, or so many of them that each had the same chance. */
async function chooseKeys(
  session: S3Session,
  options: LeakScanOptions,
  onFound: (objects: number) => void,
): Promise<string[]> {
  const { bucket, prefix, signal, mostAsked = 10_000, random = Math.random } = options
  const keys: string[] = []
  let objects = 0
  for await (const { key } of listAllObjects(session, { bucket, prefix, signal })) {
    if (signal.aborted) throw cancelled()
    objects++
    if (keys.length < mostAsked) keys.push(key)
    else {
      const at = Math.floor(random() * objects)
      if (at < mostAsked) keys[at] = key
    }
    if (objects % 1000 === 0) onFound(objects)
  }
  onFound(objects)
  return keys
}

/** Whether everybody may list the keys, which tells their names. */
async function askForListing(
  session: S3Session,
  { bucket, prefix, signal }: LeakScanOptions,
  { agents, pace }: { readonly agents: UnsignedAgents; readonly pace: UnsignedPace },
  now: () => Date,
): Promise<VisibilityCheck> {
  await session.bucketRegion(bucket)
  const root = publicObjectUrl(session, bucket, '')
  const url = `${root}?list-type=2&max-keys=1${prefix === '' ? '' : `&prefix=${encodeURIComponent(prefix)}`}`
  const answer = await pace.ask({
    method: 'GET',
    url,
    agents,
    findProxy: session.findProxy,
    signal,
  })
  return {
    ...whatListingProves(answer),
    checkedAt: now().toISOString(),
    status: answer.status,
    url: url.slice(0, 8192),
  }
}

function cancelled(): Failure {
  return failure('cancelled', 'The scan was stopped before everything had been asked for.')
}
