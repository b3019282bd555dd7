import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright/test'
import type { Host } from './host.ts'

/** A place that was searched, and what it holds. */
export interface Searched {
  readonly where: string
  readonly text: string
}

/** Every spelling in which a secret could leave: plain, percent-encoded, JSON, hex, and base64 at any offset. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const inBase64 = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(2)]).toString('base64')
    // The characters at both ends depend on what stands around the secret.
    const own = text.slice(before === 0 ? 0 : 4, Math.floor(((before + bytes.length) * 8) / 6))
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const hex = bytes.toString('hex')
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    secret.replaceAll('/', '\\/'),
    hex,
    hex.toUpperCase(),
    Array.from(secret).toReversed().join(''),
    ...inBase64,
  ]
}

/** Which of the needles are where; empty when nothing is anywhere. */
export function hits(places: readonly Searched[], needles: readonly string[]): string[] {
  return places.flatMap(({ where, text }) =>
    needles.filter((needle) => text.includes(needle)).map((needle) => `${needle} in ${where}`),
  )
}

/**
 * Every file below a folder, as single bytes and as the UTF-16 that some programs write. A file that takes another one's
 * place meanwhile has all of them read again, so that none is missed.
 */
export async function filesBelow(folder: string, attempts = 20): Promise<Searched[]> {
  const found: Searched[] = []
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const bytes = await readFile(path)
      found.push({ where: path, text: bytes.toString('latin1') })
      found.push({ where: `${path} (UTF-16)`, text: bytes.toString('utf16le') })
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempts <= 1) throw error
    return filesBelow(folder, attempts - 1)
  }
  return found
}

/** What the page shows and keeps: its HTML, its text, every input's value, and everything that it can store. */
export async function pageContent(page: Page, where: string): Promise<Searched[]> {
  const found = await page.evaluate(async () => {
    const stored = async () => {
      const databases = await indexedDB.databases()
      return JSON.stringify([databases, await caches.keys().catch(() => []), document.cookie])
    }
    return {
      html: document.documentElement.outerHTML,
      text: document.documentElement.innerText,
      inputs: [...document.querySelectorAll('input, textarea')]
        .map((input) => (input as HTMLInputElement).value)
        .join('\n'),
      localStorage: JSON.stringify(Object.fromEntries(Object.entries(localStorage))),
      sessionStorage: JSON.stringify(Object.fromEntries(Object.entries(sessionStorage))),
      stored: await stored(),
      address: window.location.href + JSON.stringify(window.history.state),
    }
  })
  return Object.entries(found).map(([name, text]) => ({ where: `${where}: ${name}`, text }))
}

/** Every string in the page's heap, after a garbage collection. */
export async function pageHeap(page: Page): Promise<Searched> {
  const session = await page.context().newCDPSession(page)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }: { chunk: string }) => chunks.push(chunk))
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return { where: 'the heap of the page', text: chunks.join('') }
}

/** What crossed from the main process to the page, by the name of the method or event. */
export interface CrossedFrames {
  read(): Promise<{ name: string; text: string }[]>
}

/** Listens to everything that crosses to the page from now on; in a browser, to the answers of the calls. */
export async function watchFrames(host: Host): Promise<CrossedFrames> {
  if (host.electron === null) {
    const frames: Promise<{ name: string; text: string }>[] = []
    host.page.on('response', (response) => {
      const name = /\/api\/(\w+)$/.exec(response.url())?.[1]
      if (name !== undefined)
        frames.push(
          response.text().then(
            (text) => ({ name, text }),
            () => ({ name, text: '' }),
          ),
        )
    })
    return { read: () => Promise.all(frames) }
  }
  await host.electron.evaluate(({ ipcMain, BrowserWindow }) => {
    const state = globalThis as unknown as { crossed: { name: string; text: string }[] }
    state.crossed = []
    type Handler = (...args: unknown[]) => unknown
    const { _invokeHandlers: handlers } = ipcMain as unknown as { _invokeHandlers: Map<string, Handler> }
    for (const [name, handler] of handlers)
      handlers.set(name, async (...args) => {
        const result = await handler(...args)
        state.crossed.push({ name, text: JSON.stringify(result) })
        return result
      })
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    if (contents === undefined) throw new Error('There is no window.')
    const send = contents.send.bind(contents)
    contents.send = (name: string, ...args: unknown[]) => {
      state.crossed.push({ name, text: JSON.stringify(args) })
      send(name, ...args)
    }
  })
  const { electron } = host
  return {
    read: () =>
      electron.evaluate(
        () => (globalThis as unknown as { crossed: { name: string; text: string }[] }).crossed,
      ),
  }
}
