import type { OnConflict } from '../../src-preload/contract/destination.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { SelectedFile } from './selection-store.ts'

/** Files to upload together. */
export interface UploadBatch {
  readonly profileId: string
  readonly bucket: string
  /** Put before every name as it is; ends in `/` unless empty. */
  readonly prefix: string
  readonly files: readonly SelectedFile[]
  readonly visibility: WantedVisibility
  readonly onConflict: OnConflict
  readonly cacheControl: string | null
  /** Handed on to {@link EndedBatch} for the link. */
  readonly baseUrl: string | null
  readonly linkExpirySeconds: number
}

/** Objects to download together. */
export interface DownloadBatch {
  readonly profileId: string
  readonly bucket: string
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  /** An absolute path. */
  readonly folder: string
}

/** What a batch came to, told once when its last transfer has ended, and once more after each retry. */
export interface EndedBatch {
  readonly batchId: string
  readonly direction: 'upload' | 'download'
  readonly profileId: string
  readonly bucket: string
  readonly visibility: WantedVisibility | null
  /** The keys that arrived, as they were finally named, in the order of the batch. */
  readonly keys: readonly string[]
  readonly done: number
  readonly failed: number
  readonly skipped: number
  readonly cancelled: number
  readonly baseUrl: string | null
  readonly linkExpirySeconds: number | null
}
