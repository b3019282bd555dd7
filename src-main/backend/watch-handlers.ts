import { monotonicMs } from '../s3/monotonic-ms.ts'
import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { basename } from 'node:path'
import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import type { Log } from '../logging/log.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import { openRoot } from '../sync/local-files.ts'
import { createSnapshotFeed } from '../transfers/snapshot-feed.ts'
import { createSortedMap } from '../tables/sorted-map.ts'
import { spoolsIn } from '../tables/spool.ts'
import { whatSyncOpens } from '../visibility/sync-opens.ts'
import { createFolderHints } from '../watch/folder-hints.ts'
import type { OpenFolderWatcher } from '../watch/folder-watcher.ts'
import { syncRound } from '../watch/sync-round.ts'
import { type RunningWatch, startWatch } from '../watch/watch.ts'
import type { WatchEnd, WatchTimes } from '../watch/watch-rules.ts'
import type { EventSource, HandlersOf } from './call.ts'
import type { Folders } from './folders.ts'
import { type LinkKeeper, noLinkKeeper, tellKeeper } from './link-keeper.ts'
import type { Sessions } from './sessions.ts'
import type { FindOpening } from './policy-reader.ts'
import { checkSync, expectedVisibility, refuseExposedFiles } from './sync-check.ts'
import { applyDirectories, planDirectories, type SyncDirectories } from './sync-handlers.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'
import { whyNotAsBefore } from './watched-destination.ts'

/** More watches than this would look at the disk all the time. */
const mostWatches = 20

/** What the handlers are made of. The last two are for tests. */
export interface WatchHandlerParts {
  readonly sessions: Sessions
  readonly folders: Folders
  readonly settings: SettingsFile
  /** What a profile says of its service. */
  readonly providerOf: (profileId: string) => ProviderId
  readonly watches: EventSource<Watch>
  readonly directories: SyncDirectories
  readonly log: Log
  /** Hears of what the rounds remove and put there. */
  readonly linkKeeper?: LinkKeeper
  /** Asks for what the rounds change. */
  readonly checks?: VisibilityChecks
  /** What the policies of a profile's buckets let everybody read. */
  readonly openingOf?: (profileId: string) => FindOpening
  readonly openWatcher?: OpenFolderWatcher
  readonly times?: WatchTimes
}

/** The handlers, and what the rest of the backend tells them. */
export type WatchHandlers = HandlersOf<'startWatch' | 'stopWatch' | 'listWatches'> & {
  /** Ends the watches of a profile that is gone. */
  forgetProfile(profileId: string): void
  /** Ends the watch of a destination that is gone or is to be published in another way. */
  destinationChanged(destinationId: string): void
  /** Ends all watches and waits for their rounds. */
  close(): Promise<void>
}

interface Active {
  readonly profileId: string
  /** The service and bucket, as {@link Active.prefix} is meant. */
  readonly where: string
  readonly prefix: string
  readonly destinationId: string | null
  /** Why it may not go on as its destination is now; null when it may. */
  readonly objection: () => Promise<string | null>
  readonly watch: RunningWatch
  readonly snapshot: () => Watch
}

/** Watches: folders that are published by themselves as they change. They last as long as Pail runs. */
export function watchHandlers(parts: WatchHandlerParts): WatchHandlers {
  const { sessions, folders, settings, log, linkKeeper = noLinkKeeper, checks = noVisibilityChecks } = parts
  const { openingOf = () => async () => null } = parts
  const active = new Map<string, Active>()
  let isClosed = false

  function refuseOverlap(where: string, prefix: string): void {
    if (active.size >= mostWatches)
      throw failure('too-many', `Pail keeps at most ${mostWatches} watches at a time.`)
    for (const other of active.values())
      if (other.where === where && (other.prefix.startsWith(prefix) || prefix.startsWith(other.prefix)))
        throw failure(
          'safety-refused',
          'Another watch publishes to this place, above it or below it. Stop that one first.',
        )
  }

  async function stop(watchId: string, reason: WatchEnd, message?: string): Promise<void> {
    await active.get(watchId)?.watch.stop(reason, message)
    active.delete(watchId)
  }

  /** Nobody waits for it: a round that ends its own watch cannot. */
  function stopMeanwhile(watchId: string, reason: WatchEnd, message?: string): void {
    stop(watchId, reason, message).catch((error: unknown) => log.error('A watch did not end cleanly.', error))
  }

  /** What tells whether a destination still says what it says now. Throws `not-found`. */
  function objectionOf(destinationId: string | null): Active['objection'] {
    if (destinationId === null) return async () => null
    const isIt = ({ id }: { id: string }) => id === destinationId
    const before = settings.current().destinations.find(isIt)
    if (before === undefined) throw failure('not-found', 'This destination is not there any more.')
    return async () => whyNotAsBefore(before, (await settings.onDisk()).destinations.find(isIt))
  }

  return {
    async startWatch({
      profileId,
      bucket,
      prefix,
      folderId,
      options,
      confirmDeletes,
      destinationId = null,
      expected,
    }) {
      const objection = objectionOf(destinationId)
      const root = await openRoot(folders.path(folderId))
      const session = await sessions.open(profileId)
      const { openChokidarWatcher } = await import('../watch/chokidar-watcher.ts')
      const place = { bucket, prefix: normalisedPrefix(prefix), options, confirmDeletes, root }
      const where = `${session.service} ${bucket}`
      // From here to the entry in the table nothing is waited for, so that of two at once one is refused.
      if (isClosed) throw failure('cancelled', 'Pail is being closed.')
      refuseOverlap(where, place.prefix)
      const about = {
        watchId: `watch_${randomBytes(12).toString('hex')}`,
        profileId,
        bucket,
        prefix: place.prefix,
        destinationId,
        folderId,
        folderName: basename(root.chosen) || root.chosen,
        startedAt: new Date().toISOString(),
      }
      const watch = startWatch({
        async round(events) {
          // Every request under way listens to the one signal; that many is no leak.
          setMaxListeners(0, events.signal)
          // Another process may have changed it.
          const changed = await objection()
          if (changed !== null) {
            stopMeanwhile(about.watchId, 'destination-changed', changed)
            throw failure('cancelled', 'Cancelled.')
          }
          const spool = spoolsIn(parts.directories.state)
          /** What was done to each key. */
          const done = createSortedMap(spool)
          const keysOf = (...actions: readonly string[]): Iterable<string> => ({
            *[Symbol.iterator]() {
              for (const [key, action] of done) if (actions.includes(action)) yield key
            },
          })
          const asking = checkSync(checks, 'all', {
            place: { profileId, bucket },
            cause: { cause: 'watch', causeId: about.watchId },
            expected: expectedVisibility(place, expected),
          })
          try {
            return await syncRound({
              place,
              openSession: () => sessions.open(profileId),
              planning: planDirectories(parts.directories),
              applying: applyDirectories(parts.directories),
              opens: async (session, planned, signal) => {
                await refuseExposedFiles(openingOf(profileId), planned, expectedVisibility(place, expected))
                return whatSyncOpens(session, planned, {
                  provider: parts.providerOf(profileId),
                  spool,
                  signal,
                })
              },
              ...events,
              onDone: ({ action, key }) => done.set(key, action),
            })
          } finally {
            const [gone, came] = [keysOf('delete'), keysOf('upload')]
            await tellKeeper(linkKeeper, { profileId, bucket }, { gone, came })
            asking.end(() => [...keysOf('upload', 'update-headers')])
          }
        },
        openHints: (onHint, onMode) =>
          createFolderHints({
            folder: root.chosen,
            exclude: options.exclude,
            onHint,
            onMode,
            openWatcher: parts.openWatcher ?? openChokidarWatcher,
          }),
        onChange: (isUrgent) => feed.changed(isUrgent),
        onBug: (error) => log.error('A watch failed unexpectedly.', error),
        ...(parts.times ? { times: parts.times } : {}),
      })
      const snapshot = (): Watch => ({ ...about, ...watch.report() })
      const feed = createSnapshotFeed(() => {
        const now = snapshot()
        parts.watches.emit(now)
        if (now.state === 'stopped') feed.close()
      }, monotonicMs)
      active.set(about.watchId, {
        profileId,
        where,
        prefix: place.prefix,
        destinationId,
        objection,
        watch,
        snapshot,
      })
      return snapshot()
    },
    async stopWatch({ watchId }) {
      await stop(watchId, 'asked')
      return {}
    },
    listWatches: async () => [...active.values()].map(({ snapshot }) => snapshot()),
    forgetProfile(profileId) {
      for (const [watchId, watch] of active)
        if (watch.profileId === profileId) stopMeanwhile(watchId, 'profile-deleted')
    },
    destinationChanged(destinationId) {
      for (const [watchId, watch] of active)
        if (watch.destinationId === destinationId)
          void watch.objection().then((message) => {
            if (message !== null) stopMeanwhile(watchId, 'destination-changed', message)
          })
    },
    async close() {
      isClosed = true
      await Promise.all([...active.keys()].map((watchId) => stop(watchId, 'closing')))
    },
  }
}
