import type { CommandSpec, OptionSpec } from './command.ts'
import { commands, commonOptions } from './command-table.ts'

function optionLines(options: Readonly<Record<string, OptionSpec>>): string[] {
  const named = Object.entries(options).map(([name, option]) => {
    const long = `--${name}${option.value === undefined ? '' : ` ${option.value}`}`
    return { left: option.short === undefined ? long : `-${option.short}, ${long}`, text: option.text }
  })
  const width = Math.min(28, Math.max(...named.map(({ left }) => left.length)))
  return named.map(({ left, text }) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${text}` : `  ${left.padEnd(width)}  ${text}`,
  )
}

/** One line: how a command is written. */
export function usageLine(command: CommandSpec): string {
  return `pail ${command.name}${command.usage === '' ? '' : ` ${command.usage}`} [options]`
}

const credentials = [
  'Keys come from --profile or from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.',
  'Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 refused for safety.',
]

/** The text of `pail --help`. */
export function generalHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'Usage: pail <command> [arguments] [options]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Options of every command:',
    ...optionLines(commonOptions),
    '  --version',
    '',
    ...credentials,
    'pail <command> --help tells more.',
    '',
  ].join('\n')
}

/** The text of `pail <command> --help`. */
export function commandHelp(command: CommandSpec): string {
  return [
    `Usage: ${usageLine(command)}`,
    '',
    `${command.name}: ${command.summary}.`,
    ...(command.notes ?? []),
    '',
    ...(Object.keys(command.options).length ? ['Options:', ...optionLines(command.options), ''] : []),
    'Options of every command:',
    ...optionLines(commonOptions),
    '',
    ...credentials,
    '',
  ].join('\n')
}
