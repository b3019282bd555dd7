import { createHash } from 'node:crypto'
import { S3Error } from './errors.ts'
import { sameSignature, signChunk, signTrailer } from './sigv4.ts'
import type { ChunkSigning } from './sigv4.ts'

/** How the body's frames are to be checked. */
export interface ChunkedFormat {
  /** Present for STREAMING-AWS4-HMAC-SHA256-…: every chunk carries a signature. */
  readonly signing?: ChunkSigning
  /** Whether headers may follow the last chunk. */
  readonly trailer: boolean
  /** Receives the trailing headers, names in lower case, once the body is whole. */
  readonly onTrailer: (headers: ReadonlyMap<string, string>) => void
}

const longestLine = 16 * 1024
const smallestChunkBytes = 8192

// Pulls lines and byte runs out of a stream of buffers without ever holding more than one of them.
class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #pending: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async #fill(): Promise<boolean> {
    const next = await this.#source.next()
    if (next.done) return false
    this.#pending = this.#pending.length === 0 ? next.value : Buffer.concat([this.#pending, next.value])
    return true
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#pending.indexOf('\r\n')
      if (end >= 0) {
        const line = this.#pending.toString('latin1', 0, end)
        this.#pending = this.#pending.subarray(end + 2)
        return line
      }
      if (this.#pending.length > longestLine)
        throw new S3Error('IncompleteBody', 'A chunk header is too long')
      if (!(await this.#fill())) throw new S3Error('IncompleteBody')
    }
  }

  async *bytes(count: number): AsyncGenerator<Buffer, void> {
    let left = count
    while (left > 0) {
      if (this.#pending.length === 0 && !(await this.#fill())) throw new S3Error('IncompleteBody')
      const piece = this.#pending.subarray(0, left)
      this.#pending = this.#pending.subarray(piece.length)
      left -= piece.length
      if (piece.length > 0) yield piece
    }
  }

  async atEnd(): Promise<boolean> {
    while (this.#pending.length === 0) if (!(await this.#fill())) return true
    return false
  }
}

/**
 * Takes the aws-chunked framing off a body and yields the content. Signatures of chunks and trailer are
 * verified as they pass; a wrong one throws SignatureDoesNotMatch, a body that ends early IncompleteBody.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  format: ChunkedFormat,
): AsyncGenerator<Buffer, void> {
  const reader = new ByteReader(source)
  let signature = format.signing?.seedSignature ?? ''
  let smallSeen = false
  for (;;) {
    const head = await reader.line()
    const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(head)
    if (!match || (format.signing === undefined) !== (match[2] === undefined))
      throw new S3Error('IncompleteBody', 'The chunk header is malformed')
    const size = parseInt(match[1] ?? '', 16)
    if (smallSeen && size > 0) throw new S3Error('InvalidChunkSizeError')
    smallSeen ||= size < smallestChunkBytes
    const hash = createHash('sha256')
    for await (const piece of reader.bytes(size)) {
      if (format.signing) hash.update(piece)
      yield piece
    }
    if (format.signing) {
      const expected = signChunk(format.signing, signature, hash.digest('hex'))
      if (!sameSignature(expected, match[2] ?? '')) throw new S3Error('SignatureDoesNotMatch')
      signature = expected
    }
    if (size === 0) break
    if ((await reader.line()) !== '') throw new S3Error('IncompleteBody', 'The chunk is longer than it said')
  }
  const headers = await readTrailer(reader, format, signature)
  if (!(await reader.atEnd())) throw new S3Error('IncompleteBody', 'The body goes on after its last chunk')
  format.onTrailer(headers)
}

async function readTrailer(
  reader: ByteReader,
  format: ChunkedFormat,
  signature: string,
): Promise<ReadonlyMap<string, string>> {
  const headers = new Map<string, string>()
  let signed = ''
  let trailerSignature: string | undefined
  // Some clients leave the last empty line away; the end of the body then ends the trailer as well.
  while (!(await reader.atEnd())) {
    const line = await reader.line()
    if (line === '') break
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (!format.trailer || colon < 1) throw new S3Error('MalformedTrailerError')
    if (name === 'x-amz-trailer-signature') trailerSignature = value
    else {
      headers.set(name, value)
      signed += `${name}:${value}\n`
    }
  }
  if (format.trailer && format.signing) {
    if (trailerSignature === undefined) throw new S3Error('MalformedTrailerError')
    if (!sameSignature(signTrailer(format.signing, signature, signed), trailerSignature))
      throw new S3Error('SignatureDoesNotMatch')
  }
  return headers
}
