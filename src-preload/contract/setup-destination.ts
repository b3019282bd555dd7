import type { SetupPlace } from './bucket-setup.ts'
import type { DestinationInput } from './destination.ts'

/** The destination of a place that a bucket was set up for. Free of zod: the window uses it, too. */
export function presetOfPlace(
  { kind, name, prefix, visibility }: SetupPlace,
  bucket: string,
): Omit<DestinationInput, 'profileId'> {
  const isStatic = kind === 'static'
  return {
    bucket,
    name,
    kind: isStatic ? 'static' : 'media',
    prefix,
    visibility,
    // The tutorial's Cache-Control for static files.
    cacheControl: isStatic ? 'max-age=86400' : null,
    onConflict: isStatic ? 'overwrite' : 'keep-both',
    baseUrl: null,
    linkExpirySeconds: 3600,
    folderId: null,
    exclude: [],
  }
}
