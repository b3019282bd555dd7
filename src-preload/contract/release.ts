import { z } from 'zod'
import { idSchema } from './profile.ts'

const count = z.number().int().nonnegative()

/**
 * What became of a sync. `interrupted`: it ended without a word, as after a power cut, so what it did last is not
 * known; `unreadable`: its record was damaged, or is of a later version of Pail, and nothing more is known.
 */
export const releaseStateSchema = z.enum([
  'running',
  'done',
  'failed',
  'cancelled',
  'interrupted',
  'unreadable',
])

/** One sync of the history of a place. */
export const releaseSchema = z.strictObject({
  id: idSchema,
  /** ISO 8601. */
  startedAt: z.string().max(40),
  endedAt: z.string().max(40).nullable(),
  /** The computer that it ran on. */
  computer: z.string().max(255),
  folderName: z.string().max(4096),
  state: releaseStateSchema,
  created: count,
  overwritten: count,
  updatedHeaders: count,
  deleted: count,
  failed: count,
  bytes: z.number().nonnegative(),
  /** Changes that can be undone, as far as the record tells; a plan looks at the bucket. */
  undoable: count,
  /** Changes of which no earlier version was kept. */
  notUndoable: count,
  undone: z.enum(['no', 'in-part', 'whole']),
  undoneAt: z.string().max(40).nullable(),
})

export type Release = z.infer<typeof releaseSchema>
