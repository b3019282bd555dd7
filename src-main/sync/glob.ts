import { inNfc } from '../s3/object-key.ts'

/** A list of patterns, ready to be asked about paths. */
export interface GlobList {
  /**
   * Whether the list leaves a path out: the path itself or a folder on the way to it. `path` is relative with `/`;
   * a folder's ends in `/`.
   */
  matches(path: string): boolean
  /** What the last pattern that speaks of this very path says: true for out, false for `!`; null when none does. */
  verdict(path: string): boolean | null
}

interface Glob {
  /** `!pattern` takes back what an earlier pattern matched. */
  readonly negated: boolean
  readonly folderOnly: boolean
  readonly segments: readonly Segment[]
}

type Segment = 'any-folders' | NamePattern
interface NamePattern {
  readonly tokens: readonly Token[]
  /** The only name that matches, where there is no more than one. */
  readonly literal: string | null
  /** What a name has to begin and end with, where there is one star and nothing else that is special. */
  readonly around: readonly [string, string] | null
}
type Token = 'star' | 'one' | { readonly character: string } | CharacterClass
interface CharacterClass {
  readonly not: boolean
  readonly ranges: readonly (readonly [number, number])[]
}

/**
 * Patterns in the manner of .gitignore: `*` and `?` stay within a name, `**` crosses folders, `[a-z]` and `[!a-z]` are
 * classes, `\` takes the next character as it is. A trailing `/` means a folder and all below it, a leading `/` the
 * top of the tree; without one a pattern matches at any depth. The last pattern that matches decides, and `!pattern`
 * takes back; but nothing comes back below a folder that is left out.
 *
 * With `gitignore` the finer rules of gitignore(5) hold, too: a slash in the middle also means the top of the tree, a
 * trailing `/**` all that is below a folder but not the folder itself, and a trailing backslash matches nothing.
 *
 * Matching takes time in the product of the lengths, never more: patterns are typed by people and must not be able to
 * hang a plan, as a regular expression of many stars would.
 */
export function globList(
  patterns: readonly string[],
  options: { ignoreCase?: boolean; gitignore?: boolean } = {},
): GlobList {
  const fold = (text: string) => inNfc(options.ignoreCase === true ? text.toLowerCase() : text)
  const globs = patterns.flatMap((pattern) => parseGlob(fold(pattern), options.gitignore === true) ?? [])
  const decide = (segments: readonly string[], isFolder: boolean): boolean | null => {
    const last = globs.findLast(
      (glob) => (isFolder || !glob.folderOnly) && matchSegments(glob.segments, segments),
    )
    return last === undefined ? null : !last.negated
  }
  const names = globs.flatMap(nameAtAnyDepth)
  const mayMatch = anyOfNames(names)
  /** Where no pattern speaks of more than a name, which is the rule, the folders need not be looked at. */
  const ofName =
    names.length < globs.length
      ? null
      : (path: string): boolean | null => {
          const isFolder = path.endsWith('/')
          const end = isFolder ? path.length - 1 : path.length
          const name = fold(path.slice(path.lastIndexOf('/', end - 1) + 1, end))
          if (mayMatch?.test(name) === false) return null
          for (let at = globs.length - 1; at >= 0; at--) {
            const glob = globs[at] as Glob
            if ((isFolder || !glob.folderOnly) && matchesName(names[at] as NamePattern, name))
              return !glob.negated
          }
          return null
        }
  const split = (path: string): string[] => fold(path.endsWith('/') ? path.slice(0, -1) : path).split('/')
  const verdict = (path: string): boolean | null => {
    if (globs.length === 0) return null
    return ofName === null ? decide(split(path), path.endsWith('/')) : ofName(path)
  }
  return {
    verdict,
    matches(path) {
      if (globs.length === 0) return false
      for (let at = path.indexOf('/'); at >= 0 && at < path.length - 1; at = path.indexOf('/', at + 1))
        if (verdict(path.slice(0, at + 1)) === true) return true
      return verdict(path) === true
    },
  }
}

function parseGlob(pattern: string, gitignore: boolean): Glob | null {
  const negated = pattern.startsWith('!')
  let rest = negated ? pattern.slice(1) : pattern
  const folderOnly = rest.endsWith('/') && !rest.endsWith('\\/')
  if (folderOnly) rest = rest.replace(/\/+$/, '')
  const anchored = gitignore ? rest.includes('/') : rest.startsWith('/')
  if (gitignore && /(^|[^\\])(\\\\)*\\$/.test(rest)) return null
  const names = rest.split('/').filter((name) => name !== '' && name !== '.')
  if (names.length === 0) return null
  const segments = names.map((name): Segment =>
    isAnyFolders(name) ? 'any-folders' : namePattern(parseSegment(name)),
  )
  if (gitignore && segments.at(-1) === 'any-folders') segments.push(namePattern(['star']))
  return { negated, folderOnly, segments: anchored ? segments : ['any-folders', ...segments] }
}

/** What a pattern such as `*.map` asks of a name, wherever it is; nothing for a pattern that says where. */
function nameAtAnyDepth({ segments: [folders, name, more] }: Glob): NamePattern[] {
  return folders === 'any-folders' && name !== undefined && name !== 'any-folders' && more === undefined
    ? [name]
    : []
}

/** Git takes more than two stars for two as well. */
function isAnyFolders(name: string): boolean {
  return /^\*{2,}$/.test(name)
}

/** Most patterns are as plain as `*.map`: for them strings are compared, a hundred times faster than tokens. */
function namePattern(tokens: readonly Token[]): NamePattern {
  const texts = [''] as [string, ...string[]]
  for (const token of tokens) {
    if (token === 'star') texts.push('')
    else if (typeof token === 'object' && 'character' in token) texts[texts.length - 1] += token.character
    else return { tokens, literal: null, around: null }
  }
  const [first, second] = texts
  if (second === undefined) return { tokens, literal: first, around: null }
  return { tokens, literal: null, around: texts.length === 2 ? [first, second] : null }
}

/** An expression of more letters takes long to make, or cannot be made at all. */
const longestExpression = 4000

/**
 * One expression for names of which some pattern may speak, so that not every one has to be asked; null where some pattern is
 * not plain. With one star in each it takes no longer than they do.
 */
function anyOfNames(names: readonly NamePattern[]): RegExp | null {
  const parts: string[] = []
  for (const { literal, around } of names) {
    if (literal !== null) parts.push(escaped(literal))
    else if (around !== null) parts.push(`${escaped(around[0])}.*${escaped(around[1])}`)
    else return null
  }
  const all = `^(?:${parts.join('|')})$`
  return parts.length < 4 || all.length > longestExpression ? null : new RegExp(all, 's')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

function matchesName({ tokens, literal, around }: NamePattern, name: string): boolean {
  if (literal !== null) return name === literal
  if (around !== null) {
    // Not taken apart by a pattern: that makes an iterator for each of a site's names.
    const start = around[0]
    const end = around[1]
    return name.length >= start.length + end.length && name.startsWith(start) && name.endsWith(end)
  }
  return matchWithStars(tokens, Array.from(name), (token) => token === 'star', matchToken)
}

function parseSegment(name: string): Token[] {
  const tokens: Token[] = []
  const characters = Array.from(name)
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string
    if (character === '*') {
      if (tokens.at(-1) !== 'star') tokens.push('star')
    } else if (character === '?') tokens.push('one')
    else if (character === '\\' && at + 1 < characters.length)
      tokens.push({ character: characters[++at] as string })
    else {
      const found = character === '[' ? parseClass(characters, at) : null
      // A bracket without its partner is a bracket.
      if (found === null) tokens.push({ character })
      else {
        tokens.push(found.token)
        at = found.end
      }
    }
  }
  return tokens
}

function parseClass(
  characters: readonly string[],
  start: number,
): { token: CharacterClass; end: number } | null {
  let at = start + 1
  const not = characters[at] === '!' || characters[at] === '^'
  if (not) at++
  const first = at
  const ranges: (readonly [number, number])[] = []
  for (; at < characters.length; at++) {
    if (characters[at] === ']' && at > first) return { token: { not, ranges }, end: at }
    if (characters[at] === '\\' && at + 1 < characters.length) at++
    const from = codePoint(characters[at])
    const isRange = characters[at + 1] === '-' && at + 2 < characters.length && characters[at + 2] !== ']'
    if (isRange) at += 2
    ranges.push([from, codePoint(characters[at])])
  }
  return null
}

function codePoint(character: string | undefined): number {
  return character?.codePointAt(0) ?? -1
}

/** The greedy match of names against segments: of all `**` only the last one ever has to be tried again. */
function matchSegments(segments: readonly Segment[], names: readonly string[]): boolean {
  const [first, second] = segments
  // A name at any depth: nothing but the last one counts.
  if (segments.length === 2 && first === 'any-folders' && second !== undefined && second !== 'any-folders')
    return matchesName(second, names.at(-1) ?? '')
  return matchWithStars(
    segments,
    names,
    (segment) => segment === 'any-folders',
    (segment, name) => matchesName(segment as NamePattern, name),
  )
}

function matchToken(token: Token, character: string): boolean {
  if (token === 'one') return true
  if (token === 'star') return false
  if ('character' in token) return token.character === character
  const code = codePoint(character)
  return token.ranges.some(([from, to]) => code >= from && code <= to) !== token.not
}

function matchWithStars<Part, Item>(
  parts: readonly Part[],
  items: readonly Item[],
  isStar: (part: Part) => boolean,
  matchesOne: (part: Part, item: Item) => boolean,
): boolean {
  let part = 0
  let item = 0
  let starAt = -1
  let starItem = 0
  while (item < items.length) {
    const now = parts[part]
    if (part < parts.length && isStar(now as Part)) {
      starAt = part++
      starItem = item
    } else if (part < parts.length && matchesOne(now as Part, items[item] as Item)) {
      part++
      item++
    } else if (starAt >= 0) {
      part = starAt + 1
      item = ++starItem
    } else return false
  }
  while (part < parts.length && isStar(parts[part] as Part)) part++
  return part === parts.length
}
