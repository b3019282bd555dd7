// The benchmark itself; run.mjs starts it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pailCommand } from '../cli/pail-process.ts'
import { hasGnuTime } from './measure.ts'
import { table } from './report.ts'
import { type RowSizes, type Sample, usualSizes } from './row.ts'
import { rows } from './rows.ts'
import { startNullServer } from './start-null-server.ts'
import { tools } from './tools.ts'
import { randomNumbers } from './tree.ts'

const usualRows = Object.keys(rows).filter((name) => name !== 'many')

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: usualRows.join(',') },
    tools: { type: 'string', default: tools.map(({ name }) => name).join(',') },
    latency: { type: 'string', default: '0,40' },
    repeats: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    'from-source': { type: 'boolean', default: false },
    size: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
})

const help = `Usage: npm run build && npm run bench -- [options]
  --rows a,b      ${Object.keys(rows).join(', ')} (default: all but many)
  --tools a,b     ${tools.map(({ name }) => name).join(', ')} (default: all that are here)
  --latency a,b   milliseconds before each answer (default: 0,40)
  --repeats N     (default: 3)
  --seed N        of the files and of the order (default: 1)
  --size NAME=N   another size of a row: ${Object.keys(usualSizes).join(', ')}
  --json FILE     every run, for another program
  --from-source   take Pail’s source where the build is older than it
`

/** One of a list, or an error that names the list. */
function chosen<T>(text: string, all: Readonly<Record<string, T>>, what: string): [string, T][] {
  return text.split(',').map((name) => {
    const found = all[name.trim()]
    if (found === undefined) throw new Error(`There is no ${what} “${name}”: ${Object.keys(all).join(', ')}.`)
    return [name.trim(), found]
  })
}

function wholeNumber(text: string, what: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${what} takes a number, not “${text}”.`)
  return Number(text)
}

function sizesOf(changes: readonly string[]): RowSizes {
  const sizes: Record<string, number> = { ...usualSizes }
  for (const change of changes) {
    const [name = '', value = ''] = change.split('=')
    if (sizes[name] === undefined) throw new Error(`There is no size “${name}”.`)
    sizes[name] = wholeNumber(value, '--size')
  }
  return { ...usualSizes, ...sizes }
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const wantedRows = chosen(values.rows, rows, 'row')
  const byName = Object.fromEntries(tools.map((tool) => [tool.name, tool]))
  const repeats = wholeNumber(values.repeats, '--repeats')
  const seed = wholeNumber(values.seed, '--seed')
  const latencies = values.latency.split(',').map((text) => wholeNumber(text, '--latency'))
  const sizes = sizesOf(values.size)
  if (pailCommand()[1].endsWith('.ts') && !values['from-source'])
    throw new Error(
      'What would be measured is not what is shipped: run npm run build first, or say --from-source.',
    )
  if (!hasGnuTime) say('/usr/bin/time is not here, so CPU and memory are not told: apt-get install time')
  const versions = new Map<string, string>()
  for (const [name, tool] of chosen(values.tools, byName, 'tool')) {
    const version = tool.version()
    if (version === null) say(`${name}: not here, left out`)
    else versions.set(name, version)
  }
  const present = tools.filter(({ name }) => versions.has(name))
  const scratch = mkdtempSync(join(tmpdir(), 'pail-bench-'))
  const samples: Sample[] = []
  const problems: string[] = []
  const next = randomNumbers(seed)
  const load = loadavg()[0] ?? 0
  try {
    for (const latencyMs of latencies) {
      const server = await startNullServer(latencyMs)
      try {
        for (const [name, row] of wantedRows) {
          if (row.isOffline === true && latencyMs !== latencies[0]) continue
          say(`${name} at ${latencyMs} ms: ${row.title}`)
          await row.run({
            server,
            latencyMs,
            tools: present,
            scratch,
            seed,
            repeats,
            sizes,
            next,
            record(sample) {
              samples.push(sample)
              const more = sample.scaledFrom === null ? '' : ` (reckoned from ${sample.scaledFrom})`
              say(`  ${sample.phase}, ${sample.tool}: ${sample.seconds.toFixed(2)} s${more}`)
            },
            problem(phase, tool, why) {
              problems.push(`${phase}, ${latencyMs} ms, ${tool}: ${why}`)
              say(`  ${problems.at(-1)}`)
            },
          })
        }
      } finally {
        server.stop()
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  const about = `Medians of ${repeats}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), load ${load.toFixed(1)} at the beginning.`
  const notes = [...versions].map(([tool, version]) => `- ${tool}: ${version}`)
  if (samples.some(({ scaledFrom }) => scaledFrom !== null))
    notes.push('- \\* reckoned linearly from fewer files, the time to start taken once')
  for (const problem of problems) notes.push(`- Not measured: ${problem.replace(/\s+/g, ' ')}`)
  process.stdout.write(`${about}\n\n${table(samples, [...versions.keys()])}\n\n${notes.join('\n')}\n`)
  if (values.json !== undefined) {
    const document = { at: new Date().toISOString(), load, repeats, seed, sizes, samples, problems }
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...document, versions: Object.fromEntries(versions) }, null, 1)}\n`,
    )
  }
  if (problems.length > 0) process.exitCode = 1
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
})
