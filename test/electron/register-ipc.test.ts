import type { IpcMainInvokeEvent, WebContents } from 'electron'
import { describe, expect, test } from 'vitest'
import { registerIpc, sendToWindow } from '../../src-main/electron/register-ipc.ts'
import { methodNames } from '../../src-preload/contract/methods.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { createLogDouble } from '../log-double.ts'

type Handler = (event: IpcMainInvokeEvent, ...args: unknown[]) => Promise<unknown>

const ours = { id: 1 } as WebContents
const mainFrame = { parent: null, origin: 'app://bundle', url: 'app://bundle/index.html' }
const good = { sender: ours, senderFrame: mainFrame }

function setUp(contents: WebContents | null = ours) {
  const handlers = new Map<string, Handler>()
  const dispatched: unknown[][] = []
  const log = createLogDouble()
  const counts = registerIpc({
    ipcMain: {
      handle: (name: string, handler: Handler) => {
        if (handlers.has(name)) throw new Error(`registered twice: ${name}`)
        handlers.set(name, handler)
      },
    } as never,
    currentContents: () => contents,
    dispatch: async (name, input) => {
      dispatched.push([name, input])
      return ok('answer')
    },
    log,
  })
  const call = (event: unknown, ...args: unknown[]) =>
    handlers.get('listBuckets')?.(event as IpcMainInvokeEvent, ...args)
  return { handlers, dispatched, log, counts, call }
}

describe('S12 the channels', () => {
  test('are the methods of the contract, each once, and nothing else', () => {
    expect([...setUp().handlers.keys()]).toEqual(methodNames)
  })

  test('a call from our main frame goes through with its one argument', async () => {
    const { call, dispatched, counts } = setUp()
    expect(await call(good, { profileId: 'p' })).toEqual(ok('answer'))
    expect(dispatched).toEqual([['listBuckets', { profileId: 'p' }]])
    expect(counts.refused).toBe(0)
  })

  test.each([
    ['another page', { ...good, sender: { id: 2 } }],
    ['an equal but different page', { ...good, sender: { id: 1 } }],
    ['a frame in our page', { ...good, senderFrame: { ...mainFrame, parent: mainFrame } }],
    ['a frame that is gone', { ...good, senderFrame: null }],
    ['no frame', { sender: ours }],
    ['another origin', { ...good, senderFrame: { ...mainFrame, origin: 'https://example.com' } }],
    ['an opaque origin', { ...good, senderFrame: { ...mainFrame, origin: 'null' } }],
    ['a look-alike origin', { ...good, senderFrame: { ...mainFrame, origin: 'app://bundle.evil' } }],
    ['our origin with a foreign URL', { ...good, senderFrame: { ...mainFrame, url: 'data:text/html,x' } }],
    ['about:blank of our origin', { ...good, senderFrame: { ...mainFrame, url: 'about:blank' } }],
  ])('a call from %s is refused, counted and logged without its argument', async (_who, event) => {
    const { call, dispatched, counts, log } = setUp()
    expect(await call(event, { secretAccessKey: 'wJalr' })).toMatchObject({
      ok: false,
      error: { code: 'not-allowed' },
    })
    expect(dispatched).toEqual([])
    expect(counts.refused).toBe(1)
    expect(log.lines).toHaveLength(1)
    expect(JSON.stringify(log.lines)).not.toContain('wJalr')
  })

  test('a call with more than one argument is refused', async () => {
    const { call, dispatched } = setUp()
    expect(await call(good, {}, {})).toMatchObject({ error: { code: 'not-allowed' } })
    expect(dispatched).toEqual([])
  })

  test('a call while there is no window is refused', async () => {
    const { call, dispatched } = setUp(null)
    expect(await call(good, {})).toMatchObject({ error: { code: 'not-allowed' } })
    expect(dispatched).toEqual([])
  })
})

describe('events', () => {
  const contents = (state: { destroyed?: boolean; crashed?: boolean; url?: string }) => {
    const sent: unknown[][] = []
    return {
      sent,
      page: {
        isDestroyed: () => state.destroyed ?? false,
        isCrashed: () => state.crashed ?? false,
        getURL: () => state.url ?? 'app://bundle/index.html',
        send: (...args: unknown[]) => void sent.push(args),
      } as unknown as WebContents,
    }
  }

  test('go to our window', () => {
    const { page, sent } = contents({})
    sendToWindow(page, 'onTransfers', { a: 1 })
    expect(sent).toEqual([['onTransfers', '{"a":1}']])
  })

  test.each([[{ destroyed: true }], [{ crashed: true }], [{ url: 'https://example.com/' }]])(
    'do not go to a window that is %j',
    (state) => {
      const { page, sent } = contents(state)
      sendToWindow(page, 'onTransfers', {})
      sendToWindow(null, 'onTransfers', {})
      expect(sent).toEqual([])
    },
  )
})
