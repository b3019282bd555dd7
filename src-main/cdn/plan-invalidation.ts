import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KeptSync } from '../sync/applied-sync.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { collapsePaths, pathsATurn } from './collapse-paths.ts'
import { covers, invalidationPaths, isWildcard } from './invalidation-paths.ts'

/** The paths to invalidate after a sync, and what they cover. */
export interface PlannedInvalidation {
  /** At most 15, sorted. */
  readonly paths: string[]
  /** How many of them end in `*`. */
  readonly wildcards: number
  /** Keys that a cache may hold an old answer for. */
  readonly changed: number
  /** Keys below the prefix that did not change and whose copies go all the same. */
  readonly unrelated: number
}

/**
 * What caches have to forget: the keys whose content or headers a sync changed, and those it removed. A key that was not
 * there before is left out: what a cache may hold of it is a 404, which CloudFront forgets by itself after ten seconds,
 * and every path is paid for. Before the plan is applied this is what would be done, afterwards what really was.
 * `stripPrefix`: the distribution's origin path is the prefix. Reads nothing remote.
 */
export async function planInvalidation(
  { planned, done }: Pick<KeptSync, 'planned' | 'done'>,
  stripPrefix: boolean,
): Promise<PlannedInvalidation> {
  const { prefix } = planned.facts
  const pathsOf = (row: SyncRow) => invalidationPaths(stripPrefix ? row.key.slice(prefix.length) : row.key)
  const changed: string[][] = []
  const others: string[][] = []
  let index = 0
  for (const row of planned.rows) {
    if (index++ % pathsATurn === 0) await nextTurn()
    if (row.reason === 'new') continue
    const isChange = row.action === 'upload' || row.action === 'update-headers' || row.action === 'delete'
    if (isChange && (done === null || done.has(row.key))) changed.push(pathsOf(row))
    else others.push(pathsOf(row))
  }
  const paths = await collapsePaths(changed.flat(), others.flat())
  const wildcards = paths.filter(isWildcard)
  return {
    paths,
    wildcards: wildcards.length,
    changed: changed.length,
    unrelated: others.filter((each) =>
      each.some((path) => wildcards.some((pattern) => covers(pattern, path))),
    ).length,
  }
}
