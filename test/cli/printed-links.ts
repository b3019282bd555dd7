import {
  type Link,
  linksIn,
  type LinkServer,
  type ObjectPlace,
  proveLink,
  readLink,
} from '../links/link-proof.ts'
import { type Edge, startEdge } from '../cdn/edge.ts'
import { sdkLinkServer } from '../links/sdk-link-server.ts'
import type { Server } from './pail-process.ts'
import { clientOf } from './s3-client.ts'

/** Commands whose output is a link for somebody else; other addresses in other output are told and not handed out. */
const handingOut = new Set(['link', 'request-upload'])

/** A signature in an output. */
const signature = /[?&](?:X-Amz-)?Signature=/i

/** One without `restore` takes no uploads. */
type KnownServer = LinkServer & Partial<Pick<ReturnType<typeof sdkLinkServer>, 'restore'>>
const servers = new Set<KnownServer>()

/** Every link that commands of this test file have printed; all of them are proved. */
export const printedLinks: Link[] = []

/**
 * Links may lead to this server until the answered function is called. `setAhead` moves its clock, in milliseconds; null
 * where that cannot be.
 */
export function knowLinkServer(server: Server, setAhead: ((ms: number) => void) | null): () => void {
  const { endpoint } = server
  const client = clientOf(server)
  const known = sdkLinkServer(client, endpoint, setAhead)
  servers.add(known)
  return () => {
    servers.delete(known)
    client.destroy()
  }
}

/** An edge before a bucket: links may lead to it until it closes. `prefix` is what of the keys its address stands for. */
export async function startKnownEdge(
  server: Server,
  { bucket, prefix = '' }: { bucket: string; prefix?: string },
): Promise<Edge> {
  const client = clientOf(server)
  const { read } = sdkLinkServer(client, server.endpoint, null)
  const edge = await startEdge((path) => read({ bucket, key: prefix + path }))
  const known: KnownServer = {
    address: edge.origin,
    isStorage: false,
    objectOf: async ({ pathname, origin }) =>
      origin === edge.origin ? { bucket, key: prefix + decodeURIComponent(pathname.slice(1)) } : null,
    read,
    end: { by: 'clock', setAhead: (ms) => void (edge.offsetMs = ms) },
  }
  servers.add(known)
  const { close } = edge
  return Object.assign(edge, {
    async close() {
      servers.delete(known)
      await close()
      client.destroy()
    },
  })
}

/**
 * Fetches every link that a command has printed, there and then: it leads to its bytes until its end and not after, and is
 * refused with anything changed. Throws when one does not, when a link leads to no server that is known, and when a
 * command prints a signature whose work that is not. What an upload link was used for is taken back.
 */
export async function provePrintedLinks(argv: readonly string[], out: string): Promise<void> {
  const [command = ''] = argv
  if (!handingOut.has(command)) {
    // What is read from an object is its own.
    if (command !== 'get' && signature.test(out)) throw new Error(`pail ${command} printed a signature.`)
    return
  }
  const problems: string[] = []
  for (const url of new Set(linksIn(printedText(out)))) {
    const found = await serverOf(new URL(url))
    if (found === null) throw new Error(`pail ${command} printed a link to no server of the test: ${url}`)
    const [server, object] = found
    const link = readLink(url, server)
    const before = link.kind === 'upload' ? await server.read(object) : null
    problems.push(...(await proveLink(server, link, object)).map((problem) => `${url} ${problem}`))
    if (link.kind === 'upload') await server.restore?.(object, before)
    printedLinks.push(link)
  }
  if (problems.length > 0) throw new Error(`pail ${command} handed out:\n${problems.join('\n')}`)
}

/** The strings of a document, or the text as it is. */
function printedText(out: string): string {
  try {
    const strings: string[] = []
    JSON.parse(out, (_, value: unknown) => {
      if (typeof value === 'string') strings.push(value)
      return value
    })
    return strings.join('\n')
  } catch {
    return out
  }
}

async function serverOf(url: URL): Promise<[KnownServer, ObjectPlace] | null> {
  const isAt = ({ address }: LinkServer) => new URL(address).origin === url.origin
  const known = [...servers]
  for (const server of [...known.filter(isAt), ...known.filter((one) => !isAt(one))]) {
    const object = await server.objectOf(url)
    if (object !== null) return [server, object]
  }
  return null
}
