import type { SetupPlan } from './bucket-setup.ts'
import { destinationOfPreset } from './built-in-presets.ts'
import type { DestinationInput, UnplacedDestination } from './destination.ts'

/**
 * The destinations of a plan, without those of which there is one already at the same place. Free of zod: the window uses
 * it, too.
 */
export function newPlaces(
  { places, bucket }: Pick<SetupPlan, 'places' | 'bucket'>,
  profileId: string,
  there: readonly Pick<DestinationInput, 'profileId' | 'bucket' | 'prefix'>[],
): UnplacedDestination[] {
  const isThere = (prefix: string) =>
    there.some((each) => each.profileId === profileId && each.bucket === bucket && each.prefix === prefix)
  return places.filter(({ prefix }) => !isThere(prefix)).map((place) => destinationOfPreset(place, bucket))
}
