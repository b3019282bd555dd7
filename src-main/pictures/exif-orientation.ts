const prefix = Buffer.from('Exif\0\0', 'latin1')

/** The tag of the orientation (Exif 2.3, 4.6.4). */
const orientationTag = 0x0112

/** What an Exif block, with `Exif\0\0` before it or not, tells of how the picture is to be turned: 1 to 8, else null. */
export function exifOrientation(exif: Buffer): number | null {
  const tiff = exif.subarray(0, prefix.length).equals(prefix) ? exif.subarray(prefix.length) : exif
  const order = tiff.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return null
  const short = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const long = (at: number) => (order === 'II' ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at))
  try {
    const directory = long(4)
    for (let entry = 0; entry < short(directory); entry++) {
      const at = directory + 2 + entry * 12
      if (short(at) !== orientationTag) continue
      const value = short(at + 8)
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
