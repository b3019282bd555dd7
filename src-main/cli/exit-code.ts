import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'

/** What the command line ends with. 130 and 143 are the shell's for Ctrl+C and a polite kill. */
export const exitCode = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  refused: 3,
  interrupted: 130,
  terminated: 143,
} as const

/** One of {@link exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** What an error of the backend ends the command with. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  switch (code) {
    case 'safety-refused':
    case 'insecure-endpoint':
    case 'endpoint-refused':
      return exitCode.refused
    case 'cancelled':
      return exitCode.interrupted
    default:
      return exitCode.failed
  }
}
