import { createPublicKey, createVerify, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A key pair of a kind that CloudFront takes, the private key as a person has it. */
export function keyPair(
  kind: 'rsa' | 'ec',
  form: 'pkcs8' | 'own' = 'pkcs8',
): { pem: string; publicKey: KeyObject } {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const type = form === 'pkcs8' ? 'pkcs8' : kind === 'rsa' ? 'pkcs1' : 'sec1'
  // The overloads know one type for each kind of key.
  const pem = privateKey.export({ format: 'pem', type } as { format: 'pem'; type: 'pkcs8' }).toString()
  return { pem, publicKey: createPublicKey(privateKey) }
}

/**
 * What CloudFront says of a signed URL with a canned policy (Developer Guide, "Create a signed URL using a canned
 * policy"), as its status; `origin` is the distribution's and goes before what was asked for.
 */
export function edgeStatus(
  origin: string,
  target: string,
  keys: ReadonlyMap<string, KeyObject>,
  nowMs: number,
): 200 | 403 {
  const [path = '', query = ''] = target.split('?')
  const parameters = new URLSearchParams(query)
  const publicKey = keys.get(parameters.get('Key-Pair-Id') ?? '')
  const expires = parameters.get('Expires') ?? ''
  if (publicKey === undefined || !/^\d+$/.test(expires)) return 403
  const policy = `{"Statement":[{"Resource":"${origin}${path}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`
  const algorithm = parameters.get('Hash-Algorithm') === 'SHA256' ? 'sha256' : 'sha1'
  const signature = (parameters.get('Signature') ?? '').replace(
    /[-_~]/g,
    (character) => ({ '-': '+', _: '=', '~': '/' })[character] ?? '',
  )
  const isRight = createVerify(algorithm).update(policy).verify(publicKey, signature, 'base64')
  return isRight && nowMs < Number(expires) * 1000 ? 200 : 403
}

/** An edge of CloudFront as far as signed URLs go: it answers with what is behind it, else with the path that was asked for. */
export interface Edge {
  readonly origin: string
  /** Added to this computer's clock, in milliseconds. */
  offsetMs: number
  /** Everything is there for everybody, signed or not. */
  isOpen: boolean
  trust(keyPairId: string, publicKey: KeyObject): void
  close(): Promise<void>
}

/** Starts an {@link Edge} on this computer. `behind` has the bytes of each path, decoded and without its first slash. */
export async function startEdge(behind?: (path: string) => Promise<Buffer | null>): Promise<Edge> {
  const keys = new Map<string, KeyObject>()
  const edge = { origin: '', offsetMs: 0, isOpen: false }
  const server = createServer((request, response) => {
    const target = request.url ?? ''
    response.statusCode = edge.isOpen
      ? 200
      : edgeStatus(edge.origin, target, keys, Date.now() + edge.offsetMs)
    // As from S3: what is at one path is not what is at another.
    if (response.statusCode === 200) response.setHeader('etag', JSON.stringify(encodeURIComponent(target)))
    const path = decodeURIComponent(target.split('?')[0] ?? '')
    if (response.statusCode !== 200 || behind === undefined)
      return void response.end(response.statusCode === 200 ? path : '')
    behind(path.slice(1)).then(
      (bytes) => {
        if (bytes === null) response.statusCode = 404
        response.end(bytes ?? '')
      },
      (error: unknown) => response.destroy(error as Error),
    )
  })
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  edge.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(edge, {
    trust: (keyPairId: string, publicKey: KeyObject) => void keys.set(keyPairId, publicKey),
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  })
}
