// npm start: builds what is missing, opens the window where Electron can be had, and serves the same screens to a
// browser where it cannot. Plain JavaScript without dependencies, so that it can say what is wrong before anything works.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const say = (text) => process.stderr.write(`${text}\n`)
const args = process.argv.slice(2)

/** A download that brings nothing for this long is given up. */
const quietDownloadMilliseconds = Number(process.env.PAIL_DOWNLOAD_WAIT_SECONDS ?? 45) * 1000
/** An Electron that ends by itself sooner than this never showed a window. */
const tooSoonMilliseconds = 8000

/** Which Debian package holds a library that Chromium needs, as far as they are usually missing. */
const debianPackages = {
  'libgtk-3.so.0': 'libgtk-3-0',
  'libnss3.so': 'libnss3',
  'libnssutil3.so': 'libnss3',
  'libsmime3.so': 'libnss3',
  'libnspr4.so': 'libnspr4',
  'libasound.so.2': 'libasound2',
  'libgbm.so.1': 'libgbm1',
  'libatk-1.0.so.0': 'libatk1.0-0',
  'libatk-bridge-2.0.so.0': 'libatk-bridge2.0-0',
  'libatspi.so.0': 'libatspi2.0-0',
  'libcups.so.2': 'libcups2',
  'libdrm.so.2': 'libdrm2',
  'libxkbcommon.so.0': 'libxkbcommon0',
  'libXcomposite.so.1': 'libxcomposite1',
  'libXdamage.so.1': 'libxdamage1',
  'libXrandr.so.2': 'libxrandr2',
  'libXfixes.so.3': 'libxfixes3',
  'libpango-1.0.so.0': 'libpango-1.0-0',
  'libcairo.so.2': 'libcairo2',
}

/** What Chromium says to its own developers, such as that there is no system bus or no GPU. */
const chromiumNoise = /^\[\d+:\d+\/\d+\.\d+:[A-Z0-9]+:\S+\(\d+\)\]/

/** The program that runs at the moment: a signal is for it. Listened to before anything is started. */
let current = null
let asked = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    asked = true
    if (current === null) process.exit(130)
    current.kill(signal)
  })
}

function newestTime(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestTime(join(path, name))), 0)
}

function buildIfNeeded() {
  const built = [
    'out/main/index.js',
    'out/main/browser.js',
    'out/preload/index.cjs',
    'out/renderer/index.html',
  ].map((file) => newestTime(join(root, file)))
  const sources = [
    'src-main',
    'src-preload',
    'src-renderer',
    'electron.vite.config.ts',
    'package-lock.json',
  ].map((path) => newestTime(join(root, path)))
  if (Math.min(...built) > Math.max(...sources)) return
  const builder = join(root, 'node_modules/electron-vite/bin/electron-vite.js')
  if (!existsSync(builder)) {
    say('The packages are not installed. Run: npm ci')
    process.exit(1)
  }
  say('Building…')
  const { status } = spawnSync(process.execPath, [builder, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) {
    say('The build failed.')
    process.exit(1)
  }
}

const platformPath =
  { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron'

function installedElectron(packageDirectory) {
  const pathFile = join(packageDirectory, 'path.txt')
  const path = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : platformPath
  const binary = join(packageDirectory, 'dist', path)
  return existsSync(binary) ? binary : null
}

function folderBytes(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path).reduce((sum, name) => sum + folderBytes(join(path, name)), 0)
}

/** Runs Electron's own installer, which honours ELECTRON_MIRROR, and gives up when nothing more arrives. */
function downloadElectron(packageDirectory) {
  const temporary = mkdtempSync(join(tmpdir(), 'pail-electron-'))
  say('Downloading Electron, once…')
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(packageDirectory, 'install.js')], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    })
    let errors = ''
    let seen = { bytes: -1, at: Date.now() }
    let gaveUp = false
    const watch = setInterval(() => {
      const bytes = folderBytes(temporary) + folderBytes(join(packageDirectory, 'dist'))
      if (bytes !== seen.bytes) seen = { bytes, at: Date.now() }
      else if (Date.now() - seen.at > quietDownloadMilliseconds) {
        gaveUp = true
        child.kill()
      }
    }, 1000)
    current = child
    child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-8000)))
    child.on('close', (code) => {
      clearInterval(watch)
      current = null
      rmSync(temporary, { recursive: true, force: true })
      if (asked) process.exit(130)
      const firstError =
        /^\s*(?:\w*Error: )?(.*\S.*)$/m.exec(errors)?.[1]?.slice(0, 160) ?? `exit code ${code}`
      resolve(code === 0 ? null : gaveUp ? 'the download does not get on' : firstError)
    })
  })
}

/** The binary, or why there is none in one line. */
async function findElectron() {
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (given) {
    const binary = join(given, platformPath)
    return existsSync(binary) ? { binary } : { reason: 'ELECTRON_OVERRIDE_DIST_PATH has no Electron in it' }
  }
  const packageDirectory = join(root, 'node_modules/electron')
  if (!existsSync(join(packageDirectory, 'install.js')))
    return { reason: 'the electron package is not installed' }
  const installed = installedElectron(packageDirectory)
  if (installed !== null) return { binary: installed }
  const problem = await downloadElectron(packageDirectory)
  const binary = problem === null ? installedElectron(packageDirectory) : null
  return binary === null
    ? { reason: `Electron could not be downloaded (${problem ?? 'nothing arrived'})` }
    : { binary }
}

/** What a Linux lacks to run the binary, in one line with what to install; null when nothing is missing. */
function missingLibraries(binary) {
  if (process.platform !== 'linux') return null
  const { stdout } = spawnSync('ldd', [binary], { encoding: 'utf8' })
  const missing = [...(stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map(([, library]) => library)
  if (missing.length === 0) return null
  const packages = [...new Set(missing.map((library) => debianPackages[library] ?? library))]
  return `system libraries are missing; on Debian or Ubuntu: apt install ${packages.join(' ')}`
}

function exitLike(code, signal) {
  if (signal !== null) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  } else process.exit(code ?? 1)
}

/** Runs Electron until it ends; resolves with a reason only when it never got as far as a window. */
function runElectron(binary) {
  const flags = []
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    say('Running as root: Chromium’s sandbox is off (--no-sandbox).')
    flags.push('--no-sandbox')
  }
  const environment = { ...process.env }
  delete environment.ELECTRON_RUN_AS_NODE
  const startedAt = Date.now()
  return new Promise((resolve) => {
    const child = spawn(binary, [root, ...flags, ...args], {
      stdio: ['inherit', 'inherit', 'pipe'],
      env: environment,
    })
    current = child
    let errors = ''
    let rest = ''
    child.stderr.on('data', (chunk) => {
      errors = (errors + chunk).slice(-8000)
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (!chromiumNoise.test(line)) say(line)
    })
    child.on('error', (error) => resolve(`Electron could not be started (${error.code ?? error.message})`))
    child.on('close', (code, signal) => {
      current = null
      const soon = Date.now() - startedAt < tooSoonMilliseconds
      if (asked || code === 0 || !soon) return exitLike(code, signal)
      if (/SUID sandbox helper|No usable sandbox/.test(errors)) {
        return resolve('this system does not let Chromium make its sandbox')
      }
      if (/Missing X server|cannot open display|Failed to connect to Wayland/i.test(errors)) {
        return resolve('the display cannot be opened')
      }
      const library = /error while loading shared libraries: ([^:\s]+)/.exec(errors)?.[1]
      if (library !== undefined) {
        return resolve(
          `a system library is missing; on Debian or Ubuntu: apt install ${debianPackages[library] ?? library}`,
        )
      }
      resolve(`Electron ended at once (${signal ?? `exit code ${code}`})`)
    })
  })
}

function runBrowserHost() {
  const child = spawn(process.execPath, [join(root, 'out/main/browser.js'), ...args], { stdio: 'inherit' })
  current = child
  child.on('close', exitLike)
}

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  say(`Pail needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}
buildIfNeeded()

const inBrowser = args.indexOf('--browser')
if (inBrowser >= 0) args.splice(inBrowser, 1)

async function whyNoWindow() {
  if (inBrowser >= 0) return 'as asked'
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return 'there is no display'
  const { binary, reason } = await findElectron()
  if (binary === undefined) return reason
  return missingLibraries(binary) ?? (await runElectron(binary))
}

say(`No window: ${await whyNoWindow()}. Serving the same screens to a browser instead.`)
runBrowserHost()
