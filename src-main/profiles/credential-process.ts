import { execFile } from 'node:child_process'
import { z } from 'zod'
import { failure } from '../../src-preload/contract/failure.ts'
import type { S3Credentials } from '../s3/s3-session.ts'

const outputSchema = z.object({
  Version: z.literal(1),
  AccessKeyId: z.string().min(1).max(256),
  SecretAccessKey: z.string().min(1).max(4096),
  SessionToken: z.string().min(1).max(8192).optional(),
  Expiration: z.iso.datetime({ offset: true }).optional(),
})

/**
 * Runs an allowed `credential_process` command and reads its answer. The command is split as the AWS tools split it
 * and started directly: no shell, so nothing in it is expanded, piped or chained. The caller has made sure of the
 * person's consent (S31). Throws `no-credentials`; its message never holds what the command wrote.
 */
export async function runCredentialProcess(
  command: string,
  options: { timeoutMs?: number; platform?: NodeJS.Platform; signal?: AbortSignal } = {},
): Promise<S3Credentials> {
  const [program, ...args] = splitCommand(command, options.platform ?? process.platform)
  if (program === undefined) throw failure('no-credentials', 'The command in ~/.aws is empty.')
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(
      program,
      args,
      {
        shell: false,
        windowsHide: true,
        timeout: options.timeoutMs ?? 60_000,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024,
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (error, output) => {
        if (error) reject(failure('no-credentials', `The command for the keys ${whyFailed(error)}.`))
        else resolve(output)
      },
    )
  })
  let answer: unknown
  try {
    answer = JSON.parse(stdout)
  } catch {
    throw failure('no-credentials', 'The command for the keys did not answer with JSON.')
  }
  const parsed = outputSchema.safeParse(answer)
  if (!parsed.success) {
    throw failure(
      'no-credentials',
      'The command for the keys did not answer as version 1 of its protocol says.',
    )
  }
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed.data
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
    ...(Expiration === undefined ? {} : { expiration: new Date(Expiration) }),
  }
}

function whyFailed(error: { code?: unknown; killed?: boolean; signal?: unknown }): string {
  if (error.killed === true) return 'took too long'
  if (error.code === 'ENOENT') return 'was not found'
  if (error.code === 'EACCES') return 'may not be run'
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'answered too much'
  return typeof error.code === 'number' ? `ended with code ${error.code}` : 'failed'
}

/**
 * Splits a command into program and arguments as a POSIX shell would, without expanding anything: quotes group,
 * a backslash keeps the next character (on Windows it is a plain character, as in paths). An unclosed quote makes the
 * command unusable: the answer is empty.
 */
export function splitCommand(command: string, platform: NodeJS.Platform): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote: string | null = null
  for (let i = 0; i < command.length; i++) {
    const character = command.charAt(i)
    if (quote !== null) {
      if (character === quote) quote = null
      else if (character === '\\' && quote === '"' && /["\\]/.test(command.charAt(i + 1)))
        word += command.charAt(++i)
      else word += character
    } else if (character === '"' || (character === "'" && platform !== 'win32')) {
      quote = character
      word ??= ''
    } else if (character === '\\' && platform !== 'win32') {
      word = (word ?? '') + command.charAt(++i)
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word)
      word = null
    } else {
      word = (word ?? '') + character
    }
  }
  if (quote !== null) return []
  if (word !== null) words.push(word)
  return words
}
