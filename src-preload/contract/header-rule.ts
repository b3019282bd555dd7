import { z } from 'zod'
import { headerLine, mostRules } from './rule-limits.ts'

/** What a header may hold: one line of printable ASCII. */
const headerText = z.string().regex(headerLine, 'takes one line of plain text')

/** How a file can be compressed for the web. */
export const contentCodingSchema = z.enum(['gzip', 'br'])

/**
 * One rule of the headers of a sync: which paths, and what they get. In a list of rules each header is decided by the
 * first rule that matches the path and names the header.
 */
export const headerRuleSchema = z.strictObject({
  /** A pattern as in `exclude`, without `!` and without regard to case, for paths relative to the folder. */
  glob: z.string().min(1).max(512).regex(/^[^!]/, 'cannot begin with !'),
  /** True: only names that carry a digest of their content. */
  fingerprinted: z.literal(true).optional(),
  /** Empty: none is asked for. */
  cacheControl: headerText.max(512).optional(),
  contentType: headerText
    .min(3)
    .max(255)
    .regex(/^[^\s/]+\/[^\s/]+/, 'takes a media type such as text/css')
    .optional(),
  /** Empty: the object has none. It says how the bytes of the file are encoded already, and encodes nothing. */
  contentEncoding: z
    .string()
    .regex(/^([a-z0-9-]+(, ?[a-z0-9-]+)*)?$/i, 'takes the name of an encoding such as gzip or br')
    .max(128)
    .optional(),
  contentDisposition: headerText.min(1).max(1024).optional(),
  contentLanguage: z
    .string()
    .regex(/^[a-z0-9-]+(, ?[a-z0-9-]+)*$/i, 'takes the tag of a language such as de or pt-BR')
    .max(128)
    .optional(),
  /** Who can read the objects, where the bucket takes ACLs; without it what the destination says. */
  visibility: z.enum(['public', 'private'], 'takes public or private').optional(),
  /**
   * Compresses what gets smaller by it: `siblings` puts `.gz` and `.br` copies beside the file, for servers that choose
   * among them; `gzip` and `br` store the file itself compressed, for buckets that only browsers read; `off` takes files
   * out of a rule below.
   */
  precompress: z
    .enum(['siblings', ...contentCodingSchema.options, 'off'], 'takes siblings, gzip, br or off')
    .optional(),
})

/** How many rules Pail adds to those of a person. */
const mostAdded = 28

/** The rules of a person, in order. */
export const headerRulesSchema = z.array(headerRuleSchema).max(mostRules)

/** The rules of a sync, in order: those of a person, and then those for all files and the recommended ones. */
export const syncRulesSchema = z.array(headerRuleSchema).max(mostRules + mostAdded)

export type ContentCoding = z.infer<typeof contentCodingSchema>
export type HeaderRule = z.infer<typeof headerRuleSchema>
