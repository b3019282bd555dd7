import { failure } from '../../src-preload/contract/failure.ts'
import { compareKeys } from '../s3/object-key.ts'

/** One step of a march: a key that only one side has, or that both have. */
export type Step<Local, Remote> =
  | { readonly side: 'local'; readonly local: Local }
  | { readonly side: 'remote'; readonly remote: Remote }
  | { readonly side: 'both'; readonly local: Local; readonly remote: Remote }

/**
 * Walks two listings in step, both in the order of S3 (bytes of the key's UTF-8) and each in batches, in memory bounded by
 * one batch of each. Throws a Failure with `integrity` when either is out of order or repeats a key: a silent mismatch
 * would become a deletion. An error of one side ends both. The steps come in batches, too: what is waited for key by key
 * takes several times as long as all that is done with a key.
 */
export async function* march<Local extends { readonly key: string }, Remote extends { readonly key: string }>(
  local: AsyncIterable<readonly Local[]>,
  remote: AsyncIterable<readonly Remote[]>,
): AsyncGenerator<readonly Step<Local, Remote>[]> {
  const ours = createSide(local, 'The folder')
  const theirs = createSide(remote, 'The bucket')
  try {
    for (;;) {
      await bothFilled(theirs, ours)
      const steps: Step<Local, Remote>[] = []
      let mine = ours.head()
      let other = theirs.head()
      if (mine === null && other === null) return
      // As far as both are known: what comes next on one side decides what the other's key is.
      while ((mine !== null || ours.isAtEnd) && (other !== null || theirs.isAtEnd)) {
        const order = mine === null ? 1 : other === null ? -1 : compareKeys(mine.key, other.key)
        if (order <= 0 && mine !== null) {
          steps.push(
            order === 0 && other !== null
              ? { side: 'both', local: mine, remote: other }
              : { side: 'local', local: mine },
          )
          mine = ours.next()
          if (order === 0) other = theirs.next()
        } else if (other !== null) {
          steps.push({ side: 'remote', remote: other })
          other = theirs.next()
        } else break
      }
      yield steps
    }
  } finally {
    // Left early, by an error or by the caller: neither side may go on reading.
    await Promise.allSettled([ours.close(), theirs.close()])
  }
}

/** One side of a march, as far as it has been read. */
interface Side<Item> {
  /** Nothing comes after what has been read. */
  readonly isAtEnd: boolean
  /** The item that is next; null when what was read is used up. */
  head(): Item | null
  /** Goes on to the item after it. */
  next(): Item | null
  /** Reads on if what was read is used up. */
  fill(): Promise<void>
  close(): Promise<unknown>
}

function createSide<Item extends { readonly key: string }>(
  batches: AsyncIterable<readonly Item[]>,
  whose: string,
): Side<Item> {
  const reading = batches[Symbol.asyncIterator]()
  let batch: readonly Item[] = []
  let at = 0
  let isAtEnd = false
  let last: string | null = null
  const head = (): Item | null => batch[at] ?? null
  const checked = (items: readonly Item[]) => {
    // Counted through: an iterator is half of the work.
    for (let index = 0; index < items.length; index++) {
      const { key } = items[index] as Item
      if (last !== null && compareKeys(last, key) >= 0) throw outOfOrder(whose, last, key)
      last = key
    }
    return items
  }
  return {
    get isAtEnd() {
      return isAtEnd
    },
    head,
    next() {
      at++
      return head()
    },
    async fill() {
      while (at >= batch.length && !isAtEnd) {
        const read = await reading.next()
        isAtEnd = read.done === true
        batch = read.done === true ? [] : checked(read.value)
        at = 0
      }
    },
    close: async () => reading.return?.(undefined),
  }
}

/** What is thrown for a key that is not above the one before it. */
export function outOfOrder(whose: string, last: string, key: string): Error {
  const how = last === key ? 'a key twice' : 'keys out of order'
  return failure('integrity', `${whose} listed ${how}. Nothing was concluded.`, { key })
}

/** Waits for both, so that an error of one leaves no promise of the other unwatched. */
async function bothFilled(a: Side<unknown>, b: Side<unknown>): Promise<void> {
  const filled = await Promise.allSettled([a.fill(), b.fill()])
  for (const each of filled) if (each.status === 'rejected') throw each.reason
}
