import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'

/** What a rule asks for, in one line: `Cache-Control: no-cache · private`. */
export function ruleText(rule: HeaderRule): string {
  const parts = [
    ...(rule.fingerprinted === true ? ['only names with a digest'] : []),
    ...header('Cache-Control', rule.cacheControl),
    ...header('Content-Type', rule.contentType),
    ...header('Content-Disposition', rule.contentDisposition),
    ...header('Content-Encoding', rule.contentEncoding),
    ...(rule.visibility === undefined ? [] : [rule.visibility]),
    ...precompressText(rule.precompress),
  ]
  return parts.length === 0 ? 'Nothing yet' : parts.join(' · ')
}

function header(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}: ${value === '' ? 'none' : value}`]
}

function precompressText(how: HeaderRule['precompress']): string[] {
  switch (how) {
    case undefined:
      return []
    case 'siblings':
      return ['with .gz and .br copies']
    case 'gzip':
    case 'br':
      return [`stored as ${how}`]
    case 'off':
      return ['not compressed']
  }
}
