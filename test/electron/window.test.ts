import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from 'electron'
import { afterEach, describe, expect, test } from 'vitest'
import { boundsOnScreen, readWindowState, writeWindowState } from '../../src-main/electron/window-state.ts'
import { createWindow, windowOptions } from '../../src-main/electron/window.ts'
import { BrowserWindow, nativeTheme } from './electron-double.ts'

const parts = {
  session: { name: 'ours' } as unknown as Session,
  preloadFile: '/out/preload/index.cjs',
  iconFile: null,
  bounds: null,
  maximized: false,
  devTools: false,
}

const folders: string[] = []
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'pail-window-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
})

describe('S1 the one window', () => {
  test('is sandboxed and isolated, and nothing that weakens it is said', () => {
    expect(windowOptions(parts, false).webPreferences).toEqual({
      session: parts.session,
      preload: '/out/preload/index.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      devTools: false,
      spellcheck: false,
    })
  })

  test('is shown when its page has painted, and not before', () => {
    createWindow(parts)
    const window = BrowserWindow.made.at(-1)
    expect(window?.calls).toEqual(['loadURL app://bundle/index.html'])
    window?.emit('ready-to-show')
    expect(window?.calls).toEqual(['loadURL app://bundle/index.html', 'show'])
  })

  test('keeps its title, whatever the page says', () => {
    createWindow(parts)
    let prevented = false
    BrowserWindow.made.at(-1)?.emit('page-title-updated', { preventDefault: () => (prevented = true) })
    BrowserWindow.made.at(-1)?.emit('closed')
    expect(prevented).toBe(true)
  })

  test('S4 comes back from a page that nobody could stop', () => {
    createWindow(parts)
    const window = BrowserWindow.made.at(-1)
    window?.webContents.emit('did-navigate', {}, 'app://bundle/index.html')
    expect(window?.calls).toEqual(['loadURL app://bundle/index.html'])
    window?.webContents.emit('did-navigate', {}, 'about:blank')
    expect(window?.calls).toEqual(['loadURL app://bundle/index.html', 'loadURL app://bundle/index.html'])
    window?.emit('closed')
  })

  test('begins in the colour of its theme', () => {
    const light = windowOptions(parts, false).backgroundColor
    const dark = windowOptions(parts, true).backgroundColor
    // The page's own: what differed would flash.
    const tokens = readFileSync(join(import.meta.dirname, '../../src-renderer/styles/tokens.css'), 'utf8')
    expect([...tokens.matchAll(/^\s*--bg: (#\w+);/gm)].map(([, colour]) => colour)).toEqual(
      expect.arrayContaining([light, dark]),
    )
    expect(light).not.toBe(dark)
    nativeTheme.shouldUseDarkColors = true
    createWindow(parts)
    nativeTheme.shouldUseDarkColors = false
    const window = BrowserWindow.made.at(-1)
    window?.emit('closed')
    expect(window?.options).toMatchObject({ backgroundColor: dark })
  })
})

describe('the window’s place', () => {
  test('is written for its owner alone and read back', () => {
    const file = join(folder(), 'deep', 'window.json')
    const state = { bounds: { x: 1, y: 2, width: 800, height: 600 }, maximized: true, theme: 'dark' } as const
    writeWindowState(file, state)
    expect(readWindowState(file)).toEqual(state)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(state)
  })

  test.each(['', '{', 'null', '[]', '"x"', '{"bounds":{"x":"1"},"maximized":"yes","theme":"pink"}'])(
    'a file that says %j counts as none',
    (text) => {
      const file = join(folder(), 'window.json')
      writeFileSync(file, text)
      expect(readWindowState(file)).toEqual({ bounds: null, maximized: false, theme: 'system' })
    },
  )

  const screen = { x: 0, y: 0, width: 1920, height: 1080 }
  test.each([
    ['in the middle', { x: 100, y: 100, width: 800, height: 600 }, true],
    ['half out at the right', { x: 1800, y: 100, width: 800, height: 600 }, true],
    ['on a screen that is gone', { x: 2500, y: 100, width: 800, height: 600 }, false],
    ['with its title above the screen', { x: 100, y: -50, width: 800, height: 600 }, false],
    ['below the screen', { x: 100, y: 1079, width: 800, height: 600 }, false],
    ['too small to see', { x: 100, y: 100, width: 10, height: 10 }, false],
  ])('%s', (_where, bounds, kept) => {
    expect(boundsOnScreen(bounds, [screen])).toEqual(kept ? bounds : null)
  })
})
