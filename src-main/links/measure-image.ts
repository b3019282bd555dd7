import { Failure } from '../../src-preload/contract/failure.ts'
import { readObjectStart } from '../s3/get-object-bytes.ts'
import { openLocalSource } from '../s3/local-source.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { SelectedFile } from '../transfers/selection-store.ts'
import type { ImageSize } from '../pictures/image-size.ts'
import { imageHeaderBytes, imageSize } from '../pictures/image-size.ts'

/**
 * The size of a local picture, from its first bytes; null for what is none, and for a file that is not there or not the
 * same any more: a link without a size is better than none.
 */
export async function measureImage(
  file: Pick<SelectedFile, 'path' | 'sizeBytes' | 'identity'>,
): Promise<ImageSize | null> {
  try {
    const source = await openLocalSource(file.path, file.identity)
    try {
      const header = Buffer.allocUnsafe(Math.min(file.sizeBytes, imageHeaderBytes))
      await source.read(header, 0)
      return imageSize(header)
    } finally {
      await source.close()
    }
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}

/** What may be a picture by its name; nothing else is fetched. */
const pictureName = /\.(a?png|jpe?g|jpe|jfif|gif|webp|bmp|avif)$/i

/** Few pictures tell their size later than here, in bytes. */
const usualHeaderBytes = 32 * 1024

/** The size of a picture in a bucket, from its first bytes; null for what is none, and for what cannot be read. */
export async function measureObject(
  session: S3Session,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<ImageSize | null> {
  if (!pictureName.test(key)) return null
  try {
    for (const most of [usualHeaderBytes, imageHeaderBytes]) {
      const header = await readObjectStart(session, { bucket, key, bytes: most })
      const size = imageSize(header)
      if (size !== null || header.byteLength < most) return size
    }
    return null
  } catch (error) {
    if (error instanceof Failure) return null
    throw error
  }
}
