import { z } from 'zod'
import { preferencesSchema } from '../../src-preload/contract/app-info.ts'
import { keyPairIdSchema } from '../../src-preload/contract/cloudfront-key.ts'
import { mediaDestinationSchema, staticDestinationSchema } from '../../src-preload/contract/destination.ts'
import { mostPresets } from '../../src-preload/contract/built-in-presets.ts'
import { destinationPresetSchema } from '../../src-preload/contract/destination-preset.ts'
import { credentialSourceSchema, idSchema, profileInputSchema } from '../../src-preload/contract/profile.ts'

/** A profile as it is kept: everything but its keys, which are in the keychain. */
export const storedProfileSchema = profileInputSchema.extend({
  id: idSchema,
  credentialSource: credentialSourceSchema,
  accessKeyHint: z.string().max(64).nullable(),
})

/** A folder that a person chose, so that its handle survives a restart. */
export const storedFolderSchema = z.strictObject({ id: idSchema, path: z.string().min(1).max(32_767) })

const storedStatic = staticDestinationSchema.extend({ id: idSchema })
const storedMedia = mediaDestinationSchema.extend({ id: idSchema })

/** A destination as it is kept. Of one that an earlier version kept, with the fields of both kinds, those of its own stay. */
export const storedDestinationSchema = z.preprocess(
  withoutOtherKind,
  z.discriminatedUnion('kind', [storedStatic, storedMedia]),
)

function withoutOtherKind(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return value
  const own = value.kind === 'static' ? storedStatic : storedMedia
  const other = value.kind === 'static' ? storedMedia : storedStatic
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => name in own.shape || !(name in other.shape)),
  )
}

/**
 * Consent to one command of a destination in one folder (an absolute path), given in the system's own dialog. The window
 * can write destinations, but none of these.
 */
export const allowedCommandSchema = z.strictObject({
  destinationId: idSchema,
  command: z.string().min(1).max(1000),
  folder: z.string().min(1).max(32_767),
})

/** Everything that Pail remembers, but for secrets (keychain) and what it did (journals). */
export const settingsSchema = z.strictObject({
  /** See `settingsVersion`. What version 1 kept of a destination is read (`storedDestinationSchema`), and kept as 2. */
  version: z.literal([1, 2]).transform(() => 2 as const),
  preferences: preferencesSchema,
  profiles: z.array(storedProfileSchema).max(1000),
  destinations: z.array(storedDestinationSchema).max(1000),
  /** The person's own presets for destinations. */
  destinationPresets: z.array(destinationPresetSchema).max(mostPresets).optional(),
  folders: z.array(storedFolderSchema).max(1000),
  /** Profiles that were deleted, the latest last: what is left of them in the keychain may be removed (S21). */
  deletedProfiles: z.array(idSchema).max(200),
  /** Key pairs of CloudFront that no destination has any more: their private keys may be removed from the keychain (S21). */
  unusedKeyPairs: z.array(keyPairIdSchema).max(200).optional(),
  allowedCommands: z.array(allowedCommandSchema).max(1000).optional(),
  /** For all transfers together; null or absent for as fast as it goes. */
  bandwidthLimitBytesPerSecond: z.number().int().positive().nullable().optional(),
})
