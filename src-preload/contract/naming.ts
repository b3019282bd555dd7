import { z } from 'zod'
import { longestKeyTemplate } from './key-template.ts'

/** How files get their keys. */
export const namingSchema = z.strictObject({
  /** See `key-template.ts`; null: files keep their names. */
  template: z.string().max(longestKeyTemplate).nullable(),
  /**
   * `as-is`: names stay as they are (in NFC). `django`: as `get_valid_name` of Django makes them. `tidy`: the same, and
   * what would still be trouble is put right, too (names too long, for Windows, or twins but for upper and lower case).
   */
  clean: z.enum(['as-is', 'django', 'tidy']),
})

/** How links come to the clipboard after an upload. */
export const linkFormatSchema = z.enum(['url', 'markdown', 'html', 'list'])

/**
 * How sure it is that an upload replaced nothing: the service refused overwrites by itself (`by-service`), each
 * name was only looked up before (`checked-first`: of two uploads of one name at the same moment one may be lost), or it
 * did not show which (`not-known`).
 */
export const overwriteGuardSchema = z.enum(['by-service', 'checked-first', 'not-known'])

export type Naming = z.infer<typeof namingSchema>
export type LinkFormat = z.infer<typeof linkFormatSchema>
export type OverwriteGuard = z.infer<typeof overwriteGuardSchema>
