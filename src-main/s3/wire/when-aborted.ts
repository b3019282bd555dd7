/** What is to be stopped when a signal aborts: many requests have one signal, and one listener of it is enough for all. */
const stopping = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when a signal aborts, once, and not when it already has. Answers how to take that back. A listener of an
 * `AbortSignal` for each request would take as much time as half of its signature.
 */
export function whenAborted(signal: AbortSignal, stop: () => void): () => void {
  let all = stopping.get(signal)
  if (all === undefined) {
    const made = new Set<() => void>()
    stopping.set(signal, made)
    signal.addEventListener(
      'abort',
      () => {
        for (const each of made) {
          made.delete(each)
          each()
        }
      },
      { once: true },
    )
    all = made
  }
  // Of its own, so that the same callback can be given twice.
  const one = () => stop()
  const waiting = all
  waiting.add(one)
  return () => void waiting.delete(one)
}
