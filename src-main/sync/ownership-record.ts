import { join } from 'node:path'
import { bareETag } from '../s3/e-tag.ts'
import { createSortedMap, type SortedMap } from '../tables/sorted-map.ts'
import { spoolsIn } from '../tables/spool.ts'
import {
  appendToStateFile,
  readStateFile,
  replaceStateFile,
  setStateFileAside,
  type StateEntry,
  stateFileName,
} from '../tables/state-file.ts'

/** Where a sync goes to. */
export interface SyncPlace {
  /** As a session names it. */
  readonly service: string
  readonly bucket: string
  readonly prefix: string
}

/**
 * What this computer's syncs to one place have put there: each key with the ETag that they wrote. It is no index: what is
 * lost here is not ours any more, so that it stays in the bucket. Nothing that a crash or a fault does to it makes ours
 * what was not (F30, F42).
 */
export interface OwnershipRecord {
  /** The ETags as they were when the record was opened, bare, and not to be changed. */
  readonly entries: Pick<SortedMap, 'size' | 'get' | 'mark' | 'unmark' | 'unmarked' | typeof Symbol.iterator>
  /** True when no sync has been recorded for this place. */
  readonly isNew: boolean
  /** What a person has to be told: why what was there cannot be used. */
  readonly notice: string | null
  /** Notes the ETag that was written; null when the object is removed, or the ETag is not known. */
  note(key: string, eTag: string | null): void
  /** Writes what was noted; false when that failed, which loses ownership and nothing else. */
  save(): Promise<boolean>
}

/** After so long, in milliseconds, what was noted is written: what a crash can lose. */
const saveAfterMs = 1000

/** With so many notes they are written at once. */
const saveAfterNotes = 4000

/** Lines that mean nothing any more are allowed, up to the number of those that do, and so many. */
const spareLines = 10_000

/** Opens the record of a place. Throws nothing. `now` is only for tests. */
export async function openOwnershipRecord(
  directory: string,
  place: SyncPlace,
  now: () => Date = () => new Date(),
): Promise<OwnershipRecord> {
  const about = [place.service, place.bucket, place.prefix]
  const path = join(directory, stateFileName(about))
  const found = await readStateFile(path, about)
  const entries = found.kind === 'good' ? found.entries : createSortedMap(null)
  let notice: string | null = null
  /** What may not be read is not overwritten either. */
  let isOurs = true
  if (found.kind === 'corrupt') {
    try {
      notice = `${unusable} is damaged and was kept as “${await setStateFileAside(path, now())}”. ${consequence}`
    } catch {
      isOurs = false
      notice = `${unusable} is damaged and could not be set aside. ${consequence}`
    }
  } else if (found.kind === 'newer' || found.kind === 'unreadable') {
    isOurs = false
    notice =
      found.kind === 'newer'
        ? `${unusable} was written by a newer Pail. ${consequence}`
        : `${unusable} cannot be read (${found.why}). ${consequence}`
  }

  /** Null until something is written: to count what counts it has to be gone through. */
  let replace = found.kind === 'good' && (found.torn || (found.lines > spareLines ? null : false))
  let noted: StateEntry[] = []
  let timer: NodeJS.Timeout | null = null
  let queue: Promise<boolean> = Promise.resolve(true)

  async function write(now: readonly StateEntry[]): Promise<boolean> {
    try {
      replace ??= found.kind === 'good' && isWasteful(found.lines, entries)
      if (!replace && (await appendToStateFile(path, about, now))) return true
      // Read again: another sync may have added to it since.
      const there = await readStateFile(path, about)
      if (there.kind !== 'good' && there.kind !== 'absent') return false
      const all = there.kind === 'good' ? there.entries : createSortedMap(spoolsIn(directory))
      for (const [key, eTag] of now) {
        if (eTag === null) all.delete(key)
        else all.set(key, eTag)
      }
      await replaceStateFile(path, about, all)
      replace = false
      return true
    } catch {
      // Its end may be torn: what comes next may not be put behind that.
      replace = true
      return false
    }
  }

  function save(): Promise<boolean> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    queue = queue.then(async (before) => {
      if (noted.length === 0 || !isOurs) return before
      const writing = noted
      noted = []
      const done = await write(writing)
      // Not lost yet: they are tried again with those that follow.
      if (!done) noted = [...writing, ...noted]
      return done
    })
    return queue
  }

  return {
    entries,
    isNew: found.kind === 'absent',
    notice,
    note(key, eTag) {
      noted.push([key, eTag === null ? null : bareETag(eTag)])
      if (noted.length % saveAfterNotes === 0) void save()
      else timer ??= setTimeout(() => void save(), saveAfterMs).unref()
    },
    save,
  }
}

/** Whether most lines of the file mean nothing any more. What cannot be counted is only appended to. */
function isWasteful(lines: number, entries: Pick<SortedMap, 'size'>): boolean {
  try {
    return lines > 2 * entries.size + spareLines
  } catch {
    return false
  }
}

const unusable = 'The record of what Pail’s syncs have put here'
const consequence = 'So nothing here counts as theirs, and none of it is removed.'
