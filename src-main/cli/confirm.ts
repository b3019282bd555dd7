import type { Readable } from 'node:stream'
import { interrupted } from './command.ts'
import type { Output, OutputStream } from './output.ts'

/**
 * Asks a question on the terminal and answers whether `expected` was typed; null when there is nobody to ask.
 * Throws the failure of an interruption after Ctrl+C.
 */
export async function confirm(
  parts: {
    stdin: Readable & { readonly isTTY?: boolean }
    stderr: OutputStream
    output: Output
    signal: AbortSignal
  },
  question: string,
  expected: string,
): Promise<boolean | null> {
  const { stdin, stderr, output, signal } = parts
  if (!stdin.isTTY || !stderr.isTTY) return null
  output.endProgress()
  const { createInterface } = await import('node:readline/promises')
  // Not as a terminal: the line stays in the system's hands, and with it Ctrl+C.
  const lines = createInterface({ input: stdin, output: stderr, terminal: false })
  const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)))
  try {
    const answer = await Promise.race([lines.question(question, { signal }), closed])
    return answer?.trim() === expected
  } catch (error) {
    if (signal.aborted) throw interrupted()
    throw error
  } finally {
    lines.close()
  }
}
