import type { BucketRef } from '../../src-preload/contract/call.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import type { CheckScope } from '../../src-preload/contract/visibility-report.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { ruledVisibility } from '../sync/headers.ts'
import type { PlannedSync } from '../sync/plan-facts.ts'
import type { FindOpening } from './policy-reader.ts'
import { refuseExposing } from './refuse-exposing.ts'
import type { ChangeCause, OpenCheck, VisibilityChecks } from './visibility-checks.ts'

/** Hears of what a sync changes, so that it is asked for. */
export interface SyncCheck {
  /** An object was sent, or has other headers: with those it was copied, and its ACL put back. */
  done(key: string): void
  /** The sync has come to its end, whatever that was. Answers the id of the report; null where nothing is asked for. */
  end(changed: () => readonly string[]): string | null
}

/** So many of each visibility are asked for where a few are enough. */
const fewOfEach = 2

/**
 * Who is to read a sync's objects, by key: as its rules say, else as whoever has asked for it says, else as the plan does.
 */
export function expectedVisibility(
  { options, prefix }: { readonly options: SyncOptions; readonly prefix: string },
  expected: WantedVisibility | null = options.visibility,
): (key: string) => WantedVisibility | null {
  const ruled = ruledVisibility(options, prefix)
  return (key) => ruled(key) ?? expected
}

/**
 * Throws `safety-refused` when a planned sync would send what is to be private where the bucket's policy lets everybody read
 * it. What is there already and gets other headers is asked for afterwards, as before.
 */
export async function refuseExposedFiles(
  openingOf: FindOpening,
  { rows, facts }: Pick<PlannedSync, 'rows' | 'facts'>,
  expected: (key: string) => WantedVisibility | null,
): Promise<void> {
  const keys = {
    *[Symbol.iterator]() {
      for (const key of rows.keys({ actions: ['upload'] })) if (expected(key) === 'private') yield key
    },
  }
  await refuseExposing(openingOf, { bucket: facts.bucket, keys })
}

/**
 * Asks for what a sync changes: for everything once it has ended, or for the first few while it goes on, so that nobody
 * waits for them.
 */
export function checkSync(
  checks: VisibilityChecks,
  scope: CheckScope,
  about: {
    readonly place: BucketRef
    readonly cause: ChangeCause
    readonly expected: (key: string) => WantedVisibility | null
  },
): SyncCheck {
  const { place, cause, expected } = about
  const asked = new Map<WantedVisibility | null, number>()
  let few: OpenCheck | null = null
  let objects = 0
  return {
    done(key) {
      objects++
      if (scope !== 'sample') return
      const who = expected(key)
      const already = asked.get(who) ?? 0
      if (already >= fewOfEach) return
      asked.set(who, already + 1)
      few ??= checks.open(place, cause)
      few?.add({ key, expected: who })
    },
    end(changed) {
      if (scope === 'none') return null
      if (scope === 'all')
        return checks.after(
          place,
          cause,
          changed().map((key) => ({ key, expected: expected(key) })),
        )
      few?.end(objects)
      return few?.reportId ?? null
    },
  }
}
