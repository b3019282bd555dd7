import type { Api, ObjectRef } from '../../src-preload/contract/api.ts'
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
  /** Forgets everything, because something has been changed, and asks again about what is in sight. */
  readonly forget: () => void
}

/** An answer that is older, in milliseconds, is asked for again: somebody else may have changed who can read. */
export const staleMs = 5 * 60 * 1000

/** So many are asked at once. */
const atOnce = 4
/** More answers than this are not kept. */
const remembered = 5000

/** What stands for an object in {@link CheckState.checks}. */
export function checkId({ profileId, bucket, key }: ObjectRef): string {
  return JSON.stringify([profileId, bucket, key])
}

/** Visibility of the rows in sight, asked and never assumed. */
export function createCheckStore(api: Api<File>) {
  return createStore<CheckState>()((set, get) => {
    let generation = 0
    const askedAt = new Map<string, number>()
    const inSight = new Set<() => void>()
    const ask = createLookQueue<ObjectRef>(atOnce, async (ref) => {
      const mine = generation
      const result = await api.checkVisibility(ref)
      if (mine !== generation) return
      const { checks } = get()
      askedAt.set(checkId(ref), Date.now())
      const kept = Object.keys(checks).length < remembered ? checks : {}
      set({ checks: { ...kept, [checkId(ref)]: result.ok ? result.value : null } })
    })

    return {
      checks: {},
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
        inSight.add(askWhenOld)
        return () => {
          inSight.delete(askWhenOld)
          clearTimeout(timer)
          takeBack()
        }
      },
      forget: () => {
        generation += 1
        askedAt.clear()
        set({ checks: {} })
        for (const askWhenOld of inSight) askWhenOld()
      },
    }
  })
}
