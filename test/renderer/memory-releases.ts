import type { Api } from '../../src-preload/contract/api.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { Release } from '../../src-preload/contract/release.ts'
import type { UndoAction, UndoRow } from '../../src-preload/contract/undo.ts'
import type { Answer } from './memory-answer.ts'

/** The history of syncs, to be arranged by tests. */
export interface MemoryReleases {
  /** Newest first; of whatever place is asked for. */
  list: Release[]
  /** What undoing any of them would do. */
  undoRows: UndoRow[]
  /** What that makes public. */
  undoOpens: string[]
}

/** Nothing has been synced yet. */
export function emptyReleases(): MemoryReleases {
  return { list: [], undoRows: [], undoOpens: [] }
}

type Methods = 'listReleases' | 'planUndo' | 'listUndoRows' | 'applyUndo'
/** The history in memory: an undo does at once what its rows say. */
export function memoryReleases(releases: MemoryReleases, answer: Answer): Pick<Api<File>, Methods> {
  const plans = new Map<string, string>()
  const count = (action: UndoAction) => releases.undoRows.filter((row) => row.action === action).length
  const find = (releaseId: string | undefined): Release => {
    const found = releases.list.find(({ id }) => id === releaseId)
    if (found === undefined) throw failure('not-found', 'There is no such sync in the history of this place.')
    return found
  }
  return {
    listReleases: (input) => answer('listReleases', input, () => [...releases.list]),
    planUndo: (input) =>
      answer('planUndo', input, () => {
        const { id: releaseId, startedAt, folderName, undone } = find(input.releaseId)
        if (undone === 'whole') throw failure('safety-refused', 'This sync has been undone already.')
        const planId = `undo-${plans.size + 1}`
        plans.set(planId, releaseId)
        return {
          planId,
          releaseId,
          startedAt,
          folderName,
          bucket: input.bucket,
          prefix: input.prefix,
          counts: {
            restore: count('restore'),
            restoreHeaders: count('restore-headers'),
            remove: count('remove'),
            none: count('none'),
            changedSince: count('changed-since'),
            impossible: count('impossible'),
          },
          rows: releases.undoRows.slice(0, 1000),
          total: releases.undoRows.length,
          opens: { objects: releases.undoOpens.length, sample: releases.undoOpens.slice(0, 50) },
          warnings: [],
        }
      }),
    listUndoRows: (input) =>
      answer('listUndoRows', input, () => ({
        rows: releases.undoRows.slice(input.offset, input.offset + input.limit),
        total: releases.undoRows.length,
      })),
    applyUndo: (input) =>
      answer('applyUndo', input, () => {
        const release = find(plans.get(input.planId))
        if (input.confirmedRemovals !== count('remove'))
          throw failure('safety-refused', 'Other removals were confirmed. Nothing was changed.')
        if ((input.confirmedPublic ?? 0) !== releases.undoOpens.length)
          throw failure(
            'safety-refused',
            'Something else was confirmed to become public. Nothing was changed.',
          )
        const undone = count('impossible') + count('changed-since') === 0 ? 'whole' : 'in-part'
        releases.list = releases.list.map((each) =>
          each === release ? { ...each, undone, undoneAt: new Date().toISOString(), undoable: 0 } : each,
        )
        return {
          planId: input.planId,
          releaseId: release.id,
          restored: count('restore'),
          headersRestored: count('restore-headers'),
          removed: count('remove'),
          cancelled: false,
          failed: [],
          removalsWithheld: null,
          undone,
          recorded: true,
        }
      }),
  }
}
