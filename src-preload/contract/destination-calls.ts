import { z } from 'zod'
import type { Call, CallSchemas, Nothing } from './call.ts'
import { destinationRef, nothing } from './call.ts'
import type { Destination, DestinationInput } from './destination.ts'
import { destinationInputSchema, destinationSchema } from './destination.ts'
import { idSchema } from './profile.ts'

/** Destinations, as the settings keep them. */
export interface DestinationCalls {
  listDestinations: Call<Nothing, Destination[]>
  createDestination: Call<{ destination: DestinationInput }, Destination>
  updateDestination: Call<{ destinationId: string; destination: DestinationInput }, Destination>
  deleteDestination: Call<{ destinationId: string }, Nothing>
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
}
