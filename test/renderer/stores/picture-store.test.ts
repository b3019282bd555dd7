import { describe, expect, it } from 'vitest'
import { createPictureStore, pictureId } from '../../../src-renderer/stores/picture-store.ts'
import { emptyMemory, memoryApi } from '../memory-api.ts'

const ref = { profileId: 'p', bucket: 'b', key: 'a.png' }

/** Node decodes no pictures: this stands for one. */
const bitmap: ImageBitmap = { width: 24, height: 40, close: () => undefined }

function pictures(picture: string | null, shrink = () => Promise.resolve(bitmap)) {
  const memory = emptyMemory()
  memory.picture = picture
  const store = createPictureStore(memoryApi(memory), shrink)
  const asked = () => memory.calls.filter((call) => call.method === 'getPicture').length
  const shown = (version: string | null) => store.getState().pictures[pictureId(ref, version)]
  return { store, asked, shown }
}

describe('pictures of rows in sight', () => {
  it('are fetched once, and again when the object has been replaced', async () => {
    const { store, asked, shown } = pictures('AAAA')
    store.getState().look(ref, 'monday')
    await expect.poll(() => shown('monday')).toBe(bitmap)
    store.getState().look(ref, 'monday')
    store.getState().look(ref, 'tuesday')
    await expect.poll(() => shown('tuesday')).toBe(bitmap)
    expect(asked()).toBe(2)
  })

  it('S39 there is none of what is none, nor of what cannot be decoded', async () => {
    const none = pictures(null)
    none.store.getState().look(ref, null)
    await expect.poll(() => none.shown(null)).toBeNull()
    const damaged = pictures('AAAA', () => Promise.reject(new Error('damaged')))
    damaged.store.getState().look(ref, null)
    await expect.poll(() => damaged.shown(null)).toBeNull()
  })
})
