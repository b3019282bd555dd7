/** Tells somebody about changes, but not more often than they can be looked at. */
export interface SnapshotFeed {
  /** Something changed; `now` when it should be told without waiting for the next turn. */
  changed(now?: boolean): void
  close(): void
}

/** A telling may take this part of the time (a twentieth) and no more: whoever is told has work with it as well. */
const shareOfTime = 20

/**
 * Calls `emit` at once for the first change and then at most every `intervalMs` (100 by default), always once more
 * after the last change: throttled at the source. What takes long to tell, as thousands of transfers do, is told less
 * often: the wait is at least twenty times what the last telling took.
 */
export function createSnapshotFeed(emit: () => void, now: () => number, intervalMs = 100): SnapshotFeed {
  let next = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | null = null
  let closed = false

  function tell(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (closed) return
    const started = now()
    // Set before too: what `emit` itself changes waits for its turn.
    next = started + intervalMs
    emit()
    next = started + Math.max(intervalMs, (now() - started) * shareOfTime)
  }

  return {
    changed(urgent = false) {
      if (closed) return
      const wait = next - now()
      if (urgent || wait <= 0) tell()
      else timer ??= setTimeout(tell, wait)
    },
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}

/** How fast bytes move, over the last few seconds. */
export interface SpeedMeter {
  /** Bytes per second, given how many have moved until now. */
  measure(movedBytes: number): number
}

/** Measures over `windowMs`. */
export function createSpeedMeter(now: () => number, windowMs = 5000): SpeedMeter {
  const samples: { readonly at: number; readonly moved: number }[] = []
  return {
    measure(moved) {
      const at = now()
      const last = samples.at(-1)
      // What was cleared or started again takes bytes away: the measurement begins anew.
      if (last !== undefined && moved < last.moved) samples.length = 0
      samples.push({ at, moved })
      while (samples.length > 2 && (samples[1]?.at ?? at) < at - windowMs) samples.shift()
      const first = samples[0]
      if (first === undefined || at - first.at < 200) return 0
      return Math.max(0, Math.round(((moved - first.moved) * 1000) / (at - first.at)))
    },
  }
}
