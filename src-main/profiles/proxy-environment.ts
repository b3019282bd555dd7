import { BlockList, isIP } from 'node:net'
import type { FindProxy, HttpProxy } from '../s3/find-proxy.ts'
import { proxyAuthorization, proxyFailure } from '../s3/find-proxy.ts'
import { readProxyAddress } from './proxy-address.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** As curl does: in small letters first. Empty is as good as absent. */
function valueOf(variables: Variables, name: string): string | undefined {
  return variables[name.toLowerCase()]?.trim() || variables[name]?.trim() || undefined
}

/**
 * The proxies that the environment names: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, `ALL_PROXY` for what has none of
 * its own, and none for the hosts of `NO_PROXY`. `onSecret` is told what the log must never show (S25).
 */
export function proxiesOfEnvironment(variables: Variables, onSecret: (value: string) => void): FindProxy {
  const isExcluded = readNoProxy(valueOf(variables, 'NO_PROXY') ?? '')
  const read = new Map<string, HttpProxy>()
  return (url) => {
    const own = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
    // A web server gives its programs a header of their callers under this name.
    const isForged = own === 'HTTP_PROXY' && variables['REQUEST_METHOD'] !== undefined
    const ofScheme = isForged ? variables['http_proxy']?.trim() || undefined : valueOf(variables, own)
    const name = ofScheme === undefined ? 'ALL_PROXY' : own
    const value = ofScheme ?? valueOf(variables, 'ALL_PROXY')
    if (value === undefined || isExcluded(url)) return null
    const known = read.get(value)
    if (known !== undefined) return known
    const { origin, userName, password, problem } = readProxyAddress(value)
    // Its value is not repeated: it may hold a password.
    if (problem !== null) throw proxyFailure(`${name} in the environment: ${problem}`)
    const authorization =
      userName === '' && password === '' ? null : proxyAuthorization(userName, password, onSecret)
    const proxy = { origin, authorization, saidBy: 'environment' } as const
    read.set(value, proxy)
    return proxy
  }
}

/**
 * Which hosts `NO_PROXY` names, one after another with commas or spaces between: a name with all names below it, with a
 * dot or `*.` before it only those below; an address; a network (`10.0.0.0/8`); each perhaps with a port; `*` for all.
 */
export function readNoProxy(text: string): (url: Readonly<URL>) => boolean {
  const rules = text
    .toLowerCase()
    .split(/[\s,]+/)
    .flatMap((entry) => ruleOf(entry) ?? [])
  return (url) => {
    const host = bare(url.hostname.toLowerCase())
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
    return rules.some((matches) => matches(host, port))
  }
}

type Rule = (host: string, port: number) => boolean

function ruleOf(entry: string): Rule | null {
  if (entry === '') return null
  if (entry === '*') return () => true
  const network = /^\[?([0-9a-f:.]+)\]?\/(\d{1,3})$/.exec(entry)
  if (network) return networkRule(network[1] ?? '', Number(network[2]))
  const ported = isIP(entry) === 0 ? /^(.+):(\d{1,5})$/.exec(entry) : null
  const port = ported === null ? null : Number(ported[2])
  const name = bare(ported?.[1] ?? entry)
  const matches = nameRule(name)
  return (host, at) => (port === null || port === at) && matches(host)
}

function nameRule(name: string): (host: string) => boolean {
  if (isIP(name) !== 0) {
    const same = new BlockList()
    same.addAddress(name, isIP(name) === 6 ? 'ipv6' : 'ipv4')
    return (host) => isIP(host) !== 0 && same.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
  }
  const below = name.replace(/^\*?\./, '')
  if (below === '') return () => false
  const isBelowOnly = below !== name
  return (host) => isIP(host) === 0 && ((!isBelowOnly && host === below) || host.endsWith(`.${below}`))
}

function networkRule(address: string, bits: number): Rule | null {
  const family = isIP(address)
  if (family === 0 || bits > (family === 6 ? 128 : 32)) return null
  const network = new BlockList()
  network.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4')
  return (host) => isIP(host) !== 0 && network.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
