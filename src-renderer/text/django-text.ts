import type { DjangoProject, DjangoSource } from '../../src-preload/contract/django.ts'
import { expiryLabel } from './link-text.ts'
import { visibilityWords } from './visibility-text.ts'

/** What each fact is called. */
export const djangoFactNames: { readonly [Fact in DjangoSource['fact']]: string } = {
  bucket: 'Bucket',
  region: 'Region',
  endpoint: 'Endpoint',
  prefix: 'Folder in the bucket',
  visibility: 'Who can read',
  baseUrl: 'Public base URL',
  onConflict: 'Name already there',
  linkExpirySeconds: 'Links end after',
  cacheControl: 'Cache-Control',
}

/** What happens to a name that is taken. */
export const conflictWords = {
  'keep-both': 'Keep both',
  overwrite: 'Replace',
  skip: 'Skip',
  ask: 'Ask',
} as const

/** A fact as it was read. */
export function djangoFactText(
  fact: DjangoSource['fact'],
  { destination, profile }: DjangoProject['destinations'][number],
  profiles: DjangoProject['profiles'],
): string {
  const service = profiles[profile]
  switch (fact) {
    case 'bucket':
      return destination.bucket ?? ''
    case 'region':
      return service?.region ?? ''
    case 'endpoint':
      return service?.endpoint ?? 'The service’s own'
    case 'prefix':
      return destination.prefix === '' ? 'The whole bucket' : (destination.prefix ?? '')
    case 'visibility':
      return visibilityWords[destination.visibility]
    case 'baseUrl':
      return destination.baseUrl ?? 'The bucket’s own address'
    case 'onConflict':
      return conflictWords[destination.kind === 'media' ? destination.onConflict : 'overwrite']
    case 'linkExpirySeconds':
      return expiryLabel(destination.linkExpirySeconds)
    case 'cacheControl':
      return destination.cacheControl ?? 'Not set'
  }
}

/** Where a fact is told: `mysite/settings.py:24`, or that a default holds. */
export function djangoPlace({ file, line }: Pick<DjangoSource, 'file' | 'line'>): string {
  return file === null ? 'django-storages’ default' : line === 0 ? file : `${file}:${line}`
}
