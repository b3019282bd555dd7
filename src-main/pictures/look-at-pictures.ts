import { Failure } from '../../src-preload/contract/failure.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { openLocalSource } from '../s3/local-source.ts'
import type { PictureKind } from './picture-kind.ts'
import { pictureKind, pictureKindByName } from './picture-kind.ts'
import type { LocalPicture } from './strip-picture.ts'
import { headOf, stripPicture } from './strip-picture.ts'

/** The beginnings of so many files are read; of the others their names have to do until they are sent. */
const mostRead = 5000

/** So much is read, in bytes, to find damaged pictures; the others are found when they are to be sent. */
const mostLookedThroughBytes = 256 * 1024 * 1024

/**
 * What files are as far as their metadata are concerned, in their order, by a look at their beginnings, and through the
 * first pictures whether they can be taken apart. `other` for what cannot be read: its upload will say why.
 */
export async function lookAtPictures(
  files: readonly LocalPicture[],
  readAtMostBytes = mostLookedThroughBytes,
): Promise<PictureKind[]> {
  const kinds = files.map((file) => pictureKindByName(file.name))
  let left = readAtMostBytes
  await inParallel([...files.keys()].slice(0, mostRead), 4, async (index) => {
    const file = files[index]!
    const kind = await lookAt(file)
    const { sizeBytes } = file.identity
    const isLookedThrough = kind.kind === 'strippable' && sizeBytes <= left
    if (isLookedThrough) left -= sizeBytes
    kinds[index] = isLookedThrough ? await lookThrough(file, kind) : kind
  })
  return kinds
}

async function lookThrough(file: LocalPicture, kind: PictureKind): Promise<PictureKind> {
  try {
    const stripped = await stripPicture(file)
    return stripped.kind === 'broken' ? stripped : kind
  } catch (error) {
    if (error instanceof Failure) return { kind: 'other' }
    throw error
  }
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
