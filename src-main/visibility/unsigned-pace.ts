import { monotonicMs } from '../s3/monotonic-ms.ts'
import { type UnsignedAnswer, unsignedRequest, type UnsignedRequest } from './unsigned-request.ts'

/** How fast to ask as the public: so many objects a second, and less as soon as the service has too much to do (F7). */
export interface UnsignedPace {
  /** Waits until the next object may be asked for, or until the signal aborts. */
  turn(signal?: AbortSignal): Promise<void>
  /**
   * Asks; where the answer is that there is too much to do (503, 429), again, six times at most and ever slower. What is
   * answered is the last answer. Never rejects.
   */
  ask(request: UnsignedRequest): Promise<UnsignedAnswer>
  /** Objects a second, at this moment. */
  readonly perSecond: number
  /** Whether the service has for a long time said nothing else: there is no use in asking on. */
  readonly isHopeless: boolean
}

const mostAttempts = 6
/** So many refusals, with no other answer between them, mean that there will be none: at 50 a second after a minute. */
const mostRefusals = 40
/** It does not get slower than this part of the full rate. */
const leastShare = 1 / 100
/** A service that wants to be left alone for longer is asked after this all the same, in milliseconds. */
const longestPauseMs = 60_000
/** Each answer gives so much of the full rate back: a hundred answers after it was halved it is what it was. */
const recovery = 1 / 200

/**
 * Makes a pace of at most so many objects a second. A refusal halves it, but those that were under way at the time count
 * as one; what `Retry-After` says is waited for by all; every other answer gives a little back. `send` is for tests.
 */
export function createUnsignedPace(
  mostPerSecond: number,
  send: typeof unsignedRequest = unsignedRequest,
): UnsignedPace {
  let perSecond = mostPerSecond
  let freeAt = monotonicMs()
  /** Nothing is sent before. */
  let quietUntil = Number.NEGATIVE_INFINITY
  let slowedAt = Number.NEGATIVE_INFINITY
  let refusals = 0

  function slowDown(sentAt: number, retryAfter: string | undefined): void {
    refusals++
    const now = monotonicMs()
    quietUntil = Math.max(quietUntil, now + retryAfterMs(retryAfter))
    if (sentAt < slowedAt) return
    slowedAt = now
    perSecond = Math.max(mostPerSecond * leastShare, perSecond / 2)
    freeAt = Math.max(freeAt, now + 1000 / perSecond)
  }

  async function turn(signal?: AbortSignal): Promise<void> {
    const at = Math.max(freeAt, quietUntil, monotonicMs())
    freeAt = at + 1000 / perSecond
    await untilThen(at, signal)
  }

  return {
    turn,
    get perSecond() {
      return perSecond
    },
    get isHopeless() {
      return refusals >= mostRefusals
    },
    async ask(request) {
      const { signal } = request
      for (let attempt = 1; ; attempt++) {
        // A turn that was given before the service asked for quiet waits, too.
        await untilThen(quietUntil, signal)
        const sentAt = monotonicMs()
        const answer = await send(request)
        if (answer.status !== 503 && answer.status !== 429) {
          if (answer.status === null) return answer
          refusals = 0
          perSecond = Math.min(mostPerSecond, perSecond + mostPerSecond * recovery)
          return answer
        }
        slowDown(sentAt, answer.headers['retry-after'])
        if (attempt === mostAttempts || signal?.aborted === true) return answer
        await turn(signal)
      }
    },
  }
}

/** What a `Retry-After` asks for, in seconds or as a date; nothing where it says neither. */
function retryAfterMs(header: string | undefined): number {
  if (header === undefined) return 0
  const text = header.trim()
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.min(longestPauseMs, Math.max(0, ms)) : 0
}

/** Waits until a moment of `monotonicMs()`; an abort ends the waiting. */
async function untilThen(at: number, signal: AbortSignal | undefined): Promise<void> {
  const wait = at - monotonicMs()
  if (wait <= 0 || signal?.aborted === true) return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, wait)
    signal?.addEventListener('abort', done)
  })
}
