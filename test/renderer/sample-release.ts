import type { Release } from '../../src-preload/contract/release.ts'

/** A sync that can be undone. */
export function sampleRelease(more: Partial<Release> = {}): Release {
  return {
    id: 'r1',
    startedAt: '2026-03-04T05:06:07Z',
    endedAt: '2026-03-04T05:06:08Z',
    computer: 'c',
    folderName: 'site',
    state: 'done',
    created: 1,
    overwritten: 0,
    updatedHeaders: 0,
    deleted: 0,
    failed: 0,
    bytes: 1,
    undoable: 1,
    notUndoable: 0,
    undone: 'no',
    undoneAt: null,
    ...more,
  }
}
