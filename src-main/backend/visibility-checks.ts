import { randomBytes } from 'node:crypto'
import type { BucketRef } from '../../src-preload/contract/call.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { ChangedObject } from '../visibility/ask-for-changed.ts'

/** What has changed objects. */
export type ChangeCause = Pick<VisibilityReport, 'cause' | 'causeId'>

/** An object that was changed; where `expected` is not given, its destination says who is to read it. */
export type Changed = Pick<ChangedObject, 'key' | 'known'> & Partial<Pick<ChangedObject, 'expected'>>

/** Objects that are added one by one while they are being changed. */
export interface OpenCheck {
  readonly reportId: string
  add(object: Changed): void
  /** There are no more; `objects` were changed in all, where not all of them were added. */
  end(objects?: number): void
}

/**
 * Asks in the background, without a signature, for what has been changed, and tells the answers by events. Nobody waits
 * for it and nothing of it rejects.
 */
export interface VisibilityChecks {
  /** For what is added to it. Null when nobody wants to know, or Pail is being closed. */
  open(place: BucketRef, cause: ChangeCause, reportId?: string): OpenCheck | null
  /** For all of them; of more than 10,000 for a random sample. Answers the id of the report; null where nothing is asked for. */
  after(place: BucketRef, cause: ChangeCause, changed: readonly Changed[], reportId?: string): string | null
  /** Who can read objects of a bucket is about to change: what an earlier such change was to come to is not asked for any more. */
  changing(place: BucketRef): void
  /** Ends all asking. */
  close(): Promise<void>
}

/** Nobody asks. */
export const noVisibilityChecks: VisibilityChecks = {
  open: () => null,
  after: () => null,
  changing: () => undefined,
  close: async () => undefined,
}

/** The id of a new report. */
export function newReportId(): string {
  return `check_${randomBytes(12).toString('hex')}`
}

/** The same before its code is there: that is loaded with the first change of which `isAskedFor` says that anybody waits for it. */
export function lazyVisibilityChecks(
  isAskedFor: (cause: ChangeCause) => boolean,
  load: () => Promise<VisibilityChecks>,
): VisibilityChecks {
  let loading: Promise<VisibilityChecks> | null = null
  let isClosed = false
  const there = () => (loading ??= load())
  // Nobody waits for it: without its code nothing is asked for.
  const inVain = () => null
  return {
    open(place, cause, reportId = newReportId()) {
      if (isClosed || !isAskedFor(cause)) return null
      const opened = there().then((checks) => checks.open(place, cause, reportId), inVain)
      return {
        reportId,
        add: (object) => void opened.then((check) => check?.add(object)),
        end: (objects) => void opened.then((check) => check?.end(objects)),
      }
    },
    after(place, cause, changed, reportId = newReportId()) {
      if (isClosed || changed.length === 0 || !isAskedFor(cause)) return null
      void there().then((checks) => checks.after(place, cause, changed, reportId), inVain)
      return reportId
    },
    changing(place) {
      // Before the code is there nothing is being asked for.
      void loading?.then((checks) => checks.changing(place), inVain)
    },
    async close() {
      isClosed = true
      await (await loading)?.close()
    },
  }
}
