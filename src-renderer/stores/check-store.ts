import type { Api, ObjectRef } from '../../src-preload/contract/api.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { createStore } from 'zustand/vanilla'
import { createLookQueue } from './look-queue.ts'

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
    let generation = 0
    const look = createLookQueue<ObjectRef>(atOnce, async (ref) => {
      const mine = generation
      const result = await api.checkVisibility(ref)
      if (mine !== generation) return
      const { checks } = get()
      const kept = Object.keys(checks).length < remembered ? checks : {}
      set({ checks: { ...kept, [checkId(ref)]: result.ok ? result.value : null } })
    })

    return {
      checks: {},
      look,
      forget: () => {
        generation += 1
        set({ checks: {} })
      },
    }
  })
}
