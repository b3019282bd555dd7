import type { Api, Bridge, EventName } from '../../src-preload/contract/api.ts'
import { eventNames } from '../../src-preload/contract/methods.ts'

/** The contract behind `window.api`: the same methods, and events that are read from their text. */
export function openBridge(bridge: Bridge<File>): Api<File> {
  const opened: Partial<Record<EventName, unknown>> = {}
  for (const name of eventNames) {
    opened[name] = (listener: (event: unknown) => void) =>
      bridge[name]((json) => listener(JSON.parse(json) as unknown))
  }
  // Made by the table of events, which `satisfies` holds equal to the interface.
  return { ...bridge, ...opened } as unknown as Api<File>
}
