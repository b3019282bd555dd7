import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import type { HeaderChange, SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { contentEncodingFor, contentTypeFor } from '../s3/content-type.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import { carriesDigest } from './fingerprint.ts'
import { globList } from './glob.ts'

/**
 * The headers that the files' objects should have, by key: each from the first rule that names it, else the content type
 * of the name and the Cache-Control of the options. An empty Cache-Control means that none is asked for, an empty or no
 * Content-Encoding that there is to be none. Rules look at the path below the prefix.
 */
export function headerPolicy(
  options: Pick<SyncOptions, 'cacheControl' | 'rules'>,
  prefix: string,
): (key: string) => ObjectHeaders {
  const matchingPath = matchingRules(options.rules)
  const usualCacheControl = options.cacheControl.trim()
  /** What files have of which no rule speaks, by their type. */
  const plain = new Map<string, ObjectHeaders>()
  return (key) => {
    const matching = matchingPath(key.slice(prefix.length))
    const usualEncoding = contentEncodingFor(key)
    if (matching.length === 0 && usualEncoding === undefined) {
      const contentType = contentTypeFor(key)
      const cacheControl = usualCacheControl
      let headers = plain.get(contentType)
      if (headers === undefined) {
        headers = Object.freeze({ contentType, ...(cacheControl === '' ? {} : { cacheControl }) })
        plain.set(contentType, headers)
      }
      return headers
    }
    const from = (header: keyof ObjectHeaders) =>
      matching.find((rule) => rule[header] !== undefined)?.[header]?.trim()
    const cacheControl = from('cacheControl') ?? usualCacheControl
    const contentEncoding = from('contentEncoding') ?? usualEncoding ?? ''
    const contentDisposition = from('contentDisposition')
    const contentLanguage = from('contentLanguage')
    return {
      contentType: from('contentType') ?? contentTypeFor(key),
      ...(cacheControl === '' ? {} : { cacheControl }),
      ...(contentEncoding === '' ? {} : { contentEncoding }),
      ...(contentDisposition === undefined ? {} : { contentDisposition }),
      ...(contentLanguage === undefined ? {} : { contentLanguage }),
    }
  }
}

/** The headers that rules name for an object, by key, each from the first that does; an empty one means that there is none. */
export function ruledHeaders(rules: readonly HeaderRule[], prefix: string): (key: string) => ObjectHeaders {
  const matchingPath = matchingRules(rules)
  return (key) => {
    const matching = matchingPath(key.slice(prefix.length))
    const named = headerNames.flatMap((header) => {
      const value = matching.find((rule) => rule[header] !== undefined)?.[header]?.trim()
      return value === undefined ? [] : [[header, value] as const]
    })
    return Object.fromEntries(named)
  }
}

const headerNames = [
  'contentType',
  'cacheControl',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
] as const satisfies readonly (keyof ObjectHeaders)[]

/** Who is to read the files' objects, by key: the first rule that says so, else the options. */
export function visibilityPolicy(
  options: Pick<SyncOptions, 'visibility' | 'rules'>,
  prefix: string,
): (key: string) => WantedVisibility {
  const ruled = ruledVisibility(options, prefix)
  return (key) => ruled(key) ?? options.visibility
}

/** Who is to read the files' objects, by key, as the first rule says that says so; null where none does. */
export function ruledVisibility(
  options: Pick<SyncOptions, 'rules'>,
  prefix: string,
): (key: string) => WantedVisibility | null {
  const rules = options.rules.filter(({ visibility }) => visibility !== undefined)
  const matching = matchingRules(rules)
  return (key) => matching(key.slice(prefix.length))[0]?.visibility ?? null
}

const noRules: readonly HeaderRule[] = []

/** The rules that match a path below the prefix, in their order. */
export function matchingRules(rules: readonly HeaderRule[]): (path: string) => readonly HeaderRule[] {
  if (rules.length === 0) return () => noRules
  const ready = rules.map((rule) => ({ rule, globs: globList([rule.glob], { ignoreCase: true }) }))
  return (path) => {
    const matching: HeaderRule[] = []
    for (const { rule, globs } of ready)
      if (globs.matches(path) && (rule.fingerprinted !== true || carriesDigest(nameOf(path))))
        matching.push(rule)
    return matching
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/**
 * What would have to change for an object to have the wanted headers; what is not wanted is not compared, but for
 * Content-Encoding: a browser that is told of an encoding which the bytes do not have shows an error. Differences that no
 * reader of the header would see (case of a media type or a directive, spaces) are none.
 */
export function headerChanges(
  has: {
    readonly contentType: string | null
    readonly cacheControl: string | null
    readonly contentEncoding: string | null
    readonly contentDisposition: string | null
    readonly contentLanguage: string | null
  },
  wanted: ObjectHeaders,
): HeaderChange[] {
  const changes: HeaderChange[] = []
  // Nearly always all of it is the very same text.
  if (
    has.contentType === wanted.contentType &&
    has.cacheControl === wanted.cacheControl &&
    has.contentEncoding === null &&
    wanted.contentEncoding === undefined &&
    wanted.contentDisposition === undefined &&
    wanted.contentLanguage === undefined
  )
    return changes
  const compare = (
    header: string,
    from: string | null,
    to: string | undefined,
    same: (value: string) => string = normalised,
  ) => {
    if (to !== undefined && from !== to && same(from ?? '') !== same(to))
      changes.push({ header, from: from?.slice(0, 1024) ?? null, to })
  }
  compare('Content-Type', has.contentType, wanted.contentType)
  compare('Cache-Control', has.cacheControl, wanted.cacheControl)
  if (encoding(has.contentEncoding) !== encoding(wanted.contentEncoding))
    changes.push({
      header: 'Content-Encoding',
      from: has.contentEncoding?.slice(0, 1024) ?? null,
      to: wanted.contentEncoding ?? null,
    })
  // The case of a file name in it is seen.
  compare('Content-Disposition', has.contentDisposition, wanted.contentDisposition, (value) => value.trim())
  compare('Content-Language', has.contentLanguage, wanted.contentLanguage)
  return changes
}

/** `identity` is the name of no encoding. */
function encoding(value: string | null | undefined): string {
  if (value === null || value === undefined || value === '') return ''
  const text = normalised(value)
  return text === 'identity' ? '' : text
}

function normalised(value: string): string {
  return value
    .toLowerCase()
    .replace(/\s*([;,=])\s*/g, '$1')
    .trim()
}
