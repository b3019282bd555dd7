import { setImmediate as nextTurn } from 'node:timers/promises'
import { covers, isWildcard, wholeEscapes } from './invalidation-paths.ts'

/** More paths than this are collapsed. */
export const mostPaths = 15

/** So many paths between two turns of the event loop, so that a large site does not stop the window. */
export const pathsATurn = 2000

/** What `/*` costs: as good as never, since a distribution may serve more than the bucket. */
const everythingCosts = 2 ** 40

/** One unrelated path weighs more than any number of patterns that may be had. */
const unrelatedCosts = 64

/** Paths with a common beginning. Its children begin with different characters after it. */
interface Branch {
  readonly prefix: string
  /** Whether the prefix is itself a path. */
  isPath: boolean
  children: Branch[]
  /** The one pattern that covers all below, and its cost; only where there are children. */
  whole: Cover
  /** The cost of covering own path and children apart, by the number of patterns; empty when they are too many. */
  split: readonly number[]
  /** For each child, by the number of patterns for it and those before it, how many it gets of them. */
  shares: readonly Uint8Array[]
  /** The least cost with at most index + 1 patterns, one for all or apart. */
  best: readonly number[]
}

interface Cover {
  readonly pattern: string
  readonly cost: number
}

/** Shared by the many branches that are one path: most of them never have anything else. */
const none: never[] = []
const oneExact: readonly number[] = [1]
const itself: Cover = { pattern: '', cost: 1 }

/**
 * Covers paths with at most `limit` patterns. Up to the limit they stay as they are. Above it, wildcards take the place
 * of those that have a beginning in common, so that as few as possible of the `unrelated` paths are covered with them,
 * and then so that the patterns are few: each is paid for. All of a directory is named as a directory. `/*` is only used
 * when nothing else is enough.
 */
export async function collapsePaths(
  paths: readonly string[],
  unrelated: readonly string[],
  limit: number = mostPaths,
): Promise<string[]> {
  const wanted = withoutCovered(paths)
  if (wanted.length <= limit) return wanted
  const others = [...new Set(unrelated)].sort()
  const { root, bottomUp } = await growTree(wanted)
  for (const [index, branch] of bottomUp.entries()) {
    if (index % pathsATurn === 0) await nextTurn()
    weigh(branch, others, limit)
  }
  const chosen: string[] = []
  gather(root, limit, chosen)
  return withoutCovered(chosen)
}

/** Sorted, each once, and without those that a wildcard among them covers. */
function withoutCovered(paths: readonly string[]): string[] {
  const once = [...new Set(paths)]
  if (!once.some(isWildcard)) return once.sort()
  const kept: string[] = []
  let wildcard: string | null = null
  // By prefix, the wildcard before what it covers.
  const byPrefix = once.sort((a, b) => compare(prefixOf(a), prefixOf(b)) || (isWildcard(a) ? -1 : 1))
  for (const path of byPrefix) {
    if (wildcard !== null && covers(wildcard, path)) continue
    if (isWildcard(path)) wildcard = path
    kept.push(path)
  }
  return kept
}

function prefixOf(pattern: string): string {
  return isWildcard(pattern) ? pattern.slice(0, -1) : pattern
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The paths, which are sorted, as a tree of their common beginnings; and its branches, children before parents. */
async function growTree(paths: readonly string[]): Promise<{ root: Branch; bottomUp: Branch[] }> {
  const bottomUp: Branch[] = []
  const root = branchAt('/')
  const open: Branch[] = [root]
  const top = () => open.at(-1) as Branch
  const closeDownTo = (length: number) => {
    while (top().prefix.length > length) {
      const closed = open.pop() as Branch
      const parent = top()
      if (parent.prefix.length < length) {
        // The two have more in common than the parent says: a branch between them.
        const between = branchAt(closed.prefix.slice(0, length))
        adopt(between, closed)
        open.push(between)
      } else {
        adopt(parent, closed)
      }
      bottomUp.push(closed)
    }
  }
  for (const [index, path] of paths.entries()) {
    if (index % pathsATurn === 0) await nextTurn()
    closeDownTo(commonLength(top().prefix, path))
    if (top().prefix === path) top().isPath = true
    else open.push({ ...branchAt(path), isPath: true })
  }
  closeDownTo(root.prefix.length)
  bottomUp.push(root)
  return { root, bottomUp }
}

function branchAt(prefix: string): Branch {
  return { prefix, isPath: false, children: none, whole: itself, split: none, shares: none, best: oneExact }
}

function adopt(parent: Branch, child: Branch): void {
  if (parent.children.length === 0) parent.children = [child]
  else parent.children.push(child)
}

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a[length] === b[length]) length++
  return length
}

function weigh(branch: Branch, others: readonly string[], limit: number): void {
  if (branch.children.length === 0) {
    if (isWildcard(branch.prefix))
      branch.best = [countBelow(others, branch.prefix.slice(0, -1)) * unrelatedCosts + 1]
    return
  }
  branch.whole = wholeOf(branch.prefix, others)
  branch.split = weighApart(branch, limit)
  const best: number[] = []
  let least = branch.whole.cost
  for (let patterns = 1; patterns < Math.max(2, branch.split.length); patterns++) {
    least = Math.min(least, branch.split[patterns] ?? Number.POSITIVE_INFINITY)
    best.push(least)
  }
  branch.best = best
}

/** The costs of {@link Branch.split}: one child after the other gets as many patterns as pay best. */
function weighApart(branch: Branch, limit: number): readonly number[] {
  const { isPath, children } = branch
  if (children.length + (isPath ? 1 : 0) > limit) return none
  const shares: Uint8Array[] = []
  let costs = isPath ? [Number.POSITIVE_INFINITY, 1] : [0]
  for (const child of children) {
    const most = Math.min(limit, costs.length - 1 + child.best.length)
    const next = Array.from({ length: most + 1 }, () => Number.POSITIVE_INFINITY)
    const share = new Uint8Array(most + 1)
    for (const [before, cost] of costs.entries()) {
      for (const [index, childCost] of child.best.entries()) {
        const patterns = before + index + 1
        if (patterns > most || cost + childCost >= (next[patterns] ?? 0)) continue
        next[patterns] = cost + childCost
        share[patterns] = index + 1
      }
    }
    shares.push(share)
    costs = next
  }
  branch.shares = shares
  return costs
}

/** The wildcard for all that begin alike, at the directory where that covers nothing more. */
function wholeOf(common: string, others: readonly string[]): Cover {
  const prefix = wholeEscapes(common)
  const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const covered = countBelow(others, prefix)
  const best = directory !== '/' && countBelow(others, directory) === covered ? directory : prefix
  return {
    pattern: `${best}*`,
    cost: covered * unrelatedCosts + 1 + (best === '/' ? everythingCosts : 0),
  }
}

/** How many of the sorted paths begin so. */
function countBelow(sorted: readonly string[], prefix: string): number {
  const first = lowerBound(sorted, (path) => path < prefix)
  const after = lowerBound(sorted, (path) => path < prefix || path.startsWith(prefix))
  return after - first
}

/** The index of the first for which `isBefore` does not hold. */
function lowerBound(sorted: readonly string[], isBefore: (path: string) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(sorted[middle] as string)) low = middle + 1
    else high = middle
  }
  return low
}

/** Adds the patterns that are best for a branch when it may have so many of them. */
function gather(branch: Branch, allowed: number, chosen: string[]): void {
  if (branch.children.length === 0) {
    chosen.push(branch.prefix)
    return
  }
  const cost = branch.best[Math.min(allowed, branch.best.length) - 1]
  let patterns = branch.split.findIndex((each) => each === cost)
  if (patterns === -1) {
    chosen.push(branch.whole.pattern)
    return
  }
  for (let index = branch.children.length - 1; index >= 0; index--) {
    const share = branch.shares[index]?.[patterns] ?? 0
    gather(branch.children[index] as Branch, share, chosen)
    patterns -= share
  }
  if (branch.isPath) chosen.push(branch.prefix)
}
