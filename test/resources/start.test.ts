import { spawn } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

/*
 * The script runs on a small project made of stand-ins: what is tested is which program it starts, with what, and what
 * it says. Its own build and the real Electron are tried by the application's tests.
 */

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pail-start-'))
  for (const folder of ['resources', 'src-main', 'out/main', 'out/preload', 'out/renderer', 'electron'])
    await mkdir(join(root, folder), { recursive: true })
  await copyFile(join(import.meta.dirname, '../../resources/start.mjs'), join(root, 'resources', 'start.mjs'))
  const source = join(root, 'src-main', 'index.ts')
  await writeFile(source, '')
  const hourAgo = Date.now() / 1000 - 3600
  await utimes(source, hourAgo, hourAgo)
  for (const file of ['main/index.js', 'preload/index.cjs', 'renderer/index.html'])
    await writeFile(join(root, 'out', file), '')
  await writeFile(
    join(root, 'out/main/browser.js'),
    "console.log('BROWSER ' + process.argv.slice(2).join(' ')); process.exit(7)",
  )
})

afterEach(() => rm(root, { recursive: true, force: true }))

/** A stand-in for Electron's binary. */
async function electron(script: string): Promise<void> {
  const binary = join(root, 'electron', 'electron')
  await writeFile(binary, `#!/bin/sh\n${script}\n`)
  await chmod(binary, 0o755)
}

/** A stand-in for the electron package, whose installer does what is given. */
async function electronPackage(installer: string): Promise<void> {
  const folder = join(root, 'node_modules', 'electron')
  await mkdir(join(folder, 'dist'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}')
  await writeFile(join(folder, 'install.js'), installer)
}

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

function start(
  options: { args?: string[]; env?: Record<string, string | undefined>; kill?: NodeJS.Signals } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const environment: Record<string, string | undefined> = {
      PATH: process.env['PATH'],
      TMPDIR: root,
      DISPLAY: ':7',
      ELECTRON_OVERRIDE_DIST_PATH: join(root, 'electron'),
      ...options.env,
    }
    for (const name of Object.keys(environment)) if (environment[name] === undefined) delete environment[name]
    const child = spawn(process.execPath, [join(root, 'resources', 'start.mjs'), ...(options.args ?? [])], {
      env: environment,
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (options.kill !== undefined && out.includes('READY')) child.kill(options.kill)
    })
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
}

const isRoot = process.getuid?.() === 0

describe.skipIf(process.platform !== 'linux')('npm start', () => {
  test('opens the window with what it was given, and ends as it ends', async () => {
    await electron('echo "ELECTRON $*"; exit 0')
    const { code, out, err } = await start({ args: ['--user-data-dir=/x'] })
    expect(out).toBe(`ELECTRON ${root} ${isRoot ? '--no-sandbox ' : ''}--user-data-dir=/x\n`)
    // Only root on Linux goes without the sandbox, and is told.
    expect(err.includes('--no-sandbox')).toBe(isRoot)
    expect(code).toBe(0)
  })

  test('does not run Electron as a plain Node, nor tells of Chromium’s own troubles', async () => {
    await electron(
      'echo "NODE=$ELECTRON_RUN_AS_NODE"; echo "[1:1122/170052.4:ERROR:bus.cc(407)] no bus" >&2; echo "mine" >&2',
    )
    const { out, err } = await start({ env: { ELECTRON_RUN_AS_NODE: '1' } })
    expect(out).toBe('NODE=\n')
    expect(err).not.toContain('no bus')
    expect(err).toContain('mine')
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on and ends as the window does',
    async (signal) => {
      await electron('trap "echo GOT; exit 3" TERM INT HUP; echo READY; while :; do sleep 0.05; done')
      const { code, out } = await start({ kill: signal })
      expect(out).toContain('GOT')
      expect(out).not.toContain('BROWSER')
      expect(code).toBe(3)
    },
  )

  const reasons: readonly [string, string | null, Record<string, string | undefined>, RegExp][] = [
    ['there is no display', 'exit 0', { DISPLAY: undefined }, /No window: there is no display\./],
    [
      'the given folder has no Electron',
      null,
      {},
      /No window: ELECTRON_OVERRIDE_DIST_PATH has no Electron in it\./,
    ],
    [
      'the electron package is missing',
      null,
      { ELECTRON_OVERRIDE_DIST_PATH: undefined },
      /No window: the electron package is not installed\./,
    ],
    [
      'a library is missing',
      'echo "electron: error while loading shared libraries: libnss3.so: cannot open shared object file" >&2; exit 127',
      {},
      /No window: a system library is missing; on Debian or Ubuntu: apt install libnss3\./,
    ],
    [
      'the display cannot be opened',
      'echo "[1:1/1.1:ERROR:ozone_platform_x11.cc(245)] Missing X server or \\$DISPLAY" >&2; exit 1',
      {},
      /No window: the display cannot be opened\./,
    ],
    [
      'the system has no sandbox to give',
      'echo "[1:1/1.1:FATAL:setuid_sandbox_host.cc(158)] The SUID sandbox helper binary was found, but" >&2; exit 133',
      {},
      /No window: this system does not let Chromium make its sandbox\./,
    ],
    ['Electron ends at once', 'exit 5', {}, /No window: Electron ended at once \(exit code 5\)\./],
    ['Electron is not a program', '', {}, /No window: Electron could not be started/],
  ]

  test.each(reasons)('says in one line that %s, and serves a browser', async (what, script, env, line) => {
    if (script !== null) await electron(script)
    if (what.endsWith('not a program')) await chmod(join(root, 'electron', 'electron'), 0o644)
    const { code, out, err } = await start({ args: ['--port=0'], env })
    expect(err).toMatch(line)
    expect(err.split('\n').filter((each) => each.startsWith('No window'))).toHaveLength(1)
    expect(out).toBe('BROWSER --port=0\n')
    expect(code).toBe(7)
  })

  test('serves a browser when asked, without looking for Electron', async () => {
    await electron('echo ELECTRON')
    const { out, code } = await start({ args: ['--browser', '--port=0'] })
    expect(out).toBe('BROWSER --port=0\n')
    expect(code).toBe(7)
  })

  test('downloads Electron when it is not there yet, and runs it', async () => {
    await electronPackage(
      `const { writeFileSync } = require('node:fs')
       writeFileSync(__dirname + '/dist/electron', '#!/bin/sh\\necho ELECTRON\\n', { mode: 0o755 })
       writeFileSync(__dirname + '/path.txt', 'electron')`,
    )
    const { out, err } = await start({ env: { ELECTRON_OVERRIDE_DIST_PATH: undefined } })
    expect(err).toContain('Downloading Electron, once…')
    expect(out).toBe('ELECTRON\n')
  })

  test('says why the download failed in one line', async () => {
    await electronPackage(
      "console.error(new Error('getaddrinfo ENOTFOUND example.invalid').stack); process.exit(1)",
    )
    const { out, err } = await start({ env: { ELECTRON_OVERRIDE_DIST_PATH: undefined } })
    expect(err).toContain(
      'No window: Electron could not be downloaded (getaddrinfo ENOTFOUND example.invalid).',
    )
    expect(out).toContain('BROWSER')
  })

  test('gives up a download that brings nothing', async () => {
    await electronPackage('setInterval(() => undefined, 1000)')
    const { out, err } = await start({
      env: { ELECTRON_OVERRIDE_DIST_PATH: undefined, PAIL_DOWNLOAD_WAIT_SECONDS: '1' },
    })
    expect(err).toContain('No window: Electron could not be downloaded (the download does not get on).')
    expect(out).toContain('BROWSER')
  })

  test('builds first when a source is newer, and says what to do without packages', async () => {
    const hourAhead = Date.now() / 1000 + 3600
    await utimes(join(root, 'src-main', 'index.ts'), hourAhead, hourAhead)
    const without = await start()
    expect(without.err).toBe('The packages are not installed. Run: npm ci\n')
    expect(without.code).toBe(1)
    const builder = join(root, 'node_modules/electron-vite/bin')
    await mkdir(builder, { recursive: true })
    await writeFile(
      join(builder, 'electron-vite.js'),
      "require('node:fs').writeFileSync('built', process.argv.slice(2).join(' '))",
    )
    await electron('echo ELECTRON')
    const built = await start()
    expect(await readFile(join(root, 'built'), 'utf8')).toBe('build --logLevel warn')
    expect(built.out).toBe('ELECTRON\n')
    await writeFile(join(builder, 'electron-vite.js'), 'process.exit(1)')
    const broken = await start()
    expect(broken.err).toContain('The build failed.')
    expect(broken.code).toBe(1)
  })
})
