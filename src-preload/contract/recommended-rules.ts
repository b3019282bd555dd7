import type { HeaderRule } from './header-rule.ts'

/** Pages and what names all other files: browsers ask for them each time, and get 304 while nothing has changed. */
const askedForEachTime = [
  '*.html',
  '*.htm',
  '*.xhtml',
  '*.shtml',
  '*.webmanifest',
  '*.appcache',
  'staticfiles.json',
  'manifest.json',
  'asset-manifest.json',
  'site-manifest.json',
  'rev-manifest.json',
  'mix-manifest.json',
  'sw.js',
  'service-worker.js',
  'serviceworker.js',
  'ngsw-worker.js',
  'sitemap*.xml',
  'sitemap*.xml.gz',
]

/**
 * What suits nearly every site: names that carry a digest are kept for a year, pages and manifests are asked for each
 * time, and the rest has the Cache-Control of the options.
 */
export const recommendedRules: readonly HeaderRule[] = [
  ...askedForEachTime.map((glob) => ({ glob, cacheControl: 'no-cache' })),
  { glob: '*', fingerprinted: true, cacheControl: 'public, max-age=31536000, immutable' },
]
