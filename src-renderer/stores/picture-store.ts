import type { Api } from '../../src-preload/contract/api.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { Picture } from '../../src-preload/contract/picture.ts'
import { createStore } from 'zustand/vanilla'
import { checkId } from './check-store.ts'
import { createLookQueue } from './look-queue.ts'

/** Small pictures beside the names of a list; of anything else there is an icon. */
export interface PictureState {
  /** By {@link pictureId}; null: there is none to show. */
  readonly pictures: Readonly<Record<string, ImageBitmap | null>>
  /** Fetches the picture of an object that came in sight; the answer takes it back when it goes out of sight. */
  readonly look: (ref: ObjectRef, version: string | null) => () => void
}

/** Fewer than the requests that answer the person. */
const atOnce = 2
const remembered = 500

/** What stands for an object as it is now; `version` is its date, so that a replaced one is fetched again. */
export function pictureId(ref: ObjectRef, version: string | null): string {
  return `${checkId(ref)} ${version ?? ''}`
}

/** Pictures of the rows in sight. `shrink` decodes and rejects for what is damaged; that happens in the page's sandbox (S40). */
export function createPictureStore(api: Api<File>, shrink: (picture: Picture) => Promise<ImageBitmap>) {
  return createStore<PictureState>()((set, get) => {
    const keep = (id: string, bitmap: ImageBitmap | null) => {
      const { pictures } = get()
      const kept = Object.keys(pictures).length < remembered ? pictures : {}
      set({ pictures: { ...kept, [id]: bitmap } })
    }
    const look = createLookQueue<{ ref: ObjectRef; id: string }>(atOnce, async ({ ref, id }) => {
      if (get().pictures[id] !== undefined) return
      const result = await api.getPicture(ref)
      const picture = result.ok ? result.value : null
      keep(id, picture === null ? null : await shrink(picture).catch(() => null))
    })
    return {
      pictures: {},
      look: (ref, version) => look({ ref, id: pictureId(ref, version) }),
    }
  })
}
