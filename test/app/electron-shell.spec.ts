import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { eventNames, methodNames } from '../../src-preload/contract/methods.ts'
import { projectRoot, test } from './host.ts'

/** How the application is started without Playwright. */
const applicationArguments = (userData: string): string[] => [
  projectRoot,
  ...(process.getuid?.() === 0 && process.platform === 'linux' ? ['--no-sandbox'] : []),
  `--user-data-dir=${userData}`,
]

/** What only the running application can show about its locks. */
test.describe('the shell', () => {
  test('S14 the page has the contract’s functions, frozen, and nothing of Electron or Node', async ({
    host,
  }) => {
    const seen = await host.page.evaluate(() => ({
      keys: Object.keys(window.api),
      frozen: Object.isFrozen(window.api),
      types: [...new Set(Object.values(window.api).map((value) => typeof value))],
      leaks: ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', 'electron'].filter(
        (name) => name in window,
      ),
    }))
    expect(seen.keys.toSorted()).toEqual([...methodNames, ...eventNames].toSorted())
    expect(seen.frozen).toBe(true)
    expect(seen.types).toEqual(['function'])
    expect(seen.leaks).toEqual([])
  })

  test('S1 S11 the window is sandboxed and its session is in memory', async ({ host }) => {
    const found = await host.electron?.evaluate(({ BrowserWindow, session }) => {
      const [window] = BrowserWindow.getAllWindows()
      const contents = window?.webContents as unknown as
        { getLastWebPreferences(): Record<string, unknown> } | undefined
      const { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag } =
        contents?.getLastWebPreferences() ?? {}
      return {
        windows: BrowserWindow.getAllWindows().length,
        preferences: { sandbox, contextIsolation, nodeIntegration, webSecurity, webviewTag },
        ours: window?.webContents.session === session.fromPartition('pail'),
        persistent: session.fromPartition('pail').isPersistent(),
      }
    })
    expect(found).toEqual({
      windows: 1,
      preferences: {
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
      },
      ours: true,
      persistent: false,
    })
  })

  test('S4 nothing leads away from the page', async ({ host, workFolder }) => {
    const { page } = host
    const file = join(workFolder, 'evil.html')
    await writeFile(file, '<p>evil</p>')
    for (const url of [
      'https://example.com/',
      'http://127.0.0.1:1/',
      'data:text/html,<p>evil</p>',
      `file://${file}`,
      'app://evil/index.html',
      'app://x@evil/',
    ]) {
      // Not the application's, but this test's own.
      if (url.startsWith('http')) host.handedOut.expectElsewhere(url)
      await page.evaluate((target) => {
        const link = document.createElement('a')
        link.href = target
        document.body.append(link)
        link.click()
        link.remove()
      }, url)
      await page.waitForTimeout(100)
      expect(page.url(), url).toBe('app://bundle/index.html')
      expect(await page.evaluate((target) => window.open(target) === null, url), url).toBe(true)
    }
    const windows = await host.electron?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)
    expect(windows).toBe(1)
    // The one that Chromium asks nobody about: the window comes back by itself.
    await page.evaluate(() => window.location.assign('about:blank'))
    await page.waitForFunction(
      (count) =>
        window.location.href === 'app://bundle/index.html' && Object.keys(window.api).length === count,
      methodNames.length + eventNames.length,
    )
  })

  test('S12 another page with the same preload is refused by every method', async ({ host }) => {
    const answers = await host.electron?.evaluate(
      async ({ BrowserWindow }, { preload, names }) => {
        const foreign = new BrowserWindow({
          show: false,
          webPreferences: { preload, sandbox: true, contextIsolation: true },
        })
        await foreign.loadURL('data:text/html,<p>foreign</p>')
        const codes = (await foreign.webContents.executeJavaScript(
          `Promise.all(${JSON.stringify(names)}.map((name) => window.api[name]({}).then((r) => r.ok ? 'ok' : r.error.code)))`,
        )) as string[]
        foreign.destroy()
        return codes
      },
      {
        preload: join(projectRoot, 'out/preload/index.cjs'),
        // A drop without files is refused before it crosses.
        names: methodNames.filter((name) => name !== 'registerDrop'),
      },
    )
    expect(new Set(answers)).toEqual(new Set(['not-allowed']))
    expect(answers).toHaveLength(methodNames.length - 1)
  })

  test('S6 S7 the policy stops what gets into the page, and the page itself needs none of it', async ({
    host,
  }) => {
    const { page } = host
    await page.waitForTimeout(1000)
    // What the page did by itself until now broke nothing.
    expect(host.complaints.filter((complaint) => complaint.startsWith('csp'))).toEqual([])
    const outcome = await page.evaluate(async () => {
      const violated: string[] = []
      document.addEventListener('securitypolicyviolation', (event) => violated.push(event.effectiveDirective))
      const attempt = async (run: () => unknown): Promise<string> => {
        try {
          await run()
          return 'done'
        } catch {
          return 'thrown'
        }
      }
      // Within the call itself the debugger lifts the policy on eval.
      await new Promise((done) => setTimeout(done, 50))
      const state = window as unknown as { pwned?: boolean }
      const results = {
        html: await attempt(
          () => (document.createElement('div').innerHTML = '<img src=x onerror="window.pwned=1">'),
        ),
        code: await attempt(() => (0, globalThis['eval' as keyof typeof globalThis])('window.pwned = true')),
        fetch: await attempt(() => fetch('http://127.0.0.1:9/')),
        policy: await attempt(() =>
          (
            window as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }
          ).trustedTypes.createPolicy('evil', {}),
        ),
      }
      const style = document.createElement('style')
      style.textContent = 'body { display: none }'
      document.head.append(style)
      const image = document.createElement('img')
      image.src = 'https://example.com/pixel.png'
      document.body.append(image)
      const frame = document.createElement('iframe')
      frame.src = 'data:text/html,<p>x</p>'
      document.body.append(frame)
      await new Promise((done) => setTimeout(done, 300))
      for (const element of [style, image, frame]) element.remove()
      return { results, violated: [...new Set(violated)].toSorted(), pwned: state.pwned ?? false }
    })
    expect(outcome.pwned).toBe(false)
    expect(outcome.results).toEqual({ html: 'thrown', code: 'thrown', fetch: 'thrown', policy: 'thrown' })
    expect(outcome.violated).toEqual(
      expect.arrayContaining([
        'connect-src',
        'frame-src',
        'img-src',
        'require-trusted-types-for',
        'style-src-elem',
      ]),
    )
    host.complaints.length = 0
  })

  test('S3 the page may write to the clipboard and ask for nothing else', async ({ host }) => {
    const states = await host.page.evaluate(async () => {
      const ask = async (name: string) =>
        (await navigator.permissions.query({ name: name as PermissionName })).state
      return Promise.all(
        ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'midi'].map(ask),
      )
    })
    expect(new Set(states)).toEqual(new Set(['denied']))
  })

  test('S15 a real file crosses by its path, and one made in the page does not', async ({
    host,
    workFolder,
  }) => {
    const file = join(workFolder, 'photo ä.jpg')
    await writeFile(file, 'jpeg')
    await host.electron?.evaluate(({ ipcMain }) => {
      ipcMain.removeHandler('registerDrop')
      ipcMain.handle('registerDrop', (_event, input: unknown) => ({ ok: true, value: input }))
    })
    const { page } = host
    await page.evaluate(() => {
      const input = document.createElement('input')
      input.type = 'file'
      input.id = 'shell-test'
      input.multiple = true
      document.body.append(input)
    })
    await page.locator('#shell-test').setInputFiles([file])
    const [real, made] = await page.evaluate(async () => {
      const files = [...(document.querySelector<HTMLInputElement>('#shell-test')?.files ?? [])]
      return [
        await window.api.registerDrop({ sources: files }),
        await window.api.registerDrop({ sources: [new File(['x'], '/etc/passwd')] }),
      ]
    })
    expect(real).toEqual({ ok: true, value: { sources: [{ path: file }] } })
    expect(made).toMatchObject({ ok: false, error: { code: 'local-file' } })
  })

  test('S2 a second start with the same settings brings the first window to the front and ends', async ({
    host,
  }) => {
    await host.electron?.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
    const second = spawn(process.env['PAIL_ELECTRON'] ?? '', applicationArguments(host.userData), {
      stdio: 'ignore',
    })
    const [code] = (await once(second, 'exit')) as [number | null]
    expect(code).toBe(0)
    const visible = () =>
      host.electron?.evaluate(({ BrowserWindow }) => {
        const windows = BrowserWindow.getAllWindows()
        return windows.length === 1 && windows[0]?.isVisible() === true && !windows[0].isMinimized()
      })
    await expect.poll(visible).toBe(true)
  })

  test('S11 the session leaves no cookies and no storage beside our own files', async ({ host }) => {
    await host.page.evaluate(() => localStorage.setItem('x', 'canary-of-the-session'))
    await host.electron?.evaluate(({ session }) =>
      session
        .fromPartition('pail')
        .cookies.set({ url: 'app://bundle/', name: 'x', value: 'canary' })
        .catch(() => null),
    )
    const entries = await readdir(host.userData, { recursive: true, withFileTypes: true })
    expect(entries.filter(({ name }) => name === 'Partitions')).toEqual([])
    const files = entries.filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(0)
    for (const { parentPath, name } of files)
      expect(await readFile(join(parentPath, name), 'latin1'), name).not.toContain('canary')
  })

  test('F44 a page whose process ends comes back with what is true', async ({ host, workFolder }) => {
    // Playwright's own debugger holds a page that has crashed, so that this runs beside it.
    const script = join(workFolder, 'crash.cjs')
    await writeFile(
      script,
      `const { app, BrowserWindow } = require('electron')
      const contents = () => BrowserWindow.getAllWindows()[0]?.webContents
      const soon = (run) => setTimeout(run, 100)
      const answer = () => contents().executeJavaScript('window.api.listTransfers({}).then((r) => r.ok)')
      const whenLoaded = (run) => {
        const page = contents()
        if (page === undefined || page.isLoading() || page.isCrashed()) soon(() => whenLoaded(run))
        else run()
      }
      whenLoaded(async () => {
        const before = await answer()
        contents().once('render-process-gone', () => soon(() => whenLoaded(async () => {
          process.stdout.write('ANSWERS ' + JSON.stringify([before, await answer()]) + '\\n')
          app.quit()
        })))
        contents().forcefullyCrashRenderer()
      })`,
    )
    const child = spawn(
      process.env['PAIL_ELECTRON'] ?? '',
      ['-r', script, ...applicationArguments(join(host.userData, '..', 'second'))],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await once(child, 'exit')
    clearTimeout(timer)
    expect(said).toContain('ANSWERS [true,true]')
  })
})
