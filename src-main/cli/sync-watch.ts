import type { InputOf } from '../../src-preload/contract/api.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import { ask, type CommandContext, type Given, valueOf } from './command.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { counted, formatBytes } from './plain-text.ts'
import { sumOfVisibility, tellContradictions } from './told-visibility.ts'
import { progressLine } from './transfer-batch.ts'
import { UsageError } from './usage-error.ts'

/** The option that has `pail sync` go on. */
export const watchOptions = {
  watch: { type: 'boolean', text: 'go on and publish what changes, until Ctrl+C; one line a round' },
} as const

/** Whether to watch. Throws a {@link UsageError} for what does not go with it. */
export function readWatchWish(given: Given): boolean {
  if (!given.flag('watch')) return false
  for (const option of ['dry-run', 'receipt', 'invalidate', 'check-visibility'])
    if (given.flag(option) || given.text(option) !== undefined)
      throw new UsageError(`--${option} does not go with --watch.`)
  // Nobody can be asked at each round.
  if (given.flag('delete') && !given.flag('yes'))
    throw new UsageError('With --watch nobody is asked before each removal: add --yes to --delete.')
  return true
}

const nothingDone = { uploaded: 0, updatedHeaders: 0, deleted: 0, failed: 0, bytes: 0 }

/** What the last round has done. */
function countsOf({ lastSync, checkedAt }: Watch): typeof nothingDone {
  return lastSync !== null && lastSync.at === checkedAt ? lastSync.counts : nothingDone
}

function roundInWords(watch: Watch): string {
  const time = new Date(watch.checkedAt ?? 0).toLocaleTimeString('en-GB')
  const { uploaded, updatedHeaders, deleted, failed, bytes } = countsOf(watch)
  const did =
    uploaded + updatedHeaders + deleted + failed === 0
      ? watch.state === 'paused'
        ? []
        : ['nothing to do']
      : [
          `${counted(uploaded, 'file')} uploaded (${formatBytes(bytes)})`,
          `${counted(updatedHeaders, 'header')} changed`,
          `${deleted} removed`,
          ...(failed ? [`${failed} failed`] : []),
        ]
  const waits = watch.state === 'paused' ? [`paused: ${watch.message ?? watch.reason}`] : []
  return `${time}  ${[...did, ...waits].join(', ')}`
}

/**
 * Keeps a place equal to a folder until Ctrl+C, which is its good end. What ends the first round for other reasons than
 * the network ends the command: there is nothing to wait for. Throws its {@link Failure}.
 */
export async function watchFolder(context: CommandContext, input: InputOf<'startWatch'>): Promise<ExitCode> {
  const { api, output, signal } = context
  let current: Watch | null = null
  let toldRounds = 0
  let toldHints: string | null = null
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })

  function take(watch: Watch): void {
    current = watch
    if (watch.hintsMessage !== null && watch.hintsMessage !== toldHints) {
      output.warn(`pail: ${watch.hintsMessage} The folder is looked through from time to time.`)
      output.record({ event: 'hints', hints: watch.hints, message: watch.hintsMessage })
    }
    toldHints = watch.hintsMessage
    if (watch.progress !== null)
      output.progress(
        progressLine('Syncing', watch.progress.filesDone, watch.progress.filesTotal, {
          ...watch.progress,
          bytesPerSecond: 0,
          secondsLeft: null,
        }),
      )
    if (watch.rounds > toldRounds) {
      toldRounds = watch.rounds
      void tellRound(watch)
      if (watch.rounds === 1 && watch.reason === 'refused') finish()
    }
    if (watch.state === 'stopped') finish()
  }

  async function tellRound(watch: Watch): Promise<void> {
    const { rounds: round, checkedAt: at, state, reason, message, changesSeen, lastError } = watch
    const error = lastError === null ? null : { code: lastError.code, message: lastError.message }
    if (output.json)
      output.record({
        event: 'round',
        round,
        at,
        state,
        reason,
        message,
        changesSeen,
        ...countsOf(watch),
        error,
      })
    else await output.line(roundInWords(watch)).catch(finish)
    // A pause has said why already.
    if (lastError !== null && state !== 'paused') output.failed(lastError)
    // Nobody reads the rounds any more (`pail sync … --watch | head`).
    if (output.closed()) finish()
  }

  let isToldOpen = false
  const unsubscribe = api.onWatch(take)
  const unsubscribeChecks = api.onVisibilityReport((report) => {
    if (report.state === 'asking') return
    const told = sumOfVisibility([report], report.objects)
    if (told.exposed.objects + told.blocked.objects === 0) return
    output.record({ event: 'visibility', ...told })
    // Each round would say it again.
    if (!isToldOpen) isToldOpen = tellContradictions(context, told)
  })
  signal.addEventListener('abort', finish, { once: true })
  try {
    const started = await ask(context, api.startWatch(input))
    output.say('Watching. Ctrl+C ends it.')
    if (!signal.aborted) await finished
    const ended = lastOf(current)
    valueOf(await api.stopWatch({ watchId: started.watchId }))
    const last = lastOf(current)
    output.record({ event: 'stopped', rounds: last?.rounds ?? 0 })
    if (ended?.reason === 'destination-changed')
      throw failure('safety-refused', ended.message ?? 'The destination was changed.')
    if (last === null || last.lastError === null) return exitCode.done
    if (!signal.aborted) throw new Failure(last.lastError)
    return exitCode.failed
  } finally {
    signal.removeEventListener('abort', finish)
    unsubscribe()
    unsubscribeChecks()
    output.endProgress()
  }
}

/** The compiler does not see that the listener has been called meanwhile. */
function lastOf(watch: Watch | null): Watch | null {
  return watch
}
