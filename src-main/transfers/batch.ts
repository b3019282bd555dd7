import type { OnConflict } from '../../src-preload/contract/destination.ts'
import type { LinkFormat } from '../../src-preload/contract/naming.ts'
import type { StripMetadata } from '../../src-preload/contract/picture.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import type { SelectedFile } from './selection-store.ts'

/** The key that a file is to have, or why it cannot have one. */
export interface WantedKey {
  readonly key: string
  readonly problem: string | null
}

/** Files to upload together. */
export interface UploadBatch {
  readonly profileId: string
  readonly bucket: string
  /** Put before every name as it is; ends in `/` unless empty. */
  readonly prefix: string
  readonly files: readonly SelectedFile[]
  /** The keys of the files, in their order; without them each file keeps its name below the prefix. */
  readonly wantedKeys?: readonly WantedKey[]
  /** The keys were made of the files' bytes: a file that changes meanwhile is not sent under its old key. */
  readonly isNamedByContent?: boolean
  readonly reuseIdentical?: boolean
  /** Of public files; absent: metadata stay. */
  readonly stripMetadata?: StripMetadata | undefined
  readonly visibility: WantedVisibility
  readonly onConflict: OnConflict
  readonly cacheControl: string | null
  /** The headers that are to be other than usual, by key; an empty one is not sent. */
  readonly headersOf?: (key: string) => ObjectHeaders
  /** Handed on to {@link EndedBatch} for the link. */
  readonly baseUrl: string | null
  readonly linkExpirySeconds: number
  /** Plain URLs by default. */
  readonly linkFormat?: LinkFormat
}

/** Objects to download together. */
export interface DownloadBatch {
  readonly profileId: string
  readonly bucket: string
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  /** An absolute path. */
  readonly folder: string
  /** Of one key: the name of its file, null for that of the key, and what happens when the name is taken. */
  readonly as?: {
    readonly fileName: string | null
    readonly onTaken: 'fail' | 'replace'
    /** False when nobody goes on with it after this process has ended. */
    readonly isKept: boolean
  }
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
  /** The files behind `keys`, in the same order; of an upload only. */
  readonly files: readonly SelectedFile[]
  readonly done: number
  readonly failed: number
  readonly skipped: number
  readonly cancelled: number
  readonly baseUrl: string | null
  readonly linkExpirySeconds: number | null
  /** Of an upload: where the keys lie, empty or ending in `/`. */
  readonly prefix: string | null
  /** Of an upload: what it did where a name was taken. */
  readonly onConflict: OnConflict | null
  readonly linkFormat: LinkFormat
  /** Pictures among `keys` from which metadata were removed. */
  readonly stripped: number
  /** How many of `done`, and how many bytes of them, were not sent because the very same were there. */
  readonly reused: number
  readonly reusedBytes: number
}
