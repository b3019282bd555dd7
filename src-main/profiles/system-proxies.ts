import type { FindProxy, HttpProxy } from '../s3/find-proxy.ts'
import { proxyFailure } from '../s3/find-proxy.ts'
import { readProxyAddress } from './proxy-address.ts'

/** For how long an answer of the system holds, in milliseconds: networks change while a window is open. */
const holdsMs = 30_000
/** A script of the network that has not been had by then is not waited for, in milliseconds. */
const withinMs = 10_000

/** The proxies of the system's settings, as Chromium tells them: `resolve` answers as a PAC script does. */
export function proxiesOfSystem(
  resolve: (url: string) => Promise<string>,
  now: () => number = Date.now,
): FindProxy {
  const known = new Map<string, { proxy: HttpProxy | null; untilMs: number }>()
  const asked = new Map<string, Promise<HttpProxy | null>>()

  async function ask(origin: string): Promise<HttpProxy | null> {
    const proxy = readPacAnswer(await inTime(resolve(`${origin}/`)))
    known.set(origin, { proxy, untilMs: now() + holdsMs })
    return proxy
  }

  return ({ origin }) => {
    const held = known.get(origin)
    if (held !== undefined && now() < held.untilMs) return held.proxy
    const running = asked.get(origin)
    if (running !== undefined) return running
    // Taken away when it is there, however soon that was: one that failed is asked again.
    const begun = ask(origin).finally(() => asked.delete(origin))
    asked.set(origin, begun)
    return begun
  }
}

async function inTime(answer: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          proxyFailure(
            'The system does not say which proxy to use. The profile can name one, or none, under Advanced.',
            { mayPass: true },
          ),
        ),
      withinMs,
    )
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The first way of a PAC script's answer that Pail can go (`PROXY a:3128; HTTPS b:443; SOCKS5 c:1080; DIRECT`); null for
 * straight there. Throws a Failure where there are only others.
 */
export function readPacAnswer(answer: string): HttpProxy | null {
  const ways = answer
    .split(';')
    .map((way) => way.trim().split(/\s+/))
    .filter(([kind]) => kind !== undefined && kind !== '')
  if (ways.length === 0) return null
  for (const [kind = '', at = ''] of ways) {
    const name = kind.toUpperCase()
    if (name === 'DIRECT') return null
    if (name !== 'PROXY' && name !== 'HTTP' && name !== 'HTTPS') continue
    const { origin, problem } = readProxyAddress(`${name === 'HTTPS' ? 'https' : 'http'}://${at}`)
    if (problem === null) return { origin, authorization: null, saidBy: 'system' }
  }
  const isSocks = ways.some(([kind = '']) => /^SOCKS/i.test(kind))
  throw proxyFailure(
    isSocks
      ? 'The system’s settings name a SOCKS proxy, which Pail cannot use. Name an http proxy in the profile, or none, under Advanced.'
      : 'The system’s settings name a proxy that Pail does not understand. Name one in the profile, or none, under Advanced.',
  )
}
