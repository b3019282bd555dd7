import type { Api } from '../../src-preload/contract/api.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ObjectDetails } from '../../src-preload/contract/object.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { createStore } from 'zustand/vanilla'
import { staleMs } from './check-store.ts'

/** The object that the inspector shows. */
export interface DetailsState {
  readonly ref: ObjectRef | null
  readonly details: ObjectDetails | null
  readonly loading: boolean
  readonly error: AppError | null
  readonly open: (ref: ObjectRef | null) => Promise<void>
  readonly reload: () => Promise<void>
  /** Asks again, without a signature, whether the public can read the object. */
  readonly check: () => Promise<AppError | null>
}

/** Details of one object at a time. */
export function createDetailsStore(api: Api<File>) {
  let generation = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const store = createStore<DetailsState>()((set, get) => {
    const fetchDetails = async (ref: ObjectRef) => {
      generation += 1
      const mine = generation
      set({ loading: true })
      const result = await api.getObjectDetails(ref)
      if (generation !== mine) return
      if (result.ok) set({ details: result.value, loading: false, error: null })
      else set({ details: null, loading: false, error: result.error })
    }
    /** Asks again when the answer has grown old, for as long as the object is looked at. */
    const askWhenOld = () => {
      clearTimeout(timer)
      timer = setTimeout(() => void get().check(), staleMs)
    }
    return {
      ref: null,
      details: null,
      loading: false,
      error: null,
      open: async (ref) => {
        if (sameObject(get().ref, ref)) return
        generation += 1
        clearTimeout(timer)
        set({ ref, details: null, error: null, loading: false })
        if (ref === null) return
        askWhenOld()
        await fetchDetails(ref)
      },
      reload: async () => {
        const { ref } = get()
        if (ref !== null) await fetchDetails(ref)
      },
      check: async () => {
        const { ref } = get()
        if (ref === null) return null
        askWhenOld()
        const result = await api.checkVisibility(ref)
        if (!result.ok) return result.error
        seen(ref, result.value)
        return null
      },
    }
  })

  /** An answer from before the last one is none any more. */
  function seen(ref: ObjectRef, visibility: VisibilityCheck): void {
    const { details, ref: current } = store.getState()
    if (details === null || !sameObject(current, ref)) return
    if (Date.parse(visibility.checkedAt) < Date.parse(details.visibility.checkedAt)) return
    store.setState({ details: { ...details, visibility } })
  }

  // What has just been changed the main process asks for by itself.
  api.onVisibilityAnswers(({ profileId, bucket, checks }) => {
    const { ref } = store.getState()
    for (const { key, ...check } of checks)
      if (sameObject(ref, { profileId, bucket, key })) seen({ profileId, bucket, key }, check)
  })
  return store
}

function sameObject(a: ObjectRef | null, b: ObjectRef | null): boolean {
  if (a === null || b === null) return a === b
  return a.profileId === b.profileId && a.bucket === b.bucket && a.key === b.key
}
