import { monotonicMs } from '../s3/monotonic-ms.ts'
import { randomBytes } from 'node:crypto'
import { failure } from '../../src-preload/contract/failure.ts'
import type { CommandOutput, CommandRun, RunBeforeState } from '../../src-preload/contract/run-before.ts'
import { createOutputKeeper, type OutputKeeper } from '../commands/kept-output.ts'
import {
  commandTimeLimitSeconds,
  type RunningCommand,
  startCommand,
  type StartCommandOptions,
} from '../commands/start-command.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import { createSnapshotFeed } from '../transfers/snapshot-feed.ts'
import type { BackendParts } from './backend-parts.ts'
import type { EventSource, HandlersOf } from './call.ts'
import { createCommandConsents, isAllowed, wantedCommand } from './command-consents.ts'
import type { Folders } from './folders.ts'

/** So many characters of a run are kept for a window that looks later, and so many are told at once. */
const keptCharacters = 200_000
const toldAtOnce = 32_768

/** Runs of so many destinations are kept. */
const keptRuns = 20

interface Run {
  readonly runId: string
  readonly startedAt: string
  readonly output: OutputKeeper
  state: CommandRun['state']
  exitCode: number | null
  message: string | null
  /** Null until the process is there. */
  command: RunningCommand | null
  cancelled: boolean
  ended: Promise<unknown>
}

/** The handlers, and what the rest of the backend tells them. */
export type RunBeforeHandlers = HandlersOf<
  'getRunBefore' | 'allowRunBefore' | 'runBeforeSync' | 'cancelRunBefore'
> & {
  /** Ends the run of a destination that is gone. */
  forget(destinationId: string): void
  /** Ends all runs and waits for their end. */
  close(): Promise<void>
}

/** The command before a sync: consent, one run a destination at a time, its output. `waits` is for tests. */
export function runBeforeHandlers(
  parts: Pick<BackendParts, 'dialogs' | 'host' | 'log'>,
  settings: SettingsFile,
  folders: Folders,
  output: EventSource<CommandOutput>,
  waits?: StartCommandOptions['waits'],
): RunBeforeHandlers {
  const consents = createCommandConsents(settings, parts.dialogs)
  const runs = new Map<string, Run>()

  function stateOf(destinationId: string): RunBeforeState | null {
    const wanted = wantedCommand(settings.current(), destinationId)
    if (wanted === null) return null
    const run = runs.get(destinationId)
    return {
      command: wanted.command,
      folder: folders.describe(wanted.folderId),
      allowed: isAllowed(settings.current(), destinationId, wanted),
      timeLimitSeconds: commandTimeLimitSeconds,
      lastRun: run
        ? {
            runId: run.runId,
            state: run.state,
            exitCode: run.exitCode,
            message: run.message,
            startedAt: run.startedAt,
            ...run.output.all(),
          }
        : null,
    }
  }

  function newRun(destinationId: string): Run {
    if (runs.get(destinationId)?.state === 'running')
      throw failure('too-many', 'The command of this destination is running already.')
    const run: Run = {
      runId: `run_${randomBytes(12).toString('hex')}`,
      startedAt: new Date().toISOString(),
      output: createOutputKeeper(keptCharacters),
      state: 'running',
      exitCode: null,
      message: null,
      command: null,
      cancelled: false,
      ended: Promise.resolve(),
    }
    runs.delete(destinationId)
    runs.set(destinationId, run)
    for (const [id, { state }] of runs) if (runs.size > keptRuns && state !== 'running') runs.delete(id)
    return run
  }

  async function follow(destinationId: string, run: Run, command: string, folder: string): Promise<void> {
    const tell = () =>
      output.emit({
        destinationId,
        runId: run.runId,
        state: run.state,
        exitCode: run.exitCode,
        message: run.message,
        ...run.output.next(toldAtOnce),
      })
    const feed = createSnapshotFeed(tell, monotonicMs)
    try {
      feed.changed(true)
      run.command = await startCommand({
        command,
        folder,
        isFromTerminal: parts.host !== 'electron',
        redact: (text) => parts.log.redact(text),
        onText(text) {
          run.output.add(text)
          feed.changed()
        },
        ...(waits ? { waits } : {}),
      })
      if (run.cancelled) run.command.cancel()
      Object.assign(run, await run.command.ended)
    } catch (error) {
      run.state = 'failed'
      run.message = 'The command could not be started.'
      throw error
    } finally {
      feed.close()
      tell()
    }
  }

  function cancel(destinationId: string): void {
    const run = runs.get(destinationId)
    if (run?.state !== 'running') return
    run.cancelled = true
    run.command?.cancel()
  }

  return {
    getRunBefore: async ({ destinationId }) => stateOf(destinationId),
    async allowRunBefore({ destinationId }) {
      await consents.ask(destinationId)
      const state = stateOf(destinationId)
      if (state === null) throw failure('not-found', 'This destination has no command any more.')
      return state
    },
    async runBeforeSync({ destinationId }) {
      const wanted = wantedCommand(settings.current(), destinationId)
      if (wanted === null) throw failure('not-found', 'This destination has no command.')
      const { command, folder } = wanted
      if (folder === null) throw failure('local-missing', 'Choose the folder in which the command runs.')
      if (!isAllowed(settings.current(), destinationId, wanted))
        throw failure(
          'command-not-allowed',
          'This command has not been allowed in this folder. Look at it and allow it first.',
        )
      const run = newRun(destinationId)
      const following = follow(destinationId, run, command, folder)
      run.ended = following.catch(() => undefined)
      await following
      // It has ended: the state is not `running` any more.
      const { runId, state, exitCode, message } = run
      return { runId, state: state === 'running' ? 'failed' : state, exitCode, message }
    },
    async cancelRunBefore({ destinationId }) {
      cancel(destinationId)
      return {}
    },
    forget(destinationId) {
      cancel(destinationId)
      void runs.get(destinationId)?.ended.then(() => runs.delete(destinationId))
    },
    async close() {
      for (const destinationId of runs.keys()) cancel(destinationId)
      await Promise.all([...runs.values()].map(({ ended }) => ended))
    },
  }
}
