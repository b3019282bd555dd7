import type { Api } from '../../src-preload/contract/api.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import type { Answer } from './memory-answer.ts'

/** The watches of the memory, to be arranged and looked at by tests. */
export interface MemoryWatches {
  running: Watch[]
  /** How long each step of a round takes, in milliseconds. */
  stepMs: number
  /** A change that a test makes in a watch, such as a pause; it is told at once. */
  change: (watchId: string, change: Partial<Watch>) => void
  /** A file was saved: a round with so many uploads follows. */
  touch: (watchId: string, uploads: number) => Promise<void>
}

/** None yet. */
export function emptyWatches(): MemoryWatches {
  return { running: [], stepMs: 0, change: () => undefined, touch: () => Promise.resolve() }
}

type Methods = 'startWatch' | 'stopWatch' | 'listWatches'
/** Watches in memory: each begins with a round that does what the memory's plan says, and reports it step by step. */
export function memoryWatch(
  watches: MemoryWatches,
  planRows: () => readonly SyncRow[],
  answer: Answer,
  emit: (watch: Watch) => void,
): Pick<Api<File>, Methods> {
  let lastWatch = 0
  const step = () => new Promise((resolve) => setTimeout(resolve, watches.stepMs))
  const later = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString()
  const find = (watchId: string) => watches.running.find((watch) => watch.watchId === watchId)

  watches.change = (watchId, change) => {
    const watch = find(watchId)
    if (watch === undefined) return
    const next = { ...watch, ...change }
    watches.running = watches.running.map((each) => (each.watchId === watchId ? next : each))
    emit(next)
  }
  async function round(watchId: string, uploads: number, deletes: number): Promise<void> {
    await step()
    watches.change(watchId, { state: 'planning', nextCheckAt: null })
    await step()
    if (uploads + deletes > 0) {
      for (let filesDone = 0; filesDone < uploads; filesDone++) {
        const bytes = { bytesDone: filesDone * 4000, bytesTotal: uploads * 4000 }
        watches.change(watchId, { state: 'applying', progress: { filesDone, filesTotal: uploads, ...bytes } })
        await step()
      }
      const counts = {
        uploaded: uploads,
        updatedHeaders: 0,
        deleted: deletes,
        failed: 0,
        bytes: uploads * 4000,
      }
      watches.change(watchId, { lastSync: { at: later(0), counts } })
    }
    watches.change(watchId, {
      state: 'waiting',
      progress: null,
      checkedAt: later(0),
      nextCheckAt: later(60_000),
      rounds: (find(watchId)?.rounds ?? 0) + 1,
    })
  }
  watches.touch = async (watchId, uploads) => {
    watches.change(watchId, { changesSeen: (find(watchId)?.changesSeen ?? 0) + uploads })
    await round(watchId, uploads, 0)
  }

  return {
    startWatch: (input) =>
      answer('startWatch', input, () => {
        const { profileId, bucket, prefix, folderId, options, confirmDeletes, destinationId = null } = input
        if (watches.running.some((watch) => watch.bucket === bucket && watch.prefix === prefix))
          throw failure('safety-refused', 'Another watch publishes to this place. Stop that one first.')
        const watch: Watch = {
          watchId: `watch-${(lastWatch += 1)}`,
          profileId,
          bucket,
          prefix,
          destinationId,
          folderId,
          folderName: 'site/static',
          state: 'waiting',
          reason: null,
          message: null,
          hints: 'events',
          hintsMessage: null,
          startedAt: later(0),
          changesSeen: 0,
          rounds: 0,
          checkedAt: null,
          nextCheckAt: later(0),
          lastSync: null,
          lastError: null,
          progress: null,
        }
        watches.running.push(watch)
        const uploads = planRows().filter((row) => row.action === 'upload').length
        const deletes = options.removeRemoteOnly
          ? planRows().filter((row) => row.action === 'delete').length
          : 0
        if (deletes > 0 && !confirmDeletes)
          void step().then(() =>
            watches.change(watch.watchId, {
              state: 'paused',
              reason: 'deletes-not-confirmed',
              message: `${deletes} objects would be removed, which this watch may not do.`,
              checkedAt: later(0),
              rounds: 1,
            }),
          )
        else void round(watch.watchId, uploads, deletes)
        return watch
      }),
    stopWatch: (input) =>
      answer('stopWatch', input, () => {
        watches.change(input.watchId, {
          state: 'stopped',
          reason: 'asked',
          nextCheckAt: null,
          progress: null,
        })
        watches.running = watches.running.filter((watch) => watch.watchId !== input.watchId)
        return {}
      }),
    listWatches: (input) => answer('listWatches', input, () => [...watches.running]),
  }
}
