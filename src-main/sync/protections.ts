import type { SyncReason } from '../../src-preload/contract/sync-plan.ts'
import type { Excludes, LocalProblem } from './local-file.ts'

/** Why a remote key that has no file must stay although removal was asked for. */
export interface Protection {
  readonly reason: SyncReason | null
  /** True when the plan has a row for this very key already, that of the thing in its way. */
  readonly coveredByRow: boolean
}

/**
 * Tells which remote keys are not to be removed whatever was asked: those that would be files if the folder could be
 * seen whole (below something that was passed over: F33, S50), and those that the sync leaves out. `withCopies`: what is
 * said of a file is said of its compressed copies, too.
 */
export function protections(
  prefix: string,
  problems: readonly LocalProblem[],
  excludes: Excludes,
  withCopies = false,
): (key: string) => Protection {
  const reasons = new Map<string, SyncReason>()
  const keys = new Set<string>()
  for (const { key, name, reason } of problems) {
    // A link may have been a folder when its objects were made: what is below it is protected like a folder's.
    reasons.set(name.endsWith('/') ? name.slice(0, -1) : name, reason)
    keys.add(key)
  }
  const reasonOf = (name: string): SyncReason | null => {
    for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
      const reason = reasons.get(name.slice(0, at))
      if (reason !== undefined) return reason
    }
    return reasons.get(name) ?? (excludes(name) === null ? null : 'excluded')
  }
  return (key) => {
    if (keys.has(key)) return { reason: null, coveredByRow: true }
    const name = key.slice(prefix.length).normalize('NFC')
    const source = withCopies ? name.replace(/\.(gz|br)$/, '') : name
    return { reason: reasonOf(name) ?? reasonOf(source), coveredByRow: false }
  }
}
