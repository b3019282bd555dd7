import { setFlagsFromString } from 'node:v8'

/** From this resident set on, in bytes, memory counts for more than time. */
const thriftyFromBytes = 96 * 1024 * 1024

/** How often to look, in milliseconds. */
const everyMs = 25

/**
 * Has V8 collect garbage before it asks for more memory, once this process has grown large. Left to itself it lets much
 * lie, because a machine that only runs this command has memory to spare; a build machine may not.
 */
export function beThriftyWhenLarge(): void {
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() < thriftyFromBytes) return
    setFlagsFromString('--optimize-for-size')
    clearInterval(timer)
  }, everyMs)
  timer.unref()
}
