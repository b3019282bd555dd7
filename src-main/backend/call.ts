import type {
  Api,
  EventName,
  EventOf,
  InputOf,
  MethodName,
  OutputOf,
} from '../../src-preload/contract/api.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import { failed, ok, type Result } from '../../src-preload/contract/result.ts'
import type { LocalPath } from '../../src-preload/contract/selection.ts'

/** The methods of the bridge as plain functions that return a value or throw a {@link Failure}. */
export type Handlers = { [Name in MethodName]: (input: InputOf<Name, LocalPath>) => Promise<OutputOf<Name>> }

/** Some of the {@link Handlers}: what one file of the backend answers for. */
export type HandlersOf<Name extends MethodName> = Pick<Handlers, Name>

/** Turns a handler into a method: a thrown {@link Failure} becomes a failed result, anything else stays a bug. */
export function call<Input, Output>(
  run: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Result<Output>> {
  return async (input) => {
    try {
      return ok(await run(input))
    } catch (error) {
      if (error instanceof Failure) return failed(error.error)
      throw error
    }
  }
}

/** The listeners of one event. A listener that throws does not keep the others from hearing. */
export interface EventSource<Event> {
  emit(event: Event): void
  subscribe(listener: (event: Event) => void): () => void
}

/** An event with any number of listeners; `onError` hears of those that throw. */
export function createEventSource<Event>(onError: (error: unknown) => void): EventSource<Event> {
  const listeners = new Set<(event: Event) => void>()
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onError(error)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Every event of the bridge. */
export type EventSources = { readonly [Name in EventName]: EventSource<EventOf<Name>> }

/** Joins handlers and events into the interface that the hosts serve. */
export function toApi(handlers: Handlers, events: EventSources): Api<LocalPath> {
  const api: Partial<Record<keyof Api<LocalPath>, unknown>> = {}
  for (const [name, handler] of Object.entries(handlers)) {
    // Each handler has its own input; the table's type was checked where the handlers were joined.
    api[name as MethodName] = call(handler as (input: unknown) => Promise<unknown>)
  }
  for (const [name, source] of Object.entries(events)) {
    api[name as EventName] = (source as EventSource<unknown>).subscribe
  }
  return api as Api<LocalPath>
}
