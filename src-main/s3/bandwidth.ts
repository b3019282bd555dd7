import { monotonicMs } from './monotonic-ms.ts'

/** How many bytes a second all requests with a body may send, or receive, together. It can be changed at any time. */
export interface Bandwidth {
  /** Null for as fast as it goes. */
  limitBytesPerSecond: number | null
  /** How many bytes to ask for at once, so that several who take turns are never silent for long. */
  readonly sliceBytes: number
  /** Waits until so many bytes may move; undefined when they may at once. Rejects when it is not waited for any more. */
  take(bytes: number, signal?: AbortSignal): Promise<void> | undefined
}

/** What has come, in pieces each of which is to be taken from the bandwidth by itself. */
export function* slicesOf(bytes: Uint8Array, bandwidth: Bandwidth | undefined): Generator<Uint8Array> {
  if (bandwidth === undefined || bandwidth.limitBytesPerSecond === null) {
    yield bytes
    return
  }
  for (let at = 0; at < bytes.byteLength;) {
    const slice = bytes.subarray(at, at + bandwidth.sliceBytes)
    at += slice.byteLength
    yield slice
  }
}

const largestSliceBytes = 64 * 1024
/** Without a limit: what is on its way when one is set, of each request. */
const freeSliceBytes = 1024 * 1024
const smallestSliceBytes = 512
/** Slices a second, for all together. */
const slicesPerSecond = 16

/** Makes one without a limit. Each of those that wait has its turn in the order in which they came. */
export function createBandwidth(now: () => number = monotonicMs): Bandwidth {
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
      if (limit === null) return freeSliceBytes
      return Math.max(smallestSliceBytes, Math.min(largestSliceBytes, Math.floor(limit / slicesPerSecond)))
    },
    take(bytes, signal) {
      if (limit === null) return undefined
      const at = now()
      const start = Math.max(at, freeAt)
      freeAt = start + (bytes * 1000) / limit
      if (start <= at) return undefined
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting = waiting.filter((one) => one.go !== go)
          signal?.removeEventListener('abort', give)
        }
        const go = () => {
          leave()
          resolve()
        }
        const give = () => {
          clearTimeout(timer)
          leave()
          reject(new DOMException('aborted', 'AbortError'))
        }
        const timer = setTimeout(go, start - at)
        waiting.push({ timer, go })
        if (signal?.aborted === true) give()
        else signal?.addEventListener('abort', give, { once: true })
      })
    },
  }
}
