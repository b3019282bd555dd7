/**
 * Milliseconds that never go back. So are those of `performance.now()`, but whoever is the first to ask for `performance`
 * waits for a module of Node that takes longer to load than a short listing takes to read.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
