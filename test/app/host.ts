import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  _electron,
  test as base,
  type Browser,
  chromium,
  type ElectronApplication,
  expect,
  type Page,
} from 'playwright/test'
import type { LinkServer } from '../links/link-proof.ts'
import {
  beginHandedOut,
  endHandedOut,
  type HandedOut,
  handedOut,
  hookElectron,
  hookPage,
  knowOwnServer,
} from './handed-out.ts'
import { noteKinds } from './noted-kinds.ts'
import { ownPlayground } from './own-playground.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The running application, whichever host shows it. */
export interface Host {
  readonly kind: 'electron' | 'browser'
  readonly userData: string
  page: Page
  /** Everything that the page told of refused content, and every uncaught error: must stay empty (S6). */
  readonly complaints: string[]
  /** Everything that the process printed, over all its starts. */
  printed(): string
  /** Plain text of the system's clipboard. */
  clipboard(): Promise<string>
  /** Every link that left the application in this test, from all its starts. */
  readonly handedOut: HandedOut
  /** Lets real files and folders go over the window, as the file manager does. */
  drop(paths: readonly string[], target?: { x: number; y: number }): Promise<void>
  /** What the person will choose in the system's next folder dialog (Electron only). */
  answerFolderDialog(path: string): Promise<void>
  /** What the person will choose in the system's next file dialog (Electron only). */
  answerFileDialog(paths: readonly string[]): Promise<void>
  /** Quits and starts again with the same user data. */
  restart(): Promise<void>
  close(): Promise<void>
  /** The Electron application; null in the browser host. */
  readonly electron: ElectronApplication | null
}

/** The AWS files of a started application, beside its user data: none, until the test writes them. */
export function awsFiles(userData: string): { config: string; credentials: string } {
  const folder = join(dirname(userData), 'aws')
  return { config: join(folder, 'config'), credentials: join(folder, 'credentials') }
}

/** Environment of a started application: nothing of the machine's own AWS settings. */
function environment(userData: string, extra: Record<string, string> = {}): Record<string, string> {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  for (const name of Object.keys(clean))
    if (name.startsWith('AWS_') || name === 'NODE_OPTIONS') delete clean[name]
  const { config, credentials } = awsFiles(userData)
  return {
    ...clean,
    PAIL_USER_DATA: userData,
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    ...extra,
  }
}

function watch(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
    if (/content security policy|trusted ?type/i.test(message.text()))
      complaints.push(`csp: ${message.text()}`)
  })
}

/** Moves the clock of the process of an application: the function is sent there. */
function shiftClock(_: unknown, aheadMs: number): void {
  const state = globalThis as { pailRealDate?: DateConstructor }
  const Real = (state.pailRealDate ??= Date)
  globalThis.Date = class extends Real {
    constructor(...given: [] | [number]) {
      if (given.length === 0) super(Real.now() + aheadMs)
      else super(...given)
    }
    static override now(): number {
      return Real.now() + aheadMs
    }
  } as DateConstructor
}

/** The application's own playground, which ends with it: links to it are proved before that. */
function knowPlayground(userData: string, setAhead: (ms: number) => Promise<void>) {
  let server: LinkServer | null = null
  const own = knowOwnServer(async () => {
    const now = await ownPlayground(userData, setAhead)
    if (now?.address !== server?.address) server = now
    return server
  })
  return {
    proveLinks: () => own.proveLinks(),
    async end() {
      await own.proveLinks()
      own.forget()
    },
  }
}

/** Chromium's own drag events with real file paths: what a drop from the desktop looks like to the page. */
async function drop(page: Page, paths: readonly string[], target?: { x: number; y: number }): Promise<void> {
  const cdp = await page.context().newCDPSession(page)
  const size = await page.evaluate(() => ({ width: window.innerWidth, height: window.innerHeight }))
  const point = target ?? { x: Math.round(size.width * 0.6), y: Math.round(size.height * 0.5) }
  const data = { items: [], files: [...paths], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop'] as const)
    await cdp.send('Input.dispatchDragEvent', { type, ...point, data })
  await cdp.detach()
}

/** Starts the built application in Electron; `executable` stands in for Electron's own, and starts it in its turn. */
export async function startElectron(
  userData: string,
  extra: { args?: string[]; env?: Record<string, string>; executable?: string } = {},
): Promise<Host> {
  const complaints: string[] = []
  const printed: string[] = []
  const launch = async () => {
    const application = await _electron.launch({
      executablePath: extra.executable ?? process.env['PAIL_ELECTRON']!,
      args: [
        root,
        ...(process.getuid?.() === 0 && process.platform === 'linux' ? ['--no-sandbox'] : []),
        `--user-data-dir=${userData}`,
        '--lang=en-GB',
        ...(extra.args ?? []),
      ],
      env: environment(userData, extra.env),
      timeout: 60_000,
    })
    for (const stream of [application.process().stdout, application.process().stderr])
      stream?.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
    const page = await application.firstWindow()
    watch(page, complaints)
    await page.waitForLoadState('domcontentloaded')
    await hookElectron(application)
    await hookPage(page)
    return { application, page }
  }
  let running = await launch()
  const own = knowPlayground(userData, (ms) => running.application.evaluate(shiftClock, ms))
  /** No test ends while something goes on that the application asks about first, unless it has failed. */
  const quit = async () => {
    await running.application.evaluate(({ dialog }) => {
      dialog.showMessageBox = async () => {
        process.stdout.write('ASKED BEFORE QUITTING\n')
        return { response: 1, checkboxChecked: false }
      }
    })
    await running.application.close()
    expect(printed.join('')).not.toContain('ASKED BEFORE QUITTING')
  }
  const host: Host = {
    kind: 'electron',
    userData,
    page: running.page,
    complaints,
    printed: () => printed.join(''),
    get electron() {
      return running.application
    },
    clipboard: () => running.application.evaluate(({ clipboard }) => clipboard.readText()),
    handedOut,
    drop: (paths, target) => drop(host.page, paths, target),
    answerFolderDialog: (path) =>
      running.application.evaluate(({ dialog }, chosen) => {
        dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
      }, path),
    answerFileDialog: (paths) =>
      running.application.evaluate(
        ({ dialog }, chosen) => {
          dialog.showOpenDialog = async () => ({ canceled: false, filePaths: chosen })
        },
        [...paths],
      ),
    async restart() {
      await own.proveLinks()
      await quit()
      running = await launch()
      host.page = running.page
    },
    async close() {
      await own.end()
      await quit()
    },
  }
  return host
}

async function startServer(
  userData: string,
  printed: string[],
): Promise<{ child: ChildProcess; address: string }> {
  const clock = `${shiftClock.toString()}
    process.on('message', (ms) => { shiftClock(null, ms); process.send(ms) })
    process.channel.unref()`
  const child = spawn(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(clock)}`,
      join(root, 'out/main/browser.js'),
      `--user-data-dir=${userData}`,
    ],
    { env: environment(userData), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const address = await new Promise<string>((found, lost) => {
    let said = ''
    const timer = setTimeout(() => lost(new Error(`the browser host printed no address: ${said}`)), 30_000)
    const read = (chunk: Buffer): void => {
      said += chunk.toString()
      printed.push(chunk.toString())
      const match = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(said)
      if (!match) return
      clearTimeout(timer)
      found(match[0])
    }
    child.stdout!.on('data', read)
    child.stderr!.on('data', read)
    child.on('exit', (code) => lost(new Error(`the browser host ended with ${code}: ${said}`)))
  })
  return { child, address }
}

/** Moves the clock of the browser host. */
function setServerClock(child: ChildProcess, aheadMs: number): Promise<void> {
  return new Promise((done, failed) => {
    child.once('message', () => done())
    child.send(aheadMs, (error) => {
      if (error !== null) failed(error)
    })
  })
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill('SIGTERM')
  await ended
}

/** Serves the built screens and opens them in Chromium. */
export async function startBrowser(userData: string): Promise<Host> {
  const complaints: string[] = []
  const browser: Browser = await chromium.launch({
    executablePath: process.env['PAIL_CHROMIUM']!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
  const printed: string[] = []
  let server = await startServer(userData, printed)
  const own = knowPlayground(userData, (ms) => setServerClock(server.child, ms))
  const open = async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await context.newPage()
    watch(page, complaints)
    await hookPage(page)
    await page.goto(server.address)
    return page
  }
  const host: Host = {
    kind: 'browser',
    userData,
    page: await open(),
    complaints,
    printed: () => printed.join(''),
    electron: null,
    clipboard: () => host.page.evaluate(() => navigator.clipboard.readText()),
    handedOut,
    drop: (paths, target) => drop(host.page, paths, target),
    answerFolderDialog: () => Promise.reject(new Error('in a browser, folders are typed')),
    answerFileDialog: () => Promise.reject(new Error('in a browser, use the page’s own file chooser')),
    async restart() {
      await own.proveLinks()
      await host.page.context().close()
      await stopServer(server.child)
      server = await startServer(userData, printed)
      host.page = await open()
    },
    async close() {
      await own.end()
      await browser.close()
      await stopServer(server.child)
    },
  }
  return host
}

/** Starts the application in whichever host the project is about. */
export function startHost(kind: Host['kind'], userData: string): Promise<Host> {
  return kind === 'electron' ? startElectron(userData) : startBrowser(userData)
}

/**
 * A test with a fresh application, closed and cleaned up afterwards. Every link that leaves the application in it is
 * fetched, whether the test looks at it or not.
 */
export const test = base.extend<{
  everyLink: void
  host: Host
  kind: Host['kind']
  workFolder: string
}>({
  everyLink: [
    async ({}, use, info) => {
      beginHandedOut()
      await use()
      const { problems, links } = await endHandedOut()
      expect(problems, 'what is wrong with the links that were handed out').toEqual([])
      await noteKinds(info, links)
    },
    { auto: true },
  ],
  workFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'pail-app-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
  kind: async ({}, use, info) => {
    const kind = info.project.metadata['host'] as Host['kind']
    const binary = process.env[kind === 'electron' ? 'PAIL_ELECTRON' : 'PAIL_CHROMIUM']
    test.skip(!binary, `needs ${kind === 'electron' ? 'Electron' : 'Chromium'}`)
    await use(kind)
  },
  host: async ({ kind, workFolder }, use) => {
    const host = await startHost(kind, join(workFolder, 'user-data'))
    await use(host)
    await host.close()
  },
})

/** The folder that holds the project. */
export const projectRoot = dirname(join(root, 'package.json'))
