import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import type { Bandwidth } from '../s3/bandwidth.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { DownloadBatch, EndedBatch, UploadBatch } from './batch.ts'
import type { NamePlatform } from './safe-local-path.ts'
import type { TransferJournal } from './transfer-journal.ts'
import type { TransferSizes } from './transfer-sizes.ts'

/** What the queue needs from its host. */
export interface TransferQueueOptions {
  readonly session: (profileId: string) => Promise<S3Session>
  /** At most ten times a second, and at once when a batch ends. */
  readonly onSnapshot: (snapshot: TransferSnapshot) => void
  readonly onBatchEnded: (batch: EndedBatch) => void
  /** Where transfers are kept for the next start; without it closing cancels them. */
  readonly journal?: TransferJournal
  /** What the sessions share; without it a limit is remembered and holds nothing back. */
  readonly bandwidth?: Bandwidth
  /** Whether to wait for a service that cannot be reached, and for credentials that have ended; true by default. */
  readonly waitsForService?: boolean
  /** Small files in flight; a large one counts for four. 8 by default. */
  readonly concurrency?: number
  /** For tests to which megabytes are slow. */
  readonly sizes?: TransferSizes
  readonly now?: () => number
  readonly platform?: NamePlatform
  /** Milliseconds before each further attempt at a failed transfer. */
  readonly retryDelaysMs?: readonly number[]
  /** Milliseconds between two looks for a service that could not be reached. */
  readonly offlineProbeMs?: number
}

/** All transfers of the application: bounded, observable, and each one can be paused, cancelled and tried again. */
export interface TransferQueue {
  upload(batch: UploadBatch): Promise<{ batchId: string; transfers: number }>
  /** Lists what is below the prefixes first. Throws Failures. */
  download(batch: DownloadBatch): Promise<{ batchId: string; transfers: number }>
  /** Takes up what the journal has from an earlier process, where `isWanted`. To be called once. Answers how many. */
  restore(isWanted?: (place: { profileId: string; service: string }) => boolean): number
  snapshot(): TransferSnapshot
  /** A running transfer is cancelled when its parts are taken back, which is soon. */
  cancel(ids: readonly string[] | 'all'): void
  retry(ids: readonly string[] | 'failed'): void
  /** What runs stops where it is, and goes on from there. */
  pause(ids: readonly string[] | 'all'): void
  /** Also asks a service again at once that could not be reached, or with credentials that had ended. */
  resume(ids: readonly string[] | 'all'): void
  /** Puts waiting transfers before all others, in this order. */
  moveFirst(ids: readonly string[]): void
  /** Null for as fast as it goes. */
  limitBandwidth(bytesPerSecond: number | null): void
  /** The profile has other credentials now: what waited for them goes on. */
  credentialsChanged(profileId: string): void
  /** Forgets what has ended; with `keepsRetryable` the journal goes on knowing what a later start may try again. */
  clear(how?: { readonly keepsRetryable?: boolean }): void
  /** Stops everything, for the next start to go on where there is a journal, and waits until nothing is under way. */
  close(): Promise<void>
}
