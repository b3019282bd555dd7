import type { MadeLink } from '../../src-main/links/create-link.ts'
import type { TriedLink } from '../../src-main/links/tried-link.ts'

/** A link to the last name of a URL, in the bucket `b`; of another key it has that in the same place. */
export function triedAt(url: string, kind: MadeLink['kind']): TriedLink {
  const [path = '', query] = url.split('?')
  const cut = path.lastIndexOf('/') + 1
  return {
    url,
    kind,
    bucket: 'b',
    key: path.slice(cut),
    baseUrl: kind === 'presigned' ? null : new URL(url).origin,
    urlOf: async (key) => `${path.slice(0, cut)}${key}${query === undefined ? '' : `?${query}`}`,
  }
}
