/** What crosses by its bytes is at most so large, in bytes, all files together. */
export const mostPastedBytes = 32 * 1024 * 1024

const pictureTypes: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/bmp': 'bmp',
  'image/tiff': 'tiff',
}

/**
 * A picture of the clipboard has no name of its own (browsers call each `image.png`): it gets the moment as its name,
 * `pasted-2026-11-25-183012.png`. A file that was copied in a file manager keeps its own.
 */
export function namedForPaste(file: File, at: Date): File {
  const extension = pictureTypes[file.type]
  if (extension === undefined || !/^(image\.[a-z]+)?$/i.test(file.name)) return file
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`
  return new File([file], `pasted-${day}-${time}.${extension}`, { type: file.type })
}

/** The bytes of a file in base64. Rejects for what has none, as a folder. */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  // As many arguments as every engine takes at once.
  for (let at = 0; at < bytes.length; at += 32_768)
    binary += String.fromCharCode(...bytes.subarray(at, at + 32_768))
  return btoa(binary)
}
