import type { ImageSize } from '../pictures/image-size.ts'
import { imageSize } from '../pictures/image-size.ts'
import { measureObject } from '../links/measure-image.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { exifThumbnail } from '../pictures/exif-thumbnail.ts'
import { getObjectBytes, readObjectStart } from '../s3/get-object-bytes.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { headObject } from '../s3/head-object.ts'
import type { HandlersOf } from './call.ts'
import type { Sessions } from './sessions.ts'

/** Larger files are not fetched whole for a picture in a list, in bytes. */
const mostBytes = 1024 * 1024

/** A picture of more is not handed on to be decoded: a small file can hold a huge one (S40). */
const mostPixels = 40_000_000

/** So much of a large photo is fetched for the thumbnail in it, in bytes: that comes within 64 KiB, after little else. */
const thumbnailBytes = 96 * 1024

/** The thumbnail that a camera has put into a photo; null for what has none. */
async function thumbnailOf(session: S3Session, bucket: string, key: string): Promise<Buffer | null> {
  if (!/\.jpe?g$/i.test(key)) return null
  return exifThumbnail(await readObjectStart(session, { bucket, key, bytes: thumbnailBytes }))
}

/** Pictures for lists: sniffed and measured here, decoded in the page's sandbox. */
export function pictureHandlers(sessions: Sessions): HandlersOf<'getPicture' | 'measurePictures'> {
  return {
    async getPicture({ profileId, bucket, key }) {
      const session = await sessions.open(profileId)
      const head = await headObject(session, { bucket, key })
      if (head === null || head.sizeBytes === 0) return null
      const bytes =
        head.sizeBytes > mostBytes
          ? await thumbnailOf(session, bucket, key)
          : ((await getObjectBytes(session, { bucket, key, mostBytes }))?.bytes ?? null)
      const size = bytes === null ? null : imageSize(bytes)
      if (bytes === null || size === null || size.width * size.height > mostPixels) return null
      return { base64: bytes.toString('base64'), ...size }
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
