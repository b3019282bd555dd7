import type { ReceiptCode } from '../../src-preload/contract/receipt-codes.ts'
import type { Receipt, ReceiptRow } from '../../src-preload/contract/receipt.ts'
import { errorText } from './error-text.ts'
import { formatCount } from './format.ts'

/** What to tell about one code of a receipt: a word or two, what a visitor meets, and what to do. */
export interface ReceiptText {
  readonly name: string
  readonly happened: string
  readonly next: string
}

const texts: { readonly [Code in ReceiptCode]: ReceiptText } = {
  ok: { name: 'OK', happened: 'Visitors get what was sent.', next: '' },
  unreachable: {
    name: 'No answer',
    happened: 'The address did not answer, or answered with an error of the server.',
    next: 'Check the base URL of the destination and the network, then check again.',
  },
  'not-found': {
    name: 'Not found',
    happened: 'There is nothing at this address, though the file is in the bucket.',
    next: 'The base URL leads to another place. If it serves the prefix itself, say so; else correct it.',
  },
  'not-public': {
    name: 'Not public',
    happened: 'The file is in the bucket, but visitors are refused.',
    next: 'Make the files public, or publish the prefix with a bucket policy or a CDN.',
  },
  'is-public': {
    name: 'Public',
    happened: 'Everybody can read this file, though it should be private.',
    next: 'Look at the bucket’s policy and at the permissions of the file.',
  },
  redirected: {
    name: 'Redirected',
    happened: 'The address sends visitors elsewhere.',
    next: 'Use the address that it leads to as base URL, if that is yours.',
  },
  stale: {
    name: 'Out of date',
    happened: 'Visitors still get something else than what was sent.',
    next: 'A cache has not heard of the sync. Invalidate the CDN, or wait until its copies expire.',
  },
  'wrong-type': {
    name: 'Wrong type',
    happened:
      'The Content-Type differs from the one that was sent, so browsers may refuse or download the file.',
    next: 'Look for a rule of the CDN that changes it, or sync again.',
  },
  'wrong-cache': {
    name: 'Wrong cache time',
    happened: 'The Cache-Control differs from the one that was sent.',
    next: 'Look for a rule of the CDN that sets its own, or sync again.',
  },
  'wrong-encoding': {
    name: 'Wrong encoding',
    happened: 'The Content-Encoding differs from what is stored, so browsers cannot read the file.',
    next: 'Sync again; if it stays, look for a rule of the CDN that removes or adds it.',
  },
  'no-cors': {
    name: 'Font refused',
    happened: 'Browsers do not use this font on pages of another address.',
    next: 'Add a CORS rule to the bucket that allows GET from your pages, and let the CDN forward Origin.',
  },
  'not-checked': {
    name: 'Not checked',
    happened: 'Nobody asked for this file: the check was stopped before.',
    next: 'Check again.',
  },
}

/** The sentences for a code of a receipt. */
export function receiptText(code: ReceiptCode): ReceiptText {
  return texts[code]
}

/** What a visitor met at one URL, in a sentence; empty when all is well. */
export function receiptRowText(row: ReceiptRow): string {
  if (row.code === 'ok') return ''
  if (row.code === 'stale' && row.action === 'delete') return 'Visitors still get the file that was removed.'
  if (row.code === 'unreachable') {
    return row.problem === null
      ? `The address answered with the status ${row.status ?? 'unknown'}.`
      : errorText(row.problem).happened
  }
  return texts[row.code].happened
}

/** A receipt in one line: `24 of 24 addresses are as they were sent.` */
export function receiptSummary({ rows, counts, notChecked }: Receipt): string {
  const asked = rows.length - counts['not-checked']
  const rest = notChecked > 0 ? ` ${notChecked.toLocaleString()} more not checked.` : ''
  if (asked === 0) return notChecked > 0 ? 'Nothing was checked.' : 'There was nothing to check.'
  const wrong = asked - counts.ok
  return wrong === 0
    ? `${formatCount(asked, 'address', 'addresses')} checked, all as they were sent.${rest}`
    : `${wrong.toLocaleString()} of ${formatCount(asked, 'address', 'addresses')} not as they should be.${rest}`
}
