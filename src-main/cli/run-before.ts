import { failure } from '../../src-preload/contract/failure.ts'
import { createOutputKeeper } from '../commands/kept-output.ts'
import { startCommand } from '../commands/start-command.ts'
import { type CommandContext, interrupted } from './command.ts'

/** So much of the output is kept for when the command fails with `--quiet`. */
const keptCharacters = 200_000

/**
 * Runs the command of `--run-before` in the working directory, its output on stderr. The person typed it: there is
 * nobody else to ask. With `--quiet` the output is shown only when it fails. Throws `command-failed` unless it ends
 * with 0; then nothing is synced.
 */
export async function runBefore(
  { output, signal, workingDirectory }: Pick<CommandContext, 'output' | 'signal' | 'workingDirectory'>,
  command: string,
): Promise<void> {
  if (signal.aborted) throw interrupted()
  output.say(`Running: ${command}`)
  const kept = createOutputKeeper(keptCharacters)
  const running = await startCommand({
    command,
    folder: workingDirectory,
    isFromTerminal: true,
    redact: (text) => text,
    onText: (text) => (output.quiet ? kept.add(text) : output.passOn(text)),
  })
  const stop = () => running.cancel()
  signal.addEventListener('abort', stop, { once: true })
  // It may have come between the look above and here.
  if (signal.aborted) stop()
  const { state, message } = await running.ended
  signal.removeEventListener('abort', stop)
  if (state === 'cancelled') throw interrupted()
  if (state === 'done') return
  output.passOn(kept.all().text)
  throw failure('command-failed', `${message ?? 'The command failed.'} Nothing was synced.`)
}
