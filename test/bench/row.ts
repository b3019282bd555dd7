import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, type Measured, measure } from './measure.ts'
import type { NullServer } from './start-null-server.ts'
import type { Place, Tool } from './tool.ts'
import { toolEnvironment } from './tools.ts'

/** One thing done once by one tool. */
export interface Sample extends Measured {
  /** What was done, such as `no-op`. */
  readonly phase: string
  readonly tool: string
  readonly latencyMs: number
  readonly serverCpuSeconds: number
  readonly counts: Readonly<Record<string, number>>
  readonly mostInFlight: number
  /** Files, keys or links, for which seconds and CPU stand. */
  readonly items: number
  /** With how many it was really done, when `items` is reckoned from them; else null. */
  readonly scaledFrom: number | null
}

/** How large the rows are. */
export interface RowSizes {
  readonly files: number
  /** For tools that ask about one file after the other, where there is latency. */
  readonly serialFiles: number
  readonly manyFiles: number
  readonly mediumFiles: number
  readonly mediumBytes: number
  readonly largeBytes: number
  readonly listedKeys: number
  readonly links: number
}

/** The sizes that the project's own numbers are for. */
export const usualSizes: RowSizes = {
  files: 5000,
  serialFiles: 250,
  manyFiles: 100_000,
  mediumFiles: 200,
  mediumBytes: 5 * 1024 * 1024,
  largeBytes: 1024 ** 3,
  listedKeys: 100_000,
  links: 10_000,
}

/** What a row needs. `next` gives the numbers that order is shuffled by. */
export interface RowContext {
  readonly server: NullServer
  readonly latencyMs: number
  readonly tools: readonly Tool[]
  readonly scratch: string
  readonly seed: number
  readonly repeats: number
  readonly sizes: RowSizes
  readonly next: () => number
  record(sample: Sample): void
  /** A tool that failed or did something else than was asked for: it has no sample. */
  problem(phase: string, tool: string, why: string): void
}

/** A row, or several that follow from one another. */
export interface Row {
  readonly title: string
  /** Whether latency has no part in it, so that it is measured once. */
  readonly isOffline?: boolean
  run(context: RowContext): Promise<void>
}

let buckets = 0

/**
 * Does `work` with every tool that can, once a repeat, in an order that differs each time and with a bucket of its own
 * each time. `report` takes the name of what is being done, for the problem that it may end with.
 */
export async function forEachTool(
  context: RowContext,
  can: (tool: Tool) => boolean,
  work: (tool: Tool, place: Place, report: string[]) => Promise<void>,
): Promise<void> {
  for (let repeat = 0; repeat < context.repeats; repeat++)
    for (const tool of shuffled(context.tools.filter(can), context.next)) {
      const phase = ['start']
      try {
        await work(tool, newPlace(context), phase)
      } catch (error) {
        context.problem(phase[0] ?? '', tool.name, error instanceof Error ? error.message : String(error))
      } finally {
        await context.server.reset()
      }
    }
}

/** A bucket and a memory that nobody has used. */
export function newPlace({ server, scratch }: RowContext): Place {
  const bucket = `bench-${++buckets}`
  const memory = join(scratch, `memory-${bucket}`)
  mkdirSync(memory)
  return { endpoint: server.endpoint, bucket, memory }
}

/** A run, and what the server saw of it. */
export type CountedRun = Measured & Pick<Sample, 'serverCpuSeconds' | 'counts' | 'mostInFlight'>

/** Runs a command and counts the requests that it makes meanwhile. */
export async function runCounted(
  context: RowContext,
  command: Command,
  output?: string,
): Promise<CountedRun> {
  const { server, scratch } = context
  await server.recount()
  const environment = toolEnvironment(scratch)
  const measured = await measure(command, { scratch, environment, ...(output ? { output } : {}) })
  const { counts, cpuSeconds, mostInFlight } = await server.stats()
  return { ...measured, counts, mostInFlight, serverCpuSeconds: cpuSeconds }
}

/** Throws unless the bucket has exactly these keys with these sizes. */
export function checkObjects(
  found: readonly [string, number][],
  expected: ReadonlyMap<string, number>,
): void {
  if (found.length !== expected.size) throw new Error(`${found.length} objects instead of ${expected.size}`)
  for (const [key, size] of found)
    if (expected.get(key) !== size)
      throw new Error(`${key} has ${size} bytes instead of ${expected.get(key) ?? 'none'}`)
}

function shuffled<T>(all: readonly T[], next: () => number): T[] {
  return all
    .map((each) => ({ each, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each)
}
