import { randomBytes } from 'node:crypto'
import type { Destination, DestinationInput } from '../../src-preload/contract/destination.ts'
import {
  isOverlapping,
  normalisedPrefix,
  overlapText,
} from '../../src-preload/contract/destination-overlap.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { keyTemplateProblem } from '../../src-preload/contract/key-template.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { StoredDestination } from '../settings/settings.ts'
import type { HandlersOf } from './call.ts'
import { withoutStaleConsents } from './command-consents.ts'
import type { Folders } from './folders.ts'

/** Throws `invalid-argument` unless a base URL is one that the keys of a bucket can follow; null is none. */
export function checkBaseUrl(baseUrl: string | null): void {
  if (baseUrl === null) return
  if (!URL.canParse(baseUrl)) throw failure('invalid-argument', 'The base URL is not a URL.')
  const url = new URL(baseUrl)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw failure('invalid-argument', 'The base URL begins with https:// or http://.')
  if (url.username || url.password || url.search || url.hash)
    throw failure('invalid-argument', 'The base URL has no user, query or fragment.')
}

/**
 * A destination as it may be kept beside the others, its prefix normalised. Throws `invalid-argument`, `already-exists`
 * for its name, and `safety-refused` for a prefix that overlaps (S48). Where it was `before` it may stay: settings of
 * earlier versions have overlaps, of which the window warns.
 */
export function checkedDestination(
  input: DestinationInput,
  others: readonly StoredDestination[],
  before: StoredDestination | null = null,
): DestinationInput {
  const destination = { ...input, prefix: normalisedPrefix(input.prefix) }
  checkBaseUrl(destination.baseUrl)
  if ((destination.keyPairId ?? null) !== null && destination.baseUrl === null)
    throw failure('invalid-argument', 'Links signed for CloudFront need the base URL of the distribution.')
  const keyTemplate = (destination.kind === 'media' ? destination.keyTemplate : null) ?? null
  const problem = keyTemplate === null ? null : keyTemplateProblem(keyTemplate)
  if (problem !== null) throw failure('invalid-argument', problem)
  const stays =
    before !== null &&
    before.profileId === destination.profileId &&
    before.bucket === destination.bucket &&
    normalisedPrefix(before.prefix) === destination.prefix &&
    before.kind === destination.kind
  for (const other of others) {
    if (other.profileId !== destination.profileId || other.bucket !== destination.bucket) continue
    if (other.name === destination.name)
      throw failure('already-exists', `This bucket has a destination named “${destination.name}”.`)
    if (!stays && isOverlapping(destination, other))
      throw failure('safety-refused', overlapText(destination, other))
  }
  return destination
}

/** A kept destination as the window knows it: with the name of its folder. */
export function shownDestination(destination: StoredDestination, folders: Folders): Destination {
  return destination.kind === 'static'
    ? { ...destination, folder: folders.describe(destination.folderId) }
    : destination
}

/** Destinations: named places in a bucket, kept in the settings. `onDeleted` hears of those that are gone. */
export function destinationHandlers(
  settings: SettingsFile,
  folders: Folders,
  onDeleted: (destinationId: string) => void = () => undefined,
): HandlersOf<'listDestinations' | 'createDestination' | 'updateDestination' | 'deleteDestination'> {
  const shown = (destination: StoredDestination) => shownDestination(destination, folders)
  return {
    listDestinations: async () => settings.current().destinations.map(shown),
    async createDestination({ destination }) {
      const id = `destination_${randomBytes(12).toString('hex')}`
      await settings.update((now) => ({
        ...now,
        destinations: [...now.destinations, { ...checkedDestination(destination, now.destinations), id }],
      }))
      return shown(settings.current().destinations.find((each) => each.id === id)!)
    },
    async updateDestination({ destinationId, destination }) {
      await settings.update((now) => {
        const before = now.destinations.find((each) => each.id === destinationId)
        if (before === undefined) throw failure('not-found', 'This destination is not there any more.')
        const others = now.destinations.filter((each) => each.id !== destinationId)
        const next = { ...checkedDestination(destination, others, before), id: destinationId }
        return withoutStaleConsents({
          ...now,
          destinations: now.destinations.map((each) => (each.id === destinationId ? next : each)),
        })
      })
      return shown(settings.current().destinations.find((each) => each.id === destinationId)!)
    },
    async deleteDestination({ destinationId }) {
      await settings.update((now) =>
        withoutStaleConsents({
          ...now,
          destinations: now.destinations.filter((each) => each.id !== destinationId),
        }),
      )
      onDeleted(destinationId)
      return {}
    },
  }
}
