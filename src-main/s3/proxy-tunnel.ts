import type { IncomingMessage } from 'node:http'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { guardedLookup, isForbiddenLiteral } from './address-policy.ts'
import { type HttpProxy, proxyFailure } from './find-proxy.ts'
import { toFailure } from './map-error.ts'
import { httpRequest } from './node-http.ts'

/** How a proxy is reached. */
export interface ProxyConnection {
  readonly proxy: HttpProxy
  /** Whom to trust of an https proxy; whom Node trusts unless given. */
  readonly secureContext?: SecureContext | undefined
  readonly lookup?: LookupFunction | undefined
}

/** For a connection to the proxy, in milliseconds: as for one to a service. */
const connectWithinMs = 5000
/** For the proxy's answer: it has to resolve a name and connect by then, in milliseconds. */
const answerWithinMs = 10_000

/**
 * A connection to the proxy; with TLS, whose certificate is verified, to an https proxy. Rejects with a Failure of code
 * `proxy` that names it.
 */
export async function connectToProxy(
  { proxy, secureContext, lookup }: ProxyConnection,
  signal: AbortSignal,
): Promise<Socket> {
  const url = new URL(proxy.origin)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isTls = url.protocol === 'https:'
  if (isForbiddenLiteral(host)) throw forbiddenProxy(proxy)
  const to = {
    host,
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    lookup: guardedLookup({ loopbackOnly: false, lookup }),
  }
  const { connect } = process.getBuiltinModule('node:net')
  const socket = isTls
    ? process.getBuiltinModule('node:tls').connect({
        ...to,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(secureContext === undefined ? {} : { secureContext }),
      })
    : connect(to)
  socket.setNoDelay(true)
  return settled(socket, connectWithinMs, signal, proxy, (done) =>
    socket.once(isTls ? 'secureConnect' : 'connect', () => done(socket)),
  )
}

/**
 * A connection through the proxy to a host and port, by CONNECT. Nothing that is sent into it is for the proxy. Rejects
 * with a Failure of code `proxy`.
 */
export async function openTunnel(
  way: ProxyConnection,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Duplex> {
  const socket = await connectToProxy(way, signal)
  const { proxy } = way
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  return settled(socket, answerWithinMs, signal, proxy, (done, fail) => {
    const request = httpRequest({
      method: 'CONNECT',
      path: authority,
      setHost: false,
      headers: {
        host: authority,
        'user-agent': 'pail',
        connection: 'keep-alive',
        'proxy-connection': 'keep-alive',
        ...(proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization }),
      },
      createConnection: () => socket,
    })
    request.once('error', fail)
    request.once('connect', (response: IncomingMessage, connected: Duplex, head: Buffer) => {
      const { statusCode: status = 0 } = response
      if (status < 200 || status >= 300) {
        fail(refusal(proxy, response, authority))
        return
      }
      // The other side has nothing to say before it is greeted; what it says all the same is for TLS to judge.
      if (head.byteLength > 0) connected.unshift(head)
      done(connected)
    })
    request.end()
  })
}

/** What comes of a socket, in time and unless it fails before; then it is closed. */
function settled<T>(
  socket: Socket,
  withinMs: number,
  signal: AbortSignal,
  proxy: HttpProxy,
  begin: (done: (value: T) => void, fail: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off('error', fail).off('close', onClose)
    }
    const fail = (error: Error) => {
      end()
      // What it still has to say, nobody asks for.
      socket.on('error', () => undefined).destroy()
      reject(problemWith(proxy, error))
    }
    const onAbort = () => fail(Object.assign(new Error('aborted'), { name: 'AbortError' }))
    const onClose = () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    const timer = setTimeout(
      () => fail(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      withinMs,
    )
    socket.on('error', fail).on('close', onClose)
    if (signal.aborted) onAbort()
    else {
      signal.addEventListener('abort', onAbort, { once: true })
      begin((value) => {
        end()
        resolve(value)
      }, fail)
    }
  })
}

/** Why a proxy cannot be used, in words that name it. */
function problemWith(proxy: HttpProxy, error: Error): Failure {
  const { code, message, s3Code } = toFailure(error).error
  const name = `the proxy ${proxy.origin}`
  const make = (said: string, mayPass: boolean) =>
    proxyFailure(said, { mayPass, ...(s3Code === undefined ? {} : { s3Code }) })
  switch (code) {
    case 'proxy':
    case 'cancelled':
      return toFailure(error)
    case 'endpoint-refused':
      return forbiddenProxy(proxy)
    case 'dns':
      return make(`The name of ${name} cannot be found. Check it, and this computer’s network.`, true)
    case 'timeout':
      return make(`Nothing came in time from ${name}.`, true)
    case 'tls':
      return make(
        `No secure connection could be made to ${name}. ${message.replace('service', 'proxy')}`,
        false,
      )
    default:
      if (s3Code === 'ECONNREFUSED')
        return make(`Nothing listens where ${name} should be (connection refused).`, true)
      if (s3Code?.startsWith('HPE_') === true)
        return make(`What answers as ${name} does not speak HTTP (${s3Code}).`, false)
      if (s3Code === 'ECONNRESET' || s3Code === 'EPIPE')
        return make(`The connection to ${name} was closed before it had answered.`, true)
      return make(`There is no way from here to ${name}${s3Code === undefined ? '' : ` (${s3Code})`}.`, true)
  }
}

function forbiddenProxy(proxy: HttpProxy): Failure {
  return proxyFailure(
    `Pail does not connect to the proxy ${proxy.origin}: it is a link-local, metadata or unusable address.`,
  )
}

/** What a proxy means by not making a tunnel. */
function refusal(proxy: HttpProxy, { statusCode = 0, headers }: IncomingMessage, authority: string): Failure {
  const s3Code = `HTTP ${statusCode}`
  const name = `The proxy ${proxy.origin}`
  if (statusCode === 407) return signInProblem(proxy, headers['proxy-authenticate'] ?? '')
  if (statusCode >= 500 || statusCode === 408 || statusCode === 429)
    return proxyFailure(`${name} could not connect to ${authority} (${statusCode}).`, {
      mayPass: true,
      s3Code,
    })
  return proxyFailure(`${name} does not let connections to ${authority} through (${statusCode}).`, { s3Code })
}

function signInProblem(proxy: HttpProxy, offered: string | string[]): Failure {
  const name = `The proxy ${proxy.origin}`
  const kinds = String(offered)
  const s3Code = 'HTTP 407'
  if (kinds !== '' && !/\bbasic\b/i.test(kinds))
    return proxyFailure(
      `${name} wants a kind of sign-in that Pail does not have (${kinds.replace(/[^A-Za-z, -].*$/, '').slice(0, 60)}).`,
      { s3Code },
    )
  return proxy.authorization === null
    ? proxyFailure(
        `${name} wants a user name and a password. The profile has a place for them, under Advanced.`,
        {
          s3Code,
        },
      )
    : proxyFailure(`${name} does not accept the user name and password that it was given.`, { s3Code })
}
