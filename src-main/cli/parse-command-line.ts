import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { CommandSpec, Given, OptionSpec, Run } from './command.ts'
import { commands, commonOptions } from './command-table.ts'
import { usageLine } from './help.ts'
import { UsageError } from './usage-error.ts'

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'help'; readonly command: CommandSpec | null }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly command: CommandSpec; readonly given: Given; readonly run: Run }

type ParseOptions = NonNullable<ParseArgsConfig['options']>

function forParseArgs(options: Readonly<Record<string, OptionSpec>>): ParseOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  )
}

/** Where the command's name is: the first argument that is neither an option nor the value of one. */
function findCommand(argv: readonly string[]): number | null {
  const everything = forParseArgs({
    ...Object.assign({}, ...commands.map(({ options }) => options)),
    ...commonOptions,
    version: { type: 'boolean', text: '' },
  })
  const { tokens } = parseArgs({
    args: [...argv],
    options: everything,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  return tokens.find((token) => token.kind === 'positional')?.index ?? null
}

/**
 * Reads a command line, all of it, before anything is done. Throws a {@link UsageError} that says what is wrong with it.
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const at = findCommand(argv)
  if (at === null) return parseWithoutCommand(argv)
  const name = argv[at] ?? ''
  if (name === 'help' && at === 0) {
    const about = argv[1]
    return { kind: 'help', command: about === undefined ? null : commandNamed(about) }
  }
  const command = commandNamed(name)
  let parsed: { values: Record<string, unknown>; positionals: string[] }
  try {
    parsed = parseArgs({
      args: argv.filter((_argument, index) => index !== at),
      options: forParseArgs({ ...command.options, ...commonOptions }),
      strict: true,
      allowPositionals: true,
    })
  } catch (error) {
    throw wrongOption(error, command)
  }
  const { values, positionals } = parsed
  if (values['help'] === true) return { kind: 'help', command }
  const { least, most } = (typeof values['to'] === 'string' ? command.argumentsWithTo : undefined) ?? {
    least: command.leastArguments,
    most: command.mostArguments,
  }
  if (positionals.length < least || positionals.length > most)
    throw new UsageError(
      `pail ${command.name} takes ${command.usage || 'no arguments'}. Usage: ${usageLine(command)}`,
    )
  for (const value of [positionals, Object.values(values)].flat(2))
    if (value === '') throw new UsageError('An argument is empty.')
  const given: Given = {
    positionals,
    text: (option) => (typeof values[option] === 'string' ? values[option] : undefined),
    flag: (option) => values[option] === true,
    list: (option) => (Array.isArray(values[option]) ? (values[option] as string[]) : []),
  }
  return { kind: 'run', command, given, run: command.prepare(given) }
}

function commandNamed(name: string): CommandSpec {
  const command = commands.find((one) => one.name === name)
  if (!command)
    throw new UsageError(
      `There is no command “${name}”. There are: ${commands.map((one) => one.name).join(', ')}.`,
    )
  return command
}

function parseWithoutCommand(argv: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: forParseArgs({ ...commonOptions, version: { type: 'boolean', text: '' } }),
      strict: true,
    })
    if (values['version'] === true) return { kind: 'version' }
    if (values['help'] === true) return { kind: 'help', command: null }
  } catch (error) {
    throw wrongOption(error, null)
  }
  throw new UsageError('Say what to do: pail --help lists the commands.')
}

/** What node:util says about an option, made a usage error. */
function wrongOption(error: unknown, command: CommandSpec | null): unknown {
  if (
    !(error instanceof Error) ||
    !String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')
  )
    return error
  const [first = error.message] = error.message.split('\n')
  const help = command ? `pail ${command.name} --help` : 'pail --help'
  // Some of these sentences end in a full stop, and some go on with advice that is not for here.
  return new UsageError(`${first.replace(/(\. To specify.*|\.)?$/, '.')} See ${help}.`)
}
