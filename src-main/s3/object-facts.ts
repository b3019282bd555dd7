import type { ChecksumName } from './running-checksum.ts'

/** A checksum of the checksums of so many parts, in base64. */
export interface CompositeChecksum {
  readonly name: ChecksumName
  readonly value: string
  readonly parts: number
}

/** What a service tells of an object whose bytes are to be fetched. */
export interface ObjectFacts {
  readonly sizeBytes: number
  /** With its quotes. */
  readonly eTag: string | null
  /** Whether the ETag may look like an MD5 and not be one. */
  readonly hidden: boolean
  /** Of the whole object, in base64. */
  readonly checksum: { readonly name: ChecksumName; readonly value: string } | null
  readonly composite: CompositeChecksum | null
}
