import { type ReceiptCode, receiptCodes } from '../../src-preload/contract/receipt-codes.ts'
import type { Receipt, ReceiptRow } from '../../src-preload/contract/receipt.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'

const typesByExtension: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  woff2: 'font/woff2',
  woff: 'font/woff',
}

/**
 * A receipt as CloudFront would have it made: all is well, but the first style sheet comes from a cache that has not
 * heard of the sync, the first font may not be used by other origins, and what was removed is still served.
 */
export function sampleReceipt(
  planId: string,
  planRows: readonly SyncRow[],
  baseUrl: string,
  pageOrigin: string | null,
): Receipt {
  const changed = planRows.filter(
    (row): row is SyncRow & { action: ReceiptRow['action'] } =>
      row.action === 'upload' || row.action === 'update-headers' || row.action === 'delete',
  )
  const seen = new Set<string>()
  const rows = changed.slice(0, 200).map((row): ReceiptRow => {
    const extension = row.key.slice(row.key.lastIndexOf('.') + 1)
    const isFirst = !seen.has(extension)
    seen.add(extension)
    const isFont = extension === 'woff2' || extension === 'woff'
    const stale = row.action === 'delete' || (extension === 'css' && isFirst)
    const noCors = isFont && isFirst && !stale
    const code: ReceiptCode = stale ? 'stale' : noCors ? 'no-cors' : 'ok'
    return {
      key: row.key,
      url: `${baseUrl}/${encodeURI(row.key)}`,
      action: row.action,
      expected: 'public',
      code,
      alsoWrong: stale && row.action !== 'delete' ? ['wrong-cache'] : [],
      status: 200,
      contentType: typesByExtension[extension] ?? 'application/octet-stream',
      cacheControl: 'max-age=86400',
      contentEncoding: extension === 'css' || extension === 'js' ? 'gzip' : null,
      differences:
        stale && row.action !== 'delete'
          ? [{ header: 'Cache-Control', from: 'max-age=86400', to: 'public, max-age=31536000, immutable' }]
          : [],
      content: stale ? 'other' : 'same',
      ageSeconds: stale ? 5321 : 0,
      cache: stale ? 'Hit from cloudfront' : 'Miss from cloudfront',
      cors: noCors ? 'missing' : isFont ? 'allowed' : 'not-needed',
      location: null,
      problem: null,
    }
  })
  return receiptOf(planId, rows, { baseUrl, pageOrigin, leftOut: changed.length - rows.length })
}

/** A receipt with these rows, counted. */
export function receiptOf(
  planId: string,
  rows: ReceiptRow[],
  more: { baseUrl: string; pageOrigin: string | null; leftOut?: number },
): Receipt {
  const counts = Object.fromEntries(
    receiptCodes.map((code) => [code, rows.filter((row) => row.code === code).length]),
  ) as Record<ReceiptCode, number>
  return {
    planId,
    checkedAt: new Date().toISOString(),
    baseUrl: more.baseUrl,
    expected: 'public',
    pageOrigin: more.pageOrigin,
    rows,
    counts,
    notChecked: counts['not-checked'] + (more.leftOut ?? 0),
  }
}
