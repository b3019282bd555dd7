import { request as send } from 'node:http'
import { contentTypeFor } from '../../src-main/s3/content-type.ts'

/** An object, by where it is. */
export interface ObjectPlace {
  readonly bucket: string
  readonly key: string
}

/** A server that links lead to, as a test knows it: it reads what is there by itself, and not through Pail. */
export interface LinkServer {
  /** http://HOST:PORT; links of other hosts are asked for here, too, under the name that they have. */
  readonly address: string
  /** Whether links have this server's address for their own: how those at custom domains are told apart. */
  readonly isStorage: boolean
  /** What a link is about; null when the bucket is not there. */
  objectOf(url: URL): Promise<ObjectPlace | null>
  /** The whole content, read by the test itself; null when there is none. */
  read(object: ObjectPlace): Promise<Buffer | null>
  /** How links are seen to end: by a clock that the test sets, or by links of its own that have just ended. */
  readonly end:
    | { readonly by: 'clock'; setAhead(ms: number): Promise<void> | void }
    | { readonly by: 'own links'; sign(link: URL, signedAt: Date, expiresInSeconds: number): Promise<string> }
}

/** What kind of link it is, by its own parameters. */
export type LinkKind = 'public' | 'custom-domain' | 'presigned' | 'download-as' | 'upload' | 'cloudfront'

/** A link as it stands in a text, and what of it can be read without asking. */
export interface Link {
  readonly url: string
  readonly kind: LinkKind
  /** In milliseconds since 1970; null for one without an end. */
  readonly endsAtMs: number | null
}

/** Every link in a text: plain, quoted for a shell, in HTML, Markdown or JSON. */
export function linksIn(text: string): string[] {
  const isMarkup = /(?:href|src)="https?:/.test(text)
  return [...text.matchAll(/(\]\()?(?:'(https?:\/\/[^\s"'<>]+)|(https?:\/\/[^\s"<>]+))/g)].map(
    ([, markdown, quoted, plain = '']) => {
      const url = quoted ?? plain
      const whole =
        markdown === undefined ? url : /^(?:[^\\()]|\\.|\([^()]*\))*/.exec(url)![0].replace(/\\(.)/g, '$1')
      return isMarkup ? whole.replaceAll('&amp;', '&').replaceAll('&#39;', "'") : whole
    },
  )
}

/** Reads a link; `server` is the one it leads to. */
export function readLink(url: string, server: LinkServer): Link {
  const { searchParams } = new URL(url)
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? []
  if (year !== undefined) {
    const signedAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
    const isUpload = searchParams.get('X-Amz-SignedHeaders')?.includes('content-type') === true
    const kind = isUpload
      ? 'upload'
      : searchParams.has('response-content-disposition')
        ? 'download-as'
        : 'presigned'
    return { url, kind, endsAtMs: signedAtMs + Number(searchParams.get('X-Amz-Expires')) * 1000 }
  }
  const expires = searchParams.get('Expires')
  if (expires !== null && searchParams.has('Key-Pair-Id'))
    return { url, kind: 'cloudfront', endsAtMs: Number(expires) * 1000 }
  if (/signature/i.test(url.slice(url.indexOf('?') >>> 0))) throw new Error(`No link that is known: ${url}`)
  return { url, kind: server.isStorage ? 'public' : 'custom-domain', endsAtMs: null }
}

interface Answer {
  readonly status: number
  readonly body: Buffer
}

/** Asks as somebody who has nothing but the link; the host is named as the link names it, whoever stands before it. */
export function askFor(
  server: LinkServer,
  url: string,
  more: { method?: string; body?: Buffer; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { host } = new URL(url)
  const target = url.slice(url.indexOf('/', url.indexOf('//') + 2))
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.address)
    const request = send(
      {
        hostname,
        port,
        path: target,
        method: more.method ?? 'GET',
        headers: { ...more.headers, host },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(more.body)
  })
}

/** As {@link askFor}, as the link is meant: read, or uploaded to with the headers that it was signed for. */
function use(
  server: LinkServer,
  { kind }: Link,
  url: string,
  key: string,
  type = contentTypeFor(key),
): Promise<Answer> {
  if (kind !== 'upload') return askFor(server, url)
  const body = theirs(key)
  const guard = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.includes('if-none-match') === true
  return askFor(server, url, {
    method: 'PUT',
    body,
    headers: {
      'content-type': type,
      'content-length': String(body.length),
      ...(guard ? { 'if-none-match': '*' } : {}),
    },
  })
}

/** What the test sends with an upload link. */
const theirs = (key: string): Buffer => Buffer.from(`sent to ${key} by somebody without keys`)

/**
 * What is wrong with a link that is out: nothing when it leads to the very bytes that the test reads there itself. Upload
 * links are looked at in {@link proveLink} alone.
 */
export async function lookAtLink(server: LinkServer, link: Link, object: ObjectPlace): Promise<string[]> {
  if (link.kind === 'upload') return []
  const content = await server.read(object)
  if (content === null) return ['leads to no object']
  return leadsTo(content, await askFor(server, link.url))
}

function leadsTo(content: Buffer, { status, body }: Answer): string[] {
  if (status !== 200) return [`is answered with ${status}: ${body.toString().slice(0, 300)}`]
  return body.equals(content) ? [] : ['leads to other bytes than those of its object']
}

/** The same link with one thing changed, by what it is. */
function changed({ url, kind }: Link): Record<string, string> {
  const flipped = (_: string, name: string, first: string) => `${name}${first === '0' ? '1' : '0'}`
  // The last segment's first character: another key, which needs another signature.
  const otherKey = url.replace(/\/([^/?]+)\?/, (_, segment: string) => `/other-${segment}?`)
  return kind === 'cloudfront'
    ? {
        'another signature': url.replace(/([?&]Signature=)(.)/, flipped),
        'another key': otherKey,
        'a later end': url.replace(
          /([?&]Expires=)(\d+)/,
          (_, name: string, end: string) => `${name}${Number(end) + 3600}`,
        ),
        'no signature': url.slice(0, url.indexOf('?')),
      }
    : {
        'another signature': url.replace(/(X-Amz-Signature=)(.)/, flipped),
        'another key': otherKey,
        'a later end': url.replace(
          /X-Amz-Expires=(\d+)/,
          (_, life: string) => `X-Amz-Expires=${Number(life) + 1}`,
        ),
        'another date': url.replace(
          /X-Amz-Date=(\d{8}T\d{5})(\d)/,
          (_, rest: string, digit: string) => `X-Amz-Date=${rest}${digit === '0' ? 1 : 0}`,
        ),
      }
}

/**
 * What is wrong with a link, now that nothing more is done to its object: a link leads to its bytes until the second before
 * its end and not after; with anything changed it is refused.
 */
export async function proveLink(server: LinkServer, link: Link, object: ObjectPlace): Promise<string[]> {
  const { end } = server
  const { endsAtMs } = link
  if (endsAtMs === null) return lookAtLink(server, link, object)
  const problems: string[] = []
  // Read by this computer's clock, as is what comes of an upload.
  const before = await server.read(object)
  let uploaded: Answer | null = null
  const at = async (ms: number) => {
    if (end.by === 'clock') await end.setAhead(ms - Date.now())
  }
  const isRefused = async (what: string, url: string, type?: string) => {
    const { status } = await use(server, link, url, object.key, type)
    // S3 says 400 of a life that is longer than it allows.
    if (status !== 403 && status !== 400) problems.push(`with ${what} is answered with ${status}`)
  }
  try {
    await at(endsAtMs - 1500)
    if (link.kind !== 'upload' && (end.by === 'clock' || Date.now() < endsAtMs - 1500)) {
      if (before === null) problems.push('leads to no object')
      else problems.push(...leadsTo(before, await askFor(server, link.url)))
    }
    for (const [what, url] of Object.entries(changed(link))) {
      if (url === link.url) problems.push(`could not be changed: ${what}`)
      await isRefused(what, url)
    }
    if (link.kind === 'upload') {
      // After the changed ones: one that were taken would have changed what is there.
      await isRefused('another type', link.url, 'application/x-other')
      uploaded = await use(server, link, link.url, object.key)
    }
    await at(endsAtMs + 1000)
    if (end.by === 'clock') await isRefused('its end behind it', link.url)
    else {
      // The signature holds date and life; that the server keeps them is seen from links that differ in them alone.
      const life = Number(new URL(link.url).searchParams.get('X-Amz-Expires'))
      const sign = (ms: number) => end.sign(new URL(link.url), new Date(ms), life)
      await isRefused('its end behind it', await sign(Date.now() - (life + 2) * 1000))
      if (life > 20) {
        const almost = await use(server, link, await sign(Date.now() - (life - 20) * 1000), object.key)
        if (![200, 412].includes(almost.status))
          problems.push(`20 seconds before its end is answered with ${almost.status}`)
      }
    }
  } finally {
    if (end.by === 'clock') await end.setAhead(0)
  }
  if (uploaded !== null) problems.push(...(await hasArrived(server, object, before, uploaded)))
  return problems
}

/** Of an upload: what was sent is there; where something is to stay, that is there as it was. */
async function hasArrived(
  server: LinkServer,
  object: ObjectPlace,
  before: Buffer | null,
  { status, body }: Answer,
): Promise<string[]> {
  const wanted = status === 412 ? before : theirs(object.key)
  if (wanted === null || (status !== 200 && status !== 412))
    return [`takes no upload: ${status} ${body.toString().slice(0, 300)}`]
  const after = await server.read(object)
  return after?.equals(wanted) === true ? [] : ['was used, and other bytes are there than were sent']
}
