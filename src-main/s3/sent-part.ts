/** A part that has arrived. */
export interface SentPart {
  readonly number: number
  /** As its ETag has it, once that is known to be of the very bytes; else our own. Null where a CRC32 proved the part. */
  readonly md5: Buffer | null
  readonly sizeBytes: number
  readonly eTag: string
  readonly crc32: string | undefined
  /** Whether the answer proved that the part arrived as it was. */
  readonly verified: boolean
}
