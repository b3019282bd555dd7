const prefix = Buffer.from('Exif\0\0', 'latin1')

/** The tag of the orientation (Exif 2.3, 4.6.4). */
const orientationTag = 0x0112

/** An Exif block's numbers, in its own order of bytes. Reading beyond its end throws a RangeError. */
export interface TiffBlock {
  readonly bytes: Buffer
  short(at: number): number
  long(at: number): number
  /** The entries of a directory, by their tags, each with its place, and where the next directory is (0: nowhere). */
  directory(at: number): { readonly entries: ReadonlyMap<number, number>; readonly next: number }
}

/** Opens an Exif block, with `Exif\0\0` before it or not; null when it is none. */
export function openTiff(exif: Buffer): TiffBlock | null {
  const bytes = exif.subarray(0, prefix.length).equals(prefix) ? exif.subarray(prefix.length) : exif
  const order = bytes.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return null
  const short = (at: number) => (order === 'II' ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const long = (at: number) => (order === 'II' ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  return {
    bytes,
    short,
    long,
    directory(at) {
      const entries = new Map<number, number>()
      const count = short(at)
      for (let entry = 0; entry < count; entry++) {
        const place = at + 2 + entry * 12
        // The first of a tag counts.
        const tag = short(place)
        if (!entries.has(tag)) entries.set(tag, place)
      }
      return { entries, next: long(at + 2 + count * 12) }
    },
  }
}

/** What an Exif block tells of how the picture is to be turned: 1 to 8, else null. */
export function exifOrientation(exif: Buffer): number | null {
  const tiff = openTiff(exif)
  if (tiff === null) return null
  try {
    const directory = tiff.long(4)
    // Not read whole: it may be cut off behind the entry that matters.
    for (let entry = 0; entry < tiff.short(directory); entry++) {
      const at = directory + 2 + entry * 12
      if (tiff.short(at) !== orientationTag) continue
      const value = tiff.short(at + 8)
      return value >= 1 && value <= 8 ? value : null
    }
  } catch (error) {
    // It ends before it has told.
    if (!(error instanceof RangeError)) throw error
  }
  return null
}

/** The shortest Exif block, without `Exif\0\0`, that tells an orientation and nothing else. */
export function orientationOnly(orientation: number): Buffer {
  const tiff = Buffer.alloc(26)
  tiff.write('MM', 'latin1')
  tiff.writeUInt16BE(42, 2)
  tiff.writeUInt32BE(8, 4)
  // One entry: the orientation, a SHORT, of which there is one. No further directory.
  tiff.writeUInt16BE(1, 8)
  tiff.writeUInt16BE(orientationTag, 10)
  tiff.writeUInt16BE(3, 12)
  tiff.writeUInt32BE(1, 14)
  tiff.writeUInt16BE(orientation, 18)
  return tiff
}
