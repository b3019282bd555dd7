import {
  canonicalRequest,
  deriveSigningKey,
  formatAmzDate,
  sha256Hex,
  sign,
  signChunk,
  signTrailer,
  stringToSign,
} from '../../src-main/playground/sigv4.ts'
import type { ChunkSigning } from '../../src-main/playground/sigv4.ts'
import type { RawRequest } from './raw-request.ts'
import type { Target } from './target.ts'

/** A raw request that is to be signed by hand, where the SDK would not send what the spec wants to send. */
export interface Unsigned extends RawRequest {
  /** The value of x-amz-content-sha256; the hash of the body unless given. */
  readonly payloadHash?: string
  readonly date?: Date
  readonly region?: string
  /** Headers that are sent but not signed. */
  readonly unsignedHeaders?: Readonly<Record<string, string>>
}

/** Signs a request with the Authorization header of SigV4. */
export function signRequest(target: Target, unsigned: Unsigned): { raw: RawRequest; signing: ChunkSigning } {
  const amzDate = formatAmzDate(unsigned.date ?? new Date())
  const scope = { date: amzDate.slice(0, 8), region: unsigned.region ?? target.region, service: 's3' }
  const payloadHash = unsigned.payloadHash ?? sha256Hex(unsigned.body ?? '')
  const headers: Record<string, string> = {
    host: new URL(target.endpoint).host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': amzDate,
    ...unsigned.headers,
  }
  const [path = '/', query = ''] = unsigned.path.split('?')
  const signedHeaders = Object.keys(headers).toSorted()
  const canonical = canonicalRequest({
    method: unsigned.method,
    path: decodeURIComponent(path),
    query: query
      .split('&')
      .filter(Boolean)
      .map((pair) => {
        const [name = '', value = ''] = pair.split('=')
        return [decodeURIComponent(name), decodeURIComponent(value)] as const
      }),
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    signedHeaders,
    payloadHash,
  })
  const signingKey = deriveSigningKey(target.credentials.secretAccessKey, scope)
  const signature = sign(signingKey, stringToSign(amzDate, scope, canonical))
  const credential = `${target.credentials.accessKeyId}/${scope.date}/${scope.region}/s3/aws4_request`
  return {
    signing: { signingKey, amzDate, scope, seedSignature: signature },
    raw: {
      method: unsigned.method,
      path: unsigned.path,
      headers: {
        ...headers,
        ...unsigned.unsignedHeaders,
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
      },
      ...(unsigned.body === undefined ? {} : { body: unsigned.body }),
    },
  }
}

/** Frames a body for STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or -TRAILER when a trailer is given. */
export function signedChunks(
  signing: ChunkSigning,
  chunks: readonly Buffer[],
  trailer?: { readonly name: string; readonly value: string },
): Buffer {
  let signature = signing.seedSignature
  const pieces: Buffer[] = []
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    signature = signChunk(signing, signature, sha256Hex(chunk))
    pieces.push(Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signature}\r\n`), chunk)
    if (chunk.length > 0) pieces.push(Buffer.from('\r\n'))
  }
  if (trailer) {
    const line = `${trailer.name}:${trailer.value}`
    const trailerSignature = signTrailer(signing, signature, `${line}\n`)
    pieces.push(Buffer.from(`${line}\r\nx-amz-trailer-signature:${trailerSignature}\r\n`))
  }
  return Buffer.concat([...pieces, Buffer.from('\r\n')])
}
