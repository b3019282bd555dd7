import { readFile, readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Our own sources, without their comments. */
async function sources(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const room of ['src-main', 'src-preload', 'src-renderer'])
    for (const name of await readdir(join(root, room), { recursive: true })) {
      if (!['.ts', '.tsx', '.html'].includes(extname(name))) continue
      const text = await readFile(join(root, room, name), 'utf8')
      found.set(`${room}/${name.replaceAll('\\', '/')}`, withoutComments(text))
    }
  return found
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

/**
 * The questions that Doyensec's electronegativity asks of an application, each with a line that it is about and the files
 * in which ours may have one: its findings and their baseline, without its parser, which does not read this TypeScript.
 */
const checks: readonly { check: string; about: string; pattern: RegExp; baseline: readonly string[] }[] = [
  {
    check: 'windows are made in one place',
    about: 'new BrowserWindow({})',
    pattern: /new\s+(BrowserWindow|BrowserView|WebContentsView|BaseWindow)\b/,
    baseline: ['src-main/electron/window.ts'],
  },
  {
    check: 'their preferences are in one place',
    about: 'webPreferences: {',
    pattern: /\bwebPreferences\b/,
    baseline: ['src-main/electron/window.ts'],
  },
  {
    check: 'no Node in pages, frames or workers',
    about: 'nodeIntegrationInWorker: true',
    pattern: /nodeIntegration(InWorker|InSubFrames)?\s*:(?!\s*false)/,
    baseline: [],
  },
  {
    check: 'no page in the world of the preload',
    about: 'contextIsolation: false',
    pattern: /contextIsolation\s*:(?!\s*true)/,
    baseline: [],
  },
  {
    check: 'no window outside of the sandbox',
    about: 'sandbox: false',
    pattern: /\bsandbox\s*:(?!\s*true)/,
    baseline: [],
  },
  { check: 'web security stays on', about: 'webSecurity: false', pattern: /webSecurity/, baseline: [] },
  {
    check: 'no insecure, experimental or hidden features',
    about: 'allowRunningInsecureContent: true',
    pattern: /allowRunningInsecureContent|experimentalFeatures|enableBlinkFeatures|disableBlinkFeatures/,
    baseline: [],
  },
  {
    check: 'no webview, and no popup from one',
    about: '<webview allowpopups>',
    pattern: /<webview|webviewTag|allowpopups/i,
    baseline: [],
  },
  {
    check: 'no remote module',
    about: "import '@electron/remote'",
    pattern: /@electron\/remote|enableRemoteModule/,
    baseline: [],
  },
  {
    check: 'one preload',
    about: 'preload: file',
    pattern: /\bpreload\s*:/,
    baseline: ['src-main/electron/window.ts'],
  },
  {
    check: 'what the preload offers is offered in one place',
    about: "contextBridge.exposeInMainWorld('api', api)",
    pattern: /exposeInMainWorld|exposeInIsolatedWorld/,
    baseline: ['src-preload/index.ts'],
  },
  {
    check: 'permissions are decided in one place',
    about: 'session.setPermissionRequestHandler(decide)',
    pattern: /setPermission(Request|Check)Handler|setDevicePermissionHandler/,
    baseline: ['src-main/electron/permissions.ts'],
  },
  {
    check: 'where a page may go is decided in one place',
    about: "contents.on('will-navigate', refuse)",
    pattern: /['"]will-(navigate|frame-navigate|redirect|attach-webview)['"]|setWindowOpenHandler/,
    baseline: ['src-main/electron/navigation.ts'],
  },
  {
    check: 'pages are loaded in one place',
    about: 'void window.loadURL(address)',
    pattern: /\.load(URL|File)\(/,
    baseline: ['src-main/electron/window.ts'],
  },
  {
    check: 'schemes are served in one place',
    about: "protocol.handle('app', answer)",
    pattern: /protocol\.(handle|register\w+|intercept\w+)\(/,
    baseline: ['src-main/electron/app-protocol.ts'],
  },
  {
    check: 'no scheme of the system is taken',
    about: "app.setAsDefaultProtocolClient('pail')",
    pattern: /setAsDefaultProtocolClient/,
    baseline: [],
  },
  {
    check: 'S43 one place gives something to another program',
    about: 'await shell.openExternal(url)',
    pattern: /\.openExternal\(/,
    baseline: ['src-main/electron/mail.ts'],
  },
  {
    check: 'S35 no file is opened, downloaded or not',
    about: 'await shell.openPath(path)',
    pattern: /\bshell\.(openPath|openItem|showItemInFolder|writeShortcutLink)\b|xdg-open|\brundll32\b/,
    baseline: [],
  },
  {
    check: 'S35 programs are started for a command that was allowed, and nowhere else',
    about: "import { spawn } from 'node:child_process'",
    pattern: /node:child_process|utilityProcess/,
    baseline: ['src-main/commands/start-command.ts', 'src-main/profiles/credential-process.ts'],
  },
  {
    check: 'certificates are never waved through',
    about: 'session.setCertificateVerifyProc(all)',
    pattern: /['"](certificate-error|select-client-certificate)['"]|setCertificateVerifyProc/,
    baseline: [],
  },
  {
    check: 'no code is put into a page',
    about: 'contents.executeJavaScript(code)',
    pattern: /executeJavaScript|insertCSS|\.debugger\b/,
    baseline: [],
  },
  {
    check: 'no switch of the engine is set',
    about: "app.commandLine.appendSwitch('disable-web-security')",
    pattern: /commandLine\.append|appendArgument/,
    baseline: [],
  },
  {
    check: 'nothing is read over plain http',
    about: "fetch('http://example.org')",
    pattern:
      /['"`]http:\/\/(?!127\.0\.0\.1|localhost|\[::1\]|www\.w3\.org|s3\.amazonaws\.com\/|acs\.amazonaws|\$\{|['"`])/,
    // The example that a field shows.
    baseline: ['src-renderer/panes/dialogs/proxy-fields.tsx'],
  },
  {
    check: 'one policy for what a page may load',
    about: "'Content-Security-Policy': policy",
    pattern: /Content-Security-Policy/i,
    baseline: ['src-main/page/page-headers.ts'],
  },
  {
    check: 'S11 no crash is reported to anybody',
    about: 'crashReporter.start({ uploadToServer: true })',
    pattern: /crashReporter/,
    baseline: [],
  },
  {
    check: 'S57 nothing updates the application',
    about: "import { autoUpdater } from 'electron'",
    pattern: /autoUpdater|electron-updater|update-electron-app/,
    baseline: [],
  },
]

describe('S56 what Electron is told', () => {
  const read = sources()

  test.each(checks)('$check', async ({ about, pattern, baseline }) => {
    // A pattern that finds nothing must be able to.
    expect(about).toMatch(pattern)
    const files = await read
    expect(files.size).toBeGreaterThan(300)
    const found = [...files].filter(([, text]) => pattern.test(text)).map(([file]) => file)
    expect(found.toSorted()).toEqual(baseline)
  })
})
