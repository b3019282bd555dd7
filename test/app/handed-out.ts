import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ElectronApplication, Page } from 'playwright/test'
import {
  askFor,
  type Link,
  linksIn,
  type LinkServer,
  lookAtLink,
  type ObjectPlace,
  proveLink,
  readLink,
} from '../links/link-proof.ts'
import { readQrMarkup } from './qr-reader.ts'

/** How a link left the application. */
export type Way = 'clipboard' | 'mail' | 'qr' | 'address'

/** A link that was handed out, and what came of looking at it. */
export interface HandedOutLink extends Link {
  readonly way: Way
  /** How many links left with it at once, itself counted. */
  readonly together: number
  readonly server: LinkServer
  readonly object: ObjectPlace
}

/** Every link that the application hands out during a test, in the order in which they left. */
export interface HandedOut {
  /** Every text that left, whether there are links in it or not: letters as their `mailto:` URL. */
  texts(way: Way): readonly string[]
  links(): readonly HandedOutLink[]
  /**
   * From now on the link is answered so: the test has ended it, or it was handed out although it opens nothing. Without
   * this, a link that does not lead to its bytes fails the test.
   */
  expectGone(url: string, status: 403 | 404): void
  /** An address of the test's own making that leads to nothing of its. */
  expectElsewhere(url: string): void
}

const servers = new Set<LinkServer>()
const ownServers = new Set<() => Promise<LinkServer | null>>()
const pages = new Set<Page>()
const texts: { way: Way; text: string }[] = []
const recorded: (HandedOutLink & { isProved: boolean })[] = []
const unknown = new Set<string>()
const elsewhere = new Set<string>()
const gone = new Map<string, 403 | 404>()
const problems: string[] = []
const pending = new Set<Promise<void>>()

/** What the running test knows of links; one at a time, as tests run. */
export const handedOut: HandedOut = {
  texts: (way) => texts.filter((text) => text.way === way).map(({ text }) => text),
  links: () => recorded,
  expectGone: (url, status) => void gone.set(url, status),
  expectElsewhere: (url) => void elsewhere.add(url),
}

/** A server that links may lead to. */
export interface KnownServer {
  /** Proves every link to it that was not proved before; to be done before anything of them ends with the test. */
  proveLinks(): Promise<void>
  forget(): void
}

/** Links may lead here from now on, until it is proved and forgotten. */
export function knowServer(server: LinkServer): KnownServer {
  servers.add(server)
  return { proveLinks: () => proveLinksTo(server), forget: () => void servers.delete(server) }
}

/** As {@link knowServer}, for what a host starts and ends by itself. */
export function knowOwnServer(find: () => Promise<LinkServer | null>): KnownServer {
  ownServers.add(find)
  return {
    async proveLinks() {
      const server = await find()
      if (server !== null) await proveLinksTo(server)
    },
    forget: () => void ownServers.delete(find),
  }
}

async function knownServers(): Promise<LinkServer[]> {
  const own = await Promise.all([...ownServers].map((find) => find()))
  return [...servers, ...own.filter((server) => server !== null)]
}

/** The server of a link: of its own address, or what stands behind a gate or a name that is not asked for here. */
async function serverOf(url: URL): Promise<[LinkServer, ObjectPlace] | null> {
  const known = await knownServers()
  const isAt = ({ address }: LinkServer) => new URL(address).origin === url.origin
  for (const server of [...known.filter(isAt), ...known.filter((one) => !isAt(one) && one.isStorage)]) {
    const object = await server.objectOf(url)
    if (object !== null) return [server, object]
  }
  return null
}

async function record(way: Way, text: string): Promise<void> {
  texts.push({ way, text })
  try {
    const written =
      way === 'qr'
        ? readQrMarkup(text)
        : way === 'mail'
          ? (new URL(text).searchParams.get('body') ?? '')
          : text
    // The address of a service alone leads to nothing.
    const urls = linksIn(written).filter((url) => URL.canParse(url) && !/^\/?$/.test(new URL(url).pathname))
    if (way === 'qr' && urls.length !== 1) problems.push(`a QR code holds ${urls.length} links: ${written}`)
    for (const url of urls) {
      const found = await serverOf(new URL(url))
      if (found === null) {
        unknown.add(url)
        continue
      }
      const [server, object] = found
      const link = readLink(url, server)
      recorded.push({ ...link, way, together: urls.length, server, object, isProved: false })
      if (gone.has(url)) continue
      for (const problem of await lookAtLink(server, link, object))
        problems.push(`${url}, just handed out (${way}), ${problem}`)
    }
  } catch (error) {
    problems.push(
      `what was handed out (${way}) could not be followed: ${String(error)}: ${text.slice(0, 500)}`,
    )
  }
}

function recordSoon(way: Way, text: string): Promise<void> {
  const recording = record(way, text)
  pending.add(recording)
  return recording.finally(() => pending.delete(recording))
}

/** What is under way in the pages has come here. */
async function settled(): Promise<void> {
  await Promise.allSettled([...pages].map((page) => page.evaluate(() => 0)))
  while (pending.size > 0) await Promise.all(pending)
}

async function proveLinksTo({ address }: LinkServer): Promise<void> {
  await settled()
  const proved = new Set<string>()
  for (const link of recorded) {
    const { url, server, object } = link
    if (server.address !== address || link.isProved) continue
    link.isProved = true
    if (proved.has(url)) continue
    proved.add(url)
    const status = gone.get(url)
    if (status === undefined)
      problems.push(...(await proveLink(server, link, object)).map((problem) => `${url} ${problem}`))
    else {
      const answer = await askFor(server, url)
      if (answer.status !== status) problems.push(`${url} is answered with ${answer.status}, not ${status}`)
    }
  }
}

/** Forgets everything: a test begins. */
export function beginHandedOut(): void {
  for (const kept of [texts, recorded, problems]) kept.length = 0
  for (const kept of [servers, ownServers, pages, unknown, elsewhere, gone]) kept.clear()
}

/** What is wrong with the links of the test, now that everything is closed; and all its links. */
export async function endHandedOut(): Promise<{ problems: string[]; links: readonly HandedOutLink[] }> {
  while (pending.size > 0) await Promise.all(pending)
  return {
    problems: [
      ...problems,
      ...[...unknown]
        .filter((url) => !elsewhere.has(url))
        .map((url) => `${url} leads to no server of the test`),
      ...recorded
        .filter(({ isProved }) => !isProved)
        .map(({ url }) => `${url} was not proved before its server was gone`),
      ...[...gone.keys()]
        .filter((url) => !recorded.some((link) => link.url === url))
        .map((url) => `${url} is expected to be gone, and was never handed out`),
    ],
    links: recorded,
  }
}

let listening: Promise<string> | null = null

/** Where a process tells what it hands out; it is answered when the link has been looked at. */
function listen(): Promise<string> {
  listening ??= new Promise((ready) => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { way, text } = JSON.parse(Buffer.concat(chunks).toString()) as { way: Way; text: string }
        void recordSoon(way, text).then(() => response.end())
      })
    })
    server.unref()
    server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
  return listening
}

/**
 * From now on nothing reaches the system's clipboard or another program before it is recorded here, and no test can put
 * that off; letters are not opened.
 */
export async function hookElectron(application: ElectronApplication): Promise<void> {
  await application.evaluate(
    ({ clipboard, shell }, address) => {
      const tell = async (way: string, text: string): Promise<void> => {
        const answer = await fetch(address, { method: 'POST', body: JSON.stringify({ way, text }) })
        if (!answer.ok) throw new Error(`The test did not record what was handed out: ${answer.status}`)
      }
      const fix = (target: object, name: string, value: unknown) =>
        Object.defineProperty(target, name, { value, writable: false, configurable: false })
      const write = clipboard.writeText.bind(clipboard)
      fix(clipboard, 'writeText', async (text: string) => {
        await tell('clipboard', text)
        await write(text)
      })
      for (const name of ['write', 'writeHTML', 'writeRTF', 'writeBookmark', 'writeBuffer', 'writeImage'])
        fix(clipboard, name, () => {
          throw new Error(`The test does not see what clipboard.${name} hands out.`)
        })
      fix(shell, 'openExternal', (url: string) => tell(url.startsWith('mailto:') ? 'mail' : 'address', url))
    },
    await listen(),
  )
}

/** The same for what a page does by itself: its clipboard, QR codes that it shows, and addresses that can be clicked. */
export async function hookPage(page: Page): Promise<void> {
  pages.add(page)
  page.on('close', () => pages.delete(page))
  await page.exposeBinding('pailTestHandsOut', (_, way: Way, text: string) => recordSoon(way, text))
  await page.addInitScript(watchPage)
  await page.evaluate(watchPage)
}

function watchPage(): void {
  type Tell = (way: string, text: string) => Promise<void>
  const state = globalThis as unknown as { pailTestHandsOut: Tell; pailTestWatches?: boolean }
  if (state.pailTestWatches === true || !('clipboard' in navigator)) return
  state.pailTestWatches = true
  const tell: Tell = (way, text) => state.pailTestHandsOut(way, text)
  const { clipboard } = navigator
  const write = clipboard.writeText.bind(clipboard)
  const fix = (name: string, value: unknown) =>
    Object.defineProperty(clipboard, name, { value, writable: false, configurable: false })
  fix('writeText', async (text: string) => {
    await tell('clipboard', text)
    await write(text)
  })
  fix('write', () => {
    throw new Error('The test does not see what clipboard.write hands out.')
  })
  document.addEventListener('copy', () => void tell('clipboard', document.getSelection()?.toString() ?? ''))
  const look = (element: Element): void => {
    if (element.matches('svg.qr-code')) void tell('qr', element.outerHTML)
    const address = element.matches('a[href]') ? (element.getAttribute('href') ?? '') : ''
    if (address.startsWith('mailto:')) void tell('mail', address)
    else if (/^https?:/.test(address)) void tell('address', address)
  }
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'attributes') {
        const shown = (target as Element).closest('svg.qr-code, a[href]')
        if (shown !== null) look(shown)
      }
      for (const node of addedNodes)
        if (node instanceof Element) {
          look(node)
          for (const inner of node.querySelectorAll('svg.qr-code, a[href]')) look(inner)
        }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['d', 'href'] })
}
