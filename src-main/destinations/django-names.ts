import { randomInt } from 'node:crypto'
import { splitExtension } from '../../src-preload/contract/key-template.ts'

/** A whole number from 0 up to, not including, `below`. */
export type RandomBelow = (below: number) => number

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/**
 * Django's `get_valid_filename`: stripped, spaces to `_`, everything but letters, digits, `_`, `-` and `.` dropped.
 * Null when nothing usable is left, where Django raises SuspiciousFileOperation.
 */
export function djangoValidName(name: string): string | null {
  // Python's strip() also takes the separators U+001C–U+001F and U+0085; its \w is letters, numbers and `_`.
  const stripped = name.replace(/^[\s\u001c-\u001f\u0085]+|[\s\u001c-\u001f\u0085]+$/g, '')
  const valid = stripped.replaceAll(' ', '_').replace(/[^-\p{L}\p{N}_.]/gu, '')
  return valid === '' || valid === '.' || valid === '..' ? null : valid
}

/**
 * The name that Django's `get_available_name` tries next when one is taken: `root_XXXXXXX.ext`, always made from the
 * original name, `ext` being what follows the last dot. Folders are kept.
 */
export function djangoAlternativeName(
  name: string,
  random: RandomBelow = (below) => randomInt(below),
): string {
  const slash = name.lastIndexOf('/') + 1
  const [root, ext] = splitExtension(name.slice(slash))
  let suffix = ''
  for (let i = 0; i < 7; i++) suffix += alphabet[random(alphabet.length)]
  return `${name.slice(0, slash)}${root}_${suffix}${ext}`
}
