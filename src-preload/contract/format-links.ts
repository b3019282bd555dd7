import type { LinkFormat } from './naming.ts'

/** A link and what it leads to. */
export interface NamedLink {
  readonly url: string
  /** The file's own name, without folders. */
  readonly name: string
  /** As a browser shows the picture, in pixels; null for what is no raster picture or was not measured. */
  readonly pixels: { readonly width: number; readonly height: number } | null
}

/** More are not copied at once. */
export const mostCopiedLinks = 5000

const pictureName = /\.(apng|avif|bmp|gif|ico|jpe?g|png|svg|webp)$/i

/**
 * Links as they are pasted: one a line. Names and URLs are escaped for where they go; pictures (by their extension) are
 * shown in Markdown and HTML, everything else is linked to. Pure.
 */
export function formatLinks(links: readonly NamedLink[], format: LinkFormat): string {
  return links.map((link) => formatLink(link, format)).join('\n')
}

function formatLink({ url, name, pixels }: NamedLink, format: LinkFormat): string {
  const isPicture = pictureName.test(name)
  switch (format) {
    case 'url':
      return url
    case 'list':
      return `${oneLine(name)}: ${url}`
    case 'markdown':
      return `${isPicture ? '!' : ''}[${markdownText(isPicture ? alternativeText(name) : name)}](${markdownAddress(url)})`
    case 'html': {
      const size = pixels === null ? '' : ` width="${pixels.width}" height="${pixels.height}"`
      return isPicture
        ? `<img src="${attribute(url)}"${size} alt="${attribute(alternativeText(name))}">`
        : `<a href="${attribute(url)}">${attribute(oneLine(name))}</a>`
    }
  }
}

/** What a name says of a picture: without its extension, words apart. */
function alternativeText(name: string): string {
  return oneLine(name.replace(/\.[^.]*$/, '').replace(/[_-]+/g, ' ')).trim()
}

function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, ' ')
}

function markdownText(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>!&]/g, (character) => `\\${character}`)
}

/** Parentheses end an address, and escaped by `%` they would be another one for a signature. */
function markdownAddress(url: string): string {
  return url.replace(/[()]/g, (character) => `\\${character}`)
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
