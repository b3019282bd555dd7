/** Formats whose metadata Pail removes without touching the picture. */
export type StrippableFormat = 'JPEG' | 'PNG' | 'WebP' | 'GIF'

/** What a file is, as far as its metadata is concerned. */
export type PictureKind =
  | { readonly kind: 'strippable'; readonly format: StrippableFormat }
  /** It may have metadata, and Pail does not remove it; `what` for a person, as “a HEIC picture”. */
  | { readonly kind: 'unstrippable'; readonly what: string }
  /** Its name says so, and its bytes do not. */
  | { readonly kind: 'mistaken'; readonly format: StrippableFormat }
  /** It is one, damaged or stranger than can be taken apart; only found out by reading it. */
  | { readonly kind: 'broken'; readonly format: StrippableFormat }
  | { readonly kind: 'other' }

/** So many bytes of the beginning of a file are looked at. */
export const pictureKindBytes = 4096

const formatOfExtension: ReadonlyMap<string, StrippableFormat> = new Map([
  ['jpg', 'JPEG'],
  ['jpeg', 'JPEG'],
  ['jpe', 'JPEG'],
  ['jfif', 'JPEG'],
  ['png', 'PNG'],
  ['apng', 'PNG'],
  ['webp', 'WebP'],
  ['gif', 'GIF'],
])

const unstrippableExtensions: readonly (readonly [what: string, extensions: string])[] = [
  ['a HEIC picture', 'heic heif hif'],
  ['an AVIF picture', 'avif avifs'],
  ['a TIFF picture', 'tif tiff'],
  ['a raw photo', 'dng cr2 cr3 nef nrw arw srf sr2 orf rw2 raf pef srw x3f iiq 3fr erf'],
  ['a JPEG XL picture', 'jxl'],
  ['a JPEG 2000 picture', 'jp2 j2k jpx jpf'],
  ['an SVG picture', 'svg svgz'],
  ['a Photoshop file', 'psd psb'],
  ['a video', 'mp4 m4v mov qt 3gp 3g2 avi mkv webm mts m2ts mpg mpeg wmv ogv'],
]

const whatOfExtension = new Map(
  unstrippableExtensions.flatMap(([what, extensions]) =>
    extensions.split(' ').map((extension) => [extension, what] as const),
  ),
)

/** What a file is by its name alone, as long as nobody has looked into it. Pure. */
export function pictureKindByName(name: string): PictureKind {
  const { format, what } = byExtension(name)
  if (format !== null) return { kind: 'strippable', format }
  return what === null ? { kind: 'other' } : { kind: 'unstrippable', what }
}

/** What a file is by its first bytes, and where they do not tell, by its name. Pure. */
export function pictureKind(head: Uint8Array, name: string): PictureKind {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const format = strippableFormat(bytes)
  if (format !== null) return { kind: 'strippable', format }
  // There is nothing in an empty file.
  if (bytes.byteLength === 0) return { kind: 'other' }
  const named = byExtension(name)
  const what = unstrippableContent(bytes) ?? named.what
  if (what !== null) return { kind: 'unstrippable', what }
  return named.format === null ? { kind: 'other' } : { kind: 'mistaken', format: named.format }
}

function byExtension(name: string): { format: StrippableFormat | null; what: string | null } {
  const extension = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return {
    format: formatOfExtension.get(extension) ?? null,
    what: whatOfExtension.get(extension) ?? null,
  }
}

function strippableFormat(bytes: Buffer): StrippableFormat | null {
  const text = (from: number, to: number) => bytes.toString('latin1', from, to)
  if (text(0, 3) === '\xff\xd8\xff') return 'JPEG'
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'PNG'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'WebP'
  return /^GIF8[79]a$/.test(text(0, 6)) ? 'GIF' : null
}

function unstrippableContent(bytes: Buffer): string | null {
  const text = (from: number, to: number) => bytes.toString('latin1', from, to)
  if (text(4, 8) === 'ftyp') {
    const brand = text(8, 12)
    if (/^avi[fs]$/.test(brand)) return 'an AVIF picture'
    if (/^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand)) return 'a HEIC picture'
    return brand === 'crx ' ? 'a raw photo' : 'a video'
  }
  if (/^(moov|mdat|wide)$/.test(text(4, 8)) || text(0, 4) === '\x1a\x45\xdf\xa3') return 'a video'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'AVI ') return 'a video'
  if (/^(II[*+]\0|MM\0[*+]|IIU\0|IIRO)$/.test(text(0, 4))) return 'a TIFF picture or a raw photo'
  if (text(0, 2) === '\xff\x0a' || text(4, 8) === 'JXL ') return 'a JPEG XL picture'
  if (text(4, 8) === 'jP  ') return 'a JPEG 2000 picture'
  if (text(0, 4) === '8BPS') return 'a Photoshop file'
  const markup = bytes.toString('utf8')
  return /<svg[\s>]/.test(markup) && !/<(!doctype )?html/i.test(markup) ? 'an SVG picture' : null
}
