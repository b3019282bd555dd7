import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'

/** What a rule asks for, in one line: `Cache-Control: no-cache · private`. */
export function ruleText(rule: HeaderRule): string {
  const parts = [
    ...(rule.fingerprinted === true ? ['only names with a digest'] : []),
    ...header('Cache-Control', rule.cacheControl),
    ...header('Content-Type', rule.contentType),
    ...header('Content-Disposition', rule.contentDisposition),
    ...header('Content-Encoding', rule.contentEncoding),
    ...header('Content-Language', rule.contentLanguage),
    ...(rule.visibility === undefined ? [] : [rule.visibility === 'public' ? 'Public' : 'Private']),
    ...(rule.precompress === undefined ? [] : [precompressTexts[rule.precompress]]),
  ]
  return parts.length === 0 ? 'Nothing yet' : parts.join(' · ')
}

/** What each way of compressing does, as the choices say it. */
export const precompressTexts: { readonly [Way in NonNullable<HeaderRule['precompress']>]: string } = {
  siblings: 'Compressed copies beside (.gz and .br)',
  gzip: 'Stored compressed (gzip)',
  br: 'Stored compressed (Brotli)',
  off: 'Not compressed',
}

function header(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}: ${value === '' ? 'none' : value}`]
}
