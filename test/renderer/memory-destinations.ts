import type { Api } from '../../src-preload/contract/api.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'

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
        const destination: Destination = {
          ...input.destination,
          id: id('destination'),
          folder:
            input.destination.folderId === null
              ? null
              : { folderId: input.destination.folderId, name: 'static' },
        }
        memory.destinations.push(destination)
        return destination
      }),
    updateDestination: (input) =>
      answer('updateDestination', input, () => {
        const destination: Destination = {
          ...input.destination,
          id: input.destinationId,
          folder:
            input.destination.folderId === null
              ? null
              : { folderId: input.destination.folderId, name: 'static' },
        }
        memory.destinations = memory.destinations.map((each) =>
          each.id === destination.id ? destination : each,
        )
        return destination
      }),
    deleteDestination: (input) =>
      answer('deleteDestination', input, () => {
        memory.destinations = memory.destinations.filter((each) => each.id !== input.destinationId)
        return {}
      }),
  }
}
