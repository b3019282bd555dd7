import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program to run. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** What a run took. CPU and memory are null where GNU time is not installed. */
export interface Measured {
  readonly seconds: number
  /** User and system, of the process and its children. */
  readonly cpuSeconds: number | null
  /** The largest resident set, in 1,000,000 bytes. */
  readonly megabytes: number | null
}

const gnuTime = '/usr/bin/time'

/** Whether CPU and memory can be told. */
export const hasGnuTime = existsSync(gnuTime)

/** No tool is waited for longer than this. */
const timeoutMs = 30 * 60 * 1000

/**
 * Runs a program to its end in an environment of its own. Its output goes to the file `output`, or nowhere. Throws with
 * the end of what it wrote to stderr when it fails.
 */
export function measure(
  command: Command,
  options: { scratch: string; environment: Readonly<Record<string, string>>; output?: string },
): Promise<Measured> {
  const report = join(options.scratch, 'time')
  const wrapper = hasGnuTime ? [gnuTime, '-f', '%U %S %M', '-o', report] : []
  const [program = '', ...args] = [...wrapper, command.program, ...command.args]
  const output = options.output === undefined ? null : openSync(options.output, 'w')
  return new Promise<Measured>((resolve, reject) => {
    const started = performance.now()
    const child = spawn(program, args, {
      cwd: options.scratch,
      env: { ...options.environment, ...command.environment },
      stdio: ['ignore', output ?? 'ignore', 'pipe'],
      timeout: timeoutMs,
    })
    let words = ''
    child.stderr?.on('data', (chunk) => (words = (words + String(chunk)).slice(-2000)))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const seconds = (performance.now() - started) / 1000
      if (code !== 0) {
        reject(new Error(`${command.program} ended with ${code ?? signal}: ${words.trim()}`))
        return
      }
      const [user = 0, system = 0, kibibytes = 0] = hasGnuTime
        ? readFileSync(report, 'utf8').trim().split(' ').map(Number)
        : []
      resolve({
        seconds,
        cpuSeconds: hasGnuTime ? user + system : null,
        megabytes: hasGnuTime ? (kibibytes * 1024) / 1e6 : null,
      })
    })
  }).finally(() => {
    if (output !== null) closeSync(output)
  })
}

/** Where a program is: not the shim of a version manager, whose start would be measured with it. Null when nowhere. */
export function whereIs(name: string): string | null {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
  if (found === undefined) return null
  if (!/[\\/]shims[\\/]/.test(found)) return found
  const told = spawnSync('pyenv', ['which', name], { encoding: 'utf8' })
  return told.status === 0 ? told.stdout.trim() : null
}

/** The first line that a program prints, or null when it fails. */
export function firstLine(program: string | null, args: readonly string[]): string | null {
  if (program === null) return null
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 })
  return status === 0 ? ((stdout || stderr).trim().split('\n')[0] ?? '') : null
}
