import { constants, createReadStream, openSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import { ruleProblem } from '../../src-preload/contract/rule-problem.ts'
import { interrupted } from './command.ts'
import { JsonMistake, type LocatedJson, parseLocatedJson, type Place } from './located-json.ts'
import { plainText } from './plain-text.ts'
import { UsageError } from './usage-error.ts'

const mostBytes = 1024 * 1024

/**
 * Reads a file of header rules: a JSON array as in the manual. Throws a UsageError that names the line and the column of
 * the first mistake, and the Failure of {@link interrupted} when the signal aborts.
 */
export async function readRules(path: string, shownPath: string, signal: AbortSignal): Promise<HeaderRule[]> {
  const wrong = (message: string, place?: Place) =>
    new UsageError(
      `--rules ${plainText(shownPath)}${place === undefined ? '' : `, line ${place.line}, column ${place.column}`}: ${plainText(message)}.`,
    )
  let text: string
  try {
    const pieces: Buffer[] = []
    // No more than tells that it is too much: a device has no end, and a pipe no size.
    let size = 0
    for await (const piece of openToRead(path, signal)) {
      pieces.push(piece)
      size += piece.byteLength
      if (size > mostBytes) throw wrong('The file is larger than 1 MiB')
    }
    const bytes = Buffer.concat(pieces)
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (signal.aborted) throw interrupted()
    if (error instanceof UsageError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw wrong(
      code === 'ENOENT'
        ? 'There is no such file'
        : code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
          ? 'The file is not text in UTF-8'
          : `The file cannot be read (${code})`,
    )
  }
  let located: LocatedJson
  try {
    located = parseLocatedJson(text)
  } catch (error) {
    if (error instanceof JsonMistake) throw wrong(error.message, error.place)
    throw error
  }
  const { headerRulesSchema } = await import('../../src-preload/contract/header-rule.ts')
  const parsed = headerRulesSchema.safeParse(located.value)
  if (parsed.success) {
    for (const [index, rule] of parsed.data.entries()) {
      const problem = ruleProblem(rule)
      if (problem === null) continue
      const where = problem.field === null ? [index] : [index, problem.field]
      throw wrong(sentence(problem.message, where), located.placeOf(where))
    }
    return parsed.data
  }
  const [issue] = parsed.error.issues
  if (issue === undefined) throw wrong('The rules are not valid')
  const { path: where } = issue
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    throw wrong(`A rule has no “${key}”`, located.placeOf(where, key))
  }
  throw wrong(sentence(meaning(issue), where), located.placeOf(where))
}

/**
 * A named pipe is read as a socket is: to open it as a file waits for whoever writes to it in a call that nothing ends, not
 * even the end of the program.
 */
function openToRead(path: string, signal: AbortSignal): AsyncIterable<Buffer> {
  if (!statSync(path).isFIFO()) return createReadStream(path, { end: mostBytes, signal })
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return addAbortSignal(signal, new Socket({ fd, readable: true, writable: false }))
}

const kinds: Readonly<Record<string, string>> = {
  string: 'takes text in double quotes',
  array: 'The file holds a list of rules: [ { … }, … ]',
  object: 'A rule is an object such as { "glob": "*.html", "cacheControl": "no-cache" }',
}

/** What a mistake is, in the words of somebody who writes such a file; the schema's own where it has some. */
function meaning({ code, message, ...more }: Issue): string {
  if (code === 'invalid_type') {
    const isMissing = !('input' in more) && message.endsWith('undefined')
    return isMissing ? 'is missing' : (kinds[more.expected ?? ''] ?? message)
  }
  if (code === 'invalid_value' && message.startsWith('Invalid')) return 'takes true, or is left out'
  if (code === 'too_small') return 'is too short'
  if (code === 'too_big')
    return more.origin === 'array' ? `The file has more than ${more.maximum} rules` : 'is too long'
  return message
}

/** What of an issue of the schema is looked at. */
interface Issue {
  readonly code: string
  readonly message: string
  readonly expected?: string
  readonly origin?: string
  readonly maximum?: number | bigint
}

function sentence(message: string, where: readonly PropertyKey[]): string {
  const field = where.at(-1)
  return typeof field === 'string' ? `“${field}”: ${message}` : message
}
