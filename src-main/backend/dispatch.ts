import type { z } from 'zod'
import type { Api, EventName, EventOf, MethodName } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import { appErrorSchema } from '../../src-preload/contract/app-error.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import { eventNames, methods } from '../../src-preload/contract/methods.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { failed, ok } from '../../src-preload/contract/result.ts'
import { eventSchemas, schemas } from '../../src-preload/contract/schemas.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'
import type { Log } from '../logging/log.ts'
import { createCallRate, limitOf } from './call-limits.ts'
import type { InputFault } from './inspect-input.ts'
import { inspectInput } from './inspect-input.ts'

/** What a host calls with what came from the page: a name and an unknown. Never rejects. */
export type Dispatch = (name: string, input: unknown) => Promise<Result<unknown>>

/** What the dispatcher needs beside the backend. */
export interface DispatchOptions {
  readonly log: Log
  /** Milliseconds that never go back; for tests. */
  readonly now?: () => number
}

function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name)
}

const bug: AppError = {
  code: 'bug',
  message: 'Something went wrong inside Pail. The log has the details.',
  retryable: false,
}

const faults: Readonly<Record<InputFault, string>> = {
  'too-large': 'is too large',
  'too-deep': 'is nested too deeply',
  'unsafe-key': 'has a name in it that is not allowed',
  'not-plain': 'is not plain data',
}

function invalid(message: string): Result<never> {
  return failed({ code: 'invalid-argument', message, retryable: false })
}

/** Names the field and what is wrong with it; never its value, which may be a secret. */
function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'The argument does not fit.'
  // Only our own schemas' field names: whatever else stands in a path came from the page.
  const path = issue.path.filter((step) => typeof step === 'number' || /^[A-Za-z]{1,40}$/.test(String(step)))
  const field = path.length === 0 ? 'The argument' : `“${path.map(String).join('.')}”`
  // The text of a custom check was written by us, for people.
  if (issue.code === 'custom') return issue.message.slice(0, 500)
  if (issue.code === 'too_big') return `${field} is too long or too large.`
  if (issue.code === 'too_small') return `${field} is missing, too short or too small.`
  if (issue.code === 'unrecognized_keys') return `${field} has a field that is not known.`
  return `${field} is not as it should be.`
}

/**
 * Makes the one way into the backend: an unknown name and an unknown argument in, a checked result out (S13, S18).
 * Order: the name, the rate, the size and shape, the schema; then the call; then the schema of the answer. A
 * {@link Failure} becomes its error; anything else that is thrown, or an answer that does not fit, is logged as a bug.
 */
export function createDispatch(api: Api<LocalPath>, { log, now }: DispatchOptions): Dispatch {
  const rate = createCallRate(now)

  return async function dispatch(name, input) {
    if (typeof name !== 'string' || !isMethodName(name)) {
      log.warn('A call of an unknown method was refused.')
      return failed({ code: 'not-allowed', message: 'There is no such method.', retryable: false })
    }
    if (!rate.take(name)) {
      log.warn('Calls came too fast and were refused.', { op: name })
      return failed({
        code: 'too-many',
        message: 'Too many calls at once. Try again in a moment.',
        retryable: true,
      })
    }
    const fault = inspectInput(input, limitOf(name).maxBytes)
    if (fault !== null) return invalid(`The argument ${faults[fault]}.`)
    try {
      const { input: inputSchema, output: outputSchema } = schemas[name]
      const parsed = inputSchema.safeParse(input)
      if (!parsed.success) return invalid(describeIssue(parsed.error.issues[0]))
      // The schema of this very method has just accepted it.
      const method = api[name] as (input: unknown) => Promise<Result<unknown>>
      const result = await method(parsed.data)
      if (!result.ok) {
        const error = appErrorSchema.safeParse(result.error)
        if (error.success) return failed(error.data)
        log.error('An error does not fit its schema.', { op: name, issues: issuePaths(error.error) })
        return failed(bug)
      }
      const answer = (outputSchema as z.ZodType).safeParse(result.value)
      if (answer.success) return ok(answer.data)
      log.error('An answer does not fit its schema.', { op: name, issues: issuePaths(answer.error) })
      return failed(bug)
    } catch (error) {
      if (error instanceof Failure) return failed(error.error)
      log.error('A call failed unexpectedly.', { op: name, error })
      return failed(bug)
    }
  }
}

function issuePaths(error: z.ZodError): string[] {
  return error.issues.slice(0, 5).map((issue) => `${issue.path.map(String).join('.')}: ${issue.code}`)
}

/**
 * Listens to every event of the backend; each is checked by its schema before it goes out. An event that does not fit
 * is logged and dropped. Answers the unsubscribe of all.
 */
export function subscribeToEvents(
  api: Api<LocalPath>,
  { log }: Pick<DispatchOptions, 'log'>,
  listener: <Name extends EventName>(name: Name, event: EventOf<Name>) => void,
): () => void {
  const unsubscribes = eventNames.map((name) =>
    api[name]((event: unknown) => {
      const parsed = eventSchemas[name].safeParse(event)
      if (parsed.success) listener(name, parsed.data as EventOf<typeof name>)
      else log.error('An event does not fit its schema.', { op: name, issues: issuePaths(parsed.error) })
    }),
  )
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe()
  }
}
