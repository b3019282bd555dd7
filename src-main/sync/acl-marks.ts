import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createSortedMap } from '../tables/sorted-map.ts'
import { spoolsIn } from '../tables/spool.ts'
import {
  appendToStateFile,
  beginStateFile,
  readStateFile,
  replaceStateFile,
  stateFileName,
} from '../tables/state-file.ts'

/** A bucket whose objects have ACLs. */
export interface AclPlace {
  /** As a session names it. */
  readonly service: string
  readonly bucket: string
}

/**
 * Says that an object's ACL is being set: before it is asked for, and again when the answer has come, so that what a sync
 * has written in between is not taken for what it was. Rejects when it cannot be written down.
 */
export type MarkAcl = (key: string) => Promise<void>

/**
 * Of which objects of a bucket Pail has set the ACL without writing them, on this computer and in whatever process: no
 * listing shows it. Whoever remembers an ACL keeps the mark of its key with it, and it counts as long as that is the same.
 */
export interface AclMarks {
  /** Two marks of a key that are the same say that nobody has set its ACL between them. Nearly always empty. */
  markOf(key: string): string
  mark: MarkAcl
  /** The marks as they are by now. */
  reopened(): Promise<AclMarks>
}

/** A larger file, in bytes, is begun anew, and nothing that was remembered before counts: some 150,000 keys. */
const mostBytes = 8 * 1024 * 1024

/** Under this the file has the mark of all keys. No object has an empty key. */
const allKeys = ''

/**
 * Reads the marks of a bucket. Where they are damaged they begin anew, and no ACL counts that was remembered before. Throws
 * nothing. Without a directory there are none.
 */
export async function openAclMarks(directory: string | undefined, place: AclPlace): Promise<AclMarks> {
  const reopened = () => openAclMarks(directory, place)
  if (directory === undefined) return { markOf: () => '', mark: async () => undefined, reopened }
  const { about, path } = fileOf(directory, place)
  const found = await readStateFile(path, about)
  const isWhole = found.kind === 'good' && !found.torn
  let entries = isWhole ? found.entries : createSortedMap(spoolsIn(directory))
  let all = entries.get(allKeys) ?? ''
  if (!isWhole && found.kind !== 'absent') {
    all = newMark()
    // What may not be read, or is a newer Pail's, is left as it is.
    if (found.kind === 'good' || found.kind === 'corrupt')
      await replaceStateFile(path, about, [[allKeys, all]]).catch(() => undefined)
  }
  const write = createWriter(path, about)
  /** Nearly always there are none, and then each key of a listing costs nothing. */
  let isAny = found.kind !== 'absent'
  return {
    markOf: (key) => (isAny ? all + (entries.get(key) ?? '') : ''),
    async mark(key) {
      const written = await write(key)
      isAny = true
      if (written.key === allKeys) {
        entries = createSortedMap(spoolsIn(directory))
        all = written.mark
      } else entries.set(key, written.mark)
    },
    reopened,
  }
}

/** Writes marks of a bucket without reading what is there. */
export function aclMarker(directory: string, place: AclPlace): MarkAcl {
  const { about, path } = fileOf(directory, place)
  const write = createWriter(path, about)
  return async (key) => void (await write(key))
}

function fileOf(directory: string, { service, bucket }: AclPlace) {
  // One text more than the names that the records of what syncs have put somewhere have.
  const about = [service, bucket, '', 'acls']
  return { about, path: join(directory, stateFileName(about)) }
}

function newMark(): string {
  return randomBytes(6).toString('base64url')
}

/** Writes a mark for a key; keys that come while others are being written are written together. */
function createWriter(path: string, about: readonly string[]) {
  let waiting = new Set<string>()
  let next: Promise<string | null> | null = null
  let writing: Promise<unknown> = Promise.resolve()
  /** Answers the mark of all keys where that is another one now. */
  const write = async (keys: ReadonlySet<string>, mark: string): Promise<string | null> => {
    const entries = Array.from(keys, (key) => [key, mark] as const)
    // Of two processes neither takes away what the other has written.
    while (!(await appendToStateFile(path, about, entries)))
      if (await beginStateFile(path, about, entries)) return null
    if ((await stat(path)).size <= mostBytes) return null
    const all = newMark()
    await replaceStateFile(path, about, [[allKeys, all]])
    return all
  }
  let mark = newMark()
  return async (key: string): Promise<{ readonly key: string; readonly mark: string }> => {
    waiting.add(key)
    const group = (next ??= writing.then(() => {
      const keys = waiting
      waiting = new Set()
      next = null
      const now = mark
      mark = newMark()
      const written = write(keys, now)
      writing = written.catch(() => undefined)
      return written
    }))
    const its = mark
    const all = await group
    return all === null ? { key, mark: its } : { key: allKeys, mark: all }
  }
}
