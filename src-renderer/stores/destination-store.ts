import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type {
  Destination,
  DestinationInput,
  MediaDestination,
  StaticDestination,
} from '../../src-preload/contract/destination.ts'
import type { DestinationPreset, PresetInput } from '../../src-preload/contract/destination-preset.ts'
import { builtInPresetIds, builtInPresets } from '../../src-preload/contract/built-in-presets.ts'
import { isOverlapping } from '../../src-preload/contract/destination-overlap.ts'
import type { CredentialState } from '../../src-preload/contract/profile.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import { createStore } from 'zustand/vanilla'

/** All saved destinations. */
export interface DestinationState {
  readonly destinations: readonly Destination[]
  /** The person's own presets. */
  readonly presets: readonly DestinationPreset[]
  readonly error: AppError | null
  readonly load: () => Promise<void>
  readonly savePreset: (preset: PresetInput) => Promise<Result<DestinationPreset>>
  readonly removePreset: (presetId: string) => Promise<AppError | null>
  readonly create: (destination: DestinationInput) => Promise<Result<Destination>>
  readonly update: (destinationId: string, destination: DestinationInput) => Promise<Result<Destination>>
  /** Keeps the private key of a key pair of CloudFront; it is in no state of the window (S17). */
  readonly setCloudFrontKey: (
    keyPairId: string,
    privateKey: string,
    keepForSession: boolean,
  ) => Promise<AppError | null>
  /** Where the private key of a key pair is. */
  readonly cloudFrontKeyState: (keyPairId: string) => Promise<CredentialState>
  readonly remove: (destinationId: string) => Promise<AppError | null>
}

/** Destinations: list and change. */
export function createDestinationStore(api: Api<File>) {
  return createStore<DestinationState>()((set) => ({
    destinations: [],
    presets: [],
    error: null,
    load: async () => {
      const [result, presets] = await Promise.all([api.listDestinations({}), api.listDestinationPresets({})])
      if (presets.ok) set({ presets: presets.value })
      if (result.ok) set({ destinations: result.value, error: null })
      else set({ error: result.error })
    },
    savePreset: async (preset) => {
      const result = await api.createDestinationPreset({ preset })
      if (result.ok) set((state) => ({ presets: [...state.presets, result.value] }))
      return result
    },
    removePreset: async (presetId) => {
      const result = await api.deleteDestinationPreset({ presetId })
      if (!result.ok) return result.error
      set((state) => ({ presets: state.presets.filter(({ id }) => id !== presetId) }))
      return null
    },
    create: async (destination) => {
      const result = await api.createDestination({ destination })
      if (result.ok) set((state) => ({ destinations: [...state.destinations, result.value] }))
      return result
    },
    update: async (destinationId, destination) => {
      const result = await api.updateDestination({ destinationId, destination })
      if (result.ok) {
        set((state) => ({
          destinations: state.destinations.map((each) => (each.id === destinationId ? result.value : each)),
        }))
      }
      return result
    },
    setCloudFrontKey: async (keyPairId, privateKey, keepForSession) => {
      const result = await api.setCloudFrontKey({ keyPairId, privateKey, keepForSession })
      return result.ok ? null : result.error
    },
    cloudFrontKeyState: async (keyPairId) => {
      const result = await api.getCloudFrontKey({ keyPairId })
      return result.ok ? result.value.state : 'missing'
    },
    remove: async (destinationId) => {
      const result = await api.deleteDestination({ destinationId })
      if (!result.ok) return result.error
      set((state) => ({ destinations: state.destinations.filter((each) => each.id !== destinationId) }))
      return null
    },
  }))
}

/** All presets, those that everybody has first. */
export function allPresets(state: Pick<DestinationState, 'presets'>): readonly DestinationPreset[] {
  return [...builtInPresetIds.map((id) => builtInPresets[id]), ...state.presets]
}

/** Whether a destination is filled from a folder. */
export function isStatic(destination: Destination): destination is StaticDestination {
  return destination.kind === 'static'
}

/** Whether a destination is filled by uploads. */
export function isMedia(destination: Destination): destination is MediaDestination {
  return destination.kind === 'media'
}

/** The destinations of one bucket. */
export function destinationsIn(
  destinations: readonly Destination[],
  profileId: string | null,
  bucket: string | null,
): readonly Destination[] {
  return destinations.filter((each) => each.profileId === profileId && each.bucket === bucket)
}

/** The other destinations that have keys in common with one, as settings of earlier versions may have them. */
export function overlapping(
  destinations: readonly Destination[],
  destination: Destination,
): readonly Destination[] {
  return destinations.filter((each) => each.id !== destination.id && isOverlapping(each, destination))
}

/** The destination that a key lies in: the one with the longest prefix; null when none has it. */
export function destinationOfKey(
  destinations: readonly Destination[],
  profileId: string,
  bucket: string,
  key: string,
): Destination | null {
  const holding = destinationsIn(destinations, profileId, bucket).filter((each) =>
    key.startsWith(each.prefix),
  )
  return holding.reduce<Destination | null>(
    (best, each) => (best === null || each.prefix.length > best.prefix.length ? each : best),
    null,
  )
}
