/** The head of an answer. */
export interface AnswerHead {
  readonly statusCode: number
  /** Names in lower case; what a header says twice is told as Node tells it, and cookies are not. */
  readonly headers: Readonly<Record<string, string>>
}

/** Reads one answer of HTTP/1.1 from the bytes of a connection (RFC 9112). */
export interface AnswerReader {
  /** The final answer's, once it is there. */
  readonly head: AnswerHead | null
  /** The body as far as it came, in pieces. */
  readonly pieces: readonly Buffer[]
  /** Of the body, so far. */
  readonly bytes: number
  readonly isComplete: boolean
  /** Whether another request may follow on the same connection; only meant for an answer that is complete. */
  readonly canFollow: boolean
  /** For how long the service keeps a connection without requests, in milliseconds, where it says so. */
  readonly keptForMs: number | null
  /** Takes what has come. Throws an error with one of the codes of Node's parser for what is not HTTP/1.1. */
  push(chunk: Buffer): void
  /** The other side says no more. Returns whether the answer is complete with that. */
  end(): boolean
}

/** As Node's: longer heads are no answer. */
const longestHeadBytes = 16 * 1024
/** The line before a piece of a body says its length, and whatever else a gateway likes. */
const longestChunkLineBytes = 16 * 1024

/** Of these, Node keeps the first that comes. */
const toldOnce = new Set(
  'age authorization content-type etag expires from host if-modified-since if-unmodified-since last-modified location max-forwards proxy-authorization referer retry-after server user-agent'.split(
    ' ',
  ),
)

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\xff]*)?$/
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Of a whole head, whose lines end with both. */
const notInHeads = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/
const endOfHead = Buffer.from('\r\n\r\n')
const protocol = Buffer.from('HTTP/1.')

/** Where in an answer the reader is; `length` and `chunk…` are of bodies with a length and in pieces. */
type State =
  'head' | 'length' | 'until-closed' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'complete'

/** Makes a reader for the answer to one request; `isHead`: to one that is answered without a body. */
export function createAnswerReader(isHead: boolean): AnswerReader {
  return new Reader(isHead)
}

class Reader implements AnswerReader {
  head: AnswerHead | null = null
  readonly pieces: Buffer[] = []
  bytes = 0
  canFollow = false
  keptForMs: number | null = null
  readonly #isHead: boolean
  #state: State = 'head'
  /** What came of a head or a line that has not ended. */
  #begun: Buffer | null = null
  /** Of the body, or of its piece. */
  #missing = 0

  constructor(isHead: boolean) {
    this.#isHead = isHead
  }

  get isComplete(): boolean {
    return this.#state === 'complete'
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.byteLength) {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(chunk, at)
          break
        case 'length':
        case 'chunk':
          at = this.#readBody(chunk, at)
          break
        case 'until-closed':
          this.#keep(at === 0 ? chunk : chunk.subarray(at))
          return
        case 'chunk-line':
        case 'chunk-end':
        case 'trailers':
          at = this.#readLine(chunk, at)
          break
        case 'complete':
          // Nobody has asked for more: what follows may be the answer to somebody else's request.
          this.canFollow = false
          return
      }
    }
  }

  end(): boolean {
    if (this.#state === 'until-closed') this.#state = 'complete'
    this.canFollow = false
    return this.#state === 'complete'
  }

  #readHead(chunk: Buffer, from: number): number {
    const begun = this.#begun
    const known = begun?.byteLength ?? 0
    const all = begun === null ? chunk.subarray(from) : Buffer.concat([begun, chunk.subarray(from)])
    const length = Math.min(all.byteLength, protocol.byteLength)
    if (known < length && all.compare(protocol, 0, length, 0, length) !== 0)
      throw parseError('HPE_INVALID_CONSTANT', 'Expected HTTP/')
    const end = all.indexOf(endOfHead, Math.max(0, known - endOfHead.byteLength))
    if ((end === -1 ? all.byteLength : end) > longestHeadBytes)
      throw parseError('HPE_HEADER_OVERFLOW', 'Header overflow')
    if (end === -1) {
      // Copied: the chunk is a part of a larger one, which would be kept with it.
      this.#begun = begun === null ? Buffer.from(all) : all
      return chunk.byteLength
    }
    this.#begun = null
    this.#takeHead(all.toString('latin1', 0, end))
    return from + end + endOfHead.byteLength - known
  }

  #takeHead(text: string): void {
    if (notInHeads.test(text)) throw parseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header value char')
    const lines = text.split('\r\n')
    const [, minor = '', status = ''] = statusLine.exec(lines[0] ?? '') ?? []
    if (status === '') throw parseError('HPE_INVALID_STATUS', 'Invalid status line')
    const statusCode = Number(status)
    const headers: Record<string, string> = {}
    for (let index = 1; index < lines.length; index++) addHeader(headers, lines[index] ?? '')
    // An answer that is still to come: nobody here has asked for another protocol.
    if (statusCode === 101) throw parseError('HPE_UNEXPECTED_UPGRADE', 'Upgrade was not asked for')
    if (statusCode < 200) return
    this.head = { statusCode, headers }
    this.#frame(statusCode, headers)
    const connection = headers['connection']
    this.canFollow =
      minor === '1' &&
      this.#state !== 'until-closed' &&
      (connection === undefined || !/(^|,)[ \t]*close[ \t]*(,|$)/i.test(connection))
    const kept = headers['keep-alive']
    const seconds = kept === undefined ? null : /(?:^|,)[ \t]*timeout[ \t]*=[ \t]*(\d+)/i.exec(kept)
    this.keptForMs = seconds === null ? null : Number(seconds[1]) * 1000
  }

  /** How the body ends (RFC 9112, 6.3). */
  #frame(statusCode: number, headers: Readonly<Record<string, string>>): void {
    const coding = headers['transfer-encoding']
    const length = headers['content-length']
    if (length !== undefined && !/^\d{1,15}$/.test(length))
      throw parseError('HPE_INVALID_CONTENT_LENGTH', 'Invalid Content-Length')
    if (coding !== undefined && length !== undefined)
      throw parseError(
        'HPE_INVALID_TRANSFER_ENCODING',
        "Transfer-Encoding can't be present with Content-Length",
      )
    if (this.#isHead || statusCode === 204 || statusCode === 304) this.#state = 'complete'
    else if (coding !== undefined)
      this.#state = /(^|,)[ \t]*chunked[ \t]*$/i.test(coding) ? 'chunk-line' : 'until-closed'
    else if (length === undefined) this.#state = 'until-closed'
    else {
      this.#missing = Number(length)
      this.#state = this.#missing === 0 ? 'complete' : 'length'
    }
  }

  #readBody(chunk: Buffer, from: number): number {
    const end = Math.min(chunk.byteLength, from + this.#missing)
    this.#keep(from === 0 && end === chunk.byteLength ? chunk : chunk.subarray(from, end))
    this.#missing -= end - from
    if (this.#missing === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'complete'
    return end
  }

  #keep(piece: Buffer): void {
    this.pieces.push(piece)
    this.bytes += piece.byteLength
  }

  #readLine(chunk: Buffer, from: number): number {
    const feed = chunk.indexOf(0x0a, from)
    const part = chunk.subarray(from, feed === -1 ? chunk.byteLength : feed + 1)
    const line = this.#begun === null ? part : Buffer.concat([this.#begun, part])
    if (line.byteLength > longestChunkLineBytes) throw parseError('HPE_HEADER_OVERFLOW', 'Header overflow')
    if (feed === -1) {
      this.#begun = Buffer.from(line)
      return chunk.byteLength
    }
    this.#begun = null
    const text = line.toString('latin1')
    if (!text.endsWith('\r\n')) throw parseError('HPE_CR_EXPECTED', 'Missing expected CR')
    this.#takeLine(text.slice(0, -2))
    return feed + 1
  }

  #takeLine(line: string): void {
    if (this.#state === 'chunk-end') {
      if (line !== '') throw parseError('HPE_STRICT', 'Expected LF after chunk data')
      this.#state = 'chunk-line'
    } else if (this.#state === 'trailers') {
      // What trailers say, nobody here asks for.
      if (line === '') this.#state = 'complete'
    } else {
      const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1]
      if (size === undefined) throw parseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size')
      this.#missing = Number.parseInt(size, 16)
      this.#state = this.#missing === 0 ? 'trailers' : 'chunk'
    }
  }
}

/** Names as services write them, and in lower case: a service says the same ones each time. */
const knownNames = new Map<string, string>()
/** One that invents names fills no memory. */
const mostKnownNames = 200

function lowerCase(name: string): string {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  if (!headerName.test(name)) throw parseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header token')
  const lower = name.toLowerCase()
  if (knownNames.size < mostKnownNames) knownNames.set(name, lower)
  return lower
}

function addHeader(headers: Record<string, string>, line: string): void {
  const colon = line.indexOf(':')
  const name = lowerCase(line.slice(0, Math.max(0, colon)))
  const said: unknown = headers[name]
  // Every object has a `constructor`, without a header of that name.
  if (typeof said !== 'string') {
    if (name !== 'set-cookie') headers[name] = trimmed(line, colon + 1)
  } else if (name === 'content-length')
    throw parseError('HPE_UNEXPECTED_CONTENT_LENGTH', 'Content-Length already present')
  else if (!toldOnce.has(name)) headers[name] = `${said}, ${trimmed(line, colon + 1)}`
}

/** The rest of a line without the blanks that may stand around it (RFC 9110, 5.5): `trim` takes more than those. */
function trimmed(line: string, from: number): string {
  let start = from
  let end = line.length
  while (start < end && isBlank(line.charCodeAt(start))) start++
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--
  return line.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** In the shape of the errors of Node's parser. */
function parseError(code: string, reason: string): Error {
  return Object.assign(new Error(`Parse Error: ${reason}`), { code, reason })
}
