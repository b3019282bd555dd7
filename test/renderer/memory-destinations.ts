import type { Api } from '../../src-preload/contract/api.ts'
import type { Destination, DestinationInput } from '../../src-preload/contract/destination.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'

/** A destination as the main process answers it, with the name of its folder. */
export function savedDestination(destination: DestinationInput, id: string): Destination {
  if (destination.kind === 'media') return { ...destination, id }
  const { folderId } = destination
  return { ...destination, id, folder: folderId === null ? null : { folderId, name: 'static' } }
}

/** The destinations of a memory, and the keys that they need beside those of the profile. */
export function memoryDestinations(
  memory: Memory,
  answer: Answer,
  id: (kind: string) => string,
): Pick<
  Api<File>,
  | 'setCloudFrontKey'
  | 'getCloudFrontKey'
  | 'setCloudflareToken'
  | 'getCloudflareToken'
  | 'listDestinations'
  | 'createDestination'
  | 'updateDestination'
  | 'deleteDestination'
  | 'listDestinationPresets'
  | 'createDestinationPreset'
  | 'deleteDestinationPreset'
> {
  return {
    setCloudFrontKey: (input) =>
      answer('setCloudFrontKey', input, () => {
        const state = input.keepForSession ? 'session' : 'ready'
        memory.cloudFrontKeys[input.keyPairId] = state
        return { state }
      }),
    getCloudFrontKey: (input) =>
      answer('getCloudFrontKey', input, () => ({
        state: memory.cloudFrontKeys[input.keyPairId] ?? 'missing',
      })),
    setCloudflareToken: (input) =>
      answer('setCloudflareToken', input, () => {
        const state = input.token === null ? 'missing' : input.keepForSession ? 'session' : 'ready'
        memory.cloudflareTokens[input.profileId] = state
        return { state }
      }),
    getCloudflareToken: (input) =>
      answer('getCloudflareToken', input, () => ({
        state: memory.cloudflareTokens[input.profileId] ?? 'missing',
      })),
    listDestinations: (input) => answer('listDestinations', input, () => [...memory.destinations]),
    createDestination: (input) =>
      answer('createDestination', input, () => {
        const destination = savedDestination(input.destination, id('destination'))
        memory.destinations.push(destination)
        return destination
      }),
    updateDestination: (input) =>
      answer('updateDestination', input, () => {
        const destination = savedDestination(input.destination, input.destinationId)
        memory.destinations = memory.destinations.map((each) =>
          each.id === destination.id ? destination : each,
        )
        return destination
      }),
    listDestinationPresets: (input) => answer('listDestinationPresets', input, () => [...memory.presets]),
    createDestinationPreset: (input) =>
      answer('createDestinationPreset', input, () => {
        const preset = { ...input.preset, id: id('preset') }
        memory.presets.push(preset)
        return preset
      }),
    deleteDestinationPreset: (input) =>
      answer('deleteDestinationPreset', input, () => {
        memory.presets = memory.presets.filter((each) => each.id !== input.presetId)
        return {}
      }),
    deleteDestination: (input) =>
      answer('deleteDestination', input, () => {
        memory.destinations = memory.destinations.filter((each) => each.id !== input.destinationId)
        return {}
      }),
  }
}
