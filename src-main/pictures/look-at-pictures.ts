import { Failure } from '../../src-preload/contract/failure.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { openLocalSource } from '../s3/local-source.ts'
import type { PictureKind } from './picture-kind.ts'
import { pictureKind, pictureKindByName } from './picture-kind.ts'
import type { LocalPicture } from './strip-picture.ts'
import { headOf } from './strip-picture.ts'

/** The beginnings of so many files are read; of the others their names have to do until they are sent. */
const mostRead = 5000

/**
 * What files are as far as their metadata are concerned, in their order, by a look at their beginnings. `other` for what
 * cannot be read: its upload will say why.
 */
export async function lookAtPictures(files: readonly LocalPicture[]): Promise<PictureKind[]> {
  const kinds = files.map((file) => pictureKindByName(file.name))
  await inParallel([...files.keys()].slice(0, mostRead), 4, async (index) => {
    kinds[index] = await lookAt(files[index]!)
  })
  return kinds
}

async function lookAt(file: LocalPicture): Promise<PictureKind> {
  try {
    const source = await openLocalSource(file.path, file.identity)
    try {
      return pictureKind(await headOf(source), file.name)
    } finally {
      await source.close()
    }
  } catch (error) {
    if (error instanceof Failure) return { kind: 'other' }
    throw error
  }
}
