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
  /**
   * What of it was the application's own doing, in milliseconds of processor time: all that the window's thread did meanwhile,
   * or the longest task of the main process that the key may have waited for, whichever is more.
   */
  readonly ownMs: number
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
  /** In microseconds, as is the processor time. */
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** Has Chromium write down every task of its threads. */
async function startTrace(host: Host): Promise<() => Promise<TraceEvent[]>> {
  const categories = ['toplevel', 'blink.user_timing']
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

/** A task of a thread, in milliseconds. */
interface Task {
  readonly at: number
  readonly tookMs: number
  readonly processorMs: number
}

/** The tasks of all threads of a name. */
function tasksOf(events: readonly TraceEvent[], thread: 'CrRendererMain' | 'CrBrowserMain'): Task[] {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const wanted = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === thread).map(threadOf),
  )
  return events
    .filter((event) => event.ph === 'X' && event.name.endsWith('RunTask') && wanted.has(threadOf(event)))
    .map(({ ts, dur = 0, tdur = 0 }) => ({ at: ts / 1000, tookMs: dur / 1000, processorMs: tdur / 1000 }))
}

/** How much of a task's processor time lies between two moments, if it takes it evenly. */
function within({ at, tookMs, processorMs }: Task, from: number, to: number): number {
  const shared = Math.min(at + tookMs, to) - Math.max(at, from)
  return shared <= 0 ? 0 : processorMs * Math.min(1, shared / Math.max(tookMs, 0.001))
}

/** In the trace and in the page at the same moment. */
const moment = 'pail-answers-begin'

type Told = typeof globalThis & { answeredKeys?: { startedAt: number; tookMs: number }[] }

/** Begins to measure how a window answers keys, how long its own work is, and how busy the machine is meanwhile. */
export async function watchAnswers(host: Host): Promise<AnswerWatch> {
  const { page } = host
  const machine = watchMachine()
  const endTrace = await startTrace(host)
  const beganAt = await page.evaluate((name) => {
    const keys: { startedAt: number; tookMs: number }[] = []
    ;(globalThis as Told).answeredKeys = keys
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === 'keydown') keys.push({ startedAt: entry.startTime, tookMs: entry.duration })
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
    return performance.mark(name).startTime
  }, moment)
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
      const events = await endTrace()
      machine.end()
      const marked = events.find(({ name }) => name === moment)
      if (marked === undefined) throw new Error('The trace does not say when it began.')
      const ahead = marked.ts / 1000 - beganAt
      const [tasks, mainTasks] = [tasksOf(events, 'CrRendererMain'), tasksOf(events, 'CrBrowserMain')]
      if (mainTasks.length === 0) throw new Error('The trace has nothing of the main process.')
      const ownMs = (startedAt: number, tookMs: number) => {
        const [from, to] = [startedAt + ahead, startedAt + ahead + tookMs]
        const ofWindow = tasks.reduce((sum, task) => sum + within(task, from, to), 0)
        const meanwhile = mainTasks.filter(({ at, tookMs }) => at < to && at + tookMs > from)
        return Math.max(ofWindow, ...meanwhile.map(({ processorMs }) => processorMs))
      }
      const answers = keys.map(({ startedAt, tookMs }) => {
        const at = origin + startedAt
        const slowness = machine.slowness(at - aroundMs, at + tookMs + aroundMs)
        return { tookMs, slowness, ownMs: ownMs(startedAt, tookMs) }
      })
      // Answers within a frame are not reported one by one; they count as such.
      for (let rest = presses - answers.length; rest > 0; rest--)
        answers.push({ tookMs: 16, slowness: 1, ownMs: 0 })
      return {
        answers,
        longestTaskMs: Math.max(...tasks.map(({ processorMs }) => processorMs)),
        tasks: tasks.length,
      }
    },
  }
}
