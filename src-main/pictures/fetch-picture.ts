import type * as http from 'node:http'
import type { Agent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type Failure, failure } from '../../src-preload/contract/failure.ts'
import { classifyAddress, guardedLookup, refusedAddressCode } from '../s3/address-policy.ts'
import type { FindProxy } from '../s3/find-proxy.ts'
import { toFailure } from '../s3/map-error.ts'
import { httpRequest, httpsRequest } from '../s3/node-http.ts'
import { imageSize } from './image-size.ts'
import { pictureName, rasterKind } from './picture-name.ts'

/** A picture that was fetched from an address. */
export interface FetchedPicture {
  /** A file name, of its address and what it is. */
  readonly name: string
  readonly bytes: Buffer
  /** Where it came from in the end, without the query, which may hold a secret; null when the address held its bytes. */
  readonly from: string | null
}

/** The limits of {@link fetchPicture}, and what tests put in the place of the network's own. */
export interface FetchPictureOptions {
  /** In bytes. */
  readonly mostBytes?: number
  /** From the beginning to the last byte, redirects included, in milliseconds. */
  readonly timeoutMs?: number
  /** How long nothing may come, in milliseconds. */
  readonly idleMs?: number
  readonly lookup?: LookupFunction
  /** Which addresses may be connected to; those of the public internet unless given. */
  readonly allows?: (address: string) => boolean
  /** Which proxy to go through; it is told addresses that were checked here, and no names. */
  readonly findProxy?: FindProxy | undefined
}

/** What crosses as one picture at most, in bytes: as of a paste. */
const mostPictureBytes = 32 * 1024 * 1024

const longestAddress = 8192
const mostRedirects = 5

/**
 * Fetches a raster picture (PNG, JPEG, GIF, WebP, BMP or AVIF, by its bytes and not by what the server calls it) from an
 * address that a person dropped: an http or https URL, or a data URL. Nothing of this computer goes with the request: no
 * cookie, no credentials, no referrer. Only addresses of the public internet are connected to, those to which the name
 * was resolved when it was checked, and so after each of at most five redirects (S29). Throws `picture-not-fetched` with
 * the reason.
 */
export async function fetchPicture(
  address: string,
  options: FetchPictureOptions = {},
): Promise<FetchedPicture> {
  const mostBytes = options.mostBytes ?? mostPictureBytes
  if (/^data:/i.test(address)) return checked(dataBytes(address, mostBytes), '', null)
  const timer = AbortSignal.timeout(options.timeoutMs ?? 30_000)
  let url = webAddress(address)
  for (let redirects = 0; ; redirects++) {
    const answer = await getOnce(url, mostBytes, timer, options)
    if (Buffer.isBuffer(answer)) return checked(answer, url.pathname, `${url.origin}${url.pathname}`)
    if (redirects === mostRedirects) throw refused(`“${url.host}” sends on from one address to the next.`)
    if (!URL.canParse(answer.location, url.href))
      throw refused(`“${url.host}” sends on to what is no address.`)
    const next = webAddress(new URL(answer.location, url).href)
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw refused(`“${url.host}” sends on to an address without encryption.`)
    url = next
  }
}

function checked(bytes: Buffer, path: string, from: string | null): FetchedPicture {
  const kind = rasterKind(bytes)
  if (kind === null || imageSize(bytes) === null)
    throw refused('What is there is no PNG, JPEG, GIF, WebP, BMP or AVIF picture.')
  return { name: pictureName(path, kind), bytes, from: from?.slice(0, 2048) ?? null }
}

function dataBytes(address: string, mostBytes: number): Buffer {
  const comma = address.indexOf(',')
  // Base64 has four letters for three bytes, and an escape three for one.
  if (comma < 0 || address.length - comma > mostBytes * 3)
    throw refused('The address is not whole, or too long.')
  const isBase64 = /;\s*base64\s*$/i.test(address.slice(0, comma))
  const body = address
    .slice(comma + 1)
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const bytes = Buffer.from(body, isBase64 ? 'base64' : 'latin1')
  if (bytes.byteLength > mostBytes) throw tooLarge(mostBytes)
  return bytes
}

function webAddress(address: string): URL {
  if (address.length > longestAddress || !URL.canParse(address))
    throw refused('This is no address of a picture.')
  const url = new URL(address)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused('Only pictures at https and http addresses are fetched.')
  if (url.username !== '' || url.password !== '') throw refused('The address has a name or password in it.')
  // Other services of a host are not spoken to.
  if (url.port !== '' && Number(url.port) < 1024) throw refused(`“${url.host}” is not where a website is.`)
  return url
}

/** What a request goes by where there is a proxy. */
interface ProxiedWay {
  readonly host: string
  readonly agent: Agent
}

/**
 * A tunnel to an address that was resolved and judged here: a proxy that resolved the name itself could be led into the
 * network that it stands in (S29). So there is none for plain http, whose host a proxy reads in the request. Null where
 * there is no proxy.
 */
async function throughProxy(
  url: URL,
  host: string,
  judged: LookupFunction,
  findProxy: FindProxy | undefined,
): Promise<ProxiedWay | null> {
  const proxy = (await findProxy?.(url)) ?? null
  if (proxy === null) return null
  if (url.protocol === 'http:')
    throw refused(
      `“${url.host}” has no https, and through the proxy ${proxy.origin} Pail fetches nothing else.`,
    )
  const { createProxyAgents } = await import('../s3/proxy-agents.ts')
  const address = await new Promise<string>((take, refuse) => {
    if (isIP(host) !== 0) take(host)
    else
      judged(host, { family: 0 }, (error, found) => {
        if (error === null) take(String(found))
        else if (error.code === refusedAddressCode) refuse(notPublic(url))
        else
          refuse(
            refused(
              `“${url.host}” cannot be looked up on this computer, and the proxy is not asked to: it could lead to a private network. Save the picture, and drop the file.`,
            ),
          )
      })
  })
  return { host: address, agent: createProxyAgents(proxy, { keepAlive: false }).https }
}

/** The bytes, or where the server sends on to. */
async function getOnce(
  url: URL,
  mostBytes: number,
  timer: AbortSignal,
  { idleMs = 10_000, lookup, allows = isPublic, findProxy }: FetchPictureOptions,
): Promise<Buffer | { location: string }> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A literal address is connected to without the lookup below.
  if (isIP(host) !== 0 && !allows(host)) throw notPublic(url)
  const judged = guardedLookup({ loopbackOnly: false, allows, lookup })
  const way = await throughProxy(url, host, judged, findProxy)
  return new Promise((take, refuse) => {
    // From then on the answer itself tells what becomes of it.
    let hasAnswered = false
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
      {
        hostname: way?.host ?? host,
        ...(way === null || isIP(host) !== 0 ? {} : { servername: host }),
        ...(url.port === '' ? {} : { port: url.port }),
        path: `${url.pathname}${url.search}`,
        agent: way?.agent ?? false,
        lookup: judged,
        headers: {
          ...(way === null ? {} : { host: url.host }),
          accept: 'image/*',
          'accept-encoding': 'identity',
          'user-agent': 'Pail',
        },
        signal: timer,
      },
      (response) => {
        hasAnswered = true
        const { statusCode: status = 0 } = response
        const { location } = response.headers
        if (location !== undefined && [301, 302, 303, 307, 308].includes(status)) {
          take({ location })
          response.on('error', () => undefined).destroy()
          return
        }
        const problem = status === 200 ? null : statusProblem(url, status)
        if (problem === null) readAll(response, url, mostBytes, timer).then(take, refuse)
        else {
          refuse(problem)
          response.on('error', () => undefined).destroy()
        }
      },
    )
    request.setTimeout(idleMs, () =>
      request.destroy(Object.assign(new Error('Nothing came in time'), { code: 'ETIMEDOUT' })),
    )
    const unanswered = (error: Error | null) => {
      if (!hasAnswered) refuse(networkProblem(url, timer.aborted, error))
    }
    request.on('error', unanswered)
    // An abort before any answer closes the request without an error event on some versions of Node.
    request.on('close', () => unanswered(null))
    request.end()
  })
}

function readAll(
  response: http.IncomingMessage,
  url: URL,
  mostBytes: number,
  timer: AbortSignal,
): Promise<Buffer> {
  return new Promise((take, refuse) => {
    const end = (error: Failure) => {
      refuse(error)
      response.destroy()
    }
    const cutOff = () =>
      timer.aborted ? tooLate(url) : refused(`“${url.host}” broke off in the middle of the picture.`, true)
    const chunks: Buffer[] = []
    let size = 0
    response.on('error', () => end(cutOff()))
    response.on('close', () => {
      if (!response.complete) end(cutOff())
    })
    if (Number(response.headers['content-length'] ?? 0) > mostBytes) {
      end(tooLarge(mostBytes))
      return
    }
    response.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size > mostBytes) end(tooLarge(mostBytes))
      else chunks.push(chunk)
    })
    response.on('end', () => {
      if (response.complete) take(Buffer.concat(chunks))
    })
  })
}

function isPublic(address: string): boolean {
  return classifyAddress(address) === 'public'
}

function statusProblem(url: URL, status: number): Failure {
  if (status === 401 || status === 403)
    return refused(`“${url.host}” gives the picture only to those who are signed in there (${status}).`)
  if (status === 404 || status === 410)
    return refused(`“${url.host}” has no picture there any more (${status}).`)
  return refused(`“${url.host}” answered with status ${status}.`, status === 429 || status >= 500)
}

function networkProblem(url: URL, isLate: boolean, error: Error | null): Failure {
  const told = error === null ? null : toFailure(error).error
  if (told?.code === 'proxy') return refused(told.message, told.retryable)
  const mapped = told?.code ?? 'unreachable'
  const systemCode = (error as NodeJS.ErrnoException | null)?.code
  if (systemCode === refusedAddressCode) return notPublic(url)
  const words: Partial<Record<string, string>> = {
    dns: `The name “${url.host}” was not found.`,
    timeout: `“${url.host}” did not answer in time.`,
    tls: `The secure connection to “${url.host}” could not be made.`,
  }
  if (isLate) return tooLate(url)
  return refused(words[mapped] ?? `“${url.host}” cannot be reached.`, mapped !== 'tls')
}

function tooLate(url: URL): Failure {
  return refused(`“${url.host}” took too long to send the picture.`, true)
}

function notPublic(url: URL): Failure {
  return refused(
    `“${url.host}” is this computer or in a private network; pictures come from public addresses.`,
  )
}

function tooLarge(mostBytes: number): Failure {
  return refused(`The picture is larger than ${Math.floor(mostBytes / 1024 / 1024)} MiB.`)
}

function refused(why: string, retryable = false): Failure {
  return failure('picture-not-fetched', why, { retryable })
}
