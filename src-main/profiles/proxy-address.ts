import { failure } from '../../src-preload/contract/failure.ts'
import type { ProfileProxy } from '../../src-preload/contract/profile.ts'
import { isForbiddenLiteral } from '../s3/address-policy.ts'

/** The address of a proxy, taken apart; `problem` says in a sentence, without it, why it is none. */
export interface ProxyAddress {
  /** Scheme, host and port. */
  readonly origin: string
  /** Empty when there is none. */
  readonly userName: string
  readonly password: string
  readonly problem: string | null
}

/**
 * Reads the address of a proxy: `http://` or `https://`, a host and perhaps a port, before it perhaps a user with a
 * password; without a scheme it is http. Pure; nothing of a wrong one is in its answer, for it may hold a password.
 */
export function readProxyAddress(text: string): ProxyAddress {
  const wrong = (problem: string) => ({ origin: '', userName: '', password: '', problem })
  const trimmed = text.trim()
  if (/^socks/i.test(trimmed))
    return wrong('It is a SOCKS proxy, which Pail cannot use. An http or https proxy is needed.')
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`
  if (!/^https?:\/\//i.test(whole) || /[\s\p{Cc}\\]/u.test(trimmed) || !URL.canParse(whole))
    return wrong('It is no address of a proxy, such as http://proxy.example.org:3128.')
  const url = new URL(whole)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return wrong('Nothing stands behind the host and port of a proxy.')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isForbiddenLiteral(host))
    return wrong('Pail does not connect there: it is a link-local, metadata or unusable address.')
  try {
    const userName = decodeURIComponent(url.username)
    const password = decodeURIComponent(url.password)
    if (/[\p{Cc}]/u.test(userName + password) || userName.includes(':'))
      return wrong('Its user name or password has characters that no proxy takes.')
    return { origin: url.origin, userName, password, problem: null }
  } catch {
    return wrong('Its user name or password is not written with %XX for special characters.')
  }
}

/** A profile's proxy as it is kept. Throws `invalid-argument` for an address that is none, or holds a password. */
export function checkedProxy(proxy: ProfileProxy): ProfileProxy {
  if (proxy.type === 'none') return proxy
  const { origin, userName, password, problem } = readProxyAddress(proxy.url)
  if (problem !== null) throw failure('invalid-argument', `The proxy: ${problem}`)
  if (password !== '' || (userName !== '' && proxy.userName !== undefined))
    throw failure('invalid-argument', 'User name and password of a proxy have places of their own.')
  const name = (proxy.userName ?? userName).trim()
  if (/[:\p{Cc}]/u.test(name))
    throw failure('invalid-argument', 'The user name of a proxy has no colon and no control characters.')
  return { type: 'address', url: origin, ...(name === '' ? {} : { userName: name }) }
}
