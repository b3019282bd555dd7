import { setMaxListeners } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import { slicesOf } from './bandwidth.ts'
import { toFailure } from './map-error.ts'
import type { ObjectFacts } from './object-facts.ts'
import type { SectionDigest } from './object-proof.ts'
import type { ObjectRange, RangePlan } from './object-range.ts'
import { digestFile } from './object-range.ts'
import type { OpenedObject } from './open-object.ts'
import { openObject } from './open-object.ts'
import { createRangeWriter } from './range-writer.ts'
import type { S3Session } from './s3-session.ts'

/** One object on its way into a file. */
export interface RangeFetch {
  readonly session: S3Session
  readonly bucket: string
  readonly key: string
  readonly facts: ObjectFacts
  readonly plan: RangePlan
  readonly handle: FileHandle
  /** The answer that told of the object, if it was one with a body: the first range is read from it. */
  readonly opened: OpenedObject | null
  /** Digests the whole where the ranges do not. */
  readonly whole: SectionDigest | null
  readonly signal: AbortSignal | undefined
  /** So many bytes have come. */
  readonly onBytes: (count: number) => void
}

/** Requests for one object at once. */
const lanes = 4

/** Stalls and cuts in a row of one range, without a byte between, before it is given up. */
const fruitlessAttempts = 4

/** Milliseconds before a range is asked for again, doubled each time. */
const firstPauseMs = 200

/** What another attempt may mend. */
const mendable = new Set(['unreachable', 'timeout', 'proxy', 'slow-down', 'server-error'])

/** The service answers a request for a range with the whole object. */
export class RangesIgnored extends Error {
  override readonly name = 'RangesIgnored'
}

/**
 * Fetches what is missing of the ranges, several at once, each to its place in the file. One that is cut goes on where it
 * was (F3, F5, F13); every answer has to be about the same version (F17). Returns, or throws, when nothing is under way
 * any more. Throws Failures, {@link RangesIgnored} and errors of the file.
 */
export async function fetchRanges(fetch: RangeFetch): Promise<void> {
  const stop = new AbortController()
  const signal = fetch.signal ? AbortSignal.any([fetch.signal, stop.signal]) : stop.signal
  setMaxListeners(0, signal)
  const { ranges } = fetch.plan
  const whole = new Map(ranges.map((range) => [range, deferred()]))
  const abortion = aborted(signal)
  // Only the follower waits for it.
  abortion.catch(() => undefined)
  const failures: unknown[] = []
  let next = 0
  const guarded = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      failures.push(error)
      stop.abort()
    }
  }
  const lane = () =>
    guarded(async () => {
      for (let range = ranges[next++]; range !== undefined; range = ranges[next++]) {
        await fetchRange(fetch, range, signal)
        whole.get(range)?.resolve()
      }
    })
  const follow = (digest: SectionDigest) =>
    guarded(async () => {
      for (const range of ranges) {
        await Promise.race([whole.get(range)?.promise, abortion])
        await digestFile(fetch.handle, [range.from, range.to], digest, signal)
      }
    })
  const work = Array.from({ length: Math.min(lanes, ranges.length) }, lane)
  if (fetch.whole !== null) work.push(follow(fetch.whole))
  await Promise.all(work)
  if (failures.length > 0) throw failures[0]
}

async function fetchRange(fetch: RangeFetch, range: ObjectRange, signal: AbortSignal): Promise<void> {
  // What an earlier process has written went through no digest of this one.
  if (range.digest !== null && range.written > range.from)
    await digestFile(fetch.handle, [range.from, range.written], range.digest, signal)
  let answer = range.from === 0 ? fetch.opened : null
  for (let fruitless = 0; range.position < range.to || answer !== null;) {
    const before = range.position
    try {
      await fetchRest(fetch, range, answer, signal)
    } catch (error) {
      const problem = error instanceof RangesIgnored ? error : toFailure(error, fetch)
      if (problem instanceof RangesIgnored || signal.aborted) throw problem
      fruitless = range.position > before ? 0 : fruitless + 1
      const { code, retryable } = problem.error
      // A proxy that wants another password has it no sooner for being asked again.
      const isMendable = mendable.has(code) && (code !== 'proxy' || retryable)
      if (!isMendable || fruitless >= fruitlessAttempts) throw problem
      await sleep(firstPauseMs * 2 ** fruitless, undefined, { signal })
    }
    answer = null
  }
}

async function fetchRest(
  fetch: RangeFetch,
  range: ObjectRange,
  opened: OpenedObject | null,
  signal: AbortSignal,
): Promise<void> {
  const { facts } = fetch
  const answer =
    opened ??
    (await openObject(fetch.session, {
      bucket: fetch.bucket,
      key: fetch.key,
      from: range.position,
      // The rest is asked for as such: a service that ignores ends then cannot send too much.
      ...(range.to < facts.sizeBytes ? { to: range.to } : {}),
      ifMatch: facts.eTag,
      signal,
    }))
  try {
    if (opened === null) checkContinuation(answer, fetch, range)
    await write(answer, fetch, range, signal)
  } finally {
    answer.body.destroy()
  }
  if (range.position < range.to) {
    throw failure('unreachable', 'The connection was cut before everything had arrived.', { retryable: true })
  }
}

async function write(
  { body }: OpenedObject,
  fetch: RangeFetch,
  range: ObjectRange,
  signal: AbortSignal,
): Promise<void> {
  const writer = createRangeWriter(fetch.handle, range)
  const { sizeBytes } = fetch.facts
  const { bandwidth } = fetch.session
  // The first answer goes on to the end of the object, of which others fetch the rest.
  const isCutShort = range.to < sizeBytes
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted()
      const room = range.to - range.position
      if (chunk.byteLength > room && !isCutShort) {
        throw failure('integrity', 'More bytes arrived than the service had announced.', {
          key: fetch.key,
          retryable: true,
        })
      }
      for (const bytes of slicesOf(chunk.subarray(0, room), bandwidth)) {
        // What has come and waits here holds the rest of it back, as far as the sockets are full.
        const turn = bandwidth?.take(bytes.byteLength, signal)
        if (turn !== undefined) await turn
        range.digest?.update(bytes)
        range.position += bytes.byteLength
        fetch.onBytes(bytes.byteLength)
        await writer.add(bytes)
      }
      if (isCutShort && range.position === range.to) break
    }
  } finally {
    await writer.flush()
  }
}

/** A further answer has to be about the same version; two are never spliced (F17). */
function checkContinuation(answer: OpenedObject, { facts }: RangeFetch, range: ObjectRange): void {
  const isWhole = range.position === 0 && range.to === facts.sizeBytes
  const isSame = answer.eTag === facts.eTag
  if (isSame && answer.contentRange === null && !isWhole) throw new RangesIgnored()
  const expected = `bytes ${range.position}-${range.to - 1}/${facts.sizeBytes}`
  if (!isSame || (!isWhole && answer.contentRange !== expected)) {
    throw failure('precondition-failed', 'The object was replaced while it was being downloaded.', {
      retryable: true,
    })
  }
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

/** Rejects when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const tell = () => reject(new DOMException('aborted', 'AbortError'))
    if (signal.aborted) tell()
    else signal.addEventListener('abort', tell, { once: true })
  })
}
