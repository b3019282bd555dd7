import type { LookupFunction, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { type AnswerHead, type AnswerReader, createAnswerReader } from './answer-reader.ts'

/** Connections that carry one request after the other, with nothing of Node's HTTP between them and the socket. */
export interface Connections {
  /**
   * Sends one request and calls back with its answer. What is sent is the caller's and must hold still until then. At
   * most one of the calls of `job` but `received` is made, and none after {@link Running.stop}.
   */
  send(to: Destination, request: RawRequest, job: Job): Running
  /** Closes all of them; requests on their way fail. */
  destroy(): void
}

/** Where a connection leads. */
export interface Destination {
  readonly isTls: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** A request as bytes. */
export interface RawRequest {
  /** In Latin 1, with the empty line at its end. */
  readonly head: string
  readonly body?: Uint8Array | undefined
  readonly isHead: boolean
  readonly connectionMs: number
  /** Without a byte either way. */
  readonly socketMs: number
}

/** Who waits for an answer. */
export interface Job {
  received(head: AnswerHead): void
  /** The whole body, in pieces. */
  answered(head: AnswerHead, pieces: readonly Buffer[], bytes: number): void
  failed(error: Error): void
  /** Longer answers fail. */
  readonly longestAnswerBytes: number
  tooLong(): Error
}

/** A request on its way. */
export interface Running {
  /** Takes the connection down with it; the job hears of nothing more. */
  stop(): void
}

/** What connections are made with. */
export interface ConnectionParts {
  /** Judges the addresses that are connected to. */
  readonly lookup?: LookupFunction | undefined
  /** Whom to trust. */
  readonly secureContext?: SecureContext | undefined
  /** Connections without a request are closed after this many milliseconds. */
  readonly idleMs: number
}

/** When a connection has been silent for so long, the system asks whether the other side is there, as with Node's agents. */
const keepAliveAfterMs = 1000

/** A service that says how long it keeps a connection is not taken at its word to the last moment. */
const keptMarginMs = 1000

/** Makes them; nothing is connected to before the first request. */
export function createConnections(parts: ConnectionParts): Connections {
  const all = new Set<Connection>()
  const idle = new Map<string, Connection[]>()
  /** What TLS remembers of a service, so that its next connection begins with less. */
  const sessions = new Map<string, Buffer>()

  function free(name: string): Connection | null {
    const waiting = idle.get(name)
    for (let last = waiting?.pop(); last !== undefined; last = waiting?.pop()) if (last.isUsable) return last
    return null
  }

  return {
    send(to, request, job) {
      const name = `${to.isTls ? 's' : ''}:${to.host}:${to.port}`
      let connection = free(name)
      if (connection === null) {
        const socket = connect(to, parts, sessions.get(name))
        // Said to the socket: as options, TLS does not pass them on.
        socket.setNoDelay(true).setKeepAlive(true, keepAliveAfterMs)
        socket.on('session', (session: Buffer) => sessions.set(name, session))
        const made = new Connection(socket, parts.idleMs, {
          idle() {
            const waiting = idle.get(name)
            if (waiting === undefined) idle.set(name, [made])
            else waiting.push(made)
          },
          closed() {
            all.delete(made)
            const waiting = idle.get(name)
            const at = waiting?.indexOf(made) ?? -1
            if (at !== -1) waiting?.splice(at, 1)
          },
        })
        all.add(made)
        connection = made
      }
      return connection.send(request, job)
    },
    destroy() {
      for (const connection of all) connection.destroy()
    },
  }
}

function connect(to: Destination, parts: ConnectionParts, session: Buffer | undefined): Socket {
  const { lookup, secureContext } = parts
  const net = process.getBuiltinModule('node:net')
  const where = {
    host: to.host,
    port: to.port,
    ...(lookup === undefined ? {} : { lookup }),
  }
  if (!to.isTls) return net.connect(where)
  return process.getBuiltinModule('node:tls').connect({
    ...where,
    servername: net.isIP(to.host) === 0 ? to.host : '',
    ALPNProtocols: ['http/1.1'],
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(session === undefined ? {} : { session }),
  })
}

/** One socket and the request that is on it. */
class Connection {
  readonly #socket: Socket
  readonly #idleMs: number
  readonly #pool: { idle(): void; closed(): void }
  #job: Job | null = null
  #reader: AnswerReader | null = null
  #isHeadTold = false
  #connecting: NodeJS.Timeout | undefined

  constructor(socket: Socket, idleMs: number, pool: { idle(): void; closed(): void }) {
    this.#socket = socket
    this.#idleMs = idleMs
    this.#pool = pool
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.once('connect', () => clearTimeout(this.#connecting))
    socket.on('timeout', () => this.#fail(timeoutError()))
    socket.on('error', (error) => this.#fail(error))
    socket.on('end', () => this.#end())
    socket.on('close', () => {
      this.#end()
      this.#pool.closed()
    })
  }

  /** Whether the other side has not closed it meanwhile, as far as is known. */
  get isUsable(): boolean {
    return this.#socket.readyState === 'open'
  }

  send(request: RawRequest, job: Job): Running {
    const socket = this.#socket
    this.#job = job
    this.#reader = createAnswerReader(request.isHead)
    this.#isHeadTold = false
    socket.ref()
    socket.setTimeout(request.socketMs)
    if (socket.connecting)
      this.#connecting = setTimeout(() => this.#fail(timeoutError()), request.connectionMs)
    const { body } = request
    if (body === undefined || body.byteLength === 0) socket.write(request.head, 'latin1')
    else {
      socket.cork()
      socket.write(request.head, 'latin1')
      socket.write(body)
      socket.uncork()
    }
    return {
      stop: () => {
        if (this.#job === job) this.#release(null)
      },
    }
  }

  destroy(): void {
    this.#fail(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    const reader = this.#reader
    const job = this.#job
    if (reader === null || job === null) {
      // Nobody has asked anything: whatever this says, it is not the answer to what will be asked next.
      this.#socket.destroy()
      return
    }
    try {
      reader.push(chunk)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error('not an error'))
      return
    }
    const { head } = reader
    if (head === null) return
    if (!this.#isHeadTold) {
      this.#isHeadTold = true
      job.received(head)
    }
    if (reader.bytes > job.longestAnswerBytes) this.#fail(job.tooLong())
    else if (reader.isComplete) this.#answer(job, reader, head)
  }

  #answer(job: Job, reader: AnswerReader, head: AnswerHead): void {
    // A service may answer before it has read the whole request: the rest of that must not go before the next one.
    this.#release(reader.canFollow && this.#socket.writableLength === 0 ? reader : null)
    job.answered(head, reader.pieces, reader.bytes)
  }

  /** The other side has said all that it will. */
  #end(): void {
    clearTimeout(this.#connecting)
    const reader = this.#reader
    const job = this.#job
    if (job === null || reader === null) return
    if (reader.end() && reader.head !== null) this.#answer(job, reader, reader.head)
    else this.#fail(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
  }

  #fail(error: Error): void {
    const job = this.#job
    this.#release(null)
    job?.failed(error)
  }

  /** Nobody waits for it any more: it is there for the next request, or it is closed. */
  #release(follow: AnswerReader | null): void {
    const socket = this.#socket
    this.#job = null
    this.#reader = null
    clearTimeout(this.#connecting)
    const idleMs = follow === null ? 0 : Math.min(this.#idleMs, (follow.keptForMs ?? Infinity) - keptMarginMs)
    if (idleMs <= 0) {
      socket.destroy()
      return
    }
    socket.setTimeout(idleMs)
    socket.unref()
    this.#pool.idle()
  }
}

/** What stands for a service that does not answer. */
export function timeoutError(): Error {
  return Object.assign(new Error('no answer in time'), { name: 'TimeoutError' })
}
