import { failure } from '../../src-preload/contract/failure.ts'
import { refused, type VisibilityDecision, type WantedObjects } from '../visibility/visibility-decision.ts'

/** Throws where a private destination would be public, too (S44). */
export function refuseHidden(places: readonly { readonly name: string }[]): void {
  const [hidden] = places
  if (hidden === undefined) return
  throw failure(
    'safety-refused',
    `The private destination “${hidden.name}” is in what would be opened, and would be public, too. Change that destination first. Nothing was changed.`,
  )
}

/** The decision, or a refusal where a prefix that is to be public has a private destination in it (S44). */
export function keepingPrivate(
  decision: VisibilityDecision,
  { visibility, prefixes }: WantedObjects,
  places: readonly { readonly name: string; readonly prefix: string }[],
): VisibilityDecision {
  if (visibility === 'private' || decision.refusal !== null) return decision
  const hidden = places.find((place) => prefixes.some((prefix) => place.prefix.startsWith(prefix)))
  if (hidden === undefined) return decision
  const message = `The private destination “${hidden.name}” (${hidden.prefix || 'the whole bucket'}) is in it, and would be public, too. Make what is beside it public, or change that destination first.`
  return refused('impossible', 'safety-refused', message)
}
