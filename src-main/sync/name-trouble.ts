import { isWindowsName, unsafeAnywhere } from '../transfers/safe-local-path.ts'
import { counted } from './delete-limit.ts'
import { createSortedMap } from '../tables/sorted-map.ts'
import { digestOf } from '../tables/text-digest.ts'
import type { MakeSpool } from '../tables/spool.ts'

/**
 * What can be wrong with the names of files that S3 takes as they are:
 * - `case`: two that differ only in upper and lower case, which Windows and Macs do not tell apart;
 * - `windows`: no file there can have it (`a:b`, `aux.js`, a dot or space at the end);
 * - `address`: a character that means something else in a web address (`#`, `?`, `%`, `+`, `&`, `\`);
 * - `invisible`: control characters, and those that are not seen or turn the text around;
 * - `long`: a path or a name beyond what many programs can handle.
 */
export type NameTroubleKind = 'case' | 'windows' | 'address' | 'invisible' | 'long'

/** One kind of trouble, how many names have it, and the first of them as they came in; of `case`, twins side by side. */
export interface NameTrouble {
  readonly kind: NameTroubleKind
  readonly count: number
  readonly names: readonly string[]
}

/** So many names are kept to be shown. */
const mostShown = 8

/** Longer paths cannot be opened by many programs on Windows, whose limit of 260 holds for the whole path. */
const longestPath = 240

/** What a browser or a service takes for something else than a letter of a name. */
const inAddress = /[#?%+&\\]/

/** What nearly every name is made of; only the others, and devices of Windows, are looked at closely. */
const plain = /^(?!con|prn|aux|nul|com|lpt)[\w@()[\] ,.~-]*[\w@()[\],~-]$/i

/** The longest name of one file or folder on Linux, in bytes of UTF-8. */
const longestNameBytes = 255

const sentences: { readonly [Kind in NameTroubleKind]: (told: Omit<NameTrouble, 'kind'>) => string } = {
  case: (told) =>
    `Names that differ only in upper and lower case: ${shown(told)}. The web tells them apart, Windows and Macs do not, so a colleague there has only one of them. Rename one of each.`,
  windows: (told) =>
    `${counted(told.count, 'name')} that Windows cannot have: ${shown(told)}. Visitors are not affected, but nobody on Windows can have the folder whole.`,
  address: (told) =>
    `${counted(told.count, 'name')} with a character that means something else in a web address: ${shown(told)}. A link has to write it encoded, ${encodedExample(told)}, or it leads somewhere else.`,
  invisible: (told) =>
    `${counted(told.count, 'name')} with characters that cannot be seen: ${shown(told)}. Some services refuse them, and a link to them is hard to write. Rename them.`,
  long: (told) =>
    `${counted(told.count, 'name')} longer than many programs can handle (${longestPath} characters with their folders, or ${longestNameBytes} bytes by themselves): ${shown(told)}. Visitors are not affected.`,
}

/**
 * Looks for names that S3 takes and that mean trouble elsewhere. `names` are all relative paths of a folder, with `/` and
 * in NFC; only what `sent` has part in is told, each once. A folder's name ends in `/` and stands for all below it. Goes
 * through both more than once, in memory that a spool bounds.
 */
export function findNameTrouble(
  names: Iterable<string>,
  sent: Iterable<string> = names,
  spool: MakeSpool = null,
): NameTrouble[] {
  const found: Found = {
    case: caseTwins(names, sent, spool),
    windows: createTold(spool),
    address: createTold(spool),
    invisible: createTold(spool),
    long: createTold(spool),
  }
  eachPath(sent, (path) => check(path, found))
  return (Object.keys(found) as NameTroubleKind[])
    .filter((kind) => found[kind].count > 0)
    .map((kind) => ({ kind, count: found[kind].count, names: found[kind].names }))
}

/** A sentence for each kind of trouble, with examples: what it means for a visitor or a colleague, and what to do. */
export function nameTroubleWarnings(troubles: readonly NameTrouble[]): string[] {
  return troubles.map(({ kind, ...told }) => sentences[kind](told))
}

/** Names that are counted once each, of which the first are kept. */
interface Told extends Omit<NameTrouble, 'kind'> {
  add(name: string): void
}

type Found = { readonly [Kind in NameTroubleKind]: Told }

function createTold(spool: MakeSpool): Told {
  const names: string[] = []
  const known = createSortedMap(spool)
  let count = 0
  return {
    names,
    get count() {
      return count
    },
    add(name) {
      if (known.has(name)) return
      known.set(name, '')
      if (++count <= mostShown) names.push(name)
    },
  }
}

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

/** Between what a name is without regard to case and the name: it comes before whatever a name can go on with. */
const separator = '\0'

/** So many bits tell whether there may be a name: a wrong yes costs an entry and nothing else. */
const tableBits = 2 ** 23

/** Names by a bit of their digest each. */
function createBits(): { has(digest: number): boolean; add(digest: number): void } {
  const bytes = new Uint8Array(tableBits / 8)
  const placeOf = (digest: number) => (digest % tableBits) >>> 3
  return {
    has: (digest) => ((bytes[placeOf(digest)] ?? 0) & (1 << (digest & 7))) !== 0,
    add(digest) {
      const place = placeOf(digest)
      bytes[place] = (bytes[place] ?? 0) | (1 << (digest & 7))
    },
  }
}

/**
 * Files and folders whose names differ only in case, within one folder. Those that may be are sorted by what they are
 * without regard to case, so that twins come one after another; the value says whether one is sent.
 */
function caseTwins(names: Iterable<string>, sent: Iterable<string>, spool: MakeSpool): Told {
  const twins = createTold(spool)
  // Nearly always all names are lower case.
  if (!isAnyFolded(names)) return twins
  const [once, twice] = [createBits(), createBits()]
  eachPath(names, (path) => {
    const digest = digestOf(fold(path))
    if (once.has(digest)) twice.add(digest)
    else once.add(digest)
  })
  const spellings = createSortedMap(spool)
  const add = (all: Iterable<string>, value: '' | 'sent') =>
    eachPath(all, (path) => {
      const folded = fold(path)
      if (twice.has(digestOf(folded))) spellings.set(folded + separator + path, value)
    })
  if (sent !== names) add(names, '')
  add(sent, 'sent')
  let group: string[] = []
  let isSent = false
  let before = ''
  const close = () => {
    // Below folders that are twins everything is: the folders stand for it.
    if (isSent && group.length > new Set(group.map(parentOf)).size) for (const path of group) twins.add(path)
    group = []
    isSent = false
  }
  for (const [key, value] of spellings) {
    const at = key.indexOf(separator)
    const folded = key.slice(0, at)
    if (folded !== before) close()
    before = folded
    group.push(key.slice(at + separator.length))
    if (value !== '') isSent = true
  }
  close()
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

/** Whether any name is another without regard to case. */
function isAnyFolded(names: Iterable<string>): boolean {
  for (const name of names) if (fold(name) !== name) return true
  return false
}

function encodedExample({ names }: Omit<NameTrouble, 'kind'>): string {
  const character = inAddress.exec(names[0] ?? '')?.[0] ?? ''
  return `${encodeURIComponent(character)} for ${character}`
}

/** The first few, with what cannot be seen written as an escape. */
function shown({ names, count }: Omit<NameTrouble, 'kind'>): string {
  const few = names.slice(0, 4).map((name) => {
    const cut = name.length > 80 ? `${name.slice(0, 39)}…${name.slice(-40)}` : name
    return `“${Array.from(cut, visible).join('')}”`
  })
  const more = count - few.length
  return `${few.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`
}

function visible(character: string): string {
  return unsafeAnywhere.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character
}
