import {
  defaultKeyTemplate,
  fillKeyTemplate,
  splitExtension,
} from '../../src-preload/contract/key-template.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import { maxKeyBytes } from '../s3/object-key.ts'
import { isWindowsName } from '../transfers/safe-local-path.ts'
import { djangoValidName } from './django-names.ts'

/** What goes into a key beside the file's name. */
export interface NameFacts {
  readonly at: Date
  readonly uuid: string
  readonly hash8: string
}

/** The key that a file gets, or why it cannot have one. */
export interface UploadName {
  /** With `problem`, the key that the file would have under its own name. */
  readonly key: string
  readonly problem: string | null
}

/** So much is left for the random part of another name. */
const alternativeBytes = 8

/** The longest name of one file or folder on most disks, in bytes of UTF-8. */
const longestNameBytes = 255

/**
 * The keys of files that are uploaded together, in their order: cleaned, put into the template and below the prefix.
 * With `tidy`, names that differ only in upper and lower case are numbered (`a_2.jpg`). `names` are relative, with `/`.
 * Pure.
 */
export function uploadNames(
  prefix: string,
  names: readonly { readonly name: string; readonly facts: NameFacts }[],
  naming: Naming,
): UploadName[] {
  const named = names.map(({ name, facts }) => uploadName(prefix, name, naming, facts))
  return naming.clean === 'tidy' ? withoutTwins(named) : named
}

function uploadName(prefix: string, name: string, naming: Naming, facts: NameFacts): UploadName {
  const own = name.normalize('NFC')
  const parts: string[] = []
  for (const part of own.split('/')) {
    const cleaned = cleanedPart(part, naming.clean)
    if (cleaned === null)
      return { key: prefix + own, problem: `Nothing that Django takes is left of the name “${part}”.` }
    parts.push(cleaned)
  }
  const fileName = parts.pop() ?? ''
  const folder = parts.map((part) => `${part}/`).join('')
  const key = prefix + fillKeyTemplate(naming.template ?? defaultKeyTemplate, { ...facts, fileName, folder })
  return {
    key: naming.clean === 'tidy' ? shortened(key, maxKeyBytes - alternativeBytes) : key,
    problem: null,
  }
}

function cleanedPart(part: string, clean: Naming['clean']): string | null {
  if (clean === 'as-is') return part
  const valid = djangoValidName(part)
  if (clean === 'django') return valid
  if (valid === null) return 'file'
  // Of “🪣.png” Django leaves “.png”, which hides the file and takes its extension away.
  const rooted = valid.startsWith('.') && !part.trim().startsWith('.') ? `file${valid}` : valid
  const whole = rooted.replace(/\.+$/, '') || 'file'
  if (isWindowsName(whole)) return shortened(whole, longestNameBytes)
  // A device of Windows (`aux.js`): its name is what comes before the first dot.
  const dot = whole.includes('.') ? whole.indexOf('.') : whole.length
  return shortened(`${whole.slice(0, dot)}_${whole.slice(dot)}`, longestNameBytes)
}

/** A key or name of at most so many bytes: what is cut is the end of the last name before its extension. */
export function shortened(key: string, mostBytes: number): string {
  if (Buffer.byteLength(key) <= mostBytes) return key
  const slash = key.lastIndexOf('/') + 1
  const [root, ext] = splitExtension(key.slice(slash))
  const letters = Array.from(root)
  const rest = Buffer.byteLength(key.slice(0, slash)) + Buffer.byteLength(ext)
  let bytes = Buffer.byteLength(root)
  // One letter stays: without any there is no name.
  while (letters.length > 1 && rest + bytes > mostBytes) bytes -= Buffer.byteLength(letters.pop() ?? '')
  return key.slice(0, slash) + letters.join('') + ext
}

function withoutTwins(named: readonly UploadName[]): UploadName[] {
  const taken = new Set<string>()
  return named.map(({ key, problem }) => {
    let own = key
    for (let number = 2; taken.has(own.toLowerCase()); number++) {
      const slash = key.lastIndexOf('/') + 1
      const [root, ext] = splitExtension(key.slice(slash))
      own = `${key.slice(0, slash)}${root}_${number}${ext}`
    }
    taken.add(own.toLowerCase())
    return { key: own, problem }
  })
}
