import { type ChildProcess, spawn } from 'node:child_process'

/** Works for 5 ms of processor time every 50 ms, and prints when, and how many times as long it took. */
const calibration = `
const work = () => {
  const began = performance.now()
  const before = process.cpuUsage()
  let used = 0
  while (used < 5000) {
    const { user, system } = process.cpuUsage(before)
    used = user + system
  }
  const now = performance.now()
  console.log((performance.timeOrigin + now).toFixed(0) + ' ' + (((now - began) * 1000) / used).toFixed(2))
}
setInterval(work, 50)
// Whoever wanted to know is gone.
process.stdout.on('error', () => process.exit())
`

/** How a machine treats a process that has nothing to do with what is measured. */
export interface MachineWatch {
  /**
   * How many times as long as its processor time a small piece of work took, on average, between two moments, in
   * milliseconds since 1970: 1 where nothing else wanted the processor, and where nothing was measured.
   */
  slowness(from: number, to: number): number
  end(): void
}

/** Begins to measure how busy the machine is with other things. */
export function watchMachine(): MachineWatch {
  const child: ChildProcess = spawn(process.execPath, ['-e', calibration], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return {
    slowness(from, to) {
      const found = said
        .split('\n')
        .map((line) => line.split(' ').map(Number))
        .filter(([at = 0, times = 0]) => at >= from && at <= to && times > 0)
      const sum = found.reduce((all, [, times = 1]) => all + times, 0)
      return Math.max(1, sum / Math.max(1, found.length))
    },
    end: () => void child.kill(),
  }
}

/** What {@link slownessOfProcessor}'s work takes where the limits of the window's answers were set, in milliseconds. */
const usualWorkMs = 50

/**
 * How many times as much processor time a piece of work takes as on the machine on which limits in milliseconds were set: at
 * least 1. Much of what a program does is making and looking up texts and objects, and so is this.
 */
export function slownessOfProcessor(): number {
  const work = () => {
    const before = process.cpuUsage()
    const known = new Map<string, { at: number; text: string }>()
    let sum = 0
    for (let at = 0; at < 60_000; at++) {
      const text = `section-${at % 977}/page-${at}.html`
      known.set(text, { at, text: text.toUpperCase() })
      sum += known.get(`section-${(at * 7) % 977}/page-${at >> 1}.html`)?.text.length ?? 0
    }
    const { user, system } = process.cpuUsage(before)
    return sum > 0 ? (user + system) / 1000 : Number.POSITIVE_INFINITY
  }
  // The fastest of some: the first has code to be made, and others what somebody else does to the caches.
  return Math.max(1, Math.min(...Array.from({ length: 5 }, work)) / usualWorkMs)
}
