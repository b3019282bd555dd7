/** A part that has arrived. */
export interface SentPart {
  readonly number: number
  /** As its ETag has it, once that is known to be of the very bytes; else our own. */
  readonly md5: Buffer
  readonly sizeBytes: number
  readonly eTag: string
  readonly crc32: string | undefined
  /** Whether the answer proved that the part arrived as it was. */
  readonly verified: boolean
}
