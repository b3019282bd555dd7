/** What is uploaded is cut into pieces of this size, so that a few hundred kilobytes are a large file. */
export const partBytes = 16 * 1024

/** The sizes of transfers where nothing has to be large. */
export const smallSizes = {
  partedAboveBytes: partBytes,
  partSizeBytes: partBytes,
  rangedAboveBytes: partBytes,
  rangeSizeBytes: partBytes,
  savedEveryBytes: partBytes,
}
