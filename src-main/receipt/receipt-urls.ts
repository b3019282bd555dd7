import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import type { AppliedSync, RowDone } from '../sync/applied-sync.ts'
import type { RowFacts } from '../sync/row-facts.ts'
import { publishStage } from '../sync/publish-order.ts'

/** A key that a sync changed, and what a visitor should get of it. */
export interface ChangedKey {
  readonly key: string
  readonly action: 'upload' | 'update-headers' | 'delete'
  /** The headers that were sent; none for a removed key. */
  readonly headers: ObjectHeaders
  /** Who should get it, where a rule says otherwise than the destination; else null. */
  readonly visibility: WantedVisibility | null
  readonly done: RowDone
}

/** How many URLs a receipt asks for. */
export const mostReceiptUrls = 200

/** Places that the kinds of {@link kindOf} have before the others may fill them. */
const places: readonly number[] = [125, 25, 25, 25]

/** Whether a name is that of a font, which browsers do not use across origins without CORS. */
export function isFont(key: string): boolean {
  return /\.(woff2?|ttf|otf)$/i.test(key)
}

/**
 * The keys to ask for, of those that a sync really changed: pages and manifests, then styles and scripts, fonts, and the
 * rest; within each what was sent before what was removed, in the order of keys. When there are more than `limit`, each
 * kind keeps some places, because what is wrong with fonts is not seen on pages. Answers, too, how many were left out.
 */
export function chooseChangedKeys(
  { planned, done }: Pick<AppliedSync, 'planned' | 'done'>,
  limit: number = mostReceiptUrls,
): { readonly chosen: ChangedKey[]; readonly leftOut: number } {
  const kinds: ChangedKey[][] = places.map(() => [])
  let all = 0
  for (const { row, facts: planFacts } of planned.rows.each({ actions: changing })) {
    const { key, action } = row
    const facts = done.get(key)
    if (facts === undefined || !isChange(action)) continue
    all++
    kinds[kindOf(key)]?.push({
      key,
      action,
      headers: action === 'delete' ? {} : planFacts.headers,
      visibility: ruledVisibility(planned, planFacts),
      done: facts,
    })
  }
  const share = kinds.map((kind, index) =>
    Math.min(kind.length, Math.floor(((places[index] ?? 0) * limit) / mostReceiptUrls)),
  )
  let free = limit - share.reduce((sum, count) => sum + count, 0)
  const chosen = kinds.flatMap((kind, index) => {
    const more = Math.min(free, kind.length - (share[index] ?? 0))
    free -= more
    return kind.slice(0, (share[index] ?? 0) + more)
  })
  return { chosen, leftOut: all - chosen.length }
}

function ruledVisibility(
  { facts }: AppliedSync['planned'],
  { visibility = facts.options.visibility }: RowFacts,
): WantedVisibility | null {
  return visibility === facts.options.visibility ? null : visibility
}

const changing: readonly SyncRow['action'][] = ['upload', 'update-headers', 'delete']

function isChange(action: SyncRow['action']): action is ChangedKey['action'] {
  return changing.includes(action)
}

function kindOf(key: string): number {
  if (publishStage(key) >= 3) return 0
  if (/\.(css|m?js|cjs)$/i.test(key)) return 1
  return isFont(key) ? 2 : 3
}
