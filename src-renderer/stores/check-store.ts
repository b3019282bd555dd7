import type { Api, ObjectRef } from '../../src-preload/contract/api.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { createStore } from 'zustand/vanilla'

/** What unsigned requests were answered for the objects of a list. */
export interface CheckState {
  /** By {@link checkId}. What was not asked is not here; null when it could not be asked. */
  readonly checks: Readonly<Record<string, VisibilityCheck | null>>
  /** Asks about an object that came in sight, the latest first; the answer takes it back when it goes out of sight. */
  readonly look: (ref: ObjectRef) => () => void
  /** Forgets everything: something has been changed. */
  readonly forget: () => void
}

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
    let waiting: ObjectRef[] = []
    let running = 0
    let generation = 0

    const next = async () => {
      const ref = waiting.pop()
      if (ref === undefined || running >= atOnce) {
        if (ref !== undefined) waiting.push(ref)
        return
      }
      running += 1
      const mine = generation
      const result = await api.checkVisibility(ref)
      running -= 1
      if (mine === generation) {
        const { checks } = get()
        const kept = Object.keys(checks).length < remembered ? checks : {}
        set({ checks: { ...kept, [checkId(ref)]: result.ok ? result.value : null } })
      }
      void next()
    }

    return {
      checks: {},
      look: (ref) => {
        waiting.push(ref)
        void next()
        return () => {
          waiting = waiting.filter((each) => each !== ref)
        }
      },
      forget: () => {
        generation += 1
        set({ checks: {} })
      },
    }
  })
}
