import { expect, it } from 'vitest'
import type { Bridge } from '../../../src-preload/contract/api.ts'
import { eventNames, methodNames } from '../../../src-preload/contract/methods.ts'
import { openBridge } from '../../../src-renderer/stores/open-bridge.ts'

it('what events carry is read from its text, and methods are the bridge’s own', () => {
  const listeners = new Map<string, (json: string) => void>()
  const subscribe = (name: string) => (listener: (json: string) => void) => {
    listeners.set(name, listener)
    return () => listeners.delete(name)
  }
  const bridge = Object.freeze(
    Object.fromEntries([
      ...methodNames.map((name) => [name, () => name]),
      ...eventNames.map((name) => [name, subscribe(name)]),
    ]),
  ) as unknown as Bridge<File>
  const api = openBridge(bridge)
  expect(Object.keys(api).toSorted()).toEqual(Object.keys(bridge).toSorted())
  for (const name of methodNames) expect(api[name]).toBe(bridge[name])
  for (const name of eventNames) {
    const seen: unknown[] = []
    const stop = api[name]((event: unknown) => void seen.push(event))
    listeners.get(name)?.('{"a":1}')
    expect(seen).toEqual([{ a: 1 }])
    stop()
    expect(listeners.has(name)).toBe(false)
  }
})
