import { createHash } from 'node:crypto'
import { decodeAwsChunked } from './aws-chunked.ts'
import type { Call } from './call.ts'
import { algorithmOfHeader, checksumHeader, isChecksumValue, parseAlgorithm } from './checksums.ts'
import type { ChecksumAlgorithm } from './checksums.ts'
import { createContentDigest } from './content-digest.ts'
import { S3Error } from './errors.ts'
import { XmlSyntaxError, parseXml } from './xml.ts'
import type { XmlElement } from './xml.ts'

const fiveGib = 5 * 1024 ** 3

/** The algorithm a client promises a checksum in, and the value when it is already in the headers. */
interface PromisedChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value?: string
}

/** What is known of a body once it has arrived whole and every check has passed. */
export interface BodyFacts {
  readonly size: number
  /** Hex MD5. */
  readonly md5: string
  /** Base64 checksums: of the algorithm the client promised, if any, and of those asked for. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>
}

/** How a body is to be received. */
export interface ReceivingOptions {
  readonly largestBytes?: number
  /** Checksums to compute besides the one the client promises. */
  readonly algorithms?: readonly ChecksumAlgorithm[]
  /** The checksum to compute when the client promises none. */
  readonly fallback?: ChecksumAlgorithm
  /** For CompleteMultipartUpload, whose x-amz-checksum- headers speak of the object and not of the body. */
  readonly ignoreChecksums?: boolean
}

function promisedChecksum(call: Call): PromisedChecksum | undefined {
  const trailers = (call.header('x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const inTrailer = trailers.map((name) => algorithmOfHeader(name))
  if (inTrailer.includes(undefined))
    throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported')
  const headers = call.headerNames().flatMap((name) => {
    const algorithm = algorithmOfHeader(name)
    return algorithm ? [{ algorithm, value: call.header(name) ?? '' }] : []
  })
  const all: PromisedChecksum[] = [
    ...headers,
    ...inTrailer.flatMap((algorithm) => (algorithm ? [{ algorithm }] : [])),
  ]
  if (all.length > 1)
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  const [promised] = all
  if (promised?.value !== undefined && !isChecksumValue(promised.algorithm, promised.value))
    throw new S3Error(
      'InvalidRequest',
      `Value for x-amz-checksum-${promised.algorithm.toLowerCase()} header is invalid.`,
    )
  const named = call.header('x-amz-sdk-checksum-algorithm')
  if (named !== undefined) {
    const algorithm = parseAlgorithm(named)
    if (!promised)
      throw new S3Error(
        'InvalidRequest',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      )
    if (promised.algorithm !== algorithm)
      throw new S3Error('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.')
  }
  return promised
}

function decodeMd5(text: string): string {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== 16 || bytes.toString('base64') !== text) throw new S3Error('InvalidDigest')
  return bytes.toString('hex')
}

/**
 * A request body that is checked while it passes: length, Content-MD5, x-amz-content-sha256, chunk signatures
 * and x-amz-checksum-*. Iterating throws the S3Error of the first check that fails, so whoever writes the
 * bytes must not commit before the iteration has ended.
 */
export class ReceivedBody {
  readonly #call: Call
  readonly #promised: PromisedChecksum | undefined
  readonly #md5: string | undefined
  readonly #length: number
  readonly #algorithms: readonly ChecksumAlgorithm[]
  #facts: BodyFacts | undefined

  /** Reads the headers that speak of the body; throws for those that are wrong in themselves. */
  constructor(call: Call, options: ReceivingOptions = {}) {
    const largestBytes = options.largestBytes ?? fiveGib
    this.#call = call
    this.#promised = options.ignoreChecksums ? undefined : promisedChecksum(call)
    const md5 = call.message.headers['content-md5']
    this.#md5 = typeof md5 === 'string' ? decodeMd5(md5) : undefined
    this.#length = declaredLength(call)
    const own = this.#promised?.algorithm ?? options.fallback
    this.#algorithms = [...(own ? [own] : []), ...(options.algorithms ?? [])]
    if (this.#length > largestBytes)
      throw new S3Error('EntityTooLarge', undefined, {
        elements: { ProposedSize: String(this.#length), MaxSizeAllowed: String(largestBytes) },
      })
  }

  /** Whether the client protects the body by Content-MD5 or an x-amz-checksum- header or trailer. */
  get isProtected(): boolean {
    return this.#md5 !== undefined || this.#promised !== undefined
  }

  /** The algorithm the client promises a checksum in. */
  get promisedAlgorithm(): ChecksumAlgorithm | undefined {
    return this.#promised?.algorithm
  }

  /** What was found; only after the iteration has ended. */
  get facts(): BodyFacts {
    if (!this.#facts) throw new Error('the body has not arrived yet')
    return this.#facts
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    const { payload } = this.#call.authentication
    const digest = createContentDigest(this.#algorithms)
    const sha256 = payload.kind === 'sha256' ? createHash('sha256') : undefined
    let trailer: ReadonlyMap<string, string> = new Map()
    this.#call.acceptBody()
    const raw = wholeRequest(this.#call)
    const source =
      payload.kind === 'chunked'
        ? decodeAwsChunked(raw, {
            trailer: payload.trailer,
            onTrailer: (headers) => {
              trailer = headers
            },
            ...(payload.signing ? { signing: payload.signing } : {}),
          })
        : raw
    for await (const chunk of source) {
      digest.update(chunk)
      if (digest.size > this.#length)
        throw new S3Error('IncompleteBody', 'The body is longer than x-amz-decoded-content-length says')
      sha256?.update(chunk)
      yield chunk
    }
    if (digest.size !== this.#length)
      throw new S3Error(
        'IncompleteBody',
        'You did not provide the number of bytes specified by the Content-Length HTTP header.',
      )
    const computedSha256 = sha256?.digest('hex')
    if (payload.kind === 'sha256' && payload.hex !== computedSha256)
      throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
        elements: { ClientComputedContentSHA256: payload.hex, S3ComputedContentSHA256: computedSha256 ?? '' },
      })
    const { md5, checksums } = digest.finish()
    if (this.#md5 !== undefined && this.#md5 !== md5)
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
        elements: {
          ExpectedDigest: Buffer.from(this.#md5, 'hex').toString('base64'),
          CalculatedDigest: Buffer.from(md5, 'hex').toString('base64'),
        },
      })
    this.#checkChecksum(checksums, trailer)
    this.#facts = { size: digest.size, md5, checksums }
  }

  #checkChecksum(
    computed: ReadonlyMap<ChecksumAlgorithm, string>,
    trailer: ReadonlyMap<string, string>,
  ): void {
    const promised = this.#promised
    const header = promised && checksumHeader(promised.algorithm)
    for (const name of trailer.keys()) if (name !== header) throw new S3Error('MalformedTrailerError')
    if (!promised || header === undefined) return
    const sent = promised.value ?? trailer.get(header)
    if (sent === undefined) throw new S3Error('MalformedTrailerError')
    if (!isChecksumValue(promised.algorithm, sent))
      throw new S3Error('InvalidRequest', `Value for ${header} trailing header is invalid.`)
    if (sent !== computed.get(promised.algorithm))
      throw new S3Error(
        'BadDigest',
        `The ${promised.algorithm} you specified did not match the calculated checksum.`,
      )
  }
}

// The length of the content itself. S3 does not take bodies of unknown length.
function declaredLength(call: Call): number {
  const chunked = call.authentication.payload.kind === 'chunked'
  const text = chunked ? call.header('x-amz-decoded-content-length') : call.message.headers['content-length']
  if (text === undefined) {
    const hasNoBody = call.message.headers['transfer-encoding'] === undefined && call.message.method !== 'PUT'
    if (hasNoBody && !chunked) return 0
    throw new S3Error('MissingContentLength')
  }
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', 'The content length is invalid')
  return Number(text)
}

async function* wholeRequest(call: Call): AsyncGenerator<Buffer, void> {
  try {
    // Stopping early must not destroy the request: the answer goes out on the same connection.
    for await (const chunk of call.message.iterator({ destroyOnReturn: false })) yield chunk as Buffer
  } catch (cause) {
    // The client went away; nobody reads this answer, but nothing must be committed either.
    throw Object.assign(new S3Error('IncompleteBody'), { cause })
  }
}

/** Reads a small body whole, all checks made. 400 MaxMessageLengthExceeded above the limit. */
export async function readSmallBody(
  call: Call,
  options: ReceivingOptions = {},
): Promise<{ body: ReceivedBody; text: string }> {
  const largestBytes = options.largestBytes ?? 1024 * 1024
  const declared =
    call.header('x-amz-decoded-content-length') ?? call.message.headers['content-length'] ?? '0'
  if (Number(declared) > largestBytes) throw new S3Error('MaxMessageLengthExceeded')
  const body = new ReceivedBody(call, options)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return { body, text: Buffer.concat(chunks).toString('utf8') }
}

/** Reads a small XML body; 400 MalformedXML when it is not well-formed. */
export async function readXmlBody(
  call: Call,
  options?: ReceivingOptions,
): Promise<{ body: ReceivedBody; root: XmlElement }> {
  const { body, text } = await readSmallBody(call, options)
  if (text.trim() === '') throw new S3Error('MissingRequestBodyError')
  try {
    return { body, root: parseXml(text) }
  } catch (error) {
    if (error instanceof XmlSyntaxError) throw new S3Error('MalformedXML')
    throw error
  }
}
