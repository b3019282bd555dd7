import { Failure } from '../../src-preload/contract/failure.ts'
import { openLocalSource } from '../s3/local-source.ts'
import type { SelectedFile } from '../transfers/selection-store.ts'
import type { ImageSize } from './image-size.ts'
import { imageHeaderBytes, imageSize } from './image-size.ts'

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
