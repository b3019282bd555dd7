import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { CommandRun, RunBeforeState } from '../../src-preload/contract/run-before.ts'
import { createStore } from 'zustand/vanilla'

/** One destination's command: its last run with the output so far, and what kept it from running. */
export interface CommandJob {
  /** True while the person is asked in the system's dialog. */
  readonly asking: boolean
  /** What is kept with the destination; null when it has no command, or before it has been asked for. */
  readonly kept: RunBeforeState | null
  readonly run: CommandRun | null
  readonly error: AppError | null
}

/** Commands that run before syncs, by destination. */
export interface CommandState {
  readonly jobs: Readonly<Record<string, CommandJob>>
  /** Asks for a destination's command and folder, and for a run that goes on since before the window was loaded. */
  readonly load: (destinationId: string) => Promise<void>
  /**
   * Runs a destination's command; where it has not been allowed yet, the main process asks first. True when it ended
   * well, so that the sync may go on.
   */
  readonly run: (destinationId: string) => Promise<boolean>
  readonly cancel: (destinationId: string) => Promise<AppError | null>
  /** Takes the last run off the screen. */
  readonly dismiss: (destinationId: string) => void
}

const none: CommandJob = { asking: false, kept: null, run: null, error: null }

/** Nothing of an earlier run. */
const fresh = { asking: false, run: null, error: null }

/** The command of a destination; nothing when it has not run in this window. */
export function commandOf(state: CommandState, destinationId: string): CommandJob {
  return state.jobs[destinationId] ?? none
}

/** As much output as the main process keeps, in characters. */
const mostOutput = 200_000

/** Runs commands and follows what they write. */
export function createCommandStore(api: Api<File>) {
  const store = createStore<CommandState>()((set, get) => {
    const patch = (id: string, change: Partial<CommandJob>) =>
      set((state) => ({ jobs: { ...state.jobs, [id]: { ...commandOf(state, id), ...change } } }))

    const allow = async (id: string): Promise<boolean> => {
      patch(id, { asking: true })
      const answer = await api.allowRunBefore({ destinationId: id })
      patch(id, answer.ok ? { asking: false, kept: answer.value } : { asking: false, error: answer.error })
      return answer.ok && answer.value.allowed
    }

    return {
      jobs: {},
      load: async (id) => {
        const result = await api.getRunBefore({ destinationId: id })
        if (!result.ok) return
        const kept = result.value
        const { run } = commandOf(get(), id)
        patch(id, { kept, run: run ?? (kept?.lastRun?.state === 'running' ? kept.lastRun : null) })
      },
      run: async (id) => {
        patch(id, fresh)
        let outcome = await api.runBeforeSync({ destinationId: id })
        if (!outcome.ok && outcome.error.code === 'command-not-allowed') {
          if (!(await allow(id))) {
            // Declined in the dialog: the first answer says why nothing runs.
            if (commandOf(get(), id).error === null) patch(id, { error: outcome.error })
            return false
          }
          outcome = await api.runBeforeSync({ destinationId: id })
        }
        if (!outcome.ok) {
          patch(id, { error: outcome.error })
          return false
        }
        const { runId, state, exitCode, message } = outcome.value
        const { run } = commandOf(get(), id)
        if (run?.runId === runId) patch(id, { run: { ...run, state, exitCode, message } })
        return state === 'done'
      },
      cancel: async (id) => {
        const result = await api.cancelRunBefore({ destinationId: id })
        return result.ok ? null : result.error
      },
      dismiss: (id) => patch(id, fresh),
    }
  })
  api.onCommandOutput(({ destinationId, runId, state, exitCode, message, position, text }) =>
    store.setState((before) => {
      const { run } = commandOf(before, destinationId)
      const same = run?.runId === runId ? run : null
      const missed = position > (same === null ? 0 : same.position + same.text.length)
      const all = `${same?.text ?? ''}${missed ? '\n…\n' : ''}${text}`
      const kept = all.slice(-mostOutput)
      const next: CommandRun = {
        runId,
        state,
        exitCode,
        message,
        startedAt: same?.startedAt ?? new Date().toISOString(),
        position: position + text.length - kept.length,
        text: kept,
      }
      const job = { ...commandOf(before, destinationId), run: next }
      return { jobs: { ...before.jobs, [destinationId]: job } }
    }),
  )
  return store
}
