import { failure } from '../../src-preload/contract/failure.ts'
import type { AccessFacts } from '../visibility/access-facts.ts'
import { parsePolicyDocument } from '../visibility/policy-document.ts'
import { ownDenied, ownResources } from '../visibility/policy-edit.ts'
import { objectArnBase } from '../visibility/policy-reading.ts'
import type { PlannedSetup } from './plan-setup.ts'

/** A private destination of a bucket. */
export interface PrivatePlace {
  readonly name: string
  /** Empty for the whole bucket, else with a trailing slash. */
  readonly prefix: string
}

/** Throws `safety-refused` where what a set-up would open has a private destination in it (S44). */
export function refuseHiddenPlaces({ places }: PlannedSetup, kept: readonly PrivatePlace[]): void {
  const hidden = kept.find(({ prefix }) =>
    places.some((place) => place.visibility === 'public' && prefix.startsWith(place.prefix)),
  )
  if (hidden !== undefined)
    throw failure(
      'safety-refused',
      `The private destination “${hidden.name}” (${nameOf(hidden)}) is below what would be public. Change it first.`,
    )
}

/**
 * Throws `safety-refused` where Pail's own statement in the policy, as the set-up would leave it, opens a private place: one
 * that the set-up is to make, or a destination that is there. An Allow can leave nothing out of what it opens, so that the
 * prefix has to be made private first, or the place itself, by Pail's Deny, or the destination has to go elsewhere.
 */
export function refuseOpenedPlaces(
  { calls, places }: PlannedSetup,
  { document, place }: AccessFacts,
  kept: readonly PrivatePlace[],
): void {
  const { setting } = calls.find(({ call, notHere }) => call === 'PutBucketPolicy' && notHere === null) ?? {}
  const after =
    setting?.name === 'policy' && setting.value !== null ? parsePolicyDocument(setting.value) : document
  const base = objectArnBase(place)
  const opened = ownResources(after, place).map((resource) => resource.slice(base.length))
  const denied = ownDenied(after, place).map((resource) => resource.slice(base.length))
  const isOpen = ({ prefix }: { readonly prefix: string }) => !denied.some((each) => isBelow(prefix, each))
  for (const made of places.filter(({ visibility }) => visibility === 'private').filter(isOpen)) {
    const by = opened.find((each) => each.startsWith(made.prefix) || isBelow(made.prefix, each))
    if (by !== undefined) refuse(by, made)
  }
  for (const destination of kept.filter(isOpen)) {
    const by = opened.find(
      (each) =>
        each.endsWith('*') && (each.startsWith(destination.prefix) || isBelow(destination.prefix, each)),
    )
    if (by !== undefined) refuse(by, destination)
  }
}

function isBelow(prefix: string, pattern: string): boolean {
  return pattern.endsWith('*') && prefix.startsWith(pattern.slice(0, -1))
}

function refuse(pattern: string, place: PrivatePlace): never {
  const opened = pattern === '*' ? 'the whole bucket' : pattern.replace(/\*$/, '')
  throw failure(
    'safety-refused',
    `Pail’s statement in the bucket’s policy lets everybody read ${opened}, and the private destination “${place.name}” (${nameOf(place)}) would be public with it. Make ${opened} private first, or that place alone, or give that destination another prefix. Nothing was changed.`,
  )
}

function nameOf({ prefix }: PrivatePlace): string {
  return prefix || 'the whole bucket'
}
