import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { wantedVisibilitySchema } from '../../src-preload/contract/visibility.ts'
import type { FoundLines } from './sealed-lines.ts'

const text = z.string().max(4096)
const count = z.number().int().nonnegative()

const headersSchema = z.strictObject({
  contentType: text.nullable(),
  cacheControl: text.nullable(),
  contentEncoding: text.nullable(),
  contentDisposition: text.nullable(),
})

/** An ACL, with its grants where it has no short form: ids and groups, no secrets. */
export const aclSchema = z.strictObject({
  acl: z.enum(['private', 'public-read', 'other', 'disabled', 'unknown']),
  ownerId: text.nullable(),
  grants: z
    .array(
      z.strictObject({
        to: z.union([z.strictObject({ id: text }), z.strictObject({ group: text })]),
        permission: z.enum(['FULL_CONTROL', 'READ', 'READ_ACP', 'WRITE', 'WRITE_ACP']),
      }),
    )
    .max(200),
})

const firstLineSchema = z.strictObject({
  pailRelease: z.literal(1),
  id: text,
  startedAt: z.string().max(40),
  computer: z.string().max(255),
  /** The process that writes, to tell a running sync from one that was killed. */
  process: z.number().int(),
  folderName: text,
  bucket: text,
  prefix: text,
  /** The ACL header that uploads carried. */
  acl: z.literal('public-read').nullable(),
  /** Whether earlier versions were copied aside. */
  keepsPrevious: z.boolean(),
})

const planLineSchema = z.strictObject({
  plan: text,
  action: z.enum(['upload', 'update-headers', 'delete']),
  /** Of the object that the plan saw; `ours`: earlier syncs to the place had put it there. */
  before: z.strictObject({ eTag: text.nullable(), ours: z.boolean() }).nullable(),
})

/** Where the earlier version was copied to, and what it was. */
const copySchema = z.strictObject({ key: text, eTag: text.nullable(), acl: aclSchema })

const keptLineSchema = z.strictObject({
  kept: text,
  /** Null when there was nothing to keep any more. */
  copy: copySchema.nullable(),
})

const doneLineSchema = z.strictObject({
  done: text,
  /** What is there now; null after a removal. */
  eTag: text.nullable(),
  /** The version that was made, or the delete marker. */
  versionId: text.nullable(),
  /** What the headers were and what they are, where only they were changed. */
  headers: z.strictObject({ from: headersSchema, to: headersSchema }).optional(),
  /** What the object's ACL said of who can read it, and what it says. */
  visibility: z.strictObject({ from: wantedVisibilitySchema, to: wantedVisibilitySchema }).optional(),
  /** Nothing had to be done after all. */
  nothing: z.literal(true).optional(),
})

const endLineSchema = z.strictObject({
  end: z.enum(['done', 'failed', 'cancelled']),
  endedAt: z.string().max(40),
  created: count,
  overwritten: count,
  updatedHeaders: count,
  deleted: count,
  failed: count,
  bytes: z.number().nonnegative(),
  undoable: count,
  notUndoable: count,
})

const undoneLineSchema = z.strictObject({
  undone: text,
  eTag: text.nullable(),
  versionId: text.nullable(),
  /** The version that came back. */
  from: text.nullable(),
})

const undoLineSchema = z.strictObject({
  undo: z.enum(['whole', 'in-part']),
  endedAt: z.string().max(40),
  /** How many changes have been undone so far, of those that could be. */
  changes: count,
})

/** The head of a record. */
export type ReleaseHead = Omit<z.infer<typeof firstLineSchema>, 'pailRelease'>
/** The end of a record, with what was done. */
export type ReleaseEnd = z.infer<typeof endLineSchema>
/** The headers that a sync may change. */
export type RecordedHeaders = z.infer<typeof headersSchema>
/** An ACL as it was read. */
export type RecordedAcl = z.infer<typeof aclSchema>
/** A copy of what was there before. */
export type RecordedCopy = z.infer<typeof copySchema>
/** A line of a record. */
export type PlanLine = z.infer<typeof planLineSchema>
export type KeptLine = z.infer<typeof keptLineSchema>
export type DoneLine = z.infer<typeof doneLineSchema>
export type UndoneLine = z.infer<typeof undoneLineSchema>
export type UndoLine = z.infer<typeof undoLineSchema>

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
export function firstLine(head: ReleaseHead): z.infer<typeof firstLineSchema> {
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
  const first = firstLineSchema.safeParse(parsed(lines[0]))
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
      const ending = endLineSchema.safeParse(value)
      const undoing = undoLineSchema.safeParse(value)
      if (ending.success) end = ending.data
      else if (undoing.success) undo = undoing.data
      else return null
    } else if (!addChange(changes, value)) return null
  }
  return { head, changes: [...changes.values()], end, undo }
}

function addChange(changes: Map<string, ReleaseChange>, value: Record<string, unknown>): boolean {
  if ('plan' in value) {
    const line = planLineSchema.safeParse(value)
    if (!line.success) return false
    const { plan: key, action, before } = line.data
    changes.set(key, { key, action, before, copy: null, done: null, undone: null })
    return true
  }
  if ('kept' in value) {
    const line = keptLineSchema.safeParse(value)
    const change = line.success ? changes.get(line.data.kept) : undefined
    if (!line.success || change === undefined) return false
    const { kept: key, copy } = line.data
    // What was there when it was planned had gone by then.
    changes.set(key, copy === null ? { ...change, before: null } : { ...change, copy })
    return true
  }
  if ('done' in value) {
    const line = doneLineSchema.safeParse(value)
    const change = line.success ? changes.get(line.data.done) : undefined
    if (!line.success || change === undefined) return false
    const { done: key, ...done } = line.data
    if (done.nothing === true) changes.delete(key)
    else changes.set(key, { ...change, done })
    return true
  }
  const line = undoneLineSchema.safeParse(value)
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
