import type { Destination } from '../../src-preload/contract/destination.ts'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import { mostExcludes } from '../../src-preload/contract/rule-limits.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import type { CheckScope } from '../../src-preload/contract/visibility-report.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { Given } from './command.ts'
import type { AfterWish } from './sync-after.ts'
import { UsageError } from './usage-error.ts'

/** What a command line asks of a sync. */
export interface WantedSync {
  /** Empty: that of the destination. */
  readonly folder: string
  /** The folder of the destination. */
  readonly folderId: string | null
  /** The destination itself; null when a URL says where. */
  readonly destinationId: string | null
  /** The destination's own command, which only the application runs. */
  readonly unrun: string | null
  readonly bucket: string
  readonly prefix: string
  readonly options: SyncOptions
  /** How many of the rules are the destination's own. */
  readonly ownRules: number
  /** The file of `--rules`. */
  readonly rulesFile: string | null
  /** The command of `--run-before`. */
  readonly runBefore: string | null
  readonly watch: boolean
  readonly after: AfterWish
  /** How much of what it changes is asked for without a signature. */
  readonly checks: CheckScope
  /** Who is to read the objects; null where nobody has said. */
  readonly expected: WantedVisibility | null
  readonly dryRun: boolean
  readonly yes: boolean
}

/** What a destination says of its syncs, with what the command line says before it. Throws UsageErrors. */
export function toDestination(wanted: WantedSync, given: Given, destination: Destination): WantedSync {
  const { options, after } = wanted
  if (destination.kind !== 'static')
    throw new UsageError(`“${destination.name}” is filled by uploads: pail put --to sends files there.`)
  if (wanted.folder === '' && destination.folderId === null)
    throw new UsageError(`“${destination.name}” has no folder of its own: say which.`)
  const exclude = [...new Set([...options.exclude, ...destination.exclude])]
  if (exclude.length > mostExcludes)
    throw new UsageError(
      `--exclude and “${destination.name}” have ${exclude.length} patterns together, and a sync takes at most ${mostExcludes}.`,
    )
  const isVisibilityGiven = given.flag('public') || given.flag('private')
  const rules = [
    ...options.rules,
    ...(destination.rules ?? []),
    ...(destination.longCache && !given.flag('long-cache') ? recommendedRules : []),
  ]
  return {
    ...wanted,
    folderId: destination.folderId,
    destinationId: destination.id,
    bucket: destination.bucket,
    prefix: destination.prefix,
    ownRules: destination.rules?.length ?? 0,
    options: {
      ...options,
      cacheControl:
        given.text('cache-control') === undefined
          ? (destination.cacheControl ?? options.cacheControl)
          : options.cacheControl,
      rules,
      exclude,
      manifestInBucket: options.manifestInBucket || destination.manifestInBucket === true,
      visibility: isVisibilityGiven ? options.visibility : destination.visibility,
      keepPrevious: options.keepPrevious || destination.keepPrevious === true,
    },
    after: {
      ...after,
      receipt:
        after.receipt === null || given.text('base-url') !== undefined
          ? after.receipt
          : {
              ...after.receipt,
              baseUrl: destination.baseUrl,
              stripPrefix: destination.stripPrefix === true,
              expected: isVisibilityGiven ? after.receipt.expected : destination.visibility,
            },
    },
    expected: isVisibilityGiven ? options.visibility : destination.visibility,
    unrun: wanted.runBefore === null ? (destination.runBefore?.command ?? null) : null,
  }
}
