/** A stretch of a name: shown as it is, or a character that would otherwise be invisible or reorder the text. */
export interface NamePiece {
  readonly text: string
  readonly kind: 'plain' | 'control'
}

// Invisible or reordering characters, as ranges of code points: C0, DEL and C1 controls; soft hyphen; combining grapheme
// joiner; Arabic letter mark; Hangul fillers; Khmer inherent vowels; Mongolian selectors; zero-width and bidirectional
// controls; separators; invisible operators; byte order mark; interlinear marks; lone surrogates; tag characters.
const hiddenRanges: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
]
const controlNames =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  )
const joiner = '\u200d'
const variationSelector = '\ufe0f'
const pictographic = /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u

/**
 * Splits a key or a name so that every character which is invisible or changes the direction of the text can be shown
 * as a visible sign (S36): `\u202Egpj.exe` becomes the control piece `U+202E` and the plain piece `gpj.exe`.
 * C0 controls become their names (`NUL`, `LF`), because few fonts have the control pictures.
 */
export function namePieces(name: string): readonly NamePiece[] {
  const pieces: NamePiece[] = []
  let plain = ''
  // By code points: an emoji of several is looked at piece by piece on purpose.
  const characters = Array.from(name)
  characters.forEach((character, index) => {
    const joins = character === joiner && isEmoji(characters[index - 1]) && isEmoji(characters[index + 1])
    if (!isHidden(character) || joins) {
      plain += character
      return
    }
    if (plain !== '') pieces.push({ text: plain, kind: 'plain' })
    plain = ''
    pieces.push({ text: controlPicture(character), kind: 'control' })
  })
  if (plain !== '') pieces.push({ text: plain, kind: 'plain' })
  return pieces
}

/** The same as one string, for accessible names, titles and sentences: controls as `[U+202E]`. */
export function visibleName(name: string): string {
  return namePieces(name)
    .map((piece) => (piece.kind === 'control' ? `[${piece.text}]` : piece.text))
    .join('')
}

/** The last segment of a key or of a prefix, without its closing slash; the whole when there is nothing else. */
export function lastSegment(keyOrPrefix: string): string {
  const trimmed = keyOrPrefix.endsWith('/') ? keyOrPrefix.slice(0, -1) : keyOrPrefix
  const segment = trimmed.slice(trimmed.lastIndexOf('/') + 1)
  return segment === '' ? '/' : segment
}

/** Splits a file name before its last dot, so that the extension stays visible when the rest is cut off (S36). */
export function splitExtension(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf('.')
  return dot > 0 && name.length - dot <= 12
    ? { stem: name.slice(0, dot), extension: name.slice(dot) }
    : { stem: name, extension: '' }
}

/** A stem of up to so many characters is shown in one piece. */
const shortStem = 16
/** So many characters of a longer one stay in sight at its end. */
const keptTail = 10

// Hebrew, Arabic and their kin: a part of such a text alone would be in another place than within the whole.
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u

/**
 * Splits the stem of a name for a place that may be too short: what is at its end, in which names of one folder differ
 * (`team-photo-0417`), stays in sight, and what is cut off is in the middle. No character is taken apart. A short stem
 * and one with letters that run from right to left have no `tail`.
 */
export function splitMiddle(stem: string): { readonly head: string; readonly tail: string } {
  if (stem.length <= shortStem || rightToLeft.test(stem)) return { head: stem, tail: '' }
  // What a person takes for one character may be many code units, but hardly ever more than these.
  const from = Math.max(0, stem.length - keptTail * 12)
  const characters = Array.from(segmenter.segment(stem.slice(from)), ({ index }) => index)
  // The first of these may have lost its beginning.
  if (characters.length <= keptTail) return { head: stem, tail: '' }
  const at = from + characters.at(-keptTail)!
  return { head: stem.slice(0, at), tail: stem.slice(at) }
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function isEmoji(character: string | undefined): boolean {
  return character !== undefined && (character === variationSelector || pictographic.test(character))
}

function isHidden(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return hiddenRanges.some(([from, to]) => code >= from && code <= to)
}

function controlPicture(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return (
    controlNames[code] ?? (code === 0x7f ? 'DEL' : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`)
  )
}
