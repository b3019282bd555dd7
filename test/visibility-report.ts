import type { VisibilityReport } from '../src-preload/contract/visibility-report.ts'

/** A report that has begun, of one object that was uploaded to `b`, but for what `more` says. */
export function visibilityReport(more: Partial<VisibilityReport> = {}): VisibilityReport {
  return {
    reportId: 'r',
    cause: 'upload',
    causeId: 'batch',
    profileId: 'p',
    bucket: 'b',
    state: 'asking',
    objects: 1,
    chosen: 1,
    counts: { public: 0, private: 0, unknown: 0 },
    notAsked: 1,
    exposed: { objects: 0, sample: [] },
    blocked: { objects: 0, sample: [] },
    ...more,
  }
}
