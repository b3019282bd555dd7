import { z } from 'zod'
import { mediaDestinationSchema, staticDestinationSchema } from './destination.ts'
import { idSchema } from './profile.ts'

/** What belongs to one bucket, or to this computer: a preset says nothing of it. */
const ofThePlace = {
  profileId: true,
  bucket: true,
  baseUrl: true,
  keyPairId: true,
  stripPrefix: true,
} as const

const staticTemplate = staticDestinationSchema.omit({
  ...ofThePlace,
  folderId: true,
  runBefore: true,
  distributionId: true,
})
const mediaTemplate = mediaDestinationSchema.omit(ofThePlace)

/** What a preset fills in; its name is what the preset and the destinations that are made from it are called. */
export const presetInputSchema = z.discriminatedUnion('kind', [staticTemplate, mediaTemplate])

/** A preset, one of Pail's own or a person's. */
export const destinationPresetSchema = z.discriminatedUnion('kind', [
  staticTemplate.extend({ id: idSchema }),
  mediaTemplate.extend({ id: idSchema }),
])

export type PresetInput = z.infer<typeof presetInputSchema>
export type DestinationPreset = z.infer<typeof destinationPresetSchema>
