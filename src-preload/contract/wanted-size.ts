import { z } from 'zod'
import { mostPutBytes } from './upload-size.ts'

/** See `WantedSize`. */
export const wantedSizeSchema = z.strictObject({
  kind: z.enum(['at-most', 'exactly']),
  bytes: z.number().int().min(1).max(mostPutBytes),
})
