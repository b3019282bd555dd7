import { createHash } from 'node:crypto'
import { decodeAwsChunked } from './aws-chunked.ts'
import type { Call } from './call.ts'
import { algorithmOfHeader, createChecksum, isChecksumValue, parseAlgorithm } from './checksums.ts'
import type { ChecksumAlgorithm } from './checksums.ts'
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
  /** The checksum the client sent, or one computed with the default algorithm. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
  readonly checksumSent: boolean
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
  readonly #algorithm: ChecksumAlgorithm
  #facts: BodyFacts | undefined

  /**
   * Reads the headers that speak of the body; throws for those that are wrong in themselves. `algorithm` is
   * used when the client names none.
   */
  constructor(
    call: Call,
    options: { readonly largestBytes?: number; readonly algorithm?: ChecksumAlgorithm } = {},
  ) {
    this.#call = call
    this.#promised = promisedChecksum(call)
    const md5 = call.message.headers['content-md5']
    this.#md5 = typeof md5 === 'string' ? decodeMd5(md5) : undefined
    this.#length = declaredLength(call)
    this.#algorithm = this.#promised?.algorithm ?? options.algorithm ?? 'CRC64NVME'
    if (this.#length > (options.largestBytes ?? fiveGib))
      throw new S3Error('EntityTooLarge', undefined, {
        elements: {
          ProposedSize: String(this.#length),
          MaxSizeAllowed: String(options.largestBytes ?? fiveGib),
        },
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
    const md5 = createHash('md5')
    const checksum = createChecksum(this.#algorithm)
    const sha256 = payload.kind === 'sha256' ? createHash('sha256') : undefined
    let trailer: ReadonlyMap<string, string> = new Map()
    let size = 0
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
      size += chunk.length
      if (size > this.#length)
        throw new S3Error('IncompleteBody', 'The body is longer than x-amz-decoded-content-length says')
      md5.update(chunk)
      checksum.update(chunk)
      sha256?.update(chunk)
      yield chunk
    }
    if (size !== this.#length)
      throw new S3Error(
        'IncompleteBody',
        'You did not provide the number of bytes specified by the Content-Length HTTP header.',
      )
    const computedSha256 = sha256?.digest('hex')
    if (payload.kind === 'sha256' && payload.hex !== computedSha256)
      throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
        elements: { ClientComputedContentSHA256: payload.hex, S3ComputedContentSHA256: computedSha256 ?? '' },
      })
    const computedMd5 = md5.digest('hex')
    if (this.#md5 !== undefined && this.#md5 !== computedMd5)
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
        elements: {
          ExpectedDigest: Buffer.from(this.#md5, 'hex').toString('base64'),
          CalculatedDigest: Buffer.from(computedMd5, 'hex').toString('base64'),
        },
      })
    const value = checksum.digest().toString('base64')
    this.#checkChecksum(value, trailer)
    this.#facts = {
      size,
      md5: computedMd5,
      checksum: { algorithm: this.#algorithm, value },
      checksumSent: this.#promised !== undefined,
    }
  }

  #checkChecksum(computed: string, trailer: ReadonlyMap<string, string>): void {
    const header = `x-amz-checksum-${this.#algorithm.toLowerCase()}`
    for (const name of trailer.keys())
      if (!this.#promised || name !== header) throw new S3Error('MalformedTrailerError')
    if (!this.#promised) return
    const sent = this.#promised.value ?? trailer.get(header)
    if (sent === undefined) throw new S3Error('MalformedTrailerError')
    if (!isChecksumValue(this.#algorithm, sent))
      throw new S3Error('InvalidRequest', `Value for ${header} trailing header is invalid.`)
    if (sent !== computed)
      throw new S3Error(
        'BadDigest',
        `The ${this.#algorithm} you specified did not match the calculated checksum.`,
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
  largestBytes = 1024 * 1024,
): Promise<{ body: ReceivedBody; text: string }> {
  const body = new ReceivedBody(call)
  const declared =
    call.header('x-amz-decoded-content-length') ?? call.message.headers['content-length'] ?? '0'
  if (Number(declared) > largestBytes) throw new S3Error('MaxMessageLengthExceeded')
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return { body, text: Buffer.concat(chunks).toString('utf8') }
}

/** Reads a small XML body; 400 MalformedXML when it is not well-formed. */
export async function readXmlBody(
  call: Call,
  largestBytes?: number,
): Promise<{ body: ReceivedBody; root: XmlElement }> {
  const { body, text } = await readSmallBody(call, largestBytes)
  if (text.trim() === '') throw new S3Error('MissingRequestBodyError')
  try {
    return { body, root: parseXml(text) }
  } catch (error) {
    if (error instanceof XmlSyntaxError) throw new S3Error('MalformedXML')
    throw error
  }
}
