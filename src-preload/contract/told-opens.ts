import type { OpenedObjects, Opens } from './opens.ts'

/** Either of the two, as it is told and confirmed. */
export type ToldOpens = OpenedObjects & Partial<Opens>

/** The objects of these keys, counted and the first of them named. */
export function openedObjects(keys: Iterable<string>): OpenedObjects {
  const sample: string[] = []
  let objects = 0
  for (const key of keys) {
    objects++
    if (sample.length < 50) sample.push(key)
  }
  return { objects, sample }
}

/** Whether anything becomes public. */
export function opensAnything({ objects, prefixes = [] }: Pick<ToldOpens, 'objects' | 'prefixes'>): boolean {
  return objects + prefixes.length > 0
}

/** Whether the bucket's name has to be typed: for several objects, and for whatever is opened as a whole. */
export function needsBucketName({ objects, prefixes = [] }: ToldOpens): boolean {
  return objects > 1 || prefixes.length > 0
}

/** What a call says of what the person has seen becoming public. */
export function confirming(opens: ToldOpens | undefined): { readonly confirmedPublic?: number } {
  return opens !== undefined && opensAnything(opens) ? { confirmedPublic: opens.objects } : {}
}
