import type { Invalidation, InvalidationPlan } from '../../src-preload/contract/invalidation.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'

/** What CloudFront would have to forget of these rows: the paths themselves, or their directories when they are many. */
export function sampleInvalidationPlan(
  input: { readonly distributionId: string },
  planRows: readonly SyncRow[],
  planId: string,
  isApplied: boolean,
): InvalidationPlan {
  const isChange = ({ action, reason }: SyncRow) =>
    reason !== 'new' && (action === 'upload' || action === 'update-headers' || action === 'delete')
  const changed = planRows.filter(isChange).map(({ key }) => `/${encodeURI(key)}`)
  const directories = [...new Set(changed.map((path) => `${path.slice(0, path.lastIndexOf('/') + 1)}*`))]
  const paths = changed.length <= 15 ? changed : directories.slice(0, 15)
  const wildcards = paths.filter((path) => path.endsWith('*')).map((path) => path.slice(0, -1))
  return {
    planId,
    distributionId: input.distributionId,
    basis: isApplied ? 'done' : 'planned',
    paths,
    wildcards: wildcards.length,
    changed: changed.length,
    unrelated: planRows.filter(
      (row) => !isChange(row) && wildcards.some((prefix) => `/${encodeURI(row.key)}`.startsWith(prefix)),
    ).length,
  }
}

/** The answer of CloudFront: under way at first, and done for whoever waits. */
export function sampleInvalidation(input: { readonly waitSeconds?: number | undefined }): Invalidation {
  return {
    invalidationId: 'I2J0I21PCUYOIK',
    status: (input.waitSeconds ?? 0) > 0 ? 'completed' : 'in-progress',
    paths: 3,
  }
}
