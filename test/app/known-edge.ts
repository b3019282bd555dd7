import { type Edge, startEdge } from '../cdn/edge.ts'
import { type KnownServer, knowServer } from './handed-out.ts'
import type { Service } from './service.ts'

/** An edge before a bucket, for the application's base URLs; all links to it are proved before it closes. */
export async function startKnownEdge(
  service: Service,
  bucket: string,
): Promise<Edge & Pick<KnownServer, 'proveLinks'>> {
  const read = (key: string) => service.read(bucket, key)
  const edge = await startEdge(read)
  const known = knowServer({
    address: edge.origin,
    isStorage: false,
    objectOf: async ({ pathname }) => ({ bucket, key: decodeURIComponent(pathname.slice(1)) }),
    read: ({ key }) => read(key),
    end: { by: 'clock', setAhead: (ms) => void (edge.offsetMs = ms) },
  })
  const { close } = edge
  return Object.assign(edge, {
    proveLinks: known.proveLinks,
    async close() {
      await known.proveLinks()
      known.forget()
      await close()
    },
  })
}
