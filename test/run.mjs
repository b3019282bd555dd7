// Runs every check and test there is here and counts them: `npm test`.
// What is missing on this machine is named with the command that installs it, and its tests are counted as skipped;
// with CI set, a skipped test is a failure. The last line is `N passed, N failed` (`, N skipped`).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const output = join(root, 'test/output')
const ci = Boolean(process.env.CI)
const bin = (name) => join(root, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name)
const onPath = (program) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, process.platform === 'win32' ? `${program}.exe` : program))
    .find((file) => existsSync(file))

/** Test id → 'passed' | 'failed' | 'skipped'. A test that runs in several environments passed if it passed in one. */
const results = new Map()
const note = (id, state) => {
  const before = results.get(id)
  if (before === 'failed') return
  if (state === 'skipped' && before === 'passed') return
  results.set(id, state)
}

function run(command, args, env = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      // In a file, colours are noise.
      env: { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }), ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    })
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`)
      done(1)
    })
    child.on('exit', (code, signal) => done(signal ? 1 : (code ?? 1)))
  })
}

async function step(title, command, args) {
  // Told in one piece, because two steps run at a time.
  const words = []
  const code = await new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => words.push(chunk))
    child.on('error', (error) => {
      words.push(Buffer.from(`${command}: ${error.message}\n`))
      done(1)
    })
    child.on('close', (code, signal) => done(signal ? 1 : (code ?? 1)))
  })
  console.log(`\n— ${title}\n${Buffer.concat(words).toString('utf8')}`)
  note(`check: ${title}`, code === 0 ? 'passed' : 'failed')
  return code === 0
}

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return null
  }
}

async function vitest(title, args, { env = {}, wrapper = [] } = {}) {
  console.log(`\n— ${title}`)
  const file = join(output, `vitest-${title.replace(/[^a-z]+/gi, '-')}.json`)
  const command = [
    ...wrapper,
    process.execPath,
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'test/vitest.config.ts',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${file}`,
    ...args,
  ]
  const code = await run(command[0], command.slice(1), env)
  const report = await readJson(file)
  if (!report) return note(`check: ${title}`, 'failed')
  let failed = 0
  for (const suite of report.testResults) {
    const name = suite.name.replace(root, '').replaceAll('\\', '/')
    // A file that cannot even be loaded has no tests to count, and is a failure all the same.
    if (suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed')) {
      note(`${name}: loads`, 'failed')
      failed += 1
    }
    for (const test of suite.assertionResults) {
      const state = test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped'
      if (state === 'failed') failed += 1
      note(`${name}: ${test.fullName}`, state)
    }
  }
  if (code !== 0 && failed === 0) note(`check: ${title} ends well`, 'failed')
}

async function playwright(title, env, wrapper) {
  console.log(`\n— ${title}`)
  const file = join(output, 'playwright.json')
  const command = [
    ...wrapper,
    process.execPath,
    join(root, 'node_modules/playwright/cli.js'),
    'test',
    '--config',
    'test/app/playwright.config.ts',
  ]
  const code = await run(command[0], command.slice(1), { ...env, PAIL_PLAYWRIGHT_REPORT: file })
  const report = await readJson(file)
  if (!report) return note(`check: ${title}`, 'failed')
  let failed = 0
  const walk = (suite, path) => {
    for (const inner of suite.suites ?? []) walk(inner, `${path} › ${inner.title}`)
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        const state = { expected: 'passed', flaky: 'passed', unexpected: 'failed', skipped: 'skipped' }[
          test.status
        ]
        if (state === 'failed') failed += 1
        note(`${path} › ${spec.title} [${test.projectName}]`, state ?? 'failed')
      }
    }
  }
  walk(report, 'window')
  for (const error of report.errors ?? []) console.error(error.message)
  if (code !== 0 && failed === 0) note(`check: ${title} ends well`, 'failed')
}

function missing() {
  const wanted = []
  const say = (what, why, install) => wanted.push({ what, why, install })
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    say(`Node ${process.versions.node}`, 'Pail needs Node 20.19 or later', '')
  const linux = process.platform === 'linux'
  if (linux && !existsSync(join(root, 'node_modules/keytar/build/Release/keytar.node')))
    say(
      'keytar',
      'the keychain tests',
      'apt-get install libsecret-1-dev pkg-config g++ make && npm rebuild keytar',
    )
  if (linux && !(onPath('gnome-keyring-daemon') && onPath('dbus-run-session') && onPath('gdbus')))
    say('a Secret Service', 'the keychain tests', 'apt-get install gnome-keyring dbus libglib2.0-bin')
  if (linux && !process.env.DISPLAY && !onPath('xvfb-run'))
    say('a display', 'the window tests', 'apt-get install xvfb xauth')
  if (!findElectron())
    say('Electron’s binary', 'the window tests', 'npx install-electron, or set ELECTRON_OVERRIDE_DIST_PATH')
  if (!findChromium())
    say(
      'Chromium',
      'the browser-host tests',
      linux ? 'apt-get install chromium' : 'npx playwright install chromium',
    )
  if (!onPath('s3cmd') || !onPath('curl'))
    say(
      's3cmd or curl',
      'the comparison with a client that is not ours',
      linux ? 'apt-get install s3cmd curl' : '',
    )
  if (!hasDjango())
    say(
      'Django with django-storages and boto3',
      'the proof beside collectstatic',
      linux
        ? 'apt-get install python3-django python3-django-storages-boto3'
        : 'pip install django "django-storages[boto3]"',
    )
  if (!hasDjango(process.env.PAIL_DJANGO_NEW, 'assert django.VERSION >= (4, 2); import storages.backends.s3'))
    say(
      'Django 4.2 or later with django-storages 1.14',
      'the proof of settings with STORAGES',
      linux ? 'set PAIL_DJANGO_NEW to what test/django/newer-django.sh FOLDER prints' : '',
    )
  if (!process.env.PAIL_CEPH_ENDPOINT)
    say(
      'a Ceph RADOS Gateway',
      'the tests on a server that is not ours',
      'set PAIL_CEPH_ENDPOINT, PAIL_CEPH_ACCESS_KEY, PAIL_CEPH_SECRET_KEY',
    )
  return wanted
}

/** The Pythons that test/django tries, in its order. */
function hasDjango(folder, condition = '') {
  return (process.platform === 'win32' ? ['python'] : ['/usr/bin/python3', 'python3']).some(
    (python) =>
      spawnSync(python, ['-c', `import django, storages.backends.s3boto3; ${condition}`], {
        stdio: 'ignore',
        env: folder ? { ...process.env, PYTHONPATH: folder } : process.env,
      }).status === 0,
  )
}

function findElectron() {
  const name =
    process.platform === 'win32'
      ? 'electron.exe'
      : process.platform === 'darwin'
        ? 'Electron.app/Contents/MacOS/Electron'
        : 'electron'
  const file = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules/electron/dist'), name)
  return existsSync(file) ? file : null
}

function findChromium() {
  if (process.env.PAIL_CHROMIUM) return process.env.PAIL_CHROMIUM
  return onPath('chromium') ?? onPath('chromium-browser') ?? onPath('google-chrome') ?? null
}

// Names of files that are not ASCII reach a window only where the locale says how they are written, as on every desktop.
const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || ''
if (process.platform === 'linux' && !/utf-?8/i.test(locale)) process.env.LC_ALL = 'C.UTF-8'

await rm(output, { recursive: true, force: true })
await mkdir(output, { recursive: true })

if (!findElectron() && !process.env.PAIL_OFFLINE) {
  // Electron's own lazy download; without a network it fails soon, and the window tests are skipped.
  spawnSync(process.execPath, [join(root, 'node_modules/electron/install.js')], {
    timeout: 120_000,
    stdio: 'ignore',
  })
}
for (const { what, why, install } of missing())
  console.log(`not here: ${what}, for ${why}${install ? ` — ${install}` : ''}`)

const rooms = ['src-preload/contract', 'src-preload', 'src-main', 'src-renderer', 'test']
const [, built] = await Promise.all([
  (async () => {
    for (const room of rooms) await step(`types of ${room}`, bin('tsc'), ['-p', room])
  })(),
  (async () => {
    await step('format', bin('prettier'), ['--check', '--log-level', 'warn', '.'])
    const done = await step('build', bin('electron-vite'), ['build', '--logLevel', 'warn'])
    await step('lint', bin('oxlint'), ['--type-aware', '--deny-warnings'])
    return done
  })(),
])

await vitest('everything without a window', ['--project', '!keyring'])
const keyring = onPath('gnome-keyring-daemon') && onPath('dbus-run-session') && onPath('gdbus')
// Each has a session bus and a home of its own.
await Promise.all(
  ['unlocked', 'locked', 'absent'].map((kind) => {
    const wrapper = process.platform === 'linux' && keyring ? [join(root, 'test/keyring.sh'), kind] : []
    return vitest(`keychain ${kind}`, ['--project', 'keyring'], {
      env: wrapper.length ? { PAIL_KEYRING: kind } : {},
      wrapper,
    })
  }),
)
// Beside the window's tests, which leave one core idle most of the time; it gives way to them.
const soaking = step('soak', process.features.typescript ? process.execPath : bin('node'), [
  'test/transfers/soak.ts',
])
if (built) {
  const needsDisplay = process.platform === 'linux' && !process.env.DISPLAY && onPath('xvfb-run')
  await playwright(
    'the window',
    { PAIL_ELECTRON: findElectron() ?? '', PAIL_CHROMIUM: findChromium() ?? '' },
    [
      ...(process.platform === 'linux' && keyring ? [join(root, 'test/keyring.sh'), 'unlocked'] : []),
      ...(needsDisplay ? ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24'] : []),
    ],
  )
} else note('check: the window', 'failed')
await soaking

const count = (state) => [...results.values()].filter((value) => value === state).length
const named = (state) => [...results].filter(([, value]) => value === state).map(([id]) => id)
if (count('skipped'))
  console.log(
    `\nskipped:\n${named('skipped')
      .map((id) => `  ${id}`)
      .join('\n')}`,
  )
if (count('failed'))
  console.log(
    `\nfailed:\n${named('failed')
      .map((id) => `  ${id}`)
      .join('\n')}`,
  )
if (ci && count('skipped')) console.log('\nIn CI nothing may be skipped.')
console.log(
  `\n${count('passed')} passed, ${count('failed')} failed${count('skipped') ? `, ${count('skipped')} skipped` : ''}`,
)
process.exitCode = count('failed') || (ci && count('skipped')) ? 1 : 0
