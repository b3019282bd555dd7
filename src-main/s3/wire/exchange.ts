import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Failure, failure } from '../../../src-preload/contract/failure.ts'
import type { Bandwidth } from '../bandwidth.ts'
import { type Agents, httpRequest, httpsRequest } from '../node-http.ts'
import type { AnswerHead } from './answer-reader.ts'
import { timeoutError } from './connections.ts'
import { joined } from './joined-pieces.ts'
import { targetOf } from './request-head.ts'
import { WireError } from './wire-error.ts'
import type { ParsedResponse, WireRequest, WireResponse, WireStream } from './wire-request.ts'

/** The patience of a session, in milliseconds, and what holds it back. */
export interface ExchangeParts {
  readonly timeouts: {
    readonly connectionMs: number
    readonly socketMs: number
    /** While a body is sent; `socketMs` unless given. */
    readonly uploadMs?: number
  }
  /** Of what is sent; without it as fast as it goes. What is received is held back by whoever reads it. */
  readonly bandwidth?: Bandwidth
}

/** A body that is not to go faster than it may, also when that changes while it goes. */
async function sendInSlices(sending: ClientRequest, body: Uint8Array, bandwidth: Bandwidth): Promise<void> {
  for (let at = 0; at < body.byteLength;) {
    const slice = body.subarray(at, at + bandwidth.sliceBytes)
    at += slice.byteLength
    const turn = bandwidth.take(slice.byteLength)
    if (turn !== undefined) await turn
    if (sending.destroyed) return
    if (!sending.write(slice)) await drained(sending)
  }
  sending.end()
}

/** Returns when there is room for more, or never will be. */
function drained(sending: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      sending.off('drain', done).off('close', done)
      resolve()
    }
    sending.once('drain', done).once('close', done)
  })
}

/** Whether nothing holds it back, and a limit that is set while it is on its way comes too late for little. */
export function isSentAtOnce({ byteLength }: Uint8Array, bandwidth: Bandwidth): boolean {
  return bandwidth.limitBytesPerSecond === null && byteLength <= bandwidth.sliceBytes
}

/** How an exchange can end. */
interface Ends<T> {
  /** Takes the connection down with it. */
  fail(error: Error): void
  /** The answer was read to its end; the connection can be used again. */
  refuse(error: unknown): void
  answer(result: T): void
  /** From here on nothing is waited for: neither time-outs nor the caller's signal. */
  settle(): void
}

/** What is made of the whole of an answer below 300, at once; what it throws stands for a refusal. */
export type WholeReading<T> = (answer: AnswerHead, body: Buffer, request: WireRequest) => T

/** What is made of an answer below 300. */
export type Reading<T> = (
  answer: AnswerHead & { readonly response: IncomingMessage },
  request: WireRequest,
  ends: Ends<T>,
) => void

/** No answer that is read whole is longer. */
export const longestAnswerBytes = 64 * 1024 * 1024

/** What stands for an answer that is longer than {@link longestAnswerBytes}. */
export function endlessAnswer(): Failure {
  return failure('integrity', 'The service’s answer does not come to an end.')
}

/**
 * One request and its answer; `received` hears of the headers. Throws a {@link WireError} for 300 and above, and errors
 * of the socket as they are.
 */
export function exchange<T>(
  parts: ExchangeParts,
  agents: Agents,
  request: WireRequest,
  headers: Record<string, string>,
  read: Reading<T>,
  received: (headers: Readonly<Record<string, string>>) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = request
    // While credentials were waited for, which takes as long as a person does; no event tells of it any more.
    if (signal?.aborted === true) {
      reject(abortError())
      return
    }
    const { isTls, ...target } = targetOf(request)
    const options = {
      ...target,
      method: request.method,
      headers,
      timeout: (request.body && parts.timeouts.uploadMs) ?? parts.timeouts.socketMs,
    }
    const sending: ClientRequest = isTls
      ? httpsRequest({ ...options, agent: agents.https })
      : httpRequest({ ...options, agent: agents.http })
    let connecting: NodeJS.Timeout | undefined
    let answer: IncomingMessage | undefined
    const onAbort = () => fail(abortError())
    const settle = () => {
      clearTimeout(connecting)
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (error: Error) => {
      settle()
      // With the error, for whoever reads the body already.
      answer?.destroy(error)
      sending.destroy()
      reject(error)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    sending.once('socket', (socket) => {
      if (!socket.connecting) return
      connecting = setTimeout(() => fail(timeoutError()), parts.timeouts.connectionMs)
      socket.once('connect', () => clearTimeout(connecting))
    })
    sending.on('timeout', () => {
      // Bytes that wait for their reader are not the service's silence: a slow disk, or a limit, is no time-out.
      const isRead = answer === undefined || (answer.readableLength === 0 && !answer.complete)
      if (!isRead) answer?.socket.setTimeout(options.timeout)
      else fail(timeoutError())
    })
    // A service may refuse before it has read the whole body: its answer counts, and not that the rest was not taken.
    sending.on('error', (error) => {
      if (answer === undefined) fail(error)
    })
    sending.once('response', (response) => {
      answer = response
      const head = { statusCode: response.statusCode ?? 0, headers: headersOf(response) }
      received(head.headers)
      const ends: Ends<T> = {
        fail,
        refuse(error) {
          settle()
          reject(error)
        },
        answer: resolve,
        settle,
      }
      if (head.statusCode < 300) read({ ...head, response }, request, ends)
      else readText(response, ends, (body) => ends.refuse(new WireError(head, body)))
    })
    const { bandwidth } = parts
    const { body } = request
    if (body === undefined || bandwidth === undefined || isSentAtOnce(body, bandwidth)) sending.end(body)
    else void sendInSlices(sending, body, bandwidth)
  })
}

/** The whole answer, made into something by `parse`, which is not given the body's bytes for longer than it runs. */
export function readThrough<T>(parse: (body: Buffer) => T): WholeReading<ParsedResponse<T>> {
  return ({ statusCode, headers }, body) => ({ statusCode, headers, parsed: parse(body) })
}

/** The whole answer, as text. */
export const readWhole: WholeReading<WireResponse> = ({ statusCode, headers }, body, request) => {
  const answer = { statusCode, headers, body: body.toString('utf8') }
  request.check?.(answer)
  return answer
}

/** What is made of the whole answer, for {@link exchange}. */
export function wholly<T>(read: WholeReading<T>): Reading<T> {
  return ({ statusCode, headers, response }, request, ends) =>
    readBytes(response, ends, (body) => {
      let made: T
      try {
        made = read({ statusCode, headers }, body, request)
      } catch (error) {
        ends.refuse(error)
        return
      }
      ends.settle()
      ends.answer(made)
    })
}

/** The head of the answer. Time-outs and the caller's signal go on to hold for its body, until that is closed. */
export const readAsItComes: Reading<WireStream> = ({ statusCode, headers, response }, _request, ends) => {
  response.once('close', () => ends.settle())
  // Whoever reads hears of errors; before anybody does, none may end the process.
  response.on('error', () => undefined)
  ends.answer({ statusCode, headers, body: response })
}

function readText(
  response: IncomingMessage,
  ends: Pick<Ends<unknown>, 'fail'>,
  done: (body: string) => void,
): void {
  readBytes(response, ends, (body) => done(body.toString('utf8')))
}

/** `done` has the bytes to itself until it returns, and not after that. */
function readBytes(
  response: IncomingMessage,
  ends: Pick<Ends<unknown>, 'fail'>,
  done: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes > longestAnswerBytes) ends.fail(endlessAnswer())
  })
  response.on('error', (error) => ends.fail(error))
  response.once('end', () => done(joined(chunks, bytes)))
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}

/** What stands for a cancellation by the caller. */
export function abortError(): Error {
  return Object.assign(new Error('aborted'), { name: 'AbortError' })
}
