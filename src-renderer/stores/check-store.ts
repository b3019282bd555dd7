import type { Api } from '../../src-preload/contract/api.ts'
import type { BucketRef, ObjectRef } from '../../src-preload/contract/call.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { createStore } from 'zustand/vanilla'
import { createLookQueue } from './look-queue.ts'

/** What unsigned requests were answered for the objects of a list. */
export interface CheckState {
  /** By {@link checkId}. What was not asked is not here; null when it could not be asked. */
  readonly checks: Readonly<Record<string, VisibilityCheck | null>>
  /**
   * Asks about an object that came in sight, the latest first, and again when the answer has grown old, for as long as it
   * stays there. The answer of this takes it back when it goes out of sight.
   */
  readonly look: (ref: ObjectRef) => () => void
  /** Forgets what was known of a bucket: it is handed out in another way by now. What is in sight is asked for at once. */
  readonly forget: (place: BucketRef) => void
  /** What the main process has found out of objects that were just changed, as it last told. */
  readonly report: VisibilityReport | null
}

/** An answer that is older, in milliseconds, is asked for again: somebody else may have changed who can read. */
export const staleMs = 5 * 60 * 1000

/** So many are asked at once. */
const atOnce = 4
/** More answers than this are not kept. */
const remembered = 20_000

/** What stands for an object in {@link CheckState.checks}. */
export function checkId({ profileId, bucket, key }: ObjectRef): string {
  return JSON.stringify([profileId, bucket, key])
}

/**
 * Visibility of the rows in sight, asked and never assumed. What has just been changed the main process asks for by itself:
 * then what was known of its bucket is forgotten, what is in sight is asked for at once, and the answers for the others are
 * taken as they come.
 */
export function createCheckStore(api: Api<File>) {
  const askedAt = new Map<string, number>()
  const inSight = new Map<() => void, ObjectRef>()
  /** How often what was known of a bucket was forgotten; an answer from before that does not count. */
  const generations = new Map<string, number>()
  const placeOf = ({ profileId, bucket }: BucketRef) => JSON.stringify([profileId, bucket])
  const generationOf = (place: BucketRef) => generations.get(placeOf(place)) ?? 0

  const store = createStore<CheckState>()(() => {
    const ask = createLookQueue<ObjectRef>(atOnce, async (ref) => {
      const mine = generationOf(ref)
      const result = await api.checkVisibility(ref)
      if (mine === generationOf(ref)) take(ref, [[ref.key, result.ok ? result.value : null]])
    })

    return {
      checks: {},
      report: null,
      forget: (place) => forget(place),
      look: (ref) => {
        let takeBack = () => {}
        let timer: ReturnType<typeof setTimeout> | undefined
        const askWhenOld = () => {
          clearTimeout(timer)
          const ageMs = Date.now() - (askedAt.get(checkId(ref)) ?? Number.NEGATIVE_INFINITY)
          const isOld = ageMs >= staleMs
          if (isOld) {
            takeBack()
            takeBack = ask(ref)
          }
          timer = setTimeout(askWhenOld, isOld ? staleMs : staleMs - ageMs)
        }
        askWhenOld()
        inSight.set(askWhenOld, ref)
        return () => {
          inSight.delete(askWhenOld)
          clearTimeout(timer)
          takeBack()
        }
      },
    }
  })

  function take(place: BucketRef, answers: readonly (readonly [string, VisibilityCheck | null])[]): void {
    const { checks } = store.getState()
    const kept = Object.keys(checks).length + answers.length <= remembered ? checks : {}
    const { profileId, bucket } = place
    const ids = answers.map(([key, check]) => [checkId({ profileId, bucket, key }), check] as const)
    for (const [id] of ids) askedAt.set(id, Date.now())
    store.setState({ checks: { ...kept, ...Object.fromEntries(ids) } })
  }

  function forget(place: BucketRef): void {
    generations.set(placeOf(place), generationOf(place) + 1)
    const isThere = ({ profileId, bucket }: BucketRef) =>
      profileId === place.profileId && bucket === place.bucket
    const { checks } = store.getState()
    const kept = Object.entries(checks).filter(([id]) => {
      const [profileId = '', bucket = ''] = JSON.parse(id) as string[]
      if (!isThere({ profileId, bucket })) return true
      askedAt.delete(id)
      return false
    })
    store.setState({ checks: Object.fromEntries(kept) })
    for (const [askWhenOld, ref] of inSight) if (isThere(ref)) askWhenOld()
  }

  const begun = new Set<string>()
  api.onVisibilityReport((report) => {
    if (!begun.has(report.reportId)) {
      begun.add(report.reportId)
      forget(report)
    }
    if (report.state !== 'asking') begun.delete(report.reportId)
    store.setState({ report })
  })
  api.onVisibilityAnswers((answers) => {
    take(
      answers,
      answers.checks.map(({ key, ...check }) => [key, check]),
    )
  })
  return store
}
