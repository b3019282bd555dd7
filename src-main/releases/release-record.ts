import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { z } from 'zod'
import type * as schemas from './release-lines.ts'
import type { FoundLines } from './sealed-lines.ts'

/** The head of a record. */
export type ReleaseHead = Omit<z.infer<typeof schemas.firstLineSchema>, 'pailRelease'>
/** The end of a record, with what was done. */
export type ReleaseEnd = z.infer<typeof schemas.endLineSchema>
/** The headers that a sync may change. */
export type RecordedHeaders = z.infer<typeof schemas.headersSchema>
/** An ACL as it was read. */
export type RecordedAcl = z.infer<typeof schemas.aclSchema>
/** A copy of what was there before. */
export type RecordedCopy = z.infer<typeof schemas.copySchema>
/** A line of a record. */
export type PlanLine = z.infer<typeof schemas.planLineSchema>
export type KeptLine = z.infer<typeof schemas.keptLineSchema>
export type DoneLine = z.infer<typeof schemas.doneLineSchema>
export type UndoneLine = z.infer<typeof schemas.undoneLineSchema>
export type UndoLine = z.infer<typeof schemas.undoLineSchema>

/** One change of a sync. */
export interface ReleaseChange {
  readonly key: string
  readonly action: PlanLine['action']
  readonly before: PlanLine['before']
  /** What was copied aside before it was changed; null when nothing was. */
  readonly copy: RecordedCopy | null
  /** Null when it was planned, and whether it happened is not known. */
  readonly done: Omit<DoneLine, 'done'> | null
  /** What an undo has made of it; null when none did. */
  readonly undone: Omit<UndoneLine, 'undone'> | null
}

/** The record of one sync. */
export interface ReleaseRecord {
  readonly head: ReleaseHead
  readonly changes: readonly ReleaseChange[]
  /** Null when the sync ended without a word. */
  readonly end: ReleaseEnd | null
  readonly undo: UndoLine | null
}

/** Lines between two turns of the event loop, so that a large record does not stop the window. */
const linesATurn = 500

/** Ids sort by the time of the start, in UTC to the millisecond. */
const idForm = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/

/** Makes the id of a release that starts now. */
export function newReleaseId(now = new Date()): string {
  return `${now.toISOString().replace(/[-:.]/g, '')}-${randomBytes(3).toString('hex')}`
}

/** Whether a text has the form of {@link newReleaseId}. */
export function isReleaseId(text: string): boolean {
  return idForm.test(text)
}

/** When a release of this id began, in ISO 8601. */
export function startOfRelease(id: string): string {
  return id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z.*$/, '$1-$2-$3T$4:$5:$6.$7Z')
}

/** The first line of a record. */
export function firstLine(head: ReleaseHead): z.infer<typeof schemas.firstLineSchema> {
  return { pailRelease: 1, ...head }
}

/**
 * The record that lines tell; null when any of them is not one of ours. With `summary` the changes are left out as long
 * as the end of the sync has been written, because it counts them.
 */
export async function readRecord(
  { lines }: FoundLines,
  how: { readonly summary: boolean },
): Promise<ReleaseRecord | null> {
  // Whoever only writes records does without.
  const forms = await import('./release-lines.ts')
  const first = forms.firstLineSchema.safeParse(parsed(lines[0]))
  if (!first.success) return null
  const { pailRelease: _, ...head } = first.data
  const ended = lines.some((line) => line.startsWith('{"end":'))
  const changes = new Map<string, ReleaseChange>()
  let end: ReleaseEnd | null = null
  let undo: UndoLine | null = null
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string
    if (how.summary && ended && /^\{"(plan|kept|done|undone)":/.test(line)) continue
    if (at % linesATurn === 0) await nextTurn()
    const value = parsed(line)
    if (!isRecord(value)) return null
    if ('end' in value || 'undo' in value) {
      const ending = forms.endLineSchema.safeParse(value)
      const undoing = forms.undoLineSchema.safeParse(value)
      if (ending.success) end = ending.data
      else if (undoing.success) undo = undoing.data
      else return null
    } else if (!addChange(changes, value, forms)) return null
  }
  return { head, changes: [...changes.values()], end, undo }
}

function addChange(
  changes: Map<string, ReleaseChange>,
  value: Record<string, unknown>,
  forms: typeof schemas,
): boolean {
  if ('plan' in value) {
    const line = forms.planLineSchema.safeParse(value)
    if (!line.success) return false
    const { plan: key, action, before } = line.data
    changes.set(key, { key, action, before, copy: null, done: null, undone: null })
    return true
  }
  if ('kept' in value) {
    const line = forms.keptLineSchema.safeParse(value)
    const change = line.success ? changes.get(line.data.kept) : undefined
    if (!line.success || change === undefined) return false
    const { kept: key, copy } = line.data
    // What was there when it was planned had gone by then.
    changes.set(key, copy === null ? { ...change, before: null } : { ...change, copy })
    return true
  }
  if ('done' in value) {
    const line = forms.doneLineSchema.safeParse(value)
    const change = line.success ? changes.get(line.data.done) : undefined
    if (!line.success || change === undefined) return false
    const { done: key, ...done } = line.data
    if (done.nothing === true) changes.delete(key)
    else changes.set(key, { ...change, done })
    return true
  }
  const line = forms.undoneLineSchema.safeParse(value)
  const change = line.success ? changes.get(line.data.undone) : undefined
  if (!line.success || change === undefined) return false
  const { undone: key, ...undone } = line.data
  changes.set(key, { ...change, undone })
  return true
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '')
  } catch {
    return null
  }
}

/** What kind of change it was. */
export type ChangeKind = 'created' | 'overwritten' | 'updatedHeaders' | 'deleted'

/** See {@link ChangeKind}. */
export function kindOf({ action, isNew }: { action: PlanLine['action']; isNew: boolean }): ChangeKind {
  if (action === 'delete') return 'deleted'
  if (action === 'update-headers') return 'updatedHeaders'
  return isNew ? 'created' : 'overwritten'
}

/** Whether, as far as the record tells, a change can be undone: an earlier version was kept, or none is needed. */
export function isUndoable(
  kind: ChangeKind,
  done: Pick<DoneLine, 'versionId' | 'headers'>,
  copy: RecordedCopy | null,
): boolean {
  switch (kind) {
    case 'created':
      return true
    case 'updatedHeaders':
      return done.headers !== undefined
    case 'overwritten':
    case 'deleted':
      return copy !== null || (done.versionId !== null && done.versionId !== 'null')
  }
}
