import type { ImageSize } from '../links/image-size.ts'
import { imageSize } from '../links/image-size.ts'
import { measureObject } from '../links/measure-image.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { getObjectBytes } from '../s3/get-object-bytes.ts'
import { headObject } from '../s3/head-object.ts'
import type { HandlersOf } from './call.ts'
import type { Sessions } from './sessions.ts'

/** Larger files are not fetched for a picture in a list, in bytes. */
const mostBytes = 1024 * 1024

/** A picture of more is not handed on to be decoded: a small file can hold a huge one (S40). */
const mostPixels = 40_000_000

/** Pictures for lists: sniffed and measured here, decoded in the page's sandbox. */
export function pictureHandlers(sessions: Sessions): HandlersOf<'getPicture' | 'measurePictures'> {
  return {
    async getPicture({ profileId, bucket, key }) {
      const session = await sessions.open(profileId)
      const head = await headObject(session, { bucket, key })
      if (head === null || head.sizeBytes > mostBytes || head.sizeBytes === 0) return null
      const read = await getObjectBytes(session, { bucket, key, mostBytes })
      const size = read === null ? null : imageSize(read.bytes)
      if (read === null || size === null || size.width * size.height > mostPixels) return null
      return { base64: read.bytes.toString('base64'), ...size }
    },
    async measurePictures({ profileId, bucket, keys }) {
      const session = await sessions.open(profileId)
      const sizes: (ImageSize | null)[] = keys.map(() => null)
      await inParallel(keys, 6, async (key, index) => {
        sizes[index] = await measureObject(session, { bucket, key })
      })
      return { sizes }
    },
  }
}
