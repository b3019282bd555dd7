import type { SetupPlace, SetupPlan } from './bucket-setup.ts'
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

/** The destinations of a plan, without those of which there is one already at the same place. */
export function newPlaces(
  { places, bucket }: Pick<SetupPlan, 'places' | 'bucket'>,
  profileId: string,
  there: readonly Pick<DestinationInput, 'profileId' | 'bucket' | 'prefix'>[],
): Omit<DestinationInput, 'profileId'>[] {
  const isThere = (prefix: string) =>
    there.some((each) => each.profileId === profileId && each.bucket === bucket && each.prefix === prefix)
  return places.filter(({ prefix }) => !isThere(prefix)).map((place) => presetOfPlace(place, bucket))
}
