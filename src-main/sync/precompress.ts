import type { ContentCoding } from '../../src-preload/contract/header-rule.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import { keyProblem } from '../s3/object-key.ts'
import { isCompressible, leastBytes, mostBytes, suffixOf } from './compression.ts'
import { matchingRules } from './headers.ts'
import type { Excludes, LocalFile } from './local-file.ts'

/** Which objects a plan makes of a file besides, or instead of, the file as it is. */
export interface Precompress {
  /** The file, marked when its own object is to hold it compressed. */
  itself(file: LocalFile): LocalFile
  /** The compressed copies that stand beside it, in the order of their keys. */
  siblingsOf(file: LocalFile): LocalFile[]
  /** Names of files that a rule speaks of and that are too large. Filled while the folder is walked. */
  readonly tooLarge: readonly string[]
}

/** Whether any rule has files compressed. */
export function asksToCompress(rules: SyncOptions['rules']): boolean {
  return rules.some(({ precompress = 'off' }) => precompress !== 'off')
}

/**
 * What the rules ask to be compressed; null when none does. Files whose type does not get smaller, that a rule says are
 * encoded already, or that are tiny stay as they are. A copy whose name is left out of the sync is not made.
 */
export function precompression(
  options: Pick<SyncOptions, 'rules'>,
  excludes: Excludes,
  headersOf: (file: LocalFile) => ObjectHeaders,
): Precompress | null {
  if (!asksToCompress(options.rules)) return null
  const rules = options.rules.filter((rule) => rule.precompress !== undefined)
  const matching = matchingRules(rules)
  const tooLarge: string[] = []
  const wish = (file: LocalFile): 'siblings' | ContentCoding | 'off' => {
    const wished = matching(file.name)[0]?.precompress ?? 'off'
    if (wished === 'off' || file.identity.sizeBytes < leastBytes) return 'off'
    const { contentType = '', contentEncoding } = headersOf(file)
    if (contentEncoding !== undefined || !isCompressible(file.name, contentType)) return 'off'
    if (file.identity.sizeBytes <= mostBytes) return wished
    tooLarge.push(file.name)
    return 'off'
  }
  // Each file is asked about twice in a row.
  let last: { readonly file: LocalFile; readonly wished: ReturnType<typeof wish> } | null = null
  const wishFor = (file: LocalFile) =>
    (last?.file === file ? last : (last = { file, wished: wish(file) })).wished
  return {
    tooLarge,
    itself(file) {
      const wished = wishFor(file)
      return wished === 'gzip' || wished === 'br'
        ? { ...file, sentAs: { coding: wished, sibling: false } }
        : file
    },
    siblingsOf(file) {
      if (wishFor(file) !== 'siblings') return []
      return codings.flatMap((coding): LocalFile[] => {
        const key = file.key + suffixOf[coding]
        if (excludes(file.name + suffixOf[coding]) !== null || keyProblem(key) !== null) return []
        return [{ ...file, key, sentAs: { coding, sibling: true } }]
      })
    },
  }
}

/** In the order of their suffixes. */
const codings: readonly ContentCoding[] = ['br', 'gzip']
