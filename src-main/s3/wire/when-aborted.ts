/** What is to be stopped when a signal aborts: many requests have one signal, and one listener of it is enough for all. */
const stopping = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when a signal aborts, once, and not when it already has; with a callback of its own for each. Answers how to take that back. A listener of an
 * `AbortSignal` for each request would take as much time as half of its signature.
 */
export function whenAborted(signal: AbortSignal, stop: () => void): () => void {
  const all = stopping.get(signal) ?? listened(signal)
  all.add(stop)
  return () => void all.delete(stop)
}

function listened(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>()
  stopping.set(signal, all)
  signal.addEventListener(
    'abort',
    () => {
      for (const stop of all) stop()
      all.clear()
    },
    { once: true },
  )
  return all
}
