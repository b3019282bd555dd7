import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Ended, runProgram } from '../cli/pail-process.ts'
import { median, table } from './report.ts'
import { type Sample, usualSizes } from './row.ts'
import { rows } from './rows.ts'
import { startNullServer } from './start-null-server.ts'
import type { Tool } from './tool.ts'
import { pathOf } from './tree.ts'
import { typescriptNode } from './typescript-node.ts'

vi.setConfig({ testTimeout: 240_000 })

describe('the benchmark', () => {
  let scratch: string
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'pail-bench-test-'))
  })
  afterEach(() => rm(scratch, { recursive: true, force: true }))

  const bench = (...args: string[]): Promise<Ended> =>
    runProgram(typescriptNode(), [
      fileURLToPath(new URL('./run.mjs', import.meta.url)),
      ...args,
      '--from-source',
      '--repeats',
      '1',
    ])

  test('does every row, checks what came of it and tells it twice', async () => {
    const json = join(scratch, 'runs.json')
    const sizes = {
      files: 60,
      manyFiles: 70,
      mediumFiles: 3,
      largeBytes: 17_000_001,
      listedKeys: 2100,
      links: 50,
    }
    const ended = await bench(
      '--tools',
      'pail,AWS SDK',
      '--rows',
      'small,medium,large,get,list,presign,many',
      '--latency',
      '1',
      ...Object.entries(sizes).flatMap(([name, size]) => ['--size', `${name}=${size}`]),
      '--json',
      json,
    )
    expect(ended).toMatchObject({ code: 0 })
    const { samples, problems }: { samples: Sample[]; problems: string[] } = JSON.parse(
      await readFile(json, 'utf8'),
    )
    expect(problems).toEqual([])
    const done = (tool: string) =>
      samples.filter((sample) => sample.tool === tool).map(({ phase, items }) => `${phase}: ${items}`)
    const cold = ['60 files, cold: 60', '3 × 5 MiB, cold: 3', '70 files, cold: 70']
    const rest = [
      'listing 2,100 keys: 2100',
      'presigning 50 links: 50',
      `1 × 16.212 MiB: 1`,
      'get 1 × 16.212 MiB: 1',
    ]
    const later = ['60 files, no-op: 60', '60 files, 1 % changed: 60']
    const latest = ['70 files, no-op: 70', '70 files, 1 % changed: 70']
    expect(done('pail').toSorted()).toEqual([...cold, ...rest, ...later, ...latest].toSorted())
    expect(done('AWS SDK').toSorted()).toEqual([...cold, ...rest].toSorted())
    expect(samples.find(({ phase }) => phase === '60 files, cold')?.counts['PutObject']).toBe(60)
    for (const { seconds } of samples) expect(seconds).toBeGreaterThan(0)
    expect(ended.out).toContain('| 60 files, cold | 1 | pail |')
    expect(ended.out).toMatch(/\n- AWS SDK: @aws-sdk \d/)
  })

  test('a row that is not there is named', async () => {
    const ended = await bench('--rows', 'nothing')
    expect(ended).toMatchObject({ code: 2 })
    expect(ended.err).toContain('There is no row “nothing”')
  })

  test('a tool that fails, or did something else than was asked for, has no time', async () => {
    const server = await startNullServer(0)
    const tool = (name: string, script: string): Tool => ({
      name,
      version: () => '1',
      sync: ({ endpoint, bucket }, folder) => ({
        program: process.execPath,
        args: ['-e', script, `${endpoint}/${bucket}/site`, folder],
      }),
    })
    const put = (path: string, body: string) =>
      `fetch(process.argv[1] + '/${path}', { method: 'PUT', body: ${body} })`
    const read = (path: string) => `require('fs').readFileSync(process.argv[2] + '/${path}')`
    const paths = [pathOf(0), pathOf(1)]
    const samples: Sample[] = []
    const problems: string[] = []
    try {
      await rows['small']?.run({
        server,
        latencyMs: 0,
        tools: [
          tool('idle', '0'),
          tool('broken', 'process.exit(3)'),
          tool('short', paths.map((path) => put(path, `'x'`)).join(';')),
          tool('forgetful', paths.map((path) => put(path, read(path))).join(';')),
        ],
        scratch,
        seed: 1,
        repeats: 1,
        sizes: { ...usualSizes, files: 2 },
        next: () => 0,
        record: (sample) => void samples.push(sample),
        problem: (phase, name, why) => void problems.push(`${name}, ${phase}: ${why}`),
      })
    } finally {
      server.stop()
    }
    expect(problems).toEqual([
      'idle, 2 files, cold: 0 objects instead of 2',
      expect.stringMatching(/^broken, 2 files, cold: .* ended with 3: /),
      expect.stringMatching(/^short, 2 files, cold: site\/.* has 1 bytes instead of \d+$/),
      // It sent everything again where there was nothing to do.
      'forgetful, 2 files, no-op: 2 PUTs instead of 0',
    ])
    expect(samples.map(({ tool: name, phase }) => `${name}, ${phase}`)).toEqual(['forgetful, 2 files, cold'])
  })
})

describe('the table', () => {
  const sample = (tool: string, seconds: number, more: Partial<Sample> = {}): Sample => ({
    phase: '10 files, cold',
    tool,
    latencyMs: 40,
    seconds,
    cpuSeconds: seconds / 2,
    megabytes: 50,
    serverCpuSeconds: 0.1,
    counts: { PutObject: 10, ListObjects: 1 },
    mostInFlight: 8,
    items: 10,
    scaledFrom: null,
    ...more,
  })

  test('has the median of each tool and how many times ours it is', () => {
    const lines = table(
      [
        sample('slow', 40, { scaledFrom: 5, cpuSeconds: null }),
        sample('pail', 1),
        sample('pail', 4),
        sample('pail', 2),
        sample('fast', 1),
      ],
      ['pail', 'slow', 'fast'],
    ).split('\n')
    expect(lines.slice(2)).toEqual([
      '| 10 files, cold | 40 | pail | 2.00 | 1.0 | 1.00 | 100.000 | 50 | 8 | 0.10 | 10 PutObject, 1 ListObjects |',
      '| 10 files, cold | 40 | fast | 1.00 | 0.5 | 0.50 | 50.000 | 50 | 8 | 0.10 | 10 PutObject, 1 ListObjects |',
      '| 10 files, cold | 40 | slow | 40.00* | 20 | – | – | 50 | 8 | 0.10* | 10 PutObject, 1 ListObjects (of 5 files) |',
    ])
  })

  test.each([
    [[], null],
    [[null], null],
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, null, 2, 3], 2.5],
  ])('the median of %j is %j', (numbers, middle) => {
    expect(median(numbers)).toBe(middle)
  })
})
