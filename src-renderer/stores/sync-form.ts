import type { Destination, DestinationInput } from '../../src-preload/contract/destination.ts'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { defaultCacheControl, patternsOf } from './destination-form.ts'

/** The options of a sync as they are typed; all but the two of removing are kept with the destination. */
export interface SyncForm {
  readonly cacheControl: string
  readonly longCache: boolean
  /** The person's own rules, before the recommended ones. */
  readonly rules: readonly HeaderRule[]
  /** One pattern a line. */
  readonly exclude: string
  readonly removeRemoteOnly: boolean
  readonly removeForeign: boolean
  readonly manifestInBucket: boolean
  readonly keepPrevious: boolean
  /** A command; empty for none. */
  readonly runBefore: string
  /** Where it runs; null for the folder that is published. */
  readonly runBeforeFolderId: string | null
}

/** What a destination says about its syncs. */
export function formOfSync(destination: Destination): SyncForm {
  return {
    cacheControl: destination.cacheControl ?? defaultCacheControl,
    longCache: destination.longCache ?? false,
    rules: destination.rules ?? [],
    exclude: destination.exclude.join('\n'),
    removeRemoteOnly: false,
    removeForeign: false,
    manifestInBucket: destination.manifestInBucket ?? false,
    keepPrevious: destination.keepPrevious ?? false,
    runBefore: destination.runBefore?.command ?? '',
    runBeforeFolderId: destination.runBefore?.folderId ?? null,
  }
}

/** The options as a plan takes them. */
export function syncOptionsOf(form: SyncForm, destination: Destination): SyncOptions {
  return {
    cacheControl: form.cacheControl.trim(),
    rules: [...form.rules, ...(form.longCache ? recommendedRules : [])].slice(0, 100),
    exclude: patternsOf(form.exclude),
    removeRemoteOnly: form.removeRemoteOnly,
    removeForeign: form.removeRemoteOnly && form.removeForeign,
    maxDelete: null,
    visibility: destination.visibility,
    keepPrevious: form.keepPrevious,
    manifestInBucket: form.manifestInBucket,
  }
}

/** The destination with these options; null when it has them already. */
export function destinationWith(form: SyncForm, destination: Destination): DestinationInput | null {
  const { id: _id, folder: _folder, ...before } = destination
  const cacheControl = form.cacheControl.trim()
  const command = form.runBefore.trim()
  const after: DestinationInput = {
    ...before,
    cacheControl: cacheControl === '' ? null : cacheControl,
    longCache: form.longCache,
    rules: [...form.rules],
    exclude: patternsOf(form.exclude),
    manifestInBucket: form.manifestInBucket,
    keepPrevious: form.keepPrevious,
    runBefore: command === '' ? null : { command, folderId: form.runBeforeFolderId },
  }
  return isKept(form, destination) ? null : after
}

function isKept(form: SyncForm, destination: Destination): boolean {
  const texts = ({ removeRemoteOnly: _1, removeForeign: _2, ...kept }: SyncForm) =>
    JSON.stringify({ ...kept, cacheControl: kept.cacheControl.trim(), exclude: patternsOf(kept.exclude) })
  return texts(form) === texts(formOfSync(destination))
}
