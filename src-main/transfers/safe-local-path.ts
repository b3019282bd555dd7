import { createHash } from 'node:crypto'
import { posix, win32 } from 'node:path'

/** The systems whose rules for names differ. */
export type NamePlatform = 'linux' | 'darwin' | 'win32'

/** The longest name of one file or folder, in bytes of UTF-8 (in UTF-16 units on Windows, which is never more). */
const longestName = 255

/** The longest path, in bytes. Windows has more with its long form, but not every program there opens it. */
const longestPath: Record<NamePlatform, number> = { linux: 4095, darwin: 1023, win32: 32_000 }

/**
 * Where an object goes below a folder (S33): pure, and never outside of `root` whatever the key is. Every segment of
 * the key becomes one name; what a name may not hold there is written as `%XX` of its UTF-8 bytes, and a `%XX` that was
 * in the key as `%25XX`, so that no two keys share a path and {@link keyOfLocalPath} finds the way back. Only names
 * and paths that are too long are cut and get a hash instead.
 * Case and accents that a disk does not tell apart are {@link createSafeNamer}'s task, which knows the other names.
 */
export function safeLocalPath(root: string, key: string, platform: NamePlatform): string {
  return pathOf(root, safeSegments(root, key, platform), platform)
}

/** The key whose safe path, relative to the root, this is. Names that were cut for their length have no way back. */
export function keyOfLocalPath(relativePath: string, platform: NamePlatform): string {
  return relativePath
    .split(platform === 'win32' ? /[\\/]/ : '/')
    .map(decodeSegment)
    .join('/')
}

/** A place for one object. */
export interface SafeName {
  readonly path: string
  /** Relative to the root, with `/`, for a person. */
  readonly relative: string
  /** Whether the name differs from the key. */
  readonly changed: boolean
}

/** Gives the objects of one download their places, no two the same. */
export interface SafeNamer {
  name(key: string): SafeName
}

/**
 * Makes a namer for one download: like {@link safeLocalPath}, and keys that a disk would not tell apart (`A` and `a` on
 * Windows and Macs, spellings of accents on Macs) or that would be file and folder at once get ` (2)` behind the name.
 */
export function createSafeNamer(root: string, platform: NamePlatform): SafeNamer {
  const files = new Set<string>()
  /** Folded wanted folder path → the name it has got. */
  const folders = new Map<string, string>()
  const folderNames = new Set<string>()
  const fold = (path: string) => foldFor(platform, path)

  function folder(parent: string, wanted: string): string {
    const known = folders.get(fold(`${parent}/${wanted}`))
    if (known !== undefined) return known
    const name = free(wanted, (candidate) => !files.has(fold(`${parent}/${candidate}`)))
    folders.set(fold(`${parent}/${wanted}`), name)
    folderNames.add(fold(`${parent}/${name}`))
    return name
  }

  return {
    name(key) {
      const wanted = safeSegments(root, key, platform)
      const segments: string[] = []
      for (const segment of wanted.slice(0, -1)) segments.push(folder(segments.join('/'), segment))
      const parent = segments.join('/')
      const file = free(wanted.at(-1) ?? '', (candidate) => {
        const folded = fold(`${parent}/${candidate}`)
        return !files.has(folded) && !folderNames.has(folded)
      })
      files.add(fold(`${parent}/${file}`))
      segments.push(file)
      const relative = segments.join('/')
      return { path: pathOf(root, segments, platform), relative, changed: relative !== key }
    },
  }
}

/** `photo (2).jpg` for `photo.jpg`: the number before the last extension, the name within its limit. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.')
  const [stem, extension] =
    dot > 0 && name.length - dot <= 20 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const suffix = ` (${number})${extension}`
  return cutToBytes(stem, longestName - Buffer.byteLength(suffix)) + suffix
}

function free(wanted: string, isFree: (name: string) => boolean): string {
  if (isFree(wanted)) return wanted
  for (let number = 2; ; number++) {
    const name = numberedName(wanted, number)
    if (isFree(name)) return name
  }
}

function safeSegments(root: string, key: string, platform: NamePlatform): string[] {
  const segments = key.split('/').map((segment) => shortened(encodeSegment(segment, platform), segment))
  const path = pathOf(root, segments, platform)
  if (Buffer.byteLength(path) <= longestPath[platform]) return segments
  // Too deep: the last name alone, with a hash of the whole key before it.
  return [shortened(`${hashOf(key)}~${segments.at(-1) ?? ''}`, key)]
}

function pathOf(root: string, segments: readonly string[], platform: NamePlatform): string {
  return platform === 'win32' ? win32.join(root, ...segments) : posix.join(root, ...segments)
}

/** Whether Windows can have a file or folder of this name; `name` is one segment of a path. */
export function isWindowsName(name: string): boolean {
  // A percent sign is a letter there; here it would be escaped for the way back.
  const plain = name.replaceAll('%', 'x')
  return encodeSegment(plain, 'win32') === plain
}

/** Never legible, never printable or changing the direction of what follows, on no system. */
export const unsafeAnywhere =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/u

/** Windows: separators, streams, wildcards. Elsewhere a backslash or colon is a letter like others. */
const unsafeOnWindows = /[<>:"|?*\\]/

/** Windows: devices, whatever their extension, and the superscript digits that it takes for digits. */
const windowsDevice = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i

function encodeSegment(segment: string, platform: NamePlatform): string {
  // No file can have these names; `%2F` stands for an empty one, since no segment holds a slash.
  if (segment === '') return '%2F'
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E')
  let encoded = ''
  for (const character of segment.replace(/%(?=[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})/g, '%25')) {
    const unsafe = unsafeAnywhere.test(character) || (platform === 'win32' && unsafeOnWindows.test(character))
    encoded += unsafe ? encodeCharacter(character) : character
  }
  if (platform !== 'win32') return encoded
  // Windows drops dots and spaces at the end, which would make two names one; and a device is no file.
  encoded = encoded.replace(/[. ]$/, (last) => encodeCharacter(last))
  return windowsDevice.test(encoded) ? encodeCharacter(encoded.charAt(0)) + encoded.slice(1) : encoded
}

function encodeCharacter(character: string): string {
  // Half a surrogate pair has no UTF-8.
  if (/\p{Cs}/u.test(character)) return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
}

function decodeSegment(segment: string): string {
  if (segment === '%2F') return ''
  const plain = segment.replace(/%u([0-9A-Fa-f]{4})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return plain.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

function shortened(name: string, original: string): string {
  if (Buffer.byteLength(name) <= longestName) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= 20 ? name.slice(dot) : ''
  const suffix = `~${hashOf(original)}${extension}`
  return (
    cutToBytes(name.slice(0, name.length - extension.length), longestName - Buffer.byteLength(suffix)) +
    suffix
  )
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 16)
}

/** The beginning of a text in at most so many bytes, without cutting a character or an escape in two. */
function cutToBytes(text: string, bytes: number): string {
  let length = 0
  let cut = ''
  for (const character of text) {
    length += Buffer.byteLength(character)
    if (length > bytes) break
    cut += character
  }
  return cut === text ? text : cut.replace(/%[0-9A-Fa-f]?$/, '')
}

function foldFor(platform: NamePlatform, path: string): string {
  switch (platform) {
    case 'linux':
      return path
    case 'darwin':
    case 'win32':
      // Coarser than either disk: at worst a number is added that was not needed.
      return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC')
    default:
      return platform satisfies never
  }
}
