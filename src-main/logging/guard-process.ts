import { describeDetails } from './describe-error.ts'
import type { Log } from './log.ts'
import type { Redactor } from './redact.ts'

/** The part of a process that is watched. */
interface WatchedProcess {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown
}

/**
 * Logs what nobody caught, through the redactor (S25), and tells the host, which decides what the person sees. The
 * process goes on: a stray socket error must not end an upload of an hour.
 */
export function guardProcess(watched: WatchedProcess, log: Log, tell: () => void): void {
  watched.on('uncaughtException', (error) => {
    log.error('An exception was not caught.', error)
    tell()
  })
  watched.on('unhandledRejection', (reason) => {
    log.error('A rejection was not handled.', reason)
  })
}

type ConsoleMethod = 'log' | 'info' | 'warn' | 'error' | 'debug'

/** Sends what libraries print to the console through the redactor (S25). Answers what puts the console back. */
export function redactConsole(target: Pick<Console, ConsoleMethod>, redactor: Redactor): () => void {
  const methods: readonly ConsoleMethod[] = ['log', 'info', 'warn', 'error', 'debug']
  const originals = methods.map((method) => [method, target[method]] as const)
  for (const [method, original] of originals) {
    target[method] = (...values: unknown[]) => {
      original.apply(
        target,
        values.map((value) => describeDetails(value, redactor)),
      )
    }
  }
  return () => {
    for (const [method, original] of originals) target[method] = original
  }
}
