import type { MethodName } from '../../src-preload/contract/api.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { HandlersOf } from './call.ts'

/** Handlers whose code is loaded with the first call, so that a short command does not wait for what it never uses. */
export interface LazyHandlers<Name extends MethodName, Loaded> {
  readonly handlers: HandlersOf<Name>
  /** The real ones, loaded if they are not there yet. */
  load(): Promise<Loaded>
  /** Tells them something, if they are there or on their way; whoever was never called has nothing to hear. */
  tell(what: (loaded: Loaded) => unknown): Promise<void>
  /** As {@link LazyHandlers.tell}, for the last time: nothing is loaded any more. */
  close(what: (loaded: Loaded) => unknown): Promise<void>
}

/** Handlers with these names, of the object that `load` answers. It is asked once, and again after a failure. */
export function lazyHandlers<Name extends MethodName, Loaded extends HandlersOf<Name>>(
  names: readonly Name[],
  load: () => Promise<Loaded>,
): LazyHandlers<Name, Loaded> {
  let loading: Promise<Loaded> | null = null
  let isClosed = false

  function loaded(): Promise<Loaded> {
    if (loading !== null) return loading
    if (isClosed) return Promise.reject(failure('cancelled', 'Pail is being closed.'))
    loading = load()
    loading.catch(() => (loading = null))
    return loading
  }

  async function tell(what: (loaded: Loaded) => unknown): Promise<void> {
    // Whoever called hears of it when the loading fails.
    const there = await loading?.catch(() => undefined)
    if (there !== undefined) await what(there)
  }

  const handlers: Partial<Record<Name, unknown>> = {}
  for (const name of names)
    handlers[name] = async (input: unknown) => {
      const there = await loaded()
      // Each handler has its own input; the table's type was checked where the handlers were made.
      return (there[name] as (input: unknown) => Promise<unknown>)(input)
    }
  return {
    handlers: handlers as HandlersOf<Name>,
    load: loaded,
    tell,
    close(what) {
      isClosed = true
      return tell(what)
    },
  }
}
