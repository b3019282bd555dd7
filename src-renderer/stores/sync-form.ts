import type { StaticDestination, StaticDestinationInput } from '../../src-preload/contract/destination.ts'
import { defaultCacheControl } from '../../src-preload/contract/built-in-presets.ts'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { excludeProblem, headerLineProblem, maxDeleteProblem } from '../text/option-text.ts'
import { patternsOf } from './destination-form.ts'

/** How files are compressed before they are sent. */
export type Precompression = NonNullable<HeaderRule['precompress']>

/** The options of a sync as they are typed; all but the three of removing are kept with the destination. */
export interface SyncForm {
  readonly cacheControl: string
  readonly longCache: boolean
  /** The person's own rules, before the recommended ones, without the one that stands for {@link precompress}. */
  readonly rules: readonly HeaderRule[]
  /** For all files that get smaller by it. */
  readonly precompress: Precompression
  /** One pattern a line. */
  readonly exclude: string
  readonly removeRemoteOnly: boolean
  readonly removeForeign: boolean
  /** How many objects may be removed; empty for 50, or a tenth of them. */
  readonly maxDelete: string
  readonly manifestInBucket: boolean
  readonly keepPrevious: boolean
  /** Of CloudFront; empty for none. */
  readonly distributionId: string
  /** A command; empty for none. */
  readonly runBefore: string
  /** Where it runs; null for the folder that is published. */
  readonly runBeforeFolderId: string | null
}

/** What can be wrong with the options, by field. */
export type SyncFormProblems = Partial<
  Record<'exclude' | 'cacheControl' | 'maxDelete' | 'distributionId', string>
>

/** What a destination says about its syncs. */
export function formOfSync(destination: StaticDestination): SyncForm {
  const rules = destination.rules ?? []
  return {
    cacheControl: destination.cacheControl ?? defaultCacheControl,
    longCache: destination.longCache ?? false,
    rules: rules.filter((rule) => !isForAll(rule)),
    precompress: rules.find(isForAll)?.precompress ?? 'off',
    exclude: destination.exclude.join('\n'),
    removeRemoteOnly: false,
    removeForeign: false,
    maxDelete: '',
    manifestInBucket: destination.manifestInBucket ?? false,
    keepPrevious: destination.keepPrevious ?? false,
    distributionId: destination.distributionId ?? '',
    runBefore: destination.runBefore?.command ?? '',
    runBeforeFolderId: destination.runBefore?.folderId ?? null,
  }
}

/** What has been typed over what a destination says. The rest follows the destination, whoever changes it. */
export type SyncDraft = Partial<SyncForm>

/** The options as they are on the screen. */
export function formWith(destination: StaticDestination, draft: SyncDraft | undefined): SyncForm {
  return { ...formOfSync(destination), ...draft }
}

/** What of a form the destination does not say. */
export function draftOf(form: SyncForm, destination: StaticDestination): SyncDraft {
  const said = formOfSync(destination)
  const names = Object.keys(said) as (keyof SyncForm)[]
  return Object.fromEntries(
    names
      .filter((name) => JSON.stringify(form[name]) !== JSON.stringify(said[name]))
      .map((name) => [name, form[name]]),
  )
}

/** What is left of a draft when the destination has been told: what may be removed is asked anew at each sync. */
export function unkeptOf({ removeRemoteOnly, removeForeign, maxDelete }: SyncForm): SyncDraft {
  return { removeRemoteOnly, removeForeign, maxDelete }
}

/** Whether a rule is the one that {@link SyncForm.precompress} stands for. */
function isForAll(rule: HeaderRule): boolean {
  return rule.glob === '*' && rule.precompress !== undefined && Object.keys(rule).length === 2
}

/** The rules to keep with the destination; that for all files comes last, so that the others can take files out of it. */
function keptRules(form: SyncForm): HeaderRule[] {
  return [
    ...form.rules,
    ...(form.precompress === 'off' ? [] : [{ glob: '*', precompress: form.precompress }]),
  ]
}

/** What is wrong with the typed options, by field; empty when they can be used. */
export function syncFormProblems(form: SyncForm): SyncFormProblems {
  const problems: SyncFormProblems = {}
  const exclude = excludeProblem(patternsOf(form.exclude))
  if (exclude !== null) problems.exclude = exclude
  const cacheControl = headerLineProblem(form.cacheControl.trim())
  if (cacheControl !== null) problems.cacheControl = cacheControl
  const maxDelete = maxDeleteProblem(form.maxDelete)
  if (form.removeRemoteOnly && maxDelete !== null) problems.maxDelete = maxDelete
  const id = form.distributionId.trim()
  if (id !== '' && !/^[A-Z0-9]{5,64}$/.test(id))
    problems.distributionId = 'It looks like E2QWRUHAPOMQZL; CloudFront’s list of distributions has it.'
  return problems
}

/** The options as a plan takes them. */
export function syncOptionsOf(form: SyncForm, destination: StaticDestination): SyncOptions {
  return {
    cacheControl: form.cacheControl.trim(),
    rules: [...keptRules(form), ...(form.longCache ? recommendedRules : [])],
    exclude: patternsOf(form.exclude),
    removeRemoteOnly: form.removeRemoteOnly,
    removeForeign: form.removeRemoteOnly && form.removeForeign,
    maxDelete: form.removeRemoteOnly && form.maxDelete.trim() !== '' ? Number(form.maxDelete) : null,
    visibility: destination.visibility,
    keepPrevious: form.keepPrevious,
    manifestInBucket: form.manifestInBucket,
  }
}

/** The destination with these options; null when it has them already. */
export function destinationWith(
  form: SyncForm,
  destination: StaticDestination,
): StaticDestinationInput | null {
  const { id: _id, folder: _folder, ...before } = destination
  const cacheControl = form.cacheControl.trim()
  const command = form.runBefore.trim()
  const distributionId = form.distributionId.trim()
  const after: StaticDestinationInput = {
    ...before,
    cacheControl: cacheControl === '' ? null : cacheControl,
    longCache: form.longCache,
    rules: keptRules(form),
    distributionId: distributionId === '' ? null : distributionId,
    exclude: patternsOf(form.exclude),
    manifestInBucket: form.manifestInBucket,
    keepPrevious: form.keepPrevious,
    runBefore: command === '' ? null : { command, folderId: form.runBeforeFolderId },
  }
  return isKept(form, destination) ? null : after
}

function isKept(form: SyncForm, destination: StaticDestination): boolean {
  const texts = ({ removeRemoteOnly: _1, removeForeign: _2, maxDelete: _3, ...kept }: SyncForm) =>
    JSON.stringify({ ...kept, cacheControl: kept.cacheControl.trim(), exclude: patternsOf(kept.exclude) })
  return texts(form) === texts(formOfSync(destination))
}
