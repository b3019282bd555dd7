import type { PlaceOpening } from '../../src-preload/contract/place-opening.ts'
import type { AccessFacts } from './access-facts.ts'
import { openingByPolicy } from './opened-by-policy.ts'
import { objectArnBase, restsWithin } from './policy-reading.ts'
import { openedBySwitch } from './switch-decision.ts'

/** As many places that a policy names are looked at; one has 20 KB at most. */
const mostPlaces = 1000

/** Stands for whatever a name may have: no name has it. */
const anything = '\u0001'

/**
 * What lets everybody read a place for certain: the whole of it, else something below it that a statement names. Null for
 * nothing, as far as policy and switch are known.
 */
export function openedBelow(facts: AccessFacts, prefix: string): PlaceOpening | null {
  const base = objectArnBase(facts.place)
  const below = facts.statements.flatMap(({ effect, conditional, excluded, resources }) =>
    effect === 'allow' && !conditional && !excluded
      ? resources.flatMap((each) =>
          each.startsWith(base + prefix)
            ? [each.slice(base.length)]
            : restsWithin(each, base + prefix).map((rest) => prefix + rest),
        )
      : [],
  )
  const places = [[prefix, prefix + anything] as const].concat(
    below.slice(0, mostPlaces).map((place) => [place, place.replace(/[*?]/g, anything)] as const),
  )
  for (const [place, key] of places) {
    const opening = openingByPolicy(facts, [key])
    if (opening !== null) return { place: place.slice(0, 1024), by: opening.by }
  }
  const by = openedBySwitch(facts)
  return by === null ? null : { place: prefix, by, isWhole: true }
}
