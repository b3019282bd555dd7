import type { Sample } from './row.ts'

/** The middle of the numbers, or of the two in the middle; null of none. */
export function median(numbers: readonly (number | null)[]): number | null {
  const sorted = numbers.filter((number) => number !== null).sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) return null
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

function fixed(number: number | null, digits: number): string {
  return number === null ? '–' : number.toFixed(digits)
}

function groupBy<T>(all: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of all) {
    const key = keyOf(each)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [each])
    else group.push(each)
  }
  return groups
}

function words(sample: Sample): string {
  const all = Object.entries(sample.counts)
    .toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b))
    .map(([name, count]) => `${count} ${name}`)
  return all.join(', ') || 'none'
}

/**
 * The medians as one Markdown table: for each thing done and each latency the first tool, then the others from fast to
 * slow, with how many times as long each took. What was reckoned from fewer files has a star.
 */
export function table(samples: readonly Sample[], toolNames: readonly string[]): string {
  const [own = ''] = toolNames
  const lines = [
    '| What | Latency ms | Tool | Seconds | × | CPU s | CPU ms each | Peak MB | In flight | Server CPU s | Requests |',
    '|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---|',
  ]
  const groups = groupBy(samples, ({ phase, latencyMs }) => `${phase} | ${latencyMs}`)
  for (const [title, group] of groups) {
    const byTool = [...groupBy(group, ({ tool }) => tool)].map(([tool, runs]) => ({
      tool,
      runs,
      seconds: median(runs.map(({ seconds }) => seconds)) ?? 0,
    }))
    const ours = byTool.find(({ tool }) => tool === own)?.seconds ?? null
    byTool.sort((a, b) => Number(b.tool === own) - Number(a.tool === own) || a.seconds - b.seconds)
    for (const { tool, runs, seconds } of byTool) {
      const [first] = runs
      if (first === undefined) continue
      const star = first.scaledFrom === null ? '' : '*'
      const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds))
      const cells = [
        title,
        tool,
        fixed(seconds, 2) + star,
        ours === null ? '–' : fixed(seconds / ours, seconds / ours < 10 ? 1 : 0),
        fixed(cpu, 2) + (cpu === null ? '' : star),
        fixed(cpu === null || first.items === 1 ? null : (1000 * cpu) / first.items, 3),
        fixed(median(runs.map(({ megabytes }) => megabytes)), 0),
        fixed(median(runs.map(({ mostInFlight }) => mostInFlight)), 0),
        fixed(median(runs.map(({ serverCpuSeconds }) => serverCpuSeconds)), 2) + star,
        words(first) + (first.scaledFrom === null ? '' : ` (of ${first.scaledFrom} files)`),
      ]
      lines.push(`| ${cells.join(' | ')} |`)
    }
  }
  return lines.join('\n')
}
