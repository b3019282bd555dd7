import { isWindowsName, unsafeAnywhere } from '../transfers/safe-local-path.ts'
import { counted } from './delete-limit.ts'

/**
 * What can be wrong with the names of files that S3 takes as they are:
 * - `case`: two that differ only in upper and lower case, which Windows and Macs do not tell apart;
 * - `windows`: no file there can have it (`a:b`, `aux.js`, a dot or space at the end);
 * - `address`: a character that means something else in a web address (`#`, `?`, `%`, `+`, `&`, `\`);
 * - `invisible`: control characters, and those that are not seen or turn the text around;
 * - `long`: a path or a name beyond what many programs can handle.
 */
export type NameTroubleKind = 'case' | 'windows' | 'address' | 'invisible' | 'long'

/** One kind of trouble and the names that have it, in the order they came in; of `case`, the twins side by side. */
export interface NameTrouble {
  readonly kind: NameTroubleKind
  readonly names: readonly string[]
}

/** Longer paths cannot be opened by many programs on Windows, whose limit of 260 holds for the whole path. */
const longestPath = 240

/** What a browser or a service takes for something else than a letter of a name. */
const inAddress = /[#?%+&\\]/

/** What nearly every name is made of; only the others, and devices of Windows, are looked at closely. */
const plain = /^(?!con|prn|aux|nul|com|lpt)[\w@()[\] ,.~-]*[\w@()[\],~-]$/i

/** The longest name of one file or folder on Linux, in bytes of UTF-8. */
const longestNameBytes = 255

const sentences: { readonly [Kind in NameTroubleKind]: (names: readonly string[]) => string } = {
  case: (names) =>
    `Names that differ only in upper and lower case: ${shown(names)}. The web tells them apart, Windows and Macs do not, so a colleague there has only one of them. Rename one of each.`,
  windows: (names) =>
    `${counted(names.length, 'name')} that Windows cannot have: ${shown(names)}. Visitors are not affected, but nobody on Windows can have the folder whole.`,
  address: (names) =>
    `${counted(names.length, 'name')} with a character that means something else in a web address: ${shown(names)}. A link has to write it encoded, ${encodedExample(names)}, or it leads somewhere else.`,
  invisible: (names) =>
    `${counted(names.length, 'name')} with characters that cannot be seen: ${shown(names)}. Some services refuse them, and a link to them is hard to write. Rename them.`,
  long: (names) =>
    `${counted(names.length, 'name')} longer than many programs can handle (${longestPath} characters with their folders, or ${longestNameBytes} bytes by themselves): ${shown(names)}. Visitors are not affected.`,
}

/**
 * Looks for names that S3 takes and that mean trouble elsewhere. `names` are all relative paths of a folder, with `/` and
 * in NFC; only what `sent` has part in is told, each once. A folder's name ends in `/` and stands for all below it. Pure; goes
 * through both more than once.
 */
export function findNameTrouble(names: Iterable<string>, sent: Iterable<string> = names): NameTrouble[] {
  const found: Found = {
    case: caseTwins(names, sent),
    windows: new Set(),
    address: new Set(),
    invisible: new Set(),
    long: new Set(),
  }
  eachPath(sent, (path) => check(path, found))
  return (Object.keys(found) as NameTroubleKind[])
    .filter((kind) => found[kind].size > 0)
    .map((kind) => ({ kind, names: [...found[kind]] }))
}

/** A sentence for each kind of trouble, with examples: what it means for a visitor or a colleague, and what to do. */
export function nameTroubleWarnings(troubles: readonly NameTrouble[]): string[] {
  return troubles.map(({ kind, names }) => sentences[kind](names))
}

type Found = { readonly [Kind in NameTroubleKind]: Set<string> }

function check(path: string, found: Found): void {
  const isFolder = path.endsWith('/')
  const name = path.slice(parentOf(path).length, isFolder ? -1 : undefined)
  if (!isFolder && path.length > longestPath) found.long.add(path)
  if (Buffer.byteLength(name) > longestNameBytes) found.long.add(path)
  if (plain.test(name)) return
  if (unsafeAnywhere.test(name)) found.invisible.add(path)
  else if (!isWindowsName(name)) found.windows.add(path)
  if (inAddress.test(name)) found.address.add(path)
}

/** Files and folders whose names differ only in case, within one folder. */
function caseTwins(names: Iterable<string>, sent: Iterable<string>): Set<string> {
  const spellings = new Map<string, string>()
  const groups = new Map<string, Set<string>>()
  const add = (folded: string, path: string) => {
    const first = spellings.get(folded)
    if (first === undefined || first === path) return
    groups.set(folded, (groups.get(folded) ?? new Set([first])).add(path))
  }
  eachPath(names, (path) => {
    const folded = fold(path)
    if (folded === path) return
    if (spellings.has(folded)) add(folded, path)
    else spellings.set(folded, path)
  })
  const twins = new Set<string>()
  if (spellings.size === 0) return twins
  // The spelling that is all lower case was not collected above: nearly all names are, and would only cost memory.
  eachPath(names, (path) => add(path, path))
  if (groups.size === 0) return twins
  eachPath(sent, (path) => {
    const group = groups.get(fold(path))
    // Below folders that are twins everything is: the folders stand for it.
    if (group !== undefined && group.size > new Set([...group].map(parentOf)).size)
      for (const twin of group) twins.add(twin)
  })
  return twins
}

/** Calls for each file and each folder (ending in `/`); for a folder again when names of another came between. */
function eachPath(names: Iterable<string>, visit: (path: string) => void): void {
  let before = ''
  for (const name of names) {
    const own = parentOf(name)
    if (own !== before) {
      for (let at = own.indexOf('/'); at >= 0; at = own.indexOf('/', at + 1)) {
        const folder = own.slice(0, at + 1)
        if (!before.startsWith(folder)) visit(folder)
      }
      before = own
    }
    visit(name)
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/', path.length - 2) + 1)
}

function fold(path: string): string {
  const folded = path.toLowerCase()
  // Lower case takes some letters apart that are one in the name.
  return folded.length === path.length ? folded : folded.normalize('NFC')
}

function encodedExample(names: readonly string[]): string {
  const character = inAddress.exec(names[0] ?? '')?.[0] ?? ''
  return `${encodeURIComponent(character)} for ${character}`
}

/** The first few, with what cannot be seen written as an escape. */
function shown(names: readonly string[]): string {
  const few = names.slice(0, 4).map((name) => {
    const cut = name.length > 80 ? `${name.slice(0, 39)}…${name.slice(-40)}` : name
    return `“${Array.from(cut, visible).join('')}”`
  })
  const more = names.length - few.length
  return `${few.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`
}

function visible(character: string): string {
  return unsafeAnywhere.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character
}
