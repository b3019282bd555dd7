import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchMachine } from '../bench/machine-slowness.ts'
import type { Host } from './host.ts'

/** One key that was answered. */
export interface Answer {
  /** From the key until the frame that shows its effect, as the browser measures it, in milliseconds: at least 16. */
  readonly tookMs: number
  /** How many times as long as on an idle machine another process needed for its work around then: at least 1. */
  readonly slowness: number
}

/** What is known of how a window answered. */
export interface Answered {
  readonly answers: readonly Answer[]
  /** The processor time, in milliseconds, of the task of the window's thread that took most of it. */
  readonly longestTaskMs: number
  /** How many tasks that thread had. */
  readonly tasks: number
}

/** Listens to a window. */
export interface AnswerWatch {
  press(key: string): Promise<void>
  presses(): number
  end(): Promise<Answered>
}

/** Around an answer, in milliseconds, it is looked how busy the machine was. */
const aroundMs = 500

interface TraceEvent {
  readonly pid: number
  readonly tid: number
  readonly ph: string
  readonly name: string
  /** Processor time in microseconds. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** Has Chromium write down every task of its threads. */
async function startTrace(host: Host): Promise<() => Promise<TraceEvent[]>> {
  const categories = ['toplevel']
  const { electron } = host
  if (electron === null) {
    const browser = host.page.context().browser()!
    await browser.startTracing(host.page, { categories })
    return async () => eventsOf((await browser.stopTracing()).toString())
  }
  await electron.evaluate(
    ({ contentTracing }, included_categories) => contentTracing.startRecording({ included_categories }),
    categories,
  )
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pail-trace-'))
    const file = join(folder, 'trace.json')
    await electron.evaluate(({ contentTracing }, path) => contentTracing.stopRecording(path), file)
    const text = await readFile(file, 'utf8')
    await rm(folder, { recursive: true })
    return eventsOf(text)
  }
}

function eventsOf(text: string): TraceEvent[] {
  return (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents
}

/** The processor time of each task of the pages' threads, in milliseconds. */
function tasksOf(events: readonly TraceEvent[]): number[] {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const pages = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(threadOf),
  )
  return events
    .filter((event) => event.ph === 'X' && event.name.endsWith('RunTask') && pages.has(threadOf(event)))
    .map(({ tdur = 0 }) => tdur / 1000)
}

type Told = typeof globalThis & { answeredKeys?: { startedAt: number; tookMs: number }[] }

/** Begins to measure how a window answers keys, how long its own work is, and how busy the machine is meanwhile. */
export async function watchAnswers(host: Host): Promise<AnswerWatch> {
  const { page } = host
  const machine = watchMachine()
  const endTrace = await startTrace(host)
  await page.evaluate(() => {
    const keys: { startedAt: number; tookMs: number }[] = []
    ;(globalThis as Told).answeredKeys = keys
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === 'keydown') keys.push({ startedAt: entry.startTime, tookMs: entry.duration })
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  let presses = 0
  return {
    async press(key) {
      presses++
      await page.keyboard.press(key)
    },
    presses: () => presses,
    async end() {
      const { origin, keys } = await page.evaluate(() => ({
        origin: performance.timeOrigin,
        keys: (globalThis as Told).answeredKeys!,
      }))
      const tasks = tasksOf(await endTrace())
      machine.end()
      const answers = keys.map(({ startedAt, tookMs }) => {
        const at = origin + startedAt
        return { tookMs, slowness: machine.slowness(at - aroundMs, at + tookMs + aroundMs) }
      })
      // Answers within a frame are not reported one by one; they count as such.
      for (let rest = presses - answers.length; rest > 0; rest--) answers.push({ tookMs: 16, slowness: 1 })
      return { answers, longestTaskMs: Math.max(...tasks), tasks: tasks.length }
    },
  }
}
