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

/** The size of a picture in pixels, as a browser shows it. */
export const pixelSizeSchema = pictureSchema.pick({ width: true, height: true })

/**
 * Whether location and other metadata of pictures are removed before they are uploaded for everybody to read. Of some
 * kinds (HEIC, videos, …) Pail cannot: `always` refuses them (`metadata-stays`), `where-possible` sends them as they are,
 * for which a person has to have been asked. A damaged picture is refused in both cases.
 */
export const stripMetadataSchema = z.enum(['always', 'where-possible'])

export type PixelSize = z.infer<typeof pixelSizeSchema>
export type StripMetadata = z.infer<typeof stripMetadataSchema>
export type Picture = z.infer<typeof pictureSchema>
