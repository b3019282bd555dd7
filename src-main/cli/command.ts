import type { Api } from '../../src-preload/contract/api.ts'
import { failure, Failure } from '../../src-preload/contract/failure.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'
import type { ExitCode } from './exit-code.ts'
import type { Output } from './output.ts'

/** One option as it is parsed and as help shows it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  readonly short?: string
  /** What the value is called in help. */
  readonly value?: string
  readonly text: string
}

/** A parsed command line, its values looked up by option name. */
export interface Given {
  readonly positionals: readonly string[]
  text(option: string): string | undefined
  flag(option: string): boolean
  list(option: string): readonly string[]
}

/** What a command has to work with. */
export interface CommandContext {
  readonly api: Api<LocalPath>
  /** Empty for a command that needs none, unless --profile names one. */
  readonly profileId: string
  /** The one that --to names; null without. */
  readonly destination: Destination | null
  /** The profile's region. */
  readonly region: string
  readonly output: Output
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal
  readonly workingDirectory: string
  /** Asks on the terminal for `expected` to be typed; null when there is no terminal to ask on. */
  confirm(question: string, expected: string): Promise<boolean | null>
}

/** A command whose arguments have been checked. Throws a {@link Failure} for what the backend refuses. */
export type Run = (context: CommandContext) => Promise<ExitCode>

/** One command: how it is written, and what it does. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** The arguments as help shows them. */
  readonly usage: string
  readonly leastArguments: number
  readonly mostArguments: number
  readonly options: Readonly<Record<string, OptionSpec>>
  /** How many arguments it takes when --to says where; as many as else when this is left out. */
  readonly argumentsWithTo?: { readonly least: number; readonly most: number }
  /** Whether it, or what is given, asks no service for anything, and so needs nobody's keys. */
  readonly needsNoKeys?: boolean | ((given: Given) => boolean)
  /** More sentences for `--help`. */
  readonly notes?: readonly string[]
  /** Checks the arguments, asking nobody. Throws a UsageError. */
  prepare(given: Given): Run
}

/** The failure with which everything ends after Ctrl+C. */
export function interrupted(): Failure {
  return failure('cancelled', 'Interrupted.')
}

/**
 * The value of a call to the backend. Throws its {@link Failure}, and that of {@link interrupted} at once when the
 * person has stopped the command: for calls that leave nothing half done.
 */
export async function ask<T>(context: Pick<CommandContext, 'signal'>, call: Promise<Result<T>>): Promise<T> {
  const { signal } = context
  let stop: () => void = () => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interrupted())
    signal.addEventListener('abort', stop, { once: true })
  })
  // Whichever comes second is nobody's error any more.
  aborted.catch(() => undefined)
  call.catch(() => undefined)
  try {
    if (signal.aborted) throw interrupted()
    return valueOf(await Promise.race([call, aborted]))
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Asks for `expected` to be typed. Throws a `safety-refused` Failure unless it was. */
export async function confirmOrRefuse(
  { confirm }: Pick<CommandContext, 'confirm'>,
  question: string,
  expected: string,
): Promise<void> {
  const answer = await confirm(question, expected)
  if (answer === null)
    throw failure('safety-refused', 'There is no terminal to ask on: add --yes to go on without asking.')
  if (!answer) throw failure('safety-refused', 'Not confirmed. Nothing was changed.')
}

/** The value of a result. Throws its {@link Failure}. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Failure(result.error)
  return result.value
}
