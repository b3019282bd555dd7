import { z } from 'zod'

/**
 * A small raster picture, whole. Its bytes have been looked at (S39): PNG, JPEG, GIF, WebP, BMP or AVIF, whatever its name
 * or type says, and never SVG or a document.
 */
export const pictureSchema = z.strictObject({
  base64: z.string().max(1_500_000),
  /** In pixels, as a browser shows it. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
})

export type Picture = z.infer<typeof pictureSchema>
