import { builtInPresets } from '../../src-preload/contract/built-in-presets.ts'
import type { MediaDestination, StaticDestination } from '../../src-preload/contract/destination.ts'
import { destinationInputOf, formOfPreset } from '../../src-renderer/stores/destination-form.ts'

/** A saved static destination, as the preset makes it. */
export function staticDestination(more: Partial<StaticDestination> = {}): StaticDestination {
  const input = destinationInputOf(formOfPreset(builtInPresets.static), 'p', 'b')
  if (input.kind !== 'static') throw new Error('The preset is of another kind.')
  return { ...input, id: 'd', folder: null, ...more }
}

/** A saved public media destination, as the preset makes it. */
export function mediaDestination(more: Partial<MediaDestination> = {}): MediaDestination {
  const input = destinationInputOf(formOfPreset(builtInPresets['public-media']), 'p', 'b')
  if (input.kind !== 'media') throw new Error('The preset is of another kind.')
  return { ...input, id: 'd', ...more }
}
