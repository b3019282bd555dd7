import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Bridge } from '../../src-preload/contract/api.ts'
import { eventNames, methodNames } from '../../src-preload/contract/methods.ts'
import { forgetRecorded, ipcRenderer, pathsOfFiles, recorded } from '../electron/electron-double.ts'

let name: unknown
let api: Bridge<File>

beforeAll(async () => {
  await import('../../src-preload/index.ts')
  const exposed = recorded.filter((call) => call.name === 'contextBridge.exposeInMainWorld')
  expect(exposed).toHaveLength(1)
  name = exposed[0]?.args[0]
  api = exposed[0]?.args[1] as Bridge<File>
})

beforeEach(() => {
  forgetRecorded()
  ipcRenderer.answer = () => ({ ok: true, value: {} })
})

const file = (fileName: string, path: string | null): File => {
  const made = new File(['x'], fileName)
  if (path !== null) pathsOfFiles.set(made, path)
  return made
}

describe('S14 window.api', () => {
  test('is one frozen object of the contract’s functions and nothing else', () => {
    expect(name).toBe('api')
    expect(Object.isFrozen(api)).toBe(true)
    expect(Object.keys(api)).toEqual([...methodNames, ...eventNames])
    for (const value of Object.values(api)) expect(typeof value).toBe('function')
  })

  test('every method goes to its own channel with one argument', async () => {
    for (const method of methodNames.filter((each) => each !== 'registerDrop')) {
      forgetRecorded()
      await (api[method] as (...args: unknown[]) => Promise<unknown>)({ a: 1 }, 'another channel', 'more')
      expect(recorded).toEqual([{ name: 'ipcRenderer.invoke', args: [method, { a: 1 }] }])
    }
  })

  test('a call that IPC rejects is a failed result without IPC’s text', async () => {
    ipcRenderer.answer = () => {
      throw new Error("Error invoking remote method 'listProfiles': secret")
    }
    const result = await api.listProfiles({})
    expect(result).toMatchObject({ ok: false, error: { code: 'bug' } })
    expect(JSON.stringify(result)).not.toContain('secret')
  })

  test('an event’s listener gets the text of the snapshot alone, until it unsubscribes', () => {
    for (const event of eventNames) {
      const seen: unknown[][] = []
      const stop = (api[event] as (listener: (...args: unknown[]) => void) => () => void)((...args) =>
        seen.push(args),
      )
      ipcRenderer.emit(event, { sender: ipcRenderer }, '{"a":1}')
      expect(seen).toEqual([['{"a":1}']])
      expect(stop()).toBeUndefined()
      ipcRenderer.emit(event, { sender: ipcRenderer }, '{"a":2}')
      expect(seen).toHaveLength(1)
      expect(ipcRenderer.listenerCount(event)).toBe(0)
    }
  })
})

describe('S15 a drop', () => {
  test('crosses as the paths that the system knows for its files', async () => {
    await api.registerDrop({ sources: [file('a.jpg', '/home/ann/a.jpg'), file('b', '/home/ann/b')] })
    expect(recorded).toEqual([
      {
        name: 'ipcRenderer.invoke',
        args: ['registerDrop', { sources: [{ path: '/home/ann/a.jpg' }, { path: '/home/ann/b' }] }],
      },
    ])
  })

  test.each([
    ['something without a path', [file('picture-from-a-page.png', null)]],
    [
      'a file and something without a path',
      [file('a.jpg', '/home/ann/a.jpg'), file('from-a-page.png', null)],
    ],
    ['no files', []],
  ])('of %s is refused in words and does not cross', async (_what, sources) => {
    const result = await api.registerDrop({ sources })
    expect(result).toMatchObject({ ok: false, error: { code: 'local-file' } })
    expect(recorded).toEqual([])
  })

  test.each([
    ['a path as text', ['/etc/passwd']],
    ['an object with a path', [{ path: '/etc/passwd' }]],
    ['nothing', undefined],
    ['null', null],
  ])('of %s is refused and does not cross', async (_what, sources) => {
    const result = await api.registerDrop({ sources: sources as unknown as File[] })
    expect(result).toMatchObject({ ok: false, error: { code: 'local-file' } })
    expect(recorded).toEqual([])
  })
})
