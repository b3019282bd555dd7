import type { ChildProcess } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { failure } from '../../src-preload/contract/failure.ts'
import { createCommandText } from './command-text.ts'
import { commandEnvironment, shellOf } from './shell.ts'

/** A command runs at most this long. */
export const commandTimeLimitSeconds = 30 * 60

/** What to run, and who hears of it. The last four are for tests. */
export interface StartCommandOptions {
  readonly command: string
  /** The absolute path that it runs in. */
  readonly folder: string
  /** Whether Pail was started in a terminal; see `shellOf`. */
  readonly isFromTerminal: boolean
  /** Text that may be shown: no control sequences, and what `redact` removes is gone. */
  readonly onText: (text: string) => void
  readonly redact: (text: string) => string
  readonly environment?: Readonly<NodeJS.ProcessEnv>
  readonly platform?: NodeJS.Platform
  readonly timeLimitMs?: number
  /** Between the polite signal and the other one; and for how long a line without an end is waited for. */
  readonly waits?: { readonly killMs: number; readonly lineMs: number }
}

/** How a command ended. */
export interface CommandEnd {
  readonly state: 'done' | 'failed' | 'cancelled'
  /** Null when it was ended by a signal or did not start. */
  readonly exitCode: number | null
  /** Why it is not done, in words; null when it is. */
  readonly message: string | null
}

/** A command that runs. */
export interface RunningCommand {
  /** Never rejects. Resolves when the command and all that it started have ended, or have been ended. */
  readonly ended: Promise<CommandEnd>
  /** Asks all of it to end, and ends it when it has not after 5 seconds. */
  cancel(): void
}

/**
 * Runs a command in the platform's shell, in a process group of its own so that it can be ended with all that it
 * starts. It has no input and no terminal, and none of Pail's keys in its environment. The caller has made sure of the
 * person's consent. Throws `local-missing` when the folder is not there.
 */
export async function startCommand(options: StartCommandOptions): Promise<RunningCommand> {
  const { command, folder, platform = process.platform, environment = process.env } = options
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder)
    throw failure('local-missing', 'The folder in which the command runs is not there (any more).')
  const { killMs, lineMs } = options.waits ?? { killMs: 5000, lineMs: 1000 }
  const timeLimitMs = options.timeLimitMs ?? commandTimeLimitSeconds * 1000
  const shell = shellOf(platform, environment, options.isFromTerminal)
  const { spawn } = await import('node:child_process')
  const child = spawn(shell.program, [...shell.arguments, shell.verbatim ? `"${command}"` : command], {
    cwd: folder,
    env: commandEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
    // Windows would open a console window for a detached one; its tree is ended by taskkill.
    detached: platform !== 'win32',
    windowsHide: true,
    windowsVerbatimArguments: shell.verbatim,
  })
  return follow(child, options, { killMs, lineMs, timeLimitMs, platform })
}

interface Following {
  readonly killMs: number
  readonly lineMs: number
  readonly timeLimitMs: number
  readonly platform: NodeJS.Platform
}

function follow(
  child: ChildProcess,
  { onText, redact }: StartCommandOptions,
  { killMs, lineMs, timeLimitMs, platform }: Following,
): RunningCommand {
  const timers = new Set<NodeJS.Timeout>()
  const later = (run: () => void, milliseconds: number) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, milliseconds)
    timers.add(timer)
    return timer
  }
  /** Why it was ended before its time. */
  let stopped: 'cancelled' | 'too-long' | null = null
  const endNow = () => endGroup(child, 'SIGKILL', platform)
  // Should Pail itself be ended, nothing of the command stays behind.
  process.once('exit', endNow)

  function end(): void {
    endGroup(child, 'SIGTERM', platform)
    later(() => {
      endNow()
      // What has left the group cannot be ended, but it is not waited for.
      later(() => forgetStreams(child), 500)
    }, killMs)
  }
  function stop(why: 'cancelled' | 'too-long'): void {
    if (stopped !== null) return
    stopped = why
    end()
  }

  const releases = [child.stdout, child.stderr].map((stream) =>
    stream === null ? () => undefined : tellText(stream, { onText, redact, lineMs }),
  )
  const ended = new Promise<CommandEnd>((resolve) => {
    let notStarted: string | null = null
    child.once('error', ({ code }: NodeJS.ErrnoException) => {
      // Without a process there is no close to wait for.
      if (child.pid !== undefined) return
      notStarted = `The shell could not be started (${code ?? 'unknown reason'}).`
      finish(null, null)
    })
    // What it left running in the background keeps the streams open, and does not outlive it for long.
    child.once('exit', () => later(end, 2000))
    child.once('close', finish)
    let finished = false
    function finish(exitCode: number | null, signal: NodeJS.Signals | null): void {
      if (finished) return
      finished = true
      process.removeListener('exit', endNow)
      for (const timer of timers) clearTimeout(timer)
      for (const release of releases) release()
      resolve(outcome(exitCode, signal))
    }
    function outcome(exitCode: number | null, signal: NodeJS.Signals | null): CommandEnd {
      if (notStarted !== null) return { state: 'failed', exitCode: null, message: notStarted }
      if (stopped === 'cancelled')
        return { state: 'cancelled', exitCode, message: 'The command was stopped.' }
      if (stopped === 'too-long')
        return { state: 'failed', exitCode, message: `The command was ended after ${inWords(timeLimitMs)}.` }
      if (exitCode === 0) return { state: 'done', exitCode, message: null }
      return { state: 'failed', exitCode, message: whyFailed(exitCode, signal) }
    }
  })
  later(() => stop('too-long'), timeLimitMs)
  return { ended, cancel: () => stop('cancelled') }
}

/** Tells a stream's text; answers a function that tells what is left of it. */
function tellText(
  stream: Readable,
  {
    onText,
    redact,
    lineMs,
  }: { onText: (text: string) => void; redact: (text: string) => string; lineMs: number },
): () => void {
  const text = createCommandText(redact)
  let quiet: NodeJS.Timeout | null = null
  const say = (what: string) => {
    if (what !== '') onText(what)
  }
  const release = (isEnd: boolean) => {
    if (quiet !== null) clearTimeout(quiet)
    quiet = null
    say(text.release(isEnd))
  }
  stream.on('data', (bytes: Buffer) => {
    if (quiet !== null) clearTimeout(quiet)
    say(text.push(bytes))
    // A question or a row of dots is told although its line has no end.
    quiet = text.isWaiting ? setTimeout(() => release(false), lineMs) : null
  })
  // A broken pipe is the end of the text; how the command ended is told by itself.
  stream.on('error', () => release(true))
  return () => release(true)
}

function endGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', platform: NodeJS.Platform): void {
  const { pid } = child
  if (pid === undefined) return
  if (platform === 'win32') {
    // There is no polite way for a program without a window.
    process
      .getBuiltinModule('node:child_process')
      .spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { windowsHide: true, stdio: 'ignore' })
    return
  }
  try {
    process.kill(-pid, signal)
  } catch {
    // Nothing of it is left.
  }
}

function forgetStreams(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function whyFailed(exitCode: number | null, signal: NodeJS.Signals | null): string {
  if (exitCode === null) return `The command was ended by ${signal ?? 'a signal'}.`
  if (exitCode === 127 || exitCode === 9009)
    return `The shell did not find a program of the command (exit code ${exitCode}).`
  if (exitCode === 126) return 'A program of the command may not be run (exit code 126).'
  return `The command ended with exit code ${exitCode}.`
}

function inWords(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000)
  return minutes >= 1
    ? `${minutes} minute${minutes === 1 ? '' : 's'}`
    : `${Math.round(milliseconds / 1000)} seconds`
}
