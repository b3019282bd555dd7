import type { InputOf } from '../../src-preload/contract/api.ts'
import { defaultKeyTemplate, fillKeyTemplate } from '../../src-preload/contract/key-template.ts'
import type { UploadPlan, UploadPlanRow, UploadTrouble } from '../../src-preload/contract/upload-plan.ts'

/** A plan as the main process would make it, with the few troubles that tests and previews have. */
export function memoryUploadPlan(
  input: InputOf<'planUpload'>,
  chosen: { readonly names: readonly string[]; readonly sizes: readonly number[] },
  {
    exists,
    openPrefixes,
  }: { readonly exists: (key: string) => boolean; readonly openPrefixes: readonly string[] },
): UploadPlan {
  const rows = chosen.names.flatMap((name, index): UploadPlanRow[] => {
    const sizeBytes = chosen.sizes[index] ?? 0
    if (sizeBytes === 0 && input.leaveOutEmpty) return []
    const slash = name.lastIndexOf('/') + 1
    const cleaned = (text: string) =>
      input.naming.clean === 'as-is' ? text : text.replaceAll(' ', '_').replace(/[#?%+&]/g, '')
    const key =
      input.replaceKey ??
      input.prefix +
        fillKeyTemplate(input.naming.template ?? defaultKeyTemplate, {
          folder: cleaned(name.slice(0, slash)),
          fileName: cleaned(name.slice(slash)),
          at: new Date('2026-11-25T12:00:00'),
          hash8: '55e7cbb9',
          uuid: '0c6b2f1e-8d9f-4d51-9a2b-0a1b2c3d4e5f',
        })
    const troubles: UploadTrouble[] = []
    if (/[#?%+&]/.test(key)) troubles.push('address')
    if (input.stripMetadata === true && /\.(heic|mp4)$/i.test(name)) troubles.push('metadata-stays')
    if (sizeBytes === 0) troubles.push('empty')
    if (input.lookForExisting && exists(key)) troubles.push('exists')
    const stays = troubles.includes('metadata-stays')
    const reason = stays ? 'Pail cannot remove the metadata of a HEIC picture.' : null
    return [{ name, key, sizeBytes, troubles, reason }]
  })
  const having = (kind: UploadTrouble) => rows.filter((row) => row.troubles.includes(kind)).length
  const opened = rows.filter(({ key }) => openPrefixes.some((prefix) => key.startsWith(prefix)))
  const kinds = [...new Set(rows.flatMap((row) => row.troubles))]
  return {
    files: rows.length,
    sizeBytes: rows.reduce((sum, row) => sum + row.sizeBytes, 0),
    rows: [...rows].sort((a, b) => b.troubles.length - a.troubles.length).slice(0, 200),
    counts: Object.fromEntries(kinds.map((kind) => [kind, having(kind)])),
    warnings:
      having('address') === 0 ? [] : ['A character that means something else in a web address was found.'],
    fixable: having('address') > 0,
    ...(input.stripMetadata === true
      ? { stripped: rows.filter((row) => /\.(jpe?g|png|gif|webp)$/i.test(row.name)).length }
      : {}),
    ...(input.visibility === 'private'
      ? {
          opened:
            opened[0] === undefined
              ? null
              : { files: opened.length, key: opened[0].key, by: 'statement “Theirs”' },
        }
      : {}),
    lookedForExisting: input.lookForExisting,
  }
}
