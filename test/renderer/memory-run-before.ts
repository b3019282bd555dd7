import type { Api } from '../../src-preload/contract/api.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { CommandOutput, CommandRun, RunBeforeState } from '../../src-preload/contract/run-before.ts'
import type { Answer } from './memory-answer.ts'

/** What a command does in the memory, to be arranged by tests. */
export interface MemoryCommands {
  /** What the person answers in the system's dialog. */
  allows: boolean
  /** The command and folder that were allowed, by destination. */
  allowed: Map<string, string>
  /** What the command writes, piece by piece. */
  script: string[]
  /** Between two pieces, in milliseconds. */
  pieceMs: number
  exitCode: number
  runs: Map<string, CommandRun>
}

/** A build that goes well. */
export function emptyCommands(): MemoryCommands {
  return {
    allows: true,
    allowed: new Map(),
    script: [
      '> site@1.0.0 build\n> vite build\n\n',
      'vite v8.3.8 building for production…\n',
      'transforming…\n✓ 214 modules transformed.\n',
      'dist/index.html                 1.92 kB\ndist/assets/site-BxGk2a9f.css  14.30 kB\n',
      'dist/assets/site-DqOeBm3c.js   61.77 kB\n✓ built in 1.84s\n',
    ],
    pieceMs: 0,
    exitCode: 0,
    runs: new Map(),
  }
}

type Methods = 'getRunBefore' | 'allowRunBefore' | 'runBeforeSync' | 'cancelRunBefore'
/** The command before a sync, in memory: it asks, writes its pieces and ends as the script says. */
export function memoryRunBefore(
  commands: MemoryCommands,
  destinations: () => readonly Destination[],
  answer: Answer,
  emit: (output: CommandOutput) => void,
): Pick<Api<File>, Methods> {
  const cancelled = new Set<string>()
  let lastRun = 0

  function stateOf(destinationId: string): RunBeforeState | null {
    const destination = destinations().find(({ id }) => id === destinationId)
    if (destination === undefined) throw failure('not-found', 'This destination is not there any more.')
    if (destination.kind !== 'static' || !destination.runBefore) return null
    const { command, folderId } = destination.runBefore
    return {
      command,
      folder: folderId === null ? destination.folder : { folderId, name: 'site' },
      allowed: commands.allowed.get(destinationId) === `${command} in ${folderId}`,
      timeLimitSeconds: 1800,
      lastRun: commands.runs.get(destinationId) ?? null,
    }
  }
  const stateWith = (destinationId: string): RunBeforeState => {
    const state = stateOf(destinationId)
    if (state === null) throw failure('not-found', 'This destination has no command.')
    return state
  }

  async function run(destinationId: string) {
    if (!stateWith(destinationId).allowed)
      throw failure('command-not-allowed', 'This command has not been allowed in this folder.')
    if (commands.runs.get(destinationId)?.state === 'running')
      throw failure('too-many', 'The command of this destination is running already.')
    cancelled.delete(destinationId)
    const runId = `run-${(lastRun += 1)}`
    let now: CommandRun = {
      runId,
      state: 'running',
      exitCode: null,
      message: null,
      startedAt: new Date().toISOString(),
      position: 0,
      text: '',
    }
    const tell = (change: Partial<CommandRun>, text = '') => {
      const position = now.text.length
      now = { ...now, ...change, text: now.text + text }
      commands.runs.set(destinationId, now)
      const { state, exitCode, message } = now
      emit({ destinationId, runId, state, exitCode, message, position, text })
    }
    tell({})
    for (const piece of commands.script) {
      await new Promise((resolve) => setTimeout(resolve, commands.pieceMs))
      if (cancelled.has(destinationId)) break
      tell({}, piece)
    }
    const { exitCode } = commands
    if (cancelled.has(destinationId))
      tell({ state: 'cancelled', exitCode: null, message: 'The command was stopped.' })
    else if (exitCode === 0) tell({ state: 'done', exitCode })
    else tell({ state: 'failed', exitCode, message: `The command ended with exit code ${exitCode}.` })
    const { state, message } = now
    return {
      runId,
      state: state === 'running' ? ('failed' as const) : state,
      exitCode: now.exitCode,
      message,
    }
  }

  return {
    getRunBefore: (input) => answer('getRunBefore', input, () => stateOf(input.destinationId)),
    allowRunBefore: (input) =>
      answer('allowRunBefore', input, () => {
        const destination = destinations().find(({ id }) => id === input.destinationId)
        if (commands.allows && destination?.kind === 'static' && destination.runBefore)
          commands.allowed.set(
            destination.id,
            `${destination.runBefore.command} in ${destination.runBefore.folderId}`,
          )
        return stateWith(input.destinationId)
      }),
    runBeforeSync: (input) => answer('runBeforeSync', input, () => run(input.destinationId)),
    cancelRunBefore: (input) =>
      answer('cancelRunBefore', input, () => {
        cancelled.add(input.destinationId)
        return {}
      }),
  }
}
