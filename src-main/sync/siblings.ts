import { compareKeys } from '../s3/object-key.ts'
import type { LocalFile, LocalProblem } from './local-file.ts'
import type { Precompress } from './precompress.ts'

/** What a walk of the folder meets, in the order of the keys. */
export type LocalEntry =
  | { readonly kind: 'file'; readonly file: LocalFile }
  | { readonly kind: 'problem'; readonly problem: LocalProblem }

/**
 * Puts among the entries of a walk the copies that are made of its files (`site.css.gz` of `site.css`), each at the place
 * of its key. What really is in the folder under such a name, a file or something that cannot be sent, stands instead of
 * the copy. Copies come after their file but not right after it (`site.css-old` is between): in memory are those of files
 * whose names the walk is still within, which are few. In batches, as the walk has them;
 * files whose own object is to be compressed are marked.
 */
export async function* withSiblings(
  entries: AsyncIterable<readonly LocalEntry[]>,
  { itself, siblingsOf }: Pick<Precompress, 'itself' | 'siblingsOf'>,
): AsyncGenerator<readonly LocalEntry[]> {
  /** In the order of the keys. */
  const waiting: LocalFile[] = []
  for await (const batch of entries) {
    const found: LocalEntry[] = []
    for (const entry of batch) {
      const { key } = entry.kind === 'file' ? entry.file : entry.problem
      while (waiting[0] !== undefined) {
        const order = compareKeys(waiting[0].key, key)
        if (order > 0) break
        const sibling = waiting.shift() as LocalFile
        if (order < 0) found.push({ kind: 'file', file: sibling })
      }
      if (entry.kind === 'problem') found.push(entry)
      else {
        for (const sibling of siblingsOf(entry.file)) insert(waiting, sibling)
        found.push({ kind: 'file', file: itself(entry.file) })
      }
    }
    yield found
  }
  if (waiting.length > 0) yield waiting.map((file) => ({ kind: 'file', file }))
}

function insert(waiting: LocalFile[], file: LocalFile): void {
  const at = waiting.findIndex(({ key }) => compareKeys(file.key, key) < 0)
  waiting.splice(at < 0 ? waiting.length : at, 0, file)
}
