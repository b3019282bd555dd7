import type { LookupAddress } from 'node:dns'
import { BlockList, isIP, isIPv4 } from 'node:net'
import type { LookupFunction } from 'node:net'

/** How far away an address is; `forbidden` is never connected to (S29). */
export type AddressClass = 'loopback' | 'private' | 'public' | 'forbidden'

/** The `code` of the error with which the lookup refuses an address. */
export const refusedAddressCode = 'PAIL_ADDRESS_REFUSED'

/** The `code` of the error with which the lookup refuses plain http to an address that is not this computer. */
export const insecureAddressCode = 'PAIL_ADDRESS_INSECURE'

const forbidden = new BlockList()
forbidden.addSubnet('0.0.0.0', 8) // unspecified, "this network"
forbidden.addSubnet('169.254.0.0', 16) // link-local, with the metadata services of most clouds
forbidden.addAddress('100.100.100.200') // Alibaba metadata
forbidden.addAddress('168.63.129.16') // Azure wire server
forbidden.addAddress('192.0.0.192') // Oracle metadata
forbidden.addSubnet('224.0.0.0', 3) // multicast, reserved, broadcast
forbidden.addAddress('::', 'ipv6')
forbidden.addSubnet('fe80::', 10, 'ipv6')
forbidden.addSubnet('fec0::', 10, 'ipv6')
forbidden.addSubnet('ff00::', 8, 'ipv6')
forbidden.addAddress('fd00:ec2::254', 'ipv6') // AWS metadata
forbidden.addAddress('fd20:ce::254', 'ipv6') // Google metadata
forbidden.addAddress('fd00:c1::a9fe:a9fe', 'ipv6') // Oracle metadata

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

const privateNetworks = new BlockList()
privateNetworks.addSubnet('10.0.0.0', 8)
privateNetworks.addSubnet('172.16.0.0', 12)
privateNetworks.addSubnet('192.168.0.0', 16)
privateNetworks.addSubnet('100.64.0.0', 10)
privateNetworks.addSubnet('fc00::', 7, 'ipv6')

/**
 * What kind of address this is. Takes an IPv4 or IPv6 literal, without brackets; anything else is `forbidden`.
 * IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4) are judged by what they carry.
 */
export function classifyAddress(address: string): AddressClass {
  const bare = address.replace(/%.*$/, '')
  const version = isIP(bare)
  if (version === 0) return 'forbidden'
  if (version === 4) return classify(bare, 'ipv4')
  const carried = embeddedIPv4(bare)
  if (carried !== null) return classify(carried, 'ipv4')
  return classify(bare, 'ipv6')
}

function classify(address: string, family: 'ipv4' | 'ipv6'): AddressClass {
  if (forbidden.check(address, family)) return 'forbidden'
  if (loopback.check(address, family)) return 'loopback'
  if (privateNetworks.check(address, family)) return 'private'
  return 'public'
}

/** The eight groups of an IPv6 literal that `isIP` has accepted. */
function ipv6Groups(address: string): number[] {
  let text = address.toLowerCase()
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  if (dotted) {
    const [a, b, c, d] = dotted.slice(2).map(Number) as [number, number, number, number]
    text = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  }
  const [head = '', tail] = text.split('::')
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const first = parse(head)
  if (tail === undefined) return first
  const last = parse(tail)
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
}

function embeddedIPv4(address: string): string | null {
  const g = ipv6Groups(address)
  const dotted = (high = 0, low = 0) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  const zeros = (count: number) => g.slice(0, count).every((group) => group === 0)
  if (zeros(5) && g[5] === 0xffff) return dotted(g[6], g[7])
  if (zeros(4) && g[4] === 0xffff && g[5] === 0) return dotted(g[6], g[7])
  // `::` and `::1` look like compatible addresses too; they have meanings of their own.
  if (zeros(6) && (g[6] !== 0 || (g[7] ?? 0) > 1)) return dotted(g[6], g[7])
  if (g[0] === 0x64 && g[1] === 0xff9b && g.slice(2, 6).every((group) => group === 0))
    return dotted(g[6], g[7])
  if (g[0] === 0x2002) return dotted(g[1], g[2])
  return null
}

/**
 * Whether a host, without brackets, is a literal address that is never connected to (S29). Node connects to a literal
 * without asking the resolver, so that {@link guardedLookup} does not see it; what a name leads to is for that to judge.
 */
export function isForbiddenLiteral(host: string): boolean {
  return isIP(host) !== 0 && classifyAddress(host) === 'forbidden'
}

/** Whether a host name or literal (brackets allowed) always means this computer (RFC 6761). */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
  if (isIP(host) !== 0) return classifyAddress(host) === 'loopback'
  return host === 'localhost' || host.endsWith('.localhost')
}

/** The system's resolver, which is loaded and reads its configuration when a name is first asked for. */
const systemLookup: LookupFunction = (...args) =>
  (process.getBuiltinModule('node:dns').lookup as LookupFunction)(...args)

/** Which addresses a {@link guardedLookup} answers. */
interface LookupGuard {
  /** Nothing but this computer (plain http without consent, S28). */
  readonly loopbackOnly: boolean
  /** What else an address has to be. */
  readonly allows?: ((address: string) => boolean) | undefined
  /** In place of the system's resolver. */
  readonly lookup?: LookupFunction | undefined
}

/**
 * A resolver that refuses forbidden addresses at the moment of connecting, whatever the name resolved to before
 * (DNS rebinding, S29). Of several addresses each has to be allowed.
 */
export function guardedLookup(options: LookupGuard): LookupFunction {
  const base = options.lookup ?? systemLookup
  return (hostname, lookupOptions, callback) => {
    const answer = (found: LookupAddress[]) => {
      const first = found[0]
      const problem =
        first === undefined ? refusal('ENOTFOUND', hostname) : addressProblem(hostname, found, options)
      if (problem !== null || first === undefined) callback(problem, [])
      else if (lookupOptions.all === true) callback(null, found)
      else callback(null, first.address, first.family)
    }
    if (options.lookup === undefined && /(^|\.)localhost\.?$/i.test(hostname)) {
      answer([
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ])
      return
    }
    base(hostname, lookupOptions, (error, addresses, family) => {
      if (error !== null) callback(error, [])
      else if (Array.isArray(addresses)) answer(addresses)
      else answer([{ address: addresses, family: family ?? (isIPv4(addresses) ? 4 : 6) }])
    })
  }
}

function addressProblem(
  hostname: string,
  found: readonly LookupAddress[],
  { loopbackOnly, allows }: LookupGuard,
): NodeJS.ErrnoException | null {
  for (const { address } of found) {
    const kind = classifyAddress(address)
    if (kind === 'forbidden' || allows?.(address) === false) return refusal(refusedAddressCode, hostname)
    if (loopbackOnly && kind !== 'loopback') return refusal(insecureAddressCode, hostname)
  }
  return null
}

function refusal(code: string, hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code} ${hostname}`), { code, hostname })
}
