import type { FilePiece } from '../s3/file-pieces.ts'
import type { PictureReader } from './picture-reader.ts'
import { BrokenPicture, createKeptPieces, limitSteps, mostSteps } from './picture-reader.ts'

const extension = 0x21
const image = 0x2c
const trailer = 0x3b
const graphicControl = 0xf9
const plainText = 0x01
const application = 0xff

/** Applications whose extension belongs to the picture: how often it repeats, and its colours. */
const keptApplications = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012'])

/**
 * What of a GIF stays without its metadata: frames, colours, delays and the number of repetitions. Comments, XMP and
 * what programs have put in for themselves go, and what follows the end. Throws {@link BrokenPicture} (GIF89a).
 */
export async function stripGif(reader: PictureReader): Promise<readonly FilePiece[]> {
  const pieces = createKeptPieces()
  const step = limitSteps(mostSteps)
  let hasImage = false
  let at = 13 + colourTableBytes((await reader.bytes(10, 1))[0]!)
  pieces.keep(0, at)
  for (;;) {
    step()
    // Not a few lack the byte that ends them; what there is has been gone through all the same.
    if (at === reader.sizeBytes && hasImage) return pieces.pieces
    const [introducer] = await reader.bytes(at, 1)
    let end: number
    if (introducer === trailer) {
      if (!hasImage) throw new BrokenPicture('It has no picture in it.')
      pieces.keep(at, at + 1)
      return pieces.pieces
    }
    if (introducer === image) {
      hasImage = true
      const fields = (await reader.bytes(at + 9, 1))[0]!
      // Behind the colours one byte says how long the codes are at first.
      end = await endOfBlocks(reader, at + 10 + colourTableBytes(fields) + 1)
      pieces.keep(at, end)
    } else if (introducer === extension) {
      const [label, length = 0] = await reader.bytes(at + 1, 2)
      end = await endOfBlocks(reader, at + 2)
      const isKept =
        label === graphicControl ||
        label === plainText ||
        (label === application &&
          length === 11 &&
          keptApplications.has((await reader.bytes(at + 3, 11)).toString('latin1')))
      if (isKept) pieces.keep(at, end)
    } else {
      throw new BrokenPicture('There is no block where one has to be.')
    }
    at = end
  }
}

/** How long the table of colours is that some flags announce. */
function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1)
}

/** Where a series of blocks, each with its length before it, ends behind the empty one. */
async function endOfBlocks(reader: PictureReader, begin: number): Promise<number> {
  for (let at = begin; ;) {
    const window = await reader.window(at, 1)
    let inside = 0
    while (inside < window.byteLength) {
      const length = window[inside]!
      if (length === 0) return at + inside + 1
      inside += 1 + length
    }
    at += inside
  }
}
