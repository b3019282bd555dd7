import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { LeakScan } from '../../src-preload/contract/leak-scan.ts'
import { createSnapshotFeed } from '../transfers/snapshot-feed.ts'
import type { HandedOutThrough } from '../visibility/handed-out.ts'
import { scanForLeaks } from '../visibility/leak-scan.ts'
import type { EventSource, HandlersOf } from './call.ts'
import type { Sessions } from './sessions.ts'

/** Scans at the same time, and ended ones that can still be looked at. */
const mostRunning = 3
const mostKept = 20

interface Kept {
  readonly controller: AbortController
  /** The scan as it is now. */
  read: () => LeakScan
  ended: Promise<void>
}

interface LeakScanParts {
  readonly sessions: Sessions
  readonly scans: EventSource<LeakScan>
  /** By which address an object is handed out. */
  readonly throughOf: (object: ObjectRef) => HandedOutThrough | null
  /** For tests. */
  readonly perSecond?: number
}

/** Leak scans: started, followed by events, and cancelled. They last as long as Pail runs. */
export function leakScanHandlers({ sessions, scans, throughOf, perSecond }: LeakScanParts): HandlersOf<
  'startLeakScan' | 'cancelLeakScan' | 'listLeakScans'
> & {
  /** Ends all scans and waits for them. */
  close(): Promise<void>
} {
  const kept = new Map<string, Kept>()
  const isRunning = ({ read }: Kept) => read().endedAt === null

  return {
    async startLeakScan({ profileId, bucket, prefix }) {
      const session = await sessions.open(profileId)
      if ([...kept.values()].filter(isRunning).length >= mostRunning)
        throw failure('too-many', `Pail runs at most ${mostRunning} scans at a time.`)
      const about = {
        scanId: `scan_${randomBytes(12).toString('hex')}`,
        profileId,
        bucket,
        prefix: normalisedPrefix(prefix),
      }
      const startedAt = new Date().toISOString()
      const controller = new AbortController()
      setMaxListeners(0, controller.signal)
      const entry: Kept = {
        controller,
        ended: Promise.resolve(),
        read: () => ({
          ...about,
          state: 'listing',
          startedAt,
          endedAt: null,
          objects: 0,
          chosen: 0,
          isSampled: false,
          counts: { public: 0, private: 0, unknown: 0 },
          notAsked: 0,
          listing: null,
          leaks: [],
          unknowns: [],
          error: null,
        }),
      }
      kept.set(about.scanId, entry)
      for (const [id, old] of kept) if (kept.size > mostKept && !isRunning(old)) kept.delete(id)
      const feed = createSnapshotFeed(() => scans.emit(entry.read()), Date.now)
      entry.ended = scanForLeaks(session, {
        bucket,
        prefix: about.prefix,
        through: (key) => throughOf({ profileId, bucket, key }),
        signal: controller.signal,
        ...(perSecond === undefined ? {} : { perSecond }),
        onProgress(read) {
          entry.read = () => ({ ...about, ...read() })
          feed.changed()
        },
      }).then((state) => {
        entry.read = () => ({ ...about, ...state })
        feed.changed(true)
        feed.close()
      })
      return entry.read()
    },
    async cancelLeakScan({ scanId }) {
      const entry = kept.get(scanId)
      entry?.controller.abort()
      await entry?.ended
      return {}
    },
    listLeakScans: async () => [...kept.values()].map(({ read }) => read()),
    async close() {
      for (const { controller } of kept.values()) controller.abort()
      await Promise.all([...kept.values()].map(({ ended }) => ended))
    },
  }
}
