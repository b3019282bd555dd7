import type { FilePiece } from '../s3/file-pieces.ts'
import { sizeOfPieces } from '../s3/file-pieces.ts'
import type { FileIdentity, LocalSource } from '../s3/local-source.ts'
import { openLocalSource } from '../s3/local-source.ts'
import type { StrippableFormat } from './picture-kind.ts'
import { pictureKind, pictureKindBytes } from './picture-kind.ts'
import type { PictureReader } from './picture-reader.ts'
import { BrokenPicture, createPictureReader } from './picture-reader.ts'
import { stripGif } from './strip-gif.ts'
import { stripJpeg } from './strip-jpeg.ts'
import { stripPng } from './strip-png.ts'
import { stripWebp } from './strip-webp.ts'

/** A local file whose metadata is asked about. */
export interface LocalPicture {
  /** Its extension counts where its bytes do not tell what it is. */
  readonly name: string
  readonly path: string
  readonly identity: FileIdentity
}

/** What is left of a file without its metadata. */
export type StrippedPicture =
  /** No picture, or one that has no metadata. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'stripped'; readonly pieces: readonly FilePiece[]; readonly sizeBytes: number }
  /** It may have metadata that Pail does not remove; `what` as “a HEIC picture”. */
  | { readonly kind: 'unstrippable'; readonly what: string }
  /** Damaged, or stranger than can be taken apart without a doubt. */
  | { readonly kind: 'broken'; readonly format: StrippableFormat }

const strippers: Readonly<
  Record<StrippableFormat, (reader: PictureReader) => Promise<readonly FilePiece[]>>
> = { JPEG: stripJpeg, PNG: stripPng, WebP: stripWebp, GIF: stripGif }

/**
 * Finds out what of a file is left without location, camera, times, texts and thumbnails. Nothing is decoded or written:
 * the answer names stretches of the file, so that the picture itself stays bit for bit what it is, whatever the size in
 * one small window of memory. What cannot be taken apart for certain is `broken`; nothing is guessed. Throws Failures of
 * this computer.
 */
export async function stripPicture(picture: LocalPicture): Promise<StrippedPicture> {
  const source = await openLocalSource(picture.path, picture.identity)
  try {
    const stripped = await stripSource(source, picture.name)
    await source.verifyUnchanged()
    return stripped
  } finally {
    await source.close()
  }
}

/** The same for a source that is open. */
export async function stripSource(
  source: Pick<LocalSource, 'sizeBytes' | 'read'>,
  name: string,
): Promise<StrippedPicture> {
  const found = pictureKind(await headOf(source), name)
  if (found.kind === 'other') return { kind: 'whole' }
  if (found.kind === 'unstrippable') return found
  if (found.kind === 'mistaken') return { kind: 'broken', format: found.format }
  try {
    const pieces = await strippers[found.format](createPictureReader(source))
    const sizeBytes = sizeOfPieces(pieces)
    const [only, ...others] = pieces
    const isWhole =
      only !== undefined && others.length === 0 && 'from' in only && sizeBytes === source.sizeBytes
    return isWhole ? { kind: 'whole' } : { kind: 'stripped', pieces, sizeBytes }
  } catch (error) {
    if (error instanceof BrokenPicture) return { kind: 'broken', format: found.format }
    throw error
  }
}

/** The first bytes, by which a picture is known. */
export async function headOf(source: Pick<LocalSource, 'sizeBytes' | 'read'>): Promise<Buffer> {
  const head = Buffer.allocUnsafe(Math.min(pictureKindBytes, source.sizeBytes))
  await source.read(head, 0)
  return head
}
