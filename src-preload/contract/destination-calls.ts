import { z } from 'zod'
import type { Call, CallSchemas, Nothing } from './call.ts'
import { destinationRef, nothing } from './call.ts'
import type { Destination, DestinationInput } from './destination.ts'
import { destinationInputSchema, destinationSchema } from './destination.ts'
import type { DestinationPreset, PresetInput } from './destination-preset.ts'
import { mostPresets } from './built-in-presets.ts'
import { destinationPresetSchema, presetInputSchema } from './destination-preset.ts'
import { idSchema } from './profile.ts'

/** Destinations, as the settings keep them. */
export interface DestinationCalls {
  listDestinations: Call<Nothing, Destination[]>
  createDestination: Call<{ destination: DestinationInput }, Destination>
  updateDestination: Call<{ destinationId: string; destination: DestinationInput }, Destination>
  deleteDestination: Call<{ destinationId: string }, Nothing>
  /** The person's own presets; those that everybody has are in `built-in-presets.ts`. */
  listDestinationPresets: Call<Nothing, DestinationPreset[]>
  /** `already-exists` for a name that a preset has. */
  createDestinationPreset: Call<{ preset: PresetInput }, DestinationPreset>
  /** Forgets a preset; the destinations that were made from it stay. */
  deleteDestinationPreset: Call<{ presetId: string }, Nothing>
}

/** The shape of every argument and every answer of {@link DestinationCalls}. */
export const destinationCallSchemas: CallSchemas<DestinationCalls> = {
  listDestinations: { input: nothing, output: z.array(destinationSchema).max(1000) },
  createDestination: {
    input: z.strictObject({ destination: destinationInputSchema }),
    output: destinationSchema,
  },
  updateDestination: {
    input: z.strictObject({ destinationId: idSchema, destination: destinationInputSchema }),
    output: destinationSchema,
  },
  deleteDestination: { input: destinationRef, output: nothing },
  listDestinationPresets: { input: nothing, output: z.array(destinationPresetSchema).max(mostPresets) },
  createDestinationPreset: {
    input: z.strictObject({ preset: presetInputSchema }),
    output: destinationPresetSchema,
  },
  deleteDestinationPreset: { input: z.strictObject({ presetId: idSchema }), output: nothing },
}
