import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { CheckedObject } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityCheck, WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { headObject } from '../s3/head-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { checkVisibility, type HandedOutThrough } from './handed-out.ts'
import type { UnsignedPace } from './unsigned-pace.ts'
import type { UnsignedAgents } from './unsigned-request.ts'

/** An object that was changed. */
export interface ChangedObject {
  readonly key: string
  /** Who was to read it; null where nobody has said. */
  readonly expected: WantedVisibility | null
  /** What it was answered for already, after the change. */
  readonly known?: VisibilityCheck
}

/** What is known so far. */
export type AskedSoFar = Pick<VisibilityReport, 'state' | 'counts' | 'exposed' | 'blocked'>

/** How to ask. */
export interface AskForChangedOptions {
  readonly bucket: string
  /** Opened when the first object is there; what fails ends the asking. */
  readonly session: () => Promise<S3Session>
  /** By which address an object is handed out. */
  readonly through: (key: string) => HandedOutThrough | null
  readonly pace: UnsignedPace
  readonly agents: (session: S3Session) => UnsignedAgents
  /** Lets so many be asked at once that share it; answers how to leave. */
  readonly enter: () => Promise<() => void>
  readonly signal: AbortSignal
  /** Called with each answer. */
  readonly onAnswer: (check: CheckedObject) => void
}

/** Objects that are asked for as they are added. */
export interface AskingForChanged {
  add(object: ChangedObject): void
  /** What was to come of them is wanted no more: what was not answered by then is in no count, nor asked for. */
  giveUp(): void
  /** There are no more; resolves when all have been asked for, or it was given up. */
  end(): Promise<void>
  now(): AskedSoFar
}

const requestsAtOnce = 8
/** How long an answer is waited for, in milliseconds. */
const patienceMs = 5000
/** So many questions without any answer mean that there will be none. */
const mostSilent = 16
const mostNamed = 20
/** After so many refused objects that are there, others are taken to be there as well. */
const mostLookedUp = 20

const notThere = 'There is no such object any more.'

/**
 * Asks for objects without a signature, at the addresses at which they are handed out, as soon as they are added, and
 * counts what contradicts what was asked for. Ends early when nothing answers, the service wants no more questions, or
 * the signal aborts: what was not asked for then is in no count. Never rejects.
 */
export function askForChanged(options: AskForChangedOptions): AskingForChanged {
  const { bucket, pace, signal } = options
  const counts = { public: 0, private: 0, unknown: 0 }
  const contradictions = {
    exposed: { objects: 0, sample: [] as string[] },
    blocked: { objects: 0, sample: [] as string[] },
  }
  const waiting: ChangedObject[] = []
  const lanes = new Set<Promise<void>>()
  let next = 0
  let silent = 0
  let answered = 0
  let isGivenUp = false
  let isUnwanted = false
  let lookedUp = 0
  let state: AskedSoFar['state'] = 'asking'

  function take({ key, expected }: ChangedObject, check: VisibilityCheck): void {
    counts[check.visibility]++
    const wrong =
      check.visibility === 'public' && expected === 'private'
        ? contradictions.exposed
        : check.visibility === 'private' && expected === 'public'
          ? contradictions.blocked
          : null
    if (wrong !== null && wrong.objects++ < mostNamed) wrong.sample.push(key)
    options.onAnswer({ key, ...check, url: check.url.slice(0, 8192) })
  }

  /** Whether an object has been removed meanwhile. Who may not list is refused what is missing, as what is private. */
  async function isGone(session: S3Session, key: string): Promise<boolean> {
    if (lookedUp >= mostLookedUp) return false
    // What cannot be looked up is believed.
    const isThere = await headObject(session, { bucket, key, signal }).then(
      (found) => found !== null,
      () => true,
    )
    if (isThere) lookedUp++
    return !isThere
  }

  async function askOne(object: ChangedObject): Promise<void> {
    if (object.known !== undefined) {
      take(object, object.known)
      return
    }
    await pace.turn(signal)
    const leave = await options.enter()
    try {
      if (signal.aborted || isGivenUp) return
      const session = await options.session()
      const check = await checkVisibility(session, {
        bucket,
        key: object.key,
        through: options.through(object.key),
        timeoutMs: patienceMs,
        agents: options.agents(session),
        pace,
        signal,
      })
      // An answer that was cut off says nothing about the object.
      if (signal.aborted || isUnwanted) return
      if (check.status === null) silent++
      else answered++
      const isMissing =
        check.visibility === 'private' && object.expected === 'public' && (await isGone(session, object.key))
      if (signal.aborted || isUnwanted) return
      take(object, isMissing ? { ...check, visibility: 'unknown', reason: notThere } : check)
      if (pace.isHopeless || (answered === 0 && silent >= mostSilent)) isGivenUp = true
    } finally {
      leave()
    }
  }

  async function lane(): Promise<void> {
    for (let object = waiting[next]; object !== undefined; object = waiting[next]) {
      if (signal.aborted || isGivenUp) return
      next++
      // No session, and there is nobody to ask.
      await askOne(object).catch(() => {
        isGivenUp = true
      })
    }
  }

  return {
    add(object) {
      waiting.push(object)
      if (lanes.size >= requestsAtOnce) return
      const running: Promise<void> = lane().finally(() => lanes.delete(running))
      lanes.add(running)
    },
    giveUp() {
      isGivenUp = true
      isUnwanted = true
    },
    async end() {
      while (lanes.size > 0) await Promise.all(lanes)
      const told = counts.public + counts.private + counts.unknown
      state = told < waiting.length ? 'stopped' : 'done'
    },
    now: () => ({
      state,
      counts: { ...counts },
      exposed: { ...contradictions.exposed, sample: [...contradictions.exposed.sample] },
      blocked: { ...contradictions.blocked, sample: [...contradictions.blocked.sample] },
    }),
  }
}
