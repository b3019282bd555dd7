import { failure } from '../../src-preload/contract/failure.ts'
import { compareKeys } from '../s3/object-key.ts'

/** One step of a march: a key that only one side has, or that both have. */
export type Step<Local, Remote> =
  | { readonly side: 'local'; readonly local: Local }
  | { readonly side: 'remote'; readonly remote: Remote }
  | { readonly side: 'both'; readonly local: Local; readonly remote: Remote }

/**
 * Walks two listings in step, both in the order of S3 (bytes of the key's UTF-8), in memory bounded by one item of
 * each. Throws a Failure with `integrity` when either is out of order or repeats a key: a silent mismatch would become
 * a deletion. An error of one side ends both.
 */
export async function* march<Local extends { readonly key: string }, Remote extends { readonly key: string }>(
  local: AsyncIterable<Local>,
  remote: AsyncIterable<Remote>,
): AsyncGenerator<Step<Local, Remote>> {
  const ours = ordered(local, 'The folder')[Symbol.asyncIterator]()
  const theirs = ordered(remote, 'The bucket')[Symbol.asyncIterator]()
  try {
    let [mine, other] = await bothNext(ours, theirs)
    while (mine.done !== true || other.done !== true) {
      const order =
        mine.done === true ? 1 : other.done === true ? -1 : compareKeys(mine.value.key, other.value.key)
      if (order < 0 && mine.done !== true) {
        yield { side: 'local', local: mine.value }
        mine = await ours.next()
      } else if (order > 0 && other.done !== true) {
        yield { side: 'remote', remote: other.value }
        other = await theirs.next()
      } else if (mine.done !== true && other.done !== true) {
        yield { side: 'both', local: mine.value, remote: other.value }
        ;[mine, other] = await bothNext(ours, theirs)
      }
    }
  } finally {
    // Left early, by an error or by the caller: neither side may go on reading.
    await Promise.allSettled([ours.return(undefined), theirs.return(undefined)])
  }
}

/** Waits for both, so that an error of one leaves no promise of the other unwatched. */
async function bothNext<A, B>(
  a: AsyncGenerator<A>,
  b: AsyncGenerator<B>,
): Promise<[IteratorResult<A, unknown>, IteratorResult<B, unknown>]> {
  const [first, second] = await Promise.allSettled([a.next(), b.next()])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return [first.value, second.value]
}

async function* ordered<Item extends { readonly key: string }>(
  items: AsyncIterable<Item>,
  whose: string,
): AsyncGenerator<Item> {
  let last: string | null = null
  for await (const item of items) {
    const order = last === null ? -1 : compareKeys(last, item.key)
    if (order === 0)
      throw failure('integrity', `${whose} listed a key twice. Nothing was concluded.`, { key: item.key })
    if (order > 0)
      throw failure('integrity', `${whose} listed keys out of order. Nothing was concluded.`, {
        key: item.key,
      })
    last = item.key
    yield item
  }
}
