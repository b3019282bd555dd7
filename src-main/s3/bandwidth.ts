/** How many bytes a second all requests with a body may send, or receive, together. It can be changed at any time. */
export interface Bandwidth {
  /** Null for as fast as it goes. */
  limitBytesPerSecond: number | null
  /** How many bytes to ask for at once, so that several who take turns are never silent for long. */
  readonly sliceBytes: number
  /** Waits until so many bytes may move; undefined when they may at once. */
  take(bytes: number): Promise<void> | undefined
}

const largestSliceBytes = 64 * 1024
const smallestSliceBytes = 512
/** Slices a second, for all together. */
const slicesPerSecond = 16

/** Makes one without a limit. Each of those that wait has its turn in the order in which they came. */
export function createBandwidth(now: () => number = () => performance.now()): Bandwidth {
  let limit: number | null = null
  /** When the next bytes may move. */
  let freeAt = 0
  let waiting: { readonly timer: NodeJS.Timeout; readonly go: () => void }[] = []

  return {
    get limitBytesPerSecond() {
      return limit
    },
    set limitBytesPerSecond(next) {
      limit = next
      freeAt = 0
      // Those that wait have waited by the old limit; a slice each is let go.
      const released = waiting
      waiting = []
      for (const { timer, go } of released) {
        clearTimeout(timer)
        go()
      }
    },
    get sliceBytes() {
      if (limit === null) return largestSliceBytes
      return Math.max(smallestSliceBytes, Math.min(largestSliceBytes, Math.floor(limit / slicesPerSecond)))
    },
    take(bytes) {
      if (limit === null) return undefined
      const at = now()
      const start = Math.max(at, freeAt)
      freeAt = start + (bytes * 1000) / limit
      if (start <= at) return undefined
      return new Promise((resolve) => {
        const go = () => {
          waiting = waiting.filter((one) => one.go !== go)
          resolve()
        }
        waiting.push({ timer: setTimeout(go, start - at), go })
      })
    },
  }
}
