import { PassThrough } from 'node:stream'
import type { EnvironmentProfile } from '../../src-main/backend/backend-parts.ts'
import { runCommandLine } from '../../src-main/cli/run-command-line.ts'
import type { ApiDouble } from './api-double.ts'

/** Keys that make the environment a profile. */
export const someKeys = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'an example’s secret' }

/** What a run came to. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  /** The profile that the backend was opened with; `undefined` when it was not opened. */
  readonly opened: EnvironmentProfile | null | undefined
  readonly closed: boolean
  readonly logged: readonly unknown[]
}

/** Runs a command line on a double. `answers` are typed on a terminal; without them there is no terminal. */
export async function runForTest(
  argv: readonly string[],
  double: ApiDouble,
  more: {
    variables?: Record<string, string>
    typed?: string
    signal?: AbortSignal
    workingDirectory?: string
    stdout?: PassThrough
    tty?: boolean
  } = {},
): Promise<Ran> {
  const stdout = more.stdout ?? new PassThrough()
  const out: Buffer[] = []
  const err: Buffer[] = []
  if (!more.stdout) stdout.on('data', (chunk: Buffer) => out.push(chunk))
  const isTTY = more.typed !== undefined || more.tty === true
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 })
  stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const stdin = Object.assign(new PassThrough(), { isTTY: more.typed !== undefined })
  if (more.typed !== undefined) stdin.end(`${more.typed}\n`)
  let opened: EnvironmentProfile | null | undefined
  let closed = false
  const logged: unknown[] = []
  const code = await runCommandLine({
    argv,
    variables: more.variables ?? someKeys,
    stdin,
    stdout,
    stderr,
    workingDirectory: more.workingDirectory ?? '/somewhere',
    version: '1.2.3',
    signal: more.signal ?? new AbortController().signal,
    openBackend: async (profile) => {
      opened = profile
      return {
        api: double.api,
        close: async () => {
          closed = true
        },
      }
    },
    logError: (_message, error) => logged.push(error),
  })
  return {
    code,
    out: Buffer.concat(out).toString('utf8'),
    err: Buffer.concat(err).toString('utf8'),
    opened,
    closed,
    logged,
  }
}
