import type { DownloadCheckpoint } from './download-checkpoint.ts'

/** An object to be stored as a file. */
export interface GetObjectToFileOptions {
  readonly bucket: string
  readonly key: string
  /** Where the file is to be; nothing may be there, unless it `replaces` that. */
  readonly targetPath: string
  /** Puts the file, once it is whole, in the place of one that is there. */
  readonly replaces?: boolean
  /** The folder that may not be left: folders below it are made, and may not be links. The file's own by default. */
  readonly within?: string
  /** How large the object is said to be; only the way to ask for it depends on that. */
  readonly expectedSizeBytes?: number
  /** Where is kept how far it has come; without one, nothing is left after a failure. */
  readonly checkpoint?: DownloadCheckpoint
  /** Above so many bytes an object is fetched in ranges. */
  readonly rangedThresholdBytes?: number
  readonly rangeSizeBytes?: number
  /** Told before any progress, and again when another version is begun with. */
  readonly onSize?: (sizeBytes: number) => void
  /** Bytes that are there; fewer than before when it had to begin anew. */
  readonly onProgress?: (movedBytes: number) => void
  readonly signal?: AbortSignal
}

/** What has arrived. */
export interface ReceivedObject {
  readonly sizeBytes: number
  readonly eTag: string | null
  /** Whether a checksum or the ETag proved the bytes; a length alone does not. */
  readonly verified: boolean
}
