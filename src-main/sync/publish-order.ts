import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { suffixOf } from './compression.ts'

/**
 * The order in which a site's files are published, so that no page asks for what is not there yet: 0 fingerprinted
 * assets, which nothing refers to before a page does; 1 other assets; 2 style sheets and scripts; 3 pages; 4 what
 * names all others (Django's `staticfiles.json`, other manifests, service workers), always last.
 */
export function publishStage(key: string): number {
  const name = key.slice(key.lastIndexOf('/') + 1).toLowerCase()
  if (isManifest(name)) return 4
  if (/\.(html?|xhtml|shtml)$/.test(name)) return 3
  if (isFingerprinted(name)) return 0
  if (/\.(css|js|mjs|cjs|map|wasm)$/.test(name)) return 2
  return 1
}

/** The stage of a row: a compressed copy goes with what it is a copy of. */
export function stageOf({ key, sentAs }: Pick<SyncRow, 'key' | 'sentAs'>): number {
  return publishStage(sentAs?.sibling === true ? key.slice(0, -suffixOf[sentAs.coding].length) : key)
}

/** How many stages {@link publishStage} tells apart. */
export const publishStages = 5

function isManifest(name: string): boolean {
  return (
    /^(staticfiles|manifest|asset-manifest|site-manifest|rev-manifest|mix-manifest|stats)\.json$/.test(
      name,
    ) ||
    /\.(webmanifest|appcache)$/.test(name) ||
    /^(sw|service-worker|serviceworker|ngsw-worker)\.m?js$/.test(name) ||
    /^sitemap([-_.].*)?\.xml(\.gz)?$/.test(name)
  )
}

/**
 * Whether a name carries a digest of its content: eight or more hex digits between dots or behind a dash, twelve in
 * Django's case, or a bundler's eight or more letters and digits.
 */
export function isFingerprinted(name: string): boolean {
  if (/[._-][0-9a-f]{8,64}\./i.test(name)) return true
  const bundled = /[.-]([A-Za-z0-9_-]{8})\.[a-z0-9]+$/.exec(name)?.[1]
  return bundled !== undefined && /[0-9]/.test(bundled) && /[A-Za-z]/.test(bundled)
}
