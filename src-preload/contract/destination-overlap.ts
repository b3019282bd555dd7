import type { DestinationInput } from './destination.ts'

/** Where a destination is. */
export type DestinationPlace = Pick<DestinationInput, 'profileId' | 'bucket' | 'prefix'>

/** A prefix without leading slashes and, unless it is the whole bucket, with one trailing slash. */
export function normalisedPrefix(prefix: string): string {
  const bare = prefix.replace(/^\/+/, '').replace(/\/+$/, '')
  return bare === '' ? '' : `${bare}/`
}

/**
 * Whether two destinations share keys: one's prefix is the other's or begins with it, by whole segments, so that
 * `photos` and `photos-2024` do not (S48). Then there would be two answers to who can read a key, under which name a
 * file goes there, and which sync may remove it.
 */
export function isOverlapping(one: DestinationPlace, other: DestinationPlace): boolean {
  if (one.profileId !== other.profileId || one.bucket !== other.bucket) return false
  const [a, b] = [normalisedPrefix(one.prefix), normalisedPrefix(other.prefix)]
  return a.startsWith(b) || b.startsWith(a)
}

/** Each two of the destinations that overlap. */
export function overlapsIn<Place extends DestinationPlace>(places: readonly Place[]): [Place, Place][] {
  return places.flatMap((one, index) =>
    places.flatMap((other, at): [Place, Place][] =>
      at > index && isOverlapping(one, other) ? [[one, other]] : [],
    ),
  )
}

/** Why a place cannot be a destination's beside another one, in a sentence with the remedy. */
export function overlapText(
  place: Pick<DestinationPlace, 'prefix'>,
  other: Pick<DestinationInput, 'prefix' | 'name'>,
): string {
  const [own, theirs] = [normalisedPrefix(place.prefix), normalisedPrefix(other.prefix)]
  const named = `the destination “${other.name}”`
  if (own === theirs)
    return own === ''
      ? `The whole bucket is that of ${named} already.`
      : `${own} is the folder of ${named} already. Choose another one.`
  if (theirs === '')
    return `The whole bucket is that of ${named}, and ${own} is in it. Give “${other.name}” a folder of its own first.`
  if (own === '') return `The whole bucket has ${theirs} in it, which is that of ${named}. Choose a folder.`
  return own.startsWith(theirs)
    ? `${own} is in ${theirs}, the folder of ${named}. Choose one beside it.`
    : `${own} has ${theirs} in it, the folder of ${named}. Choose one beside it.`
}
