import { X509Certificate } from 'node:crypto'
import { failure } from '../../src-preload/contract/failure.ts'

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The certificates of a private authority, one after another in PEM and without what may stand around them; null where
 * there are none. Throws `invalid-argument` for text that is no certificate, or holds a private key.
 */
export function checkedAuthority(text: string | undefined): string | null {
  if (text === undefined || text.trim() === '') return null
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw failure(
      'invalid-argument',
      'This holds a private key, which nobody but the service may have. Give only the certificate of its authority.',
    )
  const found = text.match(certificate) ?? []
  if (found.length === 0)
    throw failure(
      'invalid-argument',
      'This is not a certificate in PEM: it begins with -----BEGIN CERTIFICATE-----.',
    )
  return found.map((one, index) => canonical(one, index, found.length)).join('')
}

function canonical(one: string, index: number, count: number): string {
  try {
    return new X509Certificate(one).toString()
  } catch (cause) {
    const which = count === 1 ? 'The certificate' : `Certificate ${index + 1} of ${count}`
    throw failure('invalid-argument', `${which} cannot be read. Was all of it copied?`, { cause })
  }
}
