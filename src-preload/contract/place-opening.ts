/**
 * What lets everybody read a place of a bucket, or some of it: a statement of the bucket's policy, or the service's own
 * switch (`isWhole`). Free of zod: the window uses it, too.
 */
export interface PlaceOpening {
  /** The prefix that was asked about, or what below it is open, as the policy names it. */
  readonly place: string
  /** What opens it, as it is called in sentences. */
  readonly by: string
  readonly isWhole?: true | undefined
}

/** That a place which is to be private, or some of it, can be read by everybody, with the ways out, in sentences. */
export function placeOpeningText({ place, by, isWhole }: PlaceOpening, prefix: string): string {
  if (isWhole)
    return `Everybody can read what is put there: the bucket is public as a whole (${by}). As long as it is, Pail sends nothing there as private. Make the bucket private, or choose another one.`
  if (place !== prefix)
    return `Everybody can read some of what is put there: the bucket’s policy opens ${place} (${by}). As long as it does, Pail sends nothing as private that would be so. Make this folder private, or choose another folder.`
  const where = place === '' ? 'the whole bucket' : place
  return `Everybody can read what is put there: the bucket’s policy opens ${where} (${by}). As long as it does, Pail sends nothing there as private. Make that folder private, or choose another folder.`
}
