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
