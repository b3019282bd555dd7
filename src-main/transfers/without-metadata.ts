import { failure } from '../../src-preload/contract/failure.ts'
import type { StripMetadata } from '../../src-preload/contract/picture.ts'
import { stripPicture } from '../pictures/strip-picture.ts'
import type { SelectedFile } from './selection-store.ts'

/** What is sent of a file, and what is to be told about that. */
export interface FileToSend {
  readonly file: SelectedFile
  /** Whether something is left out of it. */
  readonly isStripped: boolean
  /** For a person; null when there is nothing to say. */
  readonly note: string | null
}

/**
 * A file as it is sent where the metadata of pictures are not to be read by everybody. The same file always gives the
 * same bytes, so that an upload can be gone on with. Throws `metadata-stays` for a damaged picture, and with `always` for
 * what Pail does not take apart: nothing is sent that may tell where it was taken without somebody's having agreed.
 */
export async function withoutMetadata(file: SelectedFile, how: StripMetadata): Promise<FileToSend> {
  const stripped = await stripPicture(file)
  switch (stripped.kind) {
    case 'whole':
      return { file, isStripped: false, note: null }
    case 'stripped': {
      const { pieces, sizeBytes } = stripped
      const note =
        'Metadata removed: location and the like are not in what was sent. The file here is as it was.'
      return { file: { ...file, pieces, sizeBytes }, isStripped: true, note }
    }
    case 'broken':
      throw failure(
        'metadata-stays',
        `Pail does not find its way through this file as a ${stripped.format}, so it could not remove location and other metadata from it. Nothing was sent.`,
      )
    case 'unstrippable': {
      const what = `Pail cannot remove location and other metadata from ${stripped.what}.`
      if (how === 'always') throw failure('metadata-stays', `${what} Nothing was sent.`)
      return { file, isStripped: false, note: `Metadata kept: ${what} It was sent as it is.` }
    }
  }
}
