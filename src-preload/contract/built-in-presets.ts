import type { DestinationInput, UnplacedDestination } from './destination.ts'
import type { DestinationPreset, PresetInput } from './destination-preset.ts'

/** The ids of the presets that everybody has. */
export const builtInPresetIds = ['static', 'public-media', 'private-media'] as const

/** One of {@link builtInPresetIds}. */
export type BuiltInPresetId = (typeof builtInPresetIds)[number]

/** As many own presets are kept. */
export const mostPresets = 100

/** The tutorial's Cache-Control for static files. */
export const defaultCacheControl = 'max-age=86400'

/** How long links work where nobody has said it: an hour, as in django-storages. */
const defaultExpirySeconds = 3600

/** The presets that everybody has, in the order in which they are offered. Free of zod: the window uses them, too. */
export const builtInPresets: { readonly [Id in BuiltInPresetId]: DestinationPreset & { readonly id: Id } } = {
  static: {
    id: 'static',
    kind: 'static',
    name: 'Static',
    prefix: 'static/',
    visibility: 'public',
    cacheControl: defaultCacheControl,
    linkExpirySeconds: defaultExpirySeconds,
    exclude: [],
    longCache: true,
  },
  'public-media': {
    id: 'public-media',
    kind: 'media',
    name: 'Public media',
    prefix: 'media/public/',
    visibility: 'public',
    cacheControl: null,
    onConflict: 'keep-both',
    linkExpirySeconds: defaultExpirySeconds,
  },
  'private-media': {
    id: 'private-media',
    kind: 'media',
    name: 'Private media',
    prefix: 'media/private/',
    visibility: 'private',
    cacheControl: null,
    onConflict: 'keep-both',
    linkExpirySeconds: defaultExpirySeconds,
  },
}

/** What Pail calls a destination of a kind that nobody has named. */
export function usualName({ kind, visibility }: Pick<DestinationInput, 'kind' | 'visibility'>): string {
  const [of] = Object.values(builtInPresets).filter(
    (preset) => preset.kind === kind && preset.visibility === visibility,
  )
  return of?.name ?? 'Private static'
}

/** The destination that a preset makes in a bucket. */
export function destinationOfPreset(
  preset: PresetInput | DestinationPreset,
  bucket: string,
): UnplacedDestination {
  const { id: _, ...fields } = { id: null, ...preset }
  const placed = { bucket, baseUrl: null }
  return fields.kind === 'static' ? { ...fields, ...placed, folderId: null } : { ...fields, ...placed }
}
