import type { BrowserWindow as Window, MenuItemConstructorOptions } from 'electron'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClipboard } from '../../src-main/electron/clipboard.ts'
import { createDialogs } from '../../src-main/electron/dialogs.ts'
import { followLongWork } from '../../src-main/electron/long-work.ts'
import { menuTemplate } from '../../src-main/electron/menu.ts'
import { refusedSwitch } from '../../src-main/electron/switches.ts'
import type { SyncProgress } from '../../src-preload/contract/sync-plan.ts'
import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import { clipboard, dialog, forgetRecorded } from './electron-double.ts'

afterEach(forgetRecorded)

describe('S9 switches', () => {
  const dangerous = [
    '--remote-debugging-port=9222',
    '--remote-debugging-port=0',
    '--remote-debugging-pipe',
    '--remote-allow-origins=*',
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '--inspect-brk',
    '--INSPECT',
    '-inspect',
    '/inspect',
    '--js-flags=--allow-natives-syntax',
    '--disable-web-security',
    '--ignore-certificate-errors',
    '--host-resolver-rules=MAP * 127.0.0.1',
  ]
  test.each(dangerous)('%s ends a packaged application and no other', (argument) => {
    expect(refusedSwitch(['pail', argument], true)).not.toBeNull()
    expect(refusedSwitch(['pail', argument], false)).toBeNull()
  })

  test.each([
    '--no-sandbox',
    '--user-data-dir=/tmp/x',
    '--lang=de',
    '/home/ann/inspect',
    'inspect',
    '--inspector',
  ])('%s is no reason not to start', (argument) => expect(refusedSwitch(['pail', argument], true)).toBeNull())
})

describe('the menu', () => {
  const roles = (items: readonly MenuItemConstructorOptions[]): string[] =>
    items.flatMap((item) => [
      ...(item.role === undefined ? [] : [item.role]),
      ...(Array.isArray(item.submenu) ? roles(item.submenu) : []),
    ])

  test.each(['linux', 'win32', 'darwin'] as const)('of %s has copy, paste and zoom', (platform) => {
    expect(roles(menuTemplate({ platform, isPackaged: true }))).toEqual(
      expect.arrayContaining([
        'cut',
        'copy',
        'paste',
        'selectAll',
        'zoomIn',
        'zoomOut',
        'windowMenu',
        'help',
      ]),
    )
  })

  test('S9 a packaged application has neither reload nor developer tools', () => {
    const packaged = roles(menuTemplate({ platform: 'linux', isPackaged: true }))
    const development = roles(menuTemplate({ platform: 'linux', isPackaged: false }))
    for (const role of ['reload', 'toggleDevTools']) {
      expect(packaged).not.toContain(role)
      expect(development).toContain(role)
    }
  })
})

describe('the clipboard', () => {
  const original = clipboard.writeText
  afterEach(() => {
    clipboard.writeText = original
  })

  test.each([
    ['answers at once, as before Electron 44', () => undefined],
    ['answers later, as since Electron 44', () => Promise.resolve()],
  ])('S42 takes plain text when it %s', async (_when, answer) => {
    const texts: string[] = []
    clipboard.writeText = (text) => {
      texts.push(text)
      return answer()
    }
    await systemClipboard.writeText('https://example.com/a')
    expect(texts).toEqual(['https://example.com/a'])
  })

  test('says when the system refuses', async () => {
    clipboard.writeText = () => Promise.reject(new Error('busy'))
    await expect(systemClipboard.writeText('x')).rejects.toThrow('busy')
  })
})

describe('the dialogs', () => {
  const original = dialog.showOpenDialog
  afterEach(() => {
    dialog.showOpenDialog = original
  })

  test('a cancelled dialog is null', async () => {
    const dialogs = createDialogs(() => null)
    expect(await dialogs.chooseFiles('files')).toBeNull()
    expect(await dialogs.chooseFolder('sync')).toBeNull()
  })

  test('belong to the window and answer what was chosen', async () => {
    const asked: unknown[][] = []
    dialog.showOpenDialog = async (...args) => {
      asked.push(args)
      return { canceled: false, filePaths: ['/a', '/b'] }
    }
    const window = { id: 1 } as Window
    const dialogs = createDialogs(() => window)
    expect(await dialogs.chooseFiles('files')).toEqual(['/a', '/b'])
    expect(await dialogs.chooseFolder('download')).toBe('/a')
    expect(asked.map(([first]) => first)).toEqual([window, window])
    expect(asked[0]?.[1]).toMatchObject({ properties: ['openFile', 'multiSelections'] })
    expect(asked[1]?.[1]).toMatchObject({ properties: ['openDirectory', 'createDirectory'] })
  })
})

describe('the question whether a command may run', () => {
  const original = dialog.showMessageBox
  afterEach(() => {
    dialog.showMessageBox = original
  })
  const ask = async (response: number, command: string, folder: string) => {
    let options: Record<string, unknown> = {}
    dialog.showMessageBox = async (...args) => {
      options = args.at(-1) as Record<string, unknown>
      return { response }
    }
    const allowed = await createDialogs(() => null).confirmCommand(command, folder)
    return { allowed, options }
  }

  test('S31 its default and its way out are Cancel', async () => {
    const { allowed, options } = await ask(0, 'npm run build', '/home/ann/site')
    expect(allowed).toBe(false)
    expect(options).toMatchObject({ buttons: ['Cancel', 'Allow'], defaultId: 0, cancelId: 0 })
    expect(options['detail']).toMatch(/^npm run build\n\nIn the folder:\n\/home\/ann\/site\n/)
    expect((await ask(1, 'npm run build', '/home/ann/site')).allowed).toBe(true)
  })

  test('S36 nothing of the command or the folder can be out of sight or out of order', async () => {
    const { options } = await ask(0, `true${' '.repeat(3)}; rm x`, '/home/ann/\u202egnp\nsite')
    expect(options['detail']).toContain('true␣␣␣; rm x')
    expect(options['detail']).toContain('/home/ann/\ufffdgnp\ufffdsite')
  })
})

describe('long work', () => {
  function setUp(focused = false) {
    let time = 0
    const bars: number[] = []
    const notes: string[] = []
    const work = followLongWork(
      {
        setProgress: (fraction) => bars.push(fraction),
        notify: (title, body) => notes.push(`${title}: ${body}`),
        isWindowFocused: () => focused,
      },
      () => time,
    )
    const transfers = (running: number, done: number, failed: number, moved: number, paused = 0): void =>
      work.onTransfers({
        transfers: [],
        counts: { queued: 0, running, paused, done, failed, cancelled: 0, skipped: 0 },
        totalBytes: 100,
        movedBytes: moved,
        bytesPerSecond: 1,
        secondsLeft: null,
        bandwidthLimitBytesPerSecond: null,
      } satisfies TransferSnapshot)
    const sync = (state: SyncProgress['state'], filesDone: number, planId = 'plan'): void =>
      work.onSyncProgress({
        planId,
        state,
        filesDone,
        filesTotal: 4,
        bytesDone: filesDone,
        bytesTotal: 4,
        bytesPerSecond: 1,
        secondsLeft: null,
        current: null,
      })
    return { work, bars, notes, transfers, sync, wait: (milliseconds: number) => (time += milliseconds) }
  }

  test('shows a bar while it runs and one notification when it has ended', () => {
    const { bars, notes, transfers, wait } = setUp()
    transfers(2, 0, 0, 0)
    wait(6000)
    transfers(1, 1, 0, 50)
    transfers(0, 2, 0, 100)
    transfers(0, 2, 0, 100)
    expect(bars).toEqual([0, 0.5, -1])
    expect(notes).toEqual(['Finished: 2 files done.'])
  })

  test('knows whether a bucket is being changed: not while that is only planned, and not by transfers', () => {
    const { work, transfers, sync } = setUp()
    transfers(2, 0, 0, 0)
    sync('planning', 0)
    expect(work.isChanging()).toBe(false)
    sync('running', 1)
    expect(work.isChanging()).toBe(true)
    // Two at a time: the end of one is not that of the other.
    sync('running', 1, 'another')
    sync('cancelled', 2)
    expect(work.isChanging()).toBe(true)
    sync('done', 4, 'another')
    expect(work.isChanging()).toBe(false)
    work.onWatch({ watchId: 'watch', state: 'planning' })
    expect(work.isChanging()).toBe(false)
    work.onWatch({ watchId: 'watch', state: 'applying' })
    expect(work.isChanging()).toBe(true)
    work.onWatch({ watchId: 'watch', state: 'waiting' })
    expect(work.isChanging()).toBe(false)
  })

  test('does not call finished what is paused, whether by a person or for want of a connection', () => {
    const { bars, notes, transfers, wait } = setUp()
    transfers(0, 0, 0, 0, 3)
    transfers(3, 0, 0, 0)
    wait(6000)
    transfers(0, 1, 0, 40, 2)
    expect(notes).toEqual([])
    transfers(2, 1, 0, 40)
    transfers(0, 3, 0, 100)
    expect(bars).toEqual([0, 0.4, -1])
    expect(notes).toEqual(['Finished: 3 files done.'])
  })

  test('counts only what ended since the last quiet moment', () => {
    const { notes, transfers, wait } = setUp()
    transfers(0, 10, 3, 100)
    transfers(1, 10, 3, 0)
    wait(6000)
    transfers(0, 10, 4, 0)
    expect(notes).toEqual(['Finished with problems: 1 file failed.'])
  })

  test('says nothing about short work, nor to somebody who is looking', () => {
    for (const [focused, milliseconds] of [
      [false, 100],
      [true, 60_000],
    ] as const) {
      const { notes, transfers, wait } = setUp(focused)
      transfers(1, 0, 0, 0)
      wait(milliseconds)
      transfers(0, 1, 0, 100)
      expect(notes).toEqual([])
    }
  })

  test('waits for the sync as well, and says when it did not finish', () => {
    const { bars, notes, transfers, sync, wait } = setUp()
    sync('running', 1)
    transfers(1, 0, 0, 75)
    wait(6000)
    transfers(0, 1, 0, 100)
    expect(notes).toEqual([])
    sync('failed', 2)
    expect(bars).toEqual([0.25, 0.5, 0.25, -1])
    expect(notes).toEqual(['Finished with problems: 1 file done, 2 files synced, the sync did not finish.'])
  })
})
