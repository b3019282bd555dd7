import { bareETag } from '../s3/e-tag.ts'
import type { ReleaseChange } from './release-record.ts'
import { listReleaseIds, openRelease } from './release-store.ts'

/** What the undo of a sync has put back, by key: the ETag that the object had, and the one that it came back with. */
export type LaterUndo = ReadonlyMap<string, { readonly had: string; readonly has: string }>

/** The undone syncs after one, oldest first. */
export async function readLaterUndos(directory: string, releaseId: string): Promise<LaterUndo[]> {
  const undos: LaterUndo[] = []
  const ids = await listReleaseIds(directory)
  for (const id of ids.filter((each) => each > releaseId).toSorted()) {
    // One that cannot be read, or is running, has nothing to tell.
    const record = await openRelease(directory, id).catch(() => null)
    if (record?.undo == null) continue
    const undo = new Map<string, { had: string; has: string }>()
    for (const { key, before, undone } of record.changes)
      if (before?.eTag != null && undone?.eTag != null)
        undo.set(key, { had: bareETag(before.eTag), has: bareETag(undone.eTag) })
    undos.push(undo)
  }
  return undos
}

/**
 * The bare ETags under which what a sync left may be found now. When later syncs were undone it may have another one
 * than before (an upload in parts that was copied back in one piece), and is still the same.
 */
export function lineage({ key, action, before, done }: ReleaseChange, later: readonly LaterUndo[]): string[] {
  // Of a copy onto itself not every service tells the ETag.
  const eTag = done?.eTag ?? (action === 'update-headers' ? before?.eTag : null) ?? null
  if (done === null || eTag === null) return []
  const eTags = [bareETag(eTag)]
  for (const undo of later) {
    const change = undo.get(key)
    if (change !== undefined && eTags.includes(change.had)) eTags.push(change.has)
  }
  return eTags
}
