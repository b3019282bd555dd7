import type { z } from 'zod'
import type { RecordedAcl } from './release-record.ts'
import type { headSchema, lineSchema } from './visibility-record-form.ts'

/** The ACLs that were changed, or may have been, with what they were before. */
export function changedAcls(
  lines: readonly VisibilityLine[],
): { key: string; before: RecordedAcl; eTag: string | null }[] {
  const last = new Map(lines.map((line) => [line.key, line]))
  return [...last.values()].flatMap(({ key, before, eTag }) =>
    before === null ? [] : [{ key, before, eTag }],
  )
}

/** The beginning of a kept change of visibility. */
export type VisibilityHead = z.infer<typeof headSchema>
/** An object's ACL before it was changed. */
export type VisibilityLine = z.infer<typeof lineSchema>
