import type {
  Api,
  EventName,
  EventOf,
  InputOf,
  MethodName,
  OutputOf,
} from '../../src-preload/contract/api.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { events, methodNames } from '../../src-preload/contract/methods.ts'
import { failed, ok, type Result } from '../../src-preload/contract/result.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'

/** The answers of a double, by method. */
export type Answers = {
  [Name in MethodName]?: (
    input: InputOf<Name, LocalPath>,
  ) => Promise<Result<OutputOf<Name>>> | Result<OutputOf<Name>>
}

/** A hand-written backend: answers what a test says, and rejects a call that the test did not expect. */
export interface ApiDouble {
  readonly api: Api<LocalPath>
  /** Every call in order. */
  readonly calls: { readonly method: MethodName; readonly input: unknown }[]
  /** The inputs of one method's calls. */
  inputs<Name extends MethodName>(method: Name): InputOf<Name, LocalPath>[]
  emit<Name extends EventName>(event: Name, value: EventOf<Name>): void
}

/** See {@link ApiDouble}. */
export function createApiDouble(answers: Answers): ApiDouble {
  const calls: { method: MethodName; input: unknown }[] = []
  const listeners = new Map<string, Set<(value: unknown) => void>>()
  const api: Record<string, unknown> = {}
  for (const method of methodNames) {
    api[method] = async (input: unknown) => {
      calls.push({ method, input })
      const answer = answers[method] as ((input: unknown) => unknown) | undefined
      if (!answer) throw new Error(`${method} was not expected`)
      return answer(input)
    }
  }
  for (const event of Object.keys(events)) {
    const set = new Set<(value: unknown) => void>()
    listeners.set(event, set)
    api[event] = (listener: (value: unknown) => void) => {
      set.add(listener)
      return () => set.delete(listener)
    }
  }
  return {
    api: api as unknown as Api<LocalPath>,
    calls,
    inputs: <Name extends MethodName>(method: Name) =>
      calls.filter((call) => call.method === method).map((call) => call.input as InputOf<Name, LocalPath>),
    emit(event, value) {
      for (const listener of listeners.get(event) ?? []) listener(value)
    },
  }
}

/** A failed answer. */
export function refuse(code: ErrorCode, message = 'It went wrong.', key?: string): Result<never> {
  return failed({ code, message, retryable: false, ...(key === undefined ? {} : { key }) })
}

/** A successful answer. */
export function answer<T>(value: T): () => Result<T> {
  return () => ok(value)
}
