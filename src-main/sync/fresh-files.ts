import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { smallBodyBytes } from '../s3/pace.ts'
import type { FileIdentity } from '../s3/local-source.ts'
import type { WrittenObject } from '../s3/written-object.ts'
import { isTooFresh } from './file-stamp.ts'
import type { LocalReader } from './local-reader.ts'

/** So many are read again: more would be as long as reading them the next time. */
const mostFiles = 200

/** A file that was sent when it had just been written. */
export interface FreshFile {
  readonly row: SyncRow & { readonly path: string }
  readonly path: string
  readonly identity: FileIdentity
  readonly written: WrittenObject & { readonly md5: string }
}

/**
 * Files that had just been written when they were sent: their times do not tell what comes next, and nothing is remembered of
 * them. At the end of a sync they do, where it was long enough, and then a few files are sooner read once more than by the
 * next plan.
 */
export interface FreshFiles {
  add(file: FreshFile): void
  /** Tells those that are by now known to be what was sent, with when they were read, in milliseconds since 1970. */
  settled(reader: LocalReader, tell: (file: FreshFile, readAtMs: number) => void): Promise<void>
}

/** Makes room for them. `now` is in milliseconds and only for tests. */
export function createFreshFiles(now: () => number = () => Date.now()): FreshFiles {
  const files: FreshFile[] = []
  return {
    add(file) {
      if (files.length < mostFiles && file.identity.sizeBytes <= smallBodyBytes) files.push(file)
    },
    async settled(reader, tell) {
      for (const file of files.splice(0)) {
        const { row, path, identity, written } = file
        const readAtMs = now()
        if (isTooFresh(identity, readAtMs)) continue
        const local = { key: row.key, name: row.path, path, identity }
        // Whatever it is, the next plan says it.
        const read = await reader.hash(local, { parts: null }).catch(() => null)
        if (read?.md5 === written.md5) tell(file, readAtMs)
      }
    },
  }
}
