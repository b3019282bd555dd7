import { monotonicMs } from '../s3/monotonic-ms.ts'
import { setMaxListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BucketRef, ObjectRef } from '../../src-preload/contract/call.ts'
import type { VisibilityAnswers, VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { createPace } from '../s3/pace.ts'
import { createSnapshotFeed } from '../transfers/snapshot-feed.ts'
import { askForChanged } from '../visibility/ask-for-changed.ts'
import type { HandedOutThrough } from '../visibility/handed-out.ts'
import { sampleOf } from '../visibility/sample.ts'
import { createUnsignedPace, type UnsignedPace } from '../visibility/unsigned-pace.ts'
import { createUnsignedAgents, type UnsignedAgents } from '../visibility/unsigned-request.ts'
import type { EventSource } from './call.ts'
import type { Sessions } from './sessions.ts'
import { type ChangeCause, newReportId, type OpenCheck, type VisibilityChecks } from './visibility-checks.ts'

interface ChecksParts {
  readonly sessions: Sessions
  readonly answers: Pick<EventSource<VisibilityAnswers>, 'emit'>
  readonly reports: Pick<EventSource<VisibilityReport>, 'emit'>
  /** By which address an object is handed out. */
  readonly throughOf: (object: ObjectRef) => HandedOutThrough | null
  /** Who is to read an object, as its destination says. */
  readonly promisedFor: (object: ObjectRef) => WantedVisibility | null
  /** Objects a second, at most. */
  readonly perSecond: number
  /** Above so many objects a sample is asked for; 10,000 unless given, which is for tests. */
  readonly mostAsked?: number
}

/** What all that is asked of one service shares. */
interface Way {
  readonly pace: UnsignedPace
  /** Made with the first session, which knows of a proxy. */
  agents: UnsignedAgents | null
  readonly room: ReturnType<typeof createPace>
  users: number
}

const requestsAtOnce = 8
const mostAsked = 10_000
const answersAtOnce = 250

/** See {@link VisibilityChecks}. */
export function createVisibilityChecks(parts: ChecksParts): VisibilityChecks {
  const stop = new AbortController()
  // Every request under way listens to the one signal; that many is no leak.
  setMaxListeners(0, stop.signal)
  const running = new Set<Promise<void>>()
  const ways = new Map<string, Way>()
  /** What gives up the asking after each change of who can read, and where that was. */
  const changes = new Map<() => void, BucketRef>()

  /** One pace for all that a profile reaches: several changes together do not ask faster than one. */
  function wayOf(profileId: string): Way {
    const way = ways.get(profileId) ?? {
      pace: createUnsignedPace(parts.perSecond),
      agents: null,
      room: createPace({ first: requestsAtOnce, least: requestsAtOnce, most: requestsAtOnce, heldBytes: 1 }),
      users: 0,
    }
    ways.set(profileId, way)
    way.users++
    return way
  }

  function leave(profileId: string, way: Way): void {
    way.users--
    if (way.users > 0) return
    way.agents?.destroy()
    ways.delete(profileId)
  }

  function open(place: BucketRef, cause: ChangeCause, reportId = newReportId()): OpenCheck | null {
    if (stop.signal.aborted) return null
    const { profileId, bucket } = place
    const way = wayOf(profileId)
    const { pace, room } = way
    let added = 0
    let objects = 0
    let fresh: VisibilityAnswers['checks'] = []
    let isBegun = false
    const tell = () => {
      // Whoever hears of the answers has heard before that what was known is not true any more.
      if (!isBegun) tellReport()
      isBegun = true
      if (fresh.length === 0 && asking.now().state === 'asking') return
      if (fresh.length > 0) parts.answers.emit({ reportId, profileId, bucket, checks: fresh })
      fresh = []
      tellReport()
    }
    const tellReport = () => {
      const now = asking.now()
      const told = now.counts.public + now.counts.private + now.counts.unknown
      parts.reports.emit({
        ...now,
        reportId,
        ...cause,
        profileId,
        bucket,
        objects: Math.max(objects, added),
        chosen: added,
        notAsked: Math.max(objects, added) - told,
      })
    }
    const feed = createSnapshotFeed(tell, monotonicMs, 200)
    const asking = askForChanged({
      bucket,
      session: () => parts.sessions.open(profileId),
      through: (key) => parts.throughOf({ profileId, bucket, key }),
      pace,
      agents: ({ findProxy }) => (way.agents ??= createUnsignedAgents(requestsAtOnce, findProxy)),
      enter: () => room.enter(0),
      signal: stop.signal,
      onAnswer(check) {
        fresh.push(check)
        feed.changed(fresh.length >= answersAtOnce)
      },
    })
    const { giveUp } = asking
    if (cause.cause === 'visibility') changes.set(giveUp, place)
    return {
      reportId,
      add(object) {
        added++
        if (added === 1) queueMicrotask(() => feed.changed())
        const { expected = parts.promisedFor({ profileId, bucket, key: object.key }) } = object
        asking.add({ ...object, expected })
      },
      end(all = 0) {
        objects = all
        const ended = asking
          .end()
          .then(() => feed.changed(true))
          .finally(() => {
            feed.close()
            changes.delete(giveUp)
            leave(profileId, way)
            running.delete(ended)
          })
        running.add(ended)
      },
    }
  }

  return {
    open,
    after(place, cause, changed, reportId) {
      if (changed.length === 0) return null
      const check = open(place, cause, reportId)
      if (check === null) return null
      // What is told of the change itself comes first.
      setImmediate(() => {
        for (const object of sampleOf(changed, parts.mostAsked ?? mostAsked)) check.add(object)
        check.end(changed.length)
      })
      return check.reportId
    },
    changing({ profileId, bucket }) {
      for (const [giveUp, place] of changes)
        if (place.profileId === profileId && place.bucket === bucket) giveUp()
    },
    async close() {
      stop.abort()
      // What has been taken on a moment ago is told as not asked for, too.
      await nextTurn()
      await Promise.all(running)
    },
  }
}
