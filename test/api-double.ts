import type { Api, EventName, EventOf, MethodName } from '../src-preload/contract/api.ts'
import { eventNames, methodNames } from '../src-preload/contract/methods.ts'
import type { Result } from '../src-preload/contract/result.ts'
import { failed } from '../src-preload/contract/result.ts'
import type { LocalPath } from '../src-preload/contract/selection.ts'

type Answer = (input: unknown) => unknown

/** A backend that answers what a test gives it and remembers every call that reached it. */
export interface ApiDouble {
  readonly api: Api<LocalPath>
  readonly calls: { name: MethodName; input: unknown }[]
  /** What a method does from now on; it may throw or answer nonsense. */
  answer(name: MethodName, answer: Answer): void
  emit<Name extends EventName>(name: Name, event: EventOf<Name>): void
  listeners(name: EventName): number
}

/** Every method fails with `not-found` until it is told otherwise. */
export function createApiDouble(): ApiDouble {
  const calls: { name: MethodName; input: unknown }[] = []
  const answers = new Map<MethodName, Answer>()
  const listeners = new Map<EventName, Set<(event: unknown) => void>>(
    eventNames.map((name) => [name, new Set()]),
  )
  const notFound: Result<never> = failed({
    code: 'not-found',
    message: 'The double has none.',
    retryable: false,
  })
  const api: Record<string, unknown> = {}
  for (const name of methodNames) {
    api[name] = async (input: unknown) => {
      calls.push({ name, input })
      const answer = answers.get(name)
      return answer === undefined ? notFound : answer(input)
    }
  }
  for (const name of eventNames) {
    api[name] = (listener: (event: unknown) => void) => {
      listeners.get(name)?.add(listener)
      return () => listeners.get(name)?.delete(listener)
    }
  }
  return {
    api: api as unknown as Api<LocalPath>,
    calls,
    answer: (name, answer) => void answers.set(name, answer),
    emit: (name, event) => listeners.get(name)?.forEach((listener) => listener(event)),
    listeners: (name) => listeners.get(name)?.size ?? 0,
  }
}
