// Measures syncs of a folder of small files by Pail's own command line and by other tools where they are installed.
// Usage: npm run build && node test/bench/sync.mjs [--files 5000] [--repeats 3] [--latency 40] [--tools pail,aws]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { changeTree, randomNumbers, writeTree } from './tree.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '5000' },
    repeats: { type: 'string', default: '3' },
    latency: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    tools: { type: 'string', default: 'pail,s5cmd,rclone,aws,s3cmd' },
    pail: { type: 'string', default: join(here, '../../out/main/cli.js') },
  },
})
const files = Number(values.files)
const repeats = Number(values.repeats)
const changedShare = 0.01
const keys = { id: 'AKIABENCHBENCHBENCH0', secret: 'bench/secret+0123456789abcdefghijklmnopq' }
const scratch = mkdtempSync(join(tmpdir(), 'pail-bench-'))
const folder = join(scratch, 'site')
const hasTime = existsSync('/usr/bin/time')

const environment = {
  PATH: process.env.PATH,
  HOME: scratch,
  AWS_ACCESS_KEY_ID: keys.id,
  AWS_SECRET_ACCESS_KEY: keys.secret,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: join(scratch, 'none'),
  AWS_SHARED_CREDENTIALS_FILE: join(scratch, 'none'),
  ...(process.env.PYENV_ROOT ? { PYENV_ROOT: process.env.PYENV_ROOT } : {}),
}

/** Each tool: how to ask for its version, and how it is told to sync `folder` to a bucket at `endpoint`. */
const tools = {
  pail: {
    version: () => `Node ${process.versions.node}`,
    command: (endpoint) => [
      process.execPath,
      [values.pail, 'sync', folder, 's3://bench/site', '--endpoint-url', endpoint, '--path-style', '--yes'],
    ],
  },
  s5cmd: {
    version: () => firstLine('s5cmd', ['version']),
    command: (endpoint) => [
      's5cmd',
      ['--endpoint-url', endpoint, '--log', 'error', 'sync', `${folder}/`, 's3://bench/site/'],
    ],
  },
  rclone: {
    version: () => firstLine('rclone', ['version', '--config', join(scratch, 'none')]),
    command: (endpoint) => [
      'rclone',
      [
        'sync',
        folder,
        ':s3:bench/site',
        '--config',
        join(scratch, 'none'),
        '--s3-provider',
        'Other',
        '--s3-endpoint',
        endpoint,
        '--s3-access-key-id',
        keys.id,
        '--s3-secret-access-key',
        keys.secret,
        '--s3-no-check-bucket',
        '--transfers',
        '32',
        '--checkers',
        '64',
        '--fast-list',
        '--update',
        '--use-server-modtime',
        '--quiet',
      ],
    ],
  },
  aws: {
    version: () => firstLine('aws', ['--version']),
    command: (endpoint) => [
      'aws',
      ['s3', 'sync', folder, 's3://bench/site', '--endpoint-url', endpoint, '--only-show-errors'],
    ],
  },
  s3cmd: {
    version: () => firstLine('s3cmd', ['--version']),
    command: (endpoint) => [
      's3cmd',
      [
        'sync',
        `${folder}/`,
        's3://bench/site/',
        `--host=${new URL(endpoint).host}`,
        `--host-bucket=${new URL(endpoint).host}`,
        '--no-ssl',
        `--access_key=${keys.id}`,
        `--secret_key=${keys.secret}`,
        '--no-progress',
        '--quiet',
        `--config=${join(scratch, 'none')}`,
      ],
    ],
  },
}

function firstLine(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: environment,
    encoding: 'utf8',
    timeout: 30_000,
  })
  return status === 0 ? ((stdout || stderr).trim().split('\n')[0] ?? '') : null
}

/** Runs a command to its end: seconds on the wall, and with GNU time CPU seconds and the largest memory in MB. */
function run([command, args]) {
  const report = join(scratch, 'time')
  const [program, all] = hasTime
    ? ['/usr/bin/time', ['-f', '%U %S %M', '-o', report, command, ...args]]
    : [command, args]
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(program, all, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-2000)))
    child.on('error', reject)
    child.on('close', (code) => {
      const seconds = (performance.now() - started) / 1000
      if (code !== 0) {
        reject(new Error(`${command} ended with ${code}: ${errors}`))
        return
      }
      const [user, system, kilobytes] = hasTime
        ? readFileSync(report, 'utf8').trim().split(' ').map(Number)
        : []
      resolve({ seconds, cpu: hasTime ? user + system : null, megabytes: hasTime ? kilobytes / 1024 : null })
    })
  })
}

async function startServer() {
  const child = spawn(process.execPath, [join(here, 'null-server.mjs'), '--latency', values.latency], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(Number(String(chunk))))
    child.once('exit', () => reject(new Error('the null server did not start')))
  })
  const endpoint = `http://127.0.0.1:${port}`
  return {
    endpoint,
    reset: () => fetch(`${endpoint}/-/reset`, { method: 'POST' }),
    recount: () => fetch(`${endpoint}/-/recount`, { method: 'POST' }),
    stats: async () => (await fetch(`${endpoint}/-/stats`)).json(),
    stop: () => child.kill('SIGTERM'),
  }
}

function shuffled(names, next) {
  return names
    .map((name) => ({ name, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name }) => name)
}

function median(numbers) {
  const sorted = numbers.filter((number) => number !== null).toSorted((a, b) => a - b)
  if (sorted.length === 0) return null
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const phases = ['cold', 'no-op', '1 % changed']

function table(results, versions, totalBytes) {
  const lines = [
    `${files} files, ${(totalBytes / 1e6).toFixed(0)} MB, ${values.latency} ms, median of ${repeats}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).`,
    '',
    '| Tool | Phase | Seconds | × Pail | CPU s | RSS MB | Server CPU s | Requests |',
    '|---|---|---:|---:|---:|---:|---:|---|',
  ]
  const fixed = (number, digits) => (number === null || number === undefined ? '–' : number.toFixed(digits))
  for (const phase of phases) {
    const own = median((results.get(`pail ${phase}`) ?? []).map(({ seconds }) => seconds))
    for (const tool of versions.keys()) {
      const runs = results.get(`${tool} ${phase}`)
      if (runs === undefined) continue
      const seconds = median(runs.map((each) => each.seconds))
      const requests = Object.entries(runs.at(-1).counts)
        .toSorted((a, b) => b[1] - a[1])
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')
      lines.push(
        `| ${tool} | ${phase} | ${fixed(seconds, 2)} | ${own === null ? '–' : fixed(seconds / own, 1)} | ${fixed(median(runs.map(({ cpu }) => cpu)), 2)} | ${fixed(median(runs.map(({ megabytes }) => megabytes)), 0)} | ${fixed(median(runs.map(({ serverCpu }) => serverCpu)), 2)} | ${requests} |`,
      )
    }
  }
  lines.push('', ...[...versions].map(([tool, version]) => `- ${tool}: ${version}`))
  return lines.join('\n')
}

const server = await startServer()
try {
  if (!existsSync(values.pail)) throw new Error(`${values.pail} is missing: run npm run build`)
  const versions = new Map()
  for (const name of values.tools.split(',')) {
    const version = tools[name]?.version()
    if (version) versions.set(name, version)
    else process.stderr.write(`${name}: not here, left out\n`)
  }
  const totalBytes = writeTree(folder, files, Number(values.seed))
  const results = new Map()
  const next = randomNumbers(Number(values.seed))
  let round = 0
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const name of shuffled([...versions.keys()], next)) {
      await server.reset()
      for (const phase of phases) {
        const changed = phase === '1 % changed' ? changeTree(folder, files, changedShare, round++) : 0
        await server.recount()
        const measured = await run(tools[name].command(server.endpoint))
        const { counts, cpuSeconds } = await server.stats()
        const wanted = phase === 'cold' ? files : changed
        if ((counts.PutObject ?? 0) !== wanted)
          process.stderr.write(`${name}, ${phase}: ${counts.PutObject ?? 0} PUTs instead of ${wanted}\n`)
        const label = `${name} ${phase}`
        results.set(label, [...(results.get(label) ?? []), { ...measured, counts, serverCpu: cpuSeconds }])
        process.stderr.write(`${repeat + 1}/${repeats} ${label}: ${measured.seconds.toFixed(2)} s\n`)
      }
    }
  }
  process.stdout.write(`${table(results, versions, totalBytes)}\n`)
} finally {
  server.stop()
  rmSync(scratch, { recursive: true, force: true })
}
