import type { SyncReason, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { FileIdentity } from '../s3/local-source.ts'

/** A file of the folder, with the key that it becomes. */
export interface LocalFile {
  readonly key: string
  /** Relative to the folder, with `/`, in NFC. */
  readonly name: string
  /** The real path. */
  readonly path: string
  readonly identity: FileIdentity
  /** Set when not the file's bytes become the object but what they are compressed to; the rest speaks of the file. */
  readonly sentAs?: SentAs
}

/** How a file is compressed on its way, and whether the result is a copy beside the file's own object. */
export type SentAs = NonNullable<SyncRow['sentAs']>

/** Something in the folder that is not sent. */
export interface LocalProblem {
  readonly key: string
  /** As in {@link LocalFile}; a folder's ends in `/`. */
  readonly name: string
  readonly reason: SyncReason
}

/** Why a name is left out: by Pail's own list of secrets and litter, the person's patterns or the folder's own file. */
export type Exclusion = 'default' | 'pattern' | 'ignore-file'

/** Tells whether a name, or a folder on the way to it, is left out; null when it is not. */
export type Excludes = (name: string) => Exclusion | null
