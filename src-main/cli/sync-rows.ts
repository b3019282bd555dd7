import type { PlanRowFilter, SyncPlan, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { ask, type CommandContext } from './command.ts'
import { counted, plainText } from './plain-text.ts'

/** Reasons for which a file that should have gone up did not: failures. The others were left out on purpose. */
export const failingReasons: ReadonlySet<SyncRow['reason']> = new Set([
  'unreadable',
  'name-not-utf8',
  'name-collision',
  'key-too-long',
])

/** Reasons for which a file was left out that its owner may not expect: told, but no failure. */
export const tellingReasons: ReadonlySet<SyncRow['reason']> = new Set([
  'symlink',
  'special-file',
  'pails-own',
])

/** Why a row is as it is. */
export const reasonWords: Readonly<Record<SyncRow['reason'], string>> = {
  new: 'new',
  'size-differs': 'size differs',
  'content-differs': 'content differs',
  unverified: 'cannot be compared, sent again',
  'header-differs': 'header differs',
  same: 'same',
  'remote-only': 'not in the folder',
  'not-ours': 'not put there by Pail’s syncs',
  'changed-by-others': 'overwritten by somebody else',
  'folder-marker': 'folder marker',
  excluded: 'left out',
  symlink: 'The file is a symbolic link, and links are not followed.',
  'special-file': 'This is not a regular file.',
  unreadable: 'The file cannot be read.',
  'name-not-utf8': 'The file’s name is not valid UTF-8.',
  'name-collision': 'Another file has the same key.',
  'key-too-long': 'The key would be longer than S3 allows.',
  'pails-own': 'Pail keeps this name for itself.',
}

/** The rows of a plan that a filter shows, by pages: of a large one not all are in memory at the same time. */
async function* planPages(
  context: CommandContext,
  planId: string,
  filter: PlanRowFilter,
): AsyncGenerator<readonly SyncRow[]> {
  for (let offset = 0; ;) {
    const { rows, total } = await ask(
      context,
      context.api.listPlanRows({ planId, offset, limit: 1000, filter }),
    )
    if (rows.length > 0) yield rows
    offset += rows.length
    if (rows.length === 0 || offset >= total) return
  }
}

/** The rows of a plan that a filter shows, one after the other. */
export async function* planRows(
  context: CommandContext,
  planId: string,
  filter: PlanRowFilter,
): AsyncGenerator<SyncRow> {
  for await (const rows of planPages(context, planId, filter)) yield* rows
}

function sentAsWords({ sentAs, path }: SyncRow): string[] {
  if (sentAs === undefined) return []
  return [sentAs.sibling ? `${sentAs.coding} copy of ${path}` : `stored as ${sentAs.coding}`]
}

function changeInWords(row: SyncRow): string {
  const why =
    row.action === 'update-headers'
      ? row.headers.map(({ header, from, to }) => `${header}: ${from ?? 'none'} → ${to ?? 'none'}`).join('; ')
      : [reasonWords[row.reason], ...sentAsWords(row)].join(', ')
  return `${row.action.padEnd(14)}  ${String(row.bytes).padStart(12)}  ${plainText(row.key)}  (${plainText(why)})`
}

/** Prints what changes and why, and the warnings. */
export async function showPlan(context: CommandContext, plan: SyncPlan): Promise<void> {
  const { upload, updateHeaders, delete: deletes } = plan.counts
  const isShown = !context.output.json && upload + updateHeaders + deletes > 0
  // A page at a time: each line by itself would be a call to the system.
  for await (const rows of isShown ? planPages(context, plan.planId, 'changes') : [])
    await context.output.line(rows.map(changeInWords).join('\n'))
  for (const warning of plan.warnings) context.output.warn(warning)
  const { onlyInBucket: count } = plan
  if (count > 0)
    context.output.say(
      `${counted(count, 'object')} of earlier syncs ${count === 1 ? 'is' : 'are'} not in the folder any more and ${count === 1 ? 'stays' : 'stay'}: --delete removes ${count === 1 ? 'it' : 'them'}.`,
    )
}

/** Names what is not ours and is to go, also where nobody is asked. */
export async function tellForeign(
  context: CommandContext,
  { planId, foreignDeletes: count }: SyncPlan,
): Promise<void> {
  // What goes comes before what stays.
  const asked = { planId, offset: 0, limit: 20, filter: 'foreign' } as const
  const { rows } = await ask(context, context.api.listPlanRows(asked))
  const keys = rows.filter(({ action }) => action === 'delete').map(({ key }) => plainText(key))
  const more = count > 20 ? `, and ${(count - 20).toLocaleString('en')} more` : ''
  context.output.warn(
    `${counted(count, 'object')} to be removed ${count === 1 ? 'was' : 'were'} not put there by Pail’s syncs: ${keys.join(', ')}${more}`,
  )
}

/** One row of the plan in the document of `--json`: what does not concern it is left out. */
type ToldRow = Pick<SyncRow, 'key' | 'action' | 'reason' | 'bytes' | 'sentAs'> &
  Partial<Pick<SyncRow, 'headers'>>

/** The headers that change, for a row of `--json`; nothing where none does. */
export function changedHeaders<Headers extends readonly unknown[]>(headers: Headers): { headers?: Headers } {
  return headers.length === 0 ? {} : { headers }
}

/** All rows of a plan as `--json` tells them; `headers` has each header that changes, as it is and as it will be. */
export async function toldRows(context: CommandContext, planId: string): Promise<ToldRow[]> {
  const told: ToldRow[] = []
  for await (const { key, action, reason, bytes, headers, sentAs } of planRows(context, planId, 'all'))
    told.push({
      key,
      action,
      reason,
      bytes,
      ...changedHeaders(headers),
      ...(sentAs === undefined ? {} : { sentAs }),
    })
  return told
}
