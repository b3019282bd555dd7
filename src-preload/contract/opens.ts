import { z } from 'zod'
import { bucketSwitchSchema } from './bucket-switch.ts'
import { keySchema, prefixSchema } from './object.ts'

const count = z.number().int().nonnegative()

/** The objects that everybody can read once something is done, and not before: named and counted, before that (S44). */
export const openedObjectsSchema = z.strictObject({
  /** How many objects, as they are now. For what is to be confirmed. */
  objects: count,
  /** The first of them. */
  sample: z.array(keySchema).max(50),
})

/** The same of what may open more than single objects. */
export const opensSchema = openedObjectsSchema.extend({
  /** There are at least as many objects as are counted. */
  more: z.boolean(),
  /** What is opened as a whole, with what comes there later. */
  prefixes: z.array(prefixSchema).max(1000),
  /** What the service opens the whole bucket by again; absent where that is not so. */
  switches: z.array(bucketSwitchSchema).max(100).optional(),
})

export type OpenedObjects = z.infer<typeof openedObjectsSchema>
export type Opens = z.infer<typeof opensSchema>
