import { decodeQR } from 'qr/decode.js'
import { expect, type Locator } from 'playwright/test'

/** Pixels on each side of a module: what is drawn in whole modules is read at this size. */
const pixelsPerModule = 4

/** The text of a QR code by its SVG's own shapes: runs of dark modules within the view box. Throws when it is none. */
export function readQrMarkup(svg: string): string {
  const size = Number(/viewBox="0 0 (\d+) \d+"/.exec(svg)?.[1])
  const dark = [...svg.matchAll(/ d="([^"]+)"/g)].at(-1)?.[1] ?? ''
  const width = size * pixelsPerModule
  const data = new Uint8Array(width * width * 4).fill(255)
  for (const [, left, top, run] of dark.matchAll(/M(\d+)[ ,](\d+) ?h(\d+)v1/g))
    for (let y = 0; y < pixelsPerModule; y += 1)
      for (let x = 0; x < Number(run) * pixelsPerModule; x += 1) {
        const column = Number(left) * pixelsPerModule + x
        const row = Number(top) * pixelsPerModule + y
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3)
      }
  return decodeQR({ width, height: width, data })
}

/** The text of a QR code as it is on the screen: its pixels are read as a phone's camera would have them. */
export async function readQrOnScreen(code: Locator): Promise<string> {
  const png = (await code.screenshot()).toString('base64')
  const { width, height, grey } = await code.page().evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')!
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    // A text comes over at once, an array number by number.
    let brightness = ''
    for (let at = 0; at < data.length; at += 4)
      brightness += String.fromCharCode((data[at]! + data[at + 1]! + data[at + 2]!) / 3)
    return { width: image.width, height: image.height, grey: btoa(brightness) }
  }, png)
  const rgb = new Uint8Array(width * height * 3)
  Buffer.from(grey, 'base64').forEach((value, pixel) => rgb.fill(value, pixel * 3, pixel * 3 + 3))
  return decodeQR({ width, height, data: rgb })
}

/** The QR code on the screen is the link, in light and dark. */
export async function expectQrOnScreen(code: Locator, link: string): Promise<void> {
  const page = code.page()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expect.poll(() => readQrOnScreen(code).catch(String), colorScheme).toBe(link)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
