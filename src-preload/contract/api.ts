import type { AppCalls } from './app-calls.ts'
import type { BucketCalls } from './bucket-calls.ts'
import type { DestinationCalls } from './destination-calls.ts'
import type { DjangoCalls } from './django-calls.ts'
import type { LeakScan } from './leak-scan.ts'
import type { LinkCalls } from './link-calls.ts'
import type { ObjectCalls } from './object-calls.ts'
import type { ProfileCalls } from './profile-calls.ts'
import type { ReleaseCalls } from './release-calls.ts'
import type { Result } from './result.ts'
import type { RevocationCalls } from './revocation-calls.ts'
import type { CommandOutput } from './run-before.ts'
import type { SelectionCalls } from './selection-calls.ts'
import type { SweepCalls } from './sweep-calls.ts'
import type { SyncCalls } from './sync-calls.ts'
import type { SyncProgress } from './sync-plan.ts'
import type { TransferCalls } from './transfer-calls.ts'
import type { TransferSnapshot, UploadReport } from './transfer.ts'
import type { VisibilityCalls } from './visibility-calls.ts'
import type { VisibilityAnswers, VisibilityReport } from './visibility-report.ts'
import type { Watch } from './watch.ts'

type Subscribe<Event> = (listener: (event: Event) => void) => () => void

/**
 * Everything that a window can ask of the main process, written once: a file of calls for each subject, and the events.
 * `Source` is a dropped file: a `File` in the window, a `LocalPath` in the backend; the preload turns the one into the other.
 * Methods never reject. Identifiers (profile, selection, folder, plan) are opaque and made by the main process.
 */
export interface Api<Source>
  extends
    AppCalls,
    ProfileCalls,
    BucketCalls,
    ObjectCalls,
    VisibilityCalls,
    SelectionCalls<Source>,
    TransferCalls,
    SweepCalls,
    SyncCalls,
    ReleaseCalls,
    LinkCalls,
    RevocationCalls,
    DestinationCalls,
    DjangoCalls {
  // events: whole snapshots, at most ten a second, the last one at once
  onTransfers: Subscribe<TransferSnapshot>
  onUploadReport: Subscribe<UploadReport>
  onSyncProgress: Subscribe<SyncProgress>
  /** Not a snapshot but the next piece, at most ten a second; `position` tells whether one was missed. */
  onCommandOutput: Subscribe<CommandOutput>
  onWatch: Subscribe<Watch>
  onLeakScan: Subscribe<LeakScan>
  /** What the public can read of what has been changed: asked in the background after each upload, sync and other change. */
  onVisibilityReport: Subscribe<VisibilityReport>
  /** Not a snapshot but the answers since the last one, each complete in itself. */
  onVisibilityAnswers: Subscribe<VisibilityAnswers>
}

/** The names of the methods, without the events. */
export type MethodName = Exclude<keyof Api<unknown>, EventName>

/** The names of the events. */
export type EventName = Extract<keyof Api<unknown>, `on${string}`>

/**
 * The contract as it is on `window.api`: what an event carries crosses as JSON. A bridge between contexts copies objects
 * member by member, and a thousand transfers ten times a second held up the page.
 */
export type Bridge<Source> = {
  readonly [Name in keyof Api<Source>]: Name extends EventName ? Subscribe<string> : Api<Source>[Name]
}

/** What one method takes. */
export type InputOf<Name extends MethodName, Source = unknown> = Parameters<Api<Source>[Name]>[0]

/** What one method answers when it succeeds. */
export type OutputOf<Name extends MethodName> =
  Awaited<ReturnType<Api<unknown>[Name]>> extends Result<infer Value> ? Value : never

/** What one event carries. */
export type EventOf<Name extends EventName> = Parameters<Parameters<Api<unknown>[Name]>[0]>[0]
