import type { ReceiptCode } from '../../src-preload/contract/receipt-codes.ts'
import type { Receipt, ReceiptRow } from '../../src-preload/contract/receipt.ts'
import { counted } from './plain-text.ts'

const words: Readonly<Record<ReceiptCode, string>> = {
  ok: 'as it was sent',
  unreachable: 'no usable answer',
  'not-found': 'not found: the base URL leads to another place than the bucket',
  'not-public': 'in the bucket, but visitors are refused',
  'is-public': 'everybody can read it, though it should be private',
  redirected: 'visitors are sent elsewhere',
  stale: 'visitors still get something else than what was sent: invalidate the CDN, or wait',
  'wrong-type': 'not the type that was sent',
  'wrong-cache': 'not the Cache-Control that was sent',
  'wrong-encoding': 'not the encoding that was sent',
  'no-cors': 'browsers do not use this font on pages of another address: the bucket needs a CORS rule',
  'not-checked': 'not checked',
}

/** One URL that is not as it should be, in a sentence. */
export function receiptRowWords(row: ReceiptRow): string {
  const details = [
    ...(row.status === null || row.status === 200 ? [] : [`status ${row.status}`]),
    ...(row.problem === null ? [] : [row.problem]),
    ...(row.location === null ? [] : [`to ${row.location}`]),
    ...row.differences.map(
      ({ header, from, to }) => `${header} is ${from ?? 'absent'}, not ${to ?? 'absent'}`,
    ),
    ...(row.cache === null || row.code !== 'stale' ? [] : [row.cache]),
  ]
  const what =
    row.code === 'stale' && row.action === 'delete'
      ? 'removed, but visitors still get it: invalidate the CDN, or wait'
      : words[row.code]
  return `${row.url}: ${what}${details.length === 0 ? '' : ` (${details.join('; ')})`} [${[row.code, ...row.alsoWrong].join(', ')}]`
}

/** A receipt in one line. */
export function receiptSummaryWords({ rows, counts, notChecked, baseUrl }: Receipt): string {
  const asked = rows.length - counts['not-checked']
  const rest = notChecked > 0 ? ` ${notChecked.toLocaleString('en-GB')} not checked.` : ''
  if (asked === 0) return `Receipt: nothing to look at.${rest}`
  const wrong = asked - counts.ok
  return wrong === 0
    ? `Receipt: ${counted(asked, 'URL')} below ${baseUrl}, all as they should be.${rest}`
    : `Receipt: ${wrong} of ${counted(asked, 'URL')} below ${baseUrl} not as they should be.${rest}`
}
