/** What a key template may hold in braces. */
export const keyTemplateTokens = ['name', 'slug', 'ext', 'yyyy', 'mm', 'dd', 'hash8', 'uuid'] as const

/** Files keep their names. */
export const defaultKeyTemplate = '{name}.{ext}'

/** The longest template, in characters. */
export const longestKeyTemplate = 256

/** What a template is filled with. */
export interface KeyValues {
  /** The folders of a dropped folder, ending in `/`; empty for a file by itself. */
  readonly folder: string
  /** The file's own name, with its extension. */
  readonly fileName: string
  /** The day of the upload, in the computer's time zone. */
  readonly at: Date
  /** The first eight hex digits of the MD5 of the file's bytes, as Django's hashed names begin. */
  readonly hash8: string
  readonly uuid: string
}

type Token = (typeof keyTemplateTokens)[number]

/** Any of these keeps two files apart. */
const telling: readonly Token[] = ['name', 'slug', 'hash8', 'uuid']

const braces = /\{([^{}]*)\}/g

/** What is wrong with a template, in words for the person who types it; null when it can be used. Pure. */
export function keyTemplateProblem(template: string): string | null {
  if (template.trim() === '') return 'A key template cannot be empty.'
  if (template.length > longestKeyTemplate)
    return `A key template has at most ${longestKeyTemplate} characters.`
  const used = tokensOf(template)
  const unknown = used.find((token) => !isToken(token))
  if (unknown !== undefined)
    return `There is no {${unknown}}. Use ${keyTemplateTokens.map((token) => `{${token}}`).join(', ')}.`
  if (/[{}]/.test(template.replace(braces, ''))) return 'A brace is not closed, or not opened.'
  if (!telling.some((token) => used.includes(token)))
    return 'All files would have the same key. Use {name}, {slug}, {hash8} or {uuid}.'
  if (!template.endsWith('{ext}'))
    return 'End with {ext}, as in {name}.{ext}: browsers tell by it what a file is.'
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(template)) return 'Folders are separated by /, and nothing is invisible.'
  if (template.startsWith('/')) return 'Begin without a slash: the destination’s folder goes before it.'
  if (template.split('/').some((part) => part.trim() === '' || part === '.' || part === '..'))
    return 'A folder cannot be empty, . or ..'
  return null
}

/** Whether a template can be filled only after the file has been read. */
export function keyTemplateReads(template: string): boolean {
  return tokensOf(template).includes('hash8')
}

/**
 * The key, without the destination's prefix, that a template without problems makes. Folders of a dropped folder are
 * kept: they go before the template's last part. A file without extension leaves out the dot before `{ext}`. Pure.
 */
export function fillKeyTemplate(template: string, values: KeyValues): string {
  const [root, ext] = splitExtension(values.fileName)
  const { at } = values
  const filling: Readonly<Record<Token, string>> = {
    name: root,
    slug: slugOf(root),
    ext: ext.slice(1),
    yyyy: String(at.getFullYear()).padStart(4, '0'),
    mm: String(at.getMonth() + 1).padStart(2, '0'),
    dd: String(at.getDate()).padStart(2, '0'),
    hash8: values.hash8,
    uuid: values.uuid,
  }
  const dotless = ext === '' ? template.replaceAll('.{ext}', '{ext}') : template
  const filled = dotless.replace(braces, (whole, token: string) => (isToken(token) ? filling[token] : whole))
  // Not before filling: no value holds a slash.
  const last = filled.lastIndexOf('/') + 1
  return filled.slice(0, last) + values.folder + filled.slice(last)
}

/**
 * Django's `slugify`: ASCII, lower case, words joined by `-`. A name in which nothing of ASCII is left keeps its own
 * letters, and one without any is `file`.
 */
export function slugOf(name: string): string {
  // Python's "ignore" drops what is not ASCII, one code unit as the other.
  const ascii = name.normalize('NFKD').replace(/[\u0080-\uffff]/g, '')
  return joined(ascii) || joined(name.normalize('NFKC')) || 'file'
}

function joined(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\s-]/gu, '')
    .replace(/[-\s]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
}

/**
 * Python's `os.path.splitext` of a name without folders: the extension has its dot and is what follows the last one;
 * leading dots belong to the root.
 */
export function splitExtension(name: string): [root: string, ext: string] {
  const dot = name.lastIndexOf('.')
  return dot <= 0 || /^\.*$/.test(name.slice(0, dot)) ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
}

function tokensOf(template: string): string[] {
  return [...template.matchAll(braces)].map((match) => match[1] ?? '')
}

function isToken(token: string): token is Token {
  return (keyTemplateTokens as readonly string[]).includes(token)
}
