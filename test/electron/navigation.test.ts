import { EventEmitter } from 'node:events'
import type { App } from 'electron'
import { describe, expect, test } from 'vitest'
import { isAppUrl } from '../../src-main/electron/app-origin.ts'
import { lockNavigation } from '../../src-main/electron/navigation.ts'
import { createLogDouble } from '../log-double.ts'

const ours = ['app://bundle', 'app://bundle/', 'app://bundle/index.html', 'app://bundle/index.html?a#b']

const foreign = [
  'app://x@evil',
  'app://bundle@evil/',
  'app://x@bundle/',
  'app://:pass@bundle/',
  'app://bundle.evil/',
  'app://bundle.evil',
  'app://evil.bundle/',
  'app://bundlee/',
  'app://bundl/',
  'app://bundle:80/',
  'app://bundle:/',
  'app://bundle\\@evil/',
  'app://bundle%2eevil/',
  'app://bundle\u3002evil/',
  'app://BUNDLE/',
  'APP://bundle/',
  'app:///bundle/',
  'app:bundle',
  'app:/bundle/',
  'app://',
  ' app://bundle/',
  'apps://bundle/',
  'file:///etc/passwd',
  'data:text/html,<script>alert(1)</script>',
  'blob:app://bundle/3f1c',
  'filesystem:app://bundle/temporary/x',
  'javascript:alert(1)',
  'about:blank',
  'about:srcdoc',
  'chrome://gpu',
  'devtools://devtools/bundled/inspector.html',
  'view-source:app://bundle/',
  'http://127.0.0.1:9000/',
  'https://example.com/',
  'https://app//bundle/',
  'ws://bundle/',
  '',
]

function setUp() {
  const app = new EventEmitter()
  const contents = Object.assign(new EventEmitter(), {
    openHandler: null as null | ((details: unknown) => unknown),
    setWindowOpenHandler(handler: (details: unknown) => unknown) {
      contents.openHandler = handler
    },
  })
  const log = createLogDouble()
  lockNavigation(app as unknown as App, log)
  app.emit('web-contents-created', {}, contents)
  return { contents, log }
}

function prevented(contents: EventEmitter, name: string, url: string): boolean {
  let was = false
  contents.emit(name, { url, preventDefault: () => (was = true) })
  return was
}

describe('S4 the navigation lock', () => {
  test('the table has at least 30 URLs', () =>
    expect(ours.length + foreign.length).toBeGreaterThanOrEqual(30))

  test.each(ours)('%j is ours', (url) => {
    expect(isAppUrl(url)).toBe(true)
    const { contents } = setUp()
    expect(prevented(contents, 'will-navigate', url)).toBe(false)
  })

  test.each(foreign)('%j leads nowhere', (url) => {
    expect(isAppUrl(url)).toBe(false)
    const { contents } = setUp()
    for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate'])
      expect(prevented(contents, name, url)).toBe(true)
  })

  test.each([...ours, 'https://example.com/', 'about:blank'])('no new window, not even for %j', (url) => {
    const { contents } = setUp()
    expect(contents.openHandler?.({ url })).toEqual({ action: 'deny' })
  })

  test('no webview', () => {
    const { contents } = setUp()
    expect(prevented(contents, 'will-attach-webview', 'app://bundle/')).toBe(true)
  })

  test('S41 a refused URL is not logged, only its scheme', () => {
    const { contents, log } = setUp()
    prevented(contents, 'will-navigate', 'https://b.example/k?X-Amz-Signature=abc')
    expect(JSON.stringify(log.lines)).not.toContain('abc')
    expect(JSON.stringify(log.lines)).toContain('https:')
  })
})
