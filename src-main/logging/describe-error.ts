import type { Redactor } from './redact.ts'

/** What of an error may be written (S24): nothing that was not asked for by name. */
export interface ErrorDescription {
  readonly name: string
  readonly code?: string
  readonly status?: number
  readonly requestId?: string
  readonly attempts?: number
  readonly op?: string
  /** Only of errors whose message is written by the engine or by us, redacted. */
  readonly message?: string
  /** Where it was thrown: the frames alone, since the first lines repeat the message. */
  readonly stack?: readonly string[]
  readonly cause?: ErrorDescription
}

/** Errors whose messages speak of code and not of data. A SyntaxError is not among them: JSON.parse quotes its input. */
const messageAllowed = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'AssertionError',
  'Failure',
])

const maxCauses = 3
const maxFrames = 20

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    // A getter of somebody else's error may throw; then there is nothing to tell.
    return undefined
  }
}

function shortText(value: unknown, redactor: Redactor): string | undefined {
  return typeof value === 'string' && value !== '' ? redactor.redact(value).slice(0, 200) : undefined
}

function firstNumber(...values: readonly unknown[]): number | undefined {
  return values.find((value): value is number => typeof value === 'number' && Number.isFinite(value))
}

/**
 * Describes what was thrown by an allowlist of fields (S24). An SDK error carries the whole signed request and response
 * in hidden fields, so that nothing of it is ever inspected, spread or stringified.
 */
export function describeError(thrown: unknown, redactor: Redactor, depth = 0): ErrorDescription {
  if (typeof thrown !== 'object' || thrown === null) return { name: `thrown ${typeof thrown}` }
  const metadata = read(thrown, '$metadata')
  const meta = typeof metadata === 'object' && metadata !== null ? metadata : {}
  const fromService = metadata !== undefined || '$response' in thrown || '$fault' in thrown
  const name = shortText(read(thrown, 'name'), redactor) ?? 'Error'
  const code = shortText(read(thrown, 'code') ?? read(thrown, 'Code'), redactor)
  const status = firstNumber(read(meta, 'httpStatusCode'), read(thrown, 'status'), read(thrown, 'statusCode'))
  const requestId = shortText(read(meta, 'requestId') ?? read(thrown, 'requestId'), redactor)
  const attempts = firstNumber(read(meta, 'attempts'), read(thrown, 'attempts'))
  const op = shortText(read(thrown, 'op'), redactor)
  const rawMessage = read(thrown, 'message')
  const message =
    !fromService && messageAllowed.has(name) && typeof rawMessage === 'string' && rawMessage !== ''
      ? redactor.redact(rawMessage).slice(0, 1000)
      : undefined
  const rawStack = read(thrown, 'stack')
  const stack =
    typeof rawStack === 'string'
      ? rawStack
          .split('\n')
          .filter((line) => /^\s+at /.test(line))
          .slice(0, maxFrames)
          .map((line) => redactor.redact(line.trim()).slice(0, 300))
      : []
  const cause = read(thrown, 'cause')
  return {
    name,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(op === undefined ? {} : { op }),
    ...(message === undefined ? {} : { message }),
    ...(stack.length === 0 ? {} : { stack }),
    ...(cause !== undefined && cause !== null && depth < maxCauses
      ? { cause: describeError(cause, redactor, depth + 1) }
      : {}),
  }
}

const maxDepth = 4
const maxEntries = 50
const maxText = 2000

/** Names under which nothing is written at all, in any spelling. */
const secretField = /secret|token|password|authorization|credential|signature|cookie/i

/** Makes details fit for the log: errors by the allowlist, text through the redactor, everything bounded. */
export function describeDetails(details: unknown, redactor: Redactor, depth = 0): unknown {
  if (typeof details === 'string') return redactor.redact(details).slice(0, maxText)
  if (typeof details === 'number' || typeof details === 'boolean' || details === null) return details
  if (typeof details === 'bigint') return String(details)
  if (typeof details !== 'object') return `[${typeof details}]`
  if (details instanceof Error || '$metadata' in details || '$response' in details) {
    return describeError(details, redactor)
  }
  if (depth >= maxDepth) return '[more]'
  if (Array.isArray(details)) {
    return details.slice(0, maxEntries).map((entry) => describeDetails(entry, redactor, depth + 1))
  }
  const prototype: unknown = Object.getPrototypeOf(details)
  if (prototype !== Object.prototype && prototype !== null)
    return `[${details.constructor.name.slice(0, 40)}]`
  return Object.fromEntries(
    Object.entries(details)
      .slice(0, maxEntries)
      .map(([key, value]) => [
        redactor.redact(key).slice(0, 100),
        secretField.test(key) && typeof value === 'string'
          ? '[removed]'
          : describeDetails(value, redactor, depth + 1),
      ]),
  )
}
