import { compareKeys } from '../s3/object-key.ts'
import type { LocalFile, LocalProblem } from './local-file.ts'

/** What a walk of the folder meets, in the order of the keys. */
export type LocalEntry =
  | { readonly kind: 'file'; readonly file: LocalFile }
  | { readonly kind: 'problem'; readonly problem: LocalProblem }

/**
 * Puts among the entries of a walk the copies that are made of its files (`site.css.gz` of `site.css`), each at the place
 * of its key. What really is in the folder under such a name, a file or something that cannot be sent, stands instead of
 * the copy. Copies come after their file but not right after it (`site.css-old` is between): in memory are those of files
 * whose names the walk is still within, which are few.
 */
export async function* withSiblings(
  entries: AsyncIterable<LocalEntry>,
  siblingsOf: (file: LocalFile) => readonly LocalFile[],
): AsyncGenerator<LocalEntry> {
  /** In the order of the keys. */
  const waiting: LocalFile[] = []
  for await (const entry of entries) {
    const { key } = entry.kind === 'file' ? entry.file : entry.problem
    while (waiting[0] !== undefined) {
      const order = compareKeys(waiting[0].key, key)
      if (order > 0) break
      const sibling = waiting.shift() as LocalFile
      if (order < 0) yield { kind: 'file', file: sibling }
    }
    if (entry.kind === 'file') for (const sibling of siblingsOf(entry.file)) insert(waiting, sibling)
    yield entry
  }
  for (const file of waiting) yield { kind: 'file', file }
}

function insert(waiting: LocalFile[], file: LocalFile): void {
  const at = waiting.findIndex(({ key }) => compareKeys(file.key, key) < 0)
  waiting.splice(at < 0 ? waiting.length : at, 0, file)
}
