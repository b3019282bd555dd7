import { setMaxListeners } from 'node:events'

/** Work that belongs to a plan, takes a while and can be cancelled by the plan's id. */
export interface RunningWork {
  /** Runs `work` with a signal that {@link RunningWork.cancel} and {@link RunningWork.close} abort. */
  run<T>(planId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Aborts all that runs for a plan; nothing when nothing does. */
  cancel(planId: string): void
  /** Aborts everything and waits until it has ended. */
  close(): Promise<void>
}

/** See {@link RunningWork}. */
export function createRunningWork(): RunningWork {
  const running = new Set<{ planId: string; controller: AbortController; ended: Promise<unknown> }>()
  return {
    async run(planId, work) {
      const controller = new AbortController()
      // Every request under way listens to the one signal; that many is no leak.
      setMaxListeners(0, controller.signal)
      const ended = work(controller.signal)
      const entry = { planId, controller, ended }
      running.add(entry)
      try {
        return await ended
      } finally {
        running.delete(entry)
      }
    },
    cancel(planId) {
      for (const entry of running) if (entry.planId === planId) entry.controller.abort()
    },
    async close() {
      for (const { controller } of running) controller.abort()
      // What was begun in parts is being taken back, for which the session has to be open.
      await Promise.allSettled([...running].map(({ ended }) => ended))
    },
  }
}
