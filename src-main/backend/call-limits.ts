import { monotonicMs } from '../s3/monotonic-ms.ts'
import type { MethodName } from '../../src-preload/contract/api.ts'

/** How much one method may be given and how often (S18). */
export interface CallLimit {
  /** About the size of the argument in bytes: text by its length, everything else a little. */
  readonly maxBytes: number
  /** Calls at once before the rate counts. */
  readonly burst: number
  readonly perSecond: number
}

const mebibyte = 1024 * 1024

/** Far above what a window does, far below what would hurt. */
const usual: CallLimit = { maxBytes: mebibyte, burst: 300, perSecond: 60 }

const unusual: Partial<Record<MethodName, Partial<CallLimit>>> = {
  // Each starts something that lasts or asks the person.
  chooseFiles: { burst: 5, perSecond: 2 },
  chooseFolder: { burst: 5, perSecond: 2 },
  composeMail: { burst: 5, perSecond: 1, maxBytes: 64 * 1024 },
  allowRunBefore: { burst: 3, perSecond: 1 },
  runBeforeSync: { burst: 10, perSecond: 1 },
  startLeakScan: { burst: 5, perSecond: 1 },
  startWatch: { burst: 10, perSecond: 1 },
  startPlayground: { burst: 5, perSecond: 1 },
  probeKeychain: { burst: 10, perSecond: 2 },
  // Each is paid for, or may ask for 200 URLs of a host that is not ours.
  applyInvalidation: { burst: 10, perSecond: 1 },
  createReceipt: { burst: 10, perSecond: 1 },
  setCloudFrontKey: { burst: 20, perSecond: 5, maxBytes: 64 * 1024 },
  setCloudflareToken: { burst: 20, perSecond: 5, maxBytes: 32 * 1024 },
  setProfileSecret: { burst: 20, perSecond: 5, maxBytes: 32 * 1024 },
  setProxyPassword: { burst: 20, perSecond: 5, maxBytes: 32 * 1024 },
  // 20,000 dropped files, 10,000 keys.
  registerDrop: { maxBytes: 16 * mebibyte },
  // 5,000 keys with the addresses of their destinations.
  copyLinks: { burst: 20, perSecond: 5, maxBytes: 16 * mebibyte },
  // With a session's token a link has 2 kB.
  copyText: { maxBytes: 16 * mebibyte },
  planVisibility: { maxBytes: 32 * mebibyte },
  // A picture of a large screen, in base64.
  registerPaste: { maxBytes: 44 * mebibyte, burst: 10, perSecond: 1 },
  // The bytes of a picture may be in its address.
  fetchPicture: { maxBytes: 44 * mebibyte, burst: 5, perSecond: 1 },
  planDelete: { maxBytes: 32 * mebibyte },
  applySweep: { maxBytes: 16 * mebibyte },
  startDownload: { maxBytes: 32 * mebibyte },
}

/** The limits of one method. */
export function limitOf(name: MethodName): CallLimit {
  return { ...usual, ...unusual[name] }
}

/** Counts the calls of each method. */
export interface CallRate {
  /** Takes one call of a method; false when it is one too many for now. */
  take(name: MethodName): boolean
}

/** A token bucket per method. `now` is in milliseconds and never goes back. */
export function createCallRate(now: () => number = monotonicMs): CallRate {
  const buckets = new Map<MethodName, { tokens: number; at: number }>()
  return {
    take(name) {
      const { burst, perSecond } = limitOf(name)
      const at = now()
      const bucket = buckets.get(name) ?? { tokens: burst, at }
      const tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1000) * perSecond)
      buckets.set(name, { tokens: tokens >= 1 ? tokens - 1 : tokens, at })
      return tokens >= 1
    },
  }
}
