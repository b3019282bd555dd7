import type { Api } from '../../src-preload/contract/api.ts'
import type { LeakScan } from '../../src-preload/contract/leak-scan.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'

/** Leak scans over the objects of a memory: each is told of once while it asks, and then with its end. */
export function memoryLeakScans(
  memory: Memory,
  answer: Answer,
  check: (bucket: string, key: string) => VisibilityCheck,
): Pick<Api<File>, 'startLeakScan' | 'cancelLeakScan' | 'listLeakScans' | 'onLeakScan'> {
  const scans = new Map<string, LeakScan>()
  const listeners = new Set<(scan: LeakScan) => void>()
  const put = (scan: LeakScan) => {
    scans.set(scan.scanId, scan)
    for (const listener of listeners) listener(scan)
  }
  const isOver = (scanId: string) => scans.get(scanId)?.endedAt !== null
  return {
    startLeakScan: (input) =>
      answer('startLeakScan', input, () => {
        const { profileId, bucket, prefix } = input
        const found = (memory.objects.get(bucket) ?? [])
          .filter(({ key }) => key.startsWith(prefix))
          .map(({ key }) => ({ key, ...check(bucket, key) }))
        const leaks = found.filter(({ visibility }) => visibility === 'public')
        const scanId = `scan-${scans.size + 1}`
        const started: LeakScan = {
          scanId,
          profileId,
          bucket,
          prefix,
          state: 'asking',
          startedAt: new Date().toISOString(),
          endedAt: null,
          objects: found.length,
          chosen: found.length,
          isSampled: false,
          counts: { public: 0, private: 0, unknown: 0 },
          notAsked: found.length,
          listing: null,
          leaks: [],
          unknowns: [],
          error: null,
        }
        scans.set(scanId, started)
        setTimeout(() => {
          if (isOver(scanId)) return
          put({
            ...started,
            state: 'done',
            endedAt: new Date().toISOString(),
            counts: { public: leaks.length, private: found.length - leaks.length, unknown: 0 },
            notAsked: 0,
            listing: { ...check(bucket, ''), visibility: 'private', status: 403 },
            leaks,
          })
        }, memory.leakScanMs)
        return started
      }),
    cancelLeakScan: (input) =>
      answer('cancelLeakScan', input, () => {
        const scan = scans.get(input.scanId)
        if (scan !== undefined && scan.endedAt === null)
          put({
            ...scan,
            state: 'stopped',
            endedAt: new Date().toISOString(),
            error: { code: 'cancelled', message: 'The scan was stopped.', retryable: false },
          })
        return {}
      }),
    listLeakScans: (input) => answer('listLeakScans', input, () => [...scans.values()]),
    onLeakScan: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
