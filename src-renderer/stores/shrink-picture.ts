import type { Picture } from '../../src-preload/contract/picture.ts'

/** Of the longer side, in pixels: twice what is shown, for screens of high density. */
const longestSide = 40

/** Decodes a picture and keeps a small one. Rejects for what is damaged. */
export function shrinkPicture({ base64, width, height }: Picture): Promise<ImageBitmap> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const scale = Math.min(1, longestSide / Math.max(width, height))
  // Without a type it is decoded for what its bytes are.
  return createImageBitmap(new Blob([bytes]), {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: 'medium',
  })
}
