import { imageSize } from '../links/image-size.ts'
import { getObjectBytes } from '../s3/get-object-bytes.ts'
import { headObject } from '../s3/head-object.ts'
import type { HandlersOf } from './call.ts'
import type { Sessions } from './sessions.ts'

/** Larger files are not fetched for a picture in a list, in bytes. */
const mostBytes = 1024 * 1024

/** A picture of more is not handed on to be decoded: a small file can hold a huge one (S40). */
const mostPixels = 40_000_000

/** Pictures for lists: sniffed and measured here, decoded in the page's sandbox. */
export function pictureHandlers(sessions: Sessions): HandlersOf<'getPicture'> {
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
  }
}
