import { monotonicMs } from './monotonic-ms.ts'

/** How fast to go: how much may be under way at once, found out by how a service takes it. */
export interface Pace {
  /** How many may be under way now. */
  readonly limit: number
  /**
   * Waits for room: a place among those under way, and memory for `heldBytes`. Who asks first comes first. Answers how to
   * leave, which has to happen once.
   */
  enter(heldBytes: number): Promise<() => void>
  /** A small request was answered after so many milliseconds. Only requests of one kind are compared with one another. */
  answered(kind: string, latencyMs: number): void
  /** The service, or this computer, had too much to do at once (F7, F34). */
  throttled(): void
}

/** The bounds of a pace. */
export interface PaceLimits {
  readonly first: number
  readonly least: number
  readonly most: number
  /** What all that is under way may hold in memory together, in bytes; what is larger goes alone. */
  readonly heldBytes: number
}

/** Requests with larger bodies are not {@link Pace.answered}: they take as long as the line is narrow. */
export const smallBodyBytes = 64 * 1024

/** What a session begins with: more at once would make a window wait, because answers come in bursts. */
export const defaultPaceLimits: PaceLimits = {
  first: 32,
  least: 1,
  most: 128,
  heldBytes: 48 * 1024 * 1024,
}

/** The same where nobody waits for anything else of this process. */
export const widePaceLimits: PaceLimits = { ...defaultPaceLimits, most: 256 }

/** Answers may take so much longer than the fastest before it counts as a queue that forms somewhere. */
const toleratedSlowdown = 1.5
/** Below this, in milliseconds, a difference is the work of this computer. */
const toleratedMs = 5
/** The fastest answers are forgotten by and by, because ways change. */
const forgetting = 1.02
/** Those that were under way when the service complained complain as well: they count once, in milliseconds. */
const oneComplaintMs = 250
/** Once the service has complained, this share is added in place of doubling. */
const carefulGrowth = 1 / 8

interface Kind {
  fastestMs: number
  sumMs: number
  count: number
}

/**
 * Makes a pace (F7). It doubles with every round of answers (as many as may be under way) as long as they come about as
 * fast as in the fastest round; it halves when it is told that there was too much, and grows by eighths from then on.
 * `now` is in milliseconds, never goes back and is only for tests.
 */
export function createPace(limits: PaceLimits = defaultPaceLimits, now: () => number = monotonicMs): Pace {
  let limit = limits.first
  let underWay = 0
  let held = 0
  let wasFull = false
  let throttledAt: number | null = null
  const kinds = new Map<string, Kind>()
  const waiting: { readonly heldBytes: number; readonly begin: (leave: () => void) => void }[] = []

  const hasRoom = (heldBytes: number) => {
    if (underWay >= limit) {
      wasFull = true
      return false
    }
    return underWay === 0 || held + heldBytes <= limits.heldBytes
  }
  const begin = (heldBytes: number) => {
    underWay++
    held += heldBytes
    return () => {
      underWay--
      held -= heldBytes
      admit()
    }
  }
  const admit = () => {
    for (let next = waiting[0]; next !== undefined && hasRoom(next.heldBytes); next = waiting[0]) {
      waiting.shift()
      next.begin(begin(next.heldBytes))
    }
  }

  return {
    get limit() {
      return limit
    },
    enter(heldBytes) {
      if (waiting.length === 0 && hasRoom(heldBytes)) return Promise.resolve(begin(heldBytes))
      return new Promise((resolve) => waiting.push({ heldBytes, begin: resolve }))
    },
    answered(name, latencyMs) {
      const kind = kinds.get(name) ?? { fastestMs: Number.POSITIVE_INFINITY, sumMs: 0, count: 0 }
      kinds.set(name, kind)
      kind.sumMs += latencyMs
      kind.count++
      if (kind.count < limit) return
      const averageMs = kind.sumMs / kind.count
      kind.sumMs = 0
      kind.count = 0
      kind.fastestMs = Math.min(kind.fastestMs * forgetting, averageMs)
      // Where there was room left, more of it would have changed nothing.
      const wasHeldBack = wasFull
      wasFull = false
      if (!wasHeldBack || averageMs > kind.fastestMs * toleratedSlowdown + toleratedMs) return
      const step = throttledAt === null ? limit : Math.max(1, Math.floor(limit * carefulGrowth))
      limit = Math.min(limits.most, limit + step)
      admit()
    },
    throttled() {
      const at = now()
      if (throttledAt !== null && at - throttledAt < oneComplaintMs) return
      throttledAt = at
      limit = Math.max(limits.least, Math.floor(limit / 2))
      for (const kind of kinds.values()) {
        kind.sumMs = 0
        kind.count = 0
      }
    },
  }
}
