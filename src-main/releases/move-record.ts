import type { z } from 'zod'
import type { ChangeRecords } from './change-records.ts'
import type { moveHeadSchema } from './move-record-form.ts'

/** A move that is written down. */
export type MoveHead = z.infer<typeof moveHeadSchema>
/** The moves of which something may be left. */
export type MoveRecords = ChangeRecords<MoveHead, never>
