import { constants } from 'node:fs'
import { lstat, open, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** The types of what a build of the page consists of. Anything else is not served. */
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** A name that the build makes: nothing to decode, nothing special on any system. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/

/**
 * The file's path below the page's folder for the path of a URL, or null when it is refused (S5).
 * The names of a build are plain, so whatever is not plain is refused instead of being decoded: `%2e`, `%5c`,
 * backslashes, NULs, `..`, drive letters, empty and hidden names.
 */
export function resolvePagePath(urlPath: string): string | null {
  if (urlPath.length > 512 || !urlPath.startsWith('/')) return null
  if (urlPath === '/') return 'index.html'
  const names = urlPath.slice(1).split('/')
  if (names.some((name) => !plainName.test(name) || name.endsWith('.'))) return null
  const last = names.at(-1) ?? ''
  return contentTypes[extname(last).toLowerCase()] === undefined ? null : names.join('/')
}

/** A file of the page with its type. */
export interface PageFile {
  readonly body: Buffer<ArrayBuffer>
  readonly contentType: string
}

/**
 * Reads the file for the path of a URL from the page's folder; null when it is refused or not there. Links out of the
 * folder are refused (S5).
 */
export async function readPageFile(pageDirectory: string, urlPath: string): Promise<PageFile | null> {
  const relative = resolvePagePath(urlPath)
  if (relative === null) return null
  const path = join(pageDirectory, relative)
  const contentType = contentTypes[extname(path).toLowerCase()]
  if (contentType === undefined) return null
  try {
    const root = await realpath(pageDirectory)
    const real = await realpath(path)
    if (!real.startsWith(root + sep)) return null
    if (!(await lstat(real)).isFile()) return null
    const file = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      return { body: await file.readFile(), contentType }
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
