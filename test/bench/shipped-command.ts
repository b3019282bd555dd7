import { pailCommand } from '../cli/pail-process.ts'

/**
 * The command line as it is shipped: what is built is run by its own first line, which says how Node is to run it; where
 * nothing is built, or the system knows no such lines (Windows), as the tests run it.
 */
export function shippedCommand(): readonly [program: string, ...args: string[]] {
  const [program, file] = pailCommand()
  return file.endsWith('.ts') || process.platform === 'win32' ? [program, file] : [file]
}
