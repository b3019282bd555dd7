/** What stands in place of what was removed. */
const mark = '[removed]'

/** Values of these are never written, whatever the separator: headers, query parameters, JSON fields, inspected objects. */
const secretNames = [
  'X-Amz-Signature',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'AWSAccessKeyId',
  'Signature',
  'Authorization',
  'Proxy-Authorization',
  'Set-Cookie',
  'Cookie',
  'secretAccessKey',
  'accessKeyId',
  'sessionToken',
  'aws_secret_access_key',
  'aws_access_key_id',
  'aws_session_token',
  'password',
]

/** A name as it is, or with its hyphens and underscores percent-encoded, once or twice. */
function nameSource(name: string): string {
  return name.replace(
    /[-_]/g,
    (separator) => `(?:${separator}|%(?:25)*${separator === '-' ? '2[dD]' : '5[fF]'})`,
  )
}

/**
 * `name`, a separator, a value. The value of a header goes to the end of the line (it has spaces, as in
 * `AWS4-HMAC-SHA256 Credential=…, Signature=…`); any other to the next delimiter.
 */
const headerValue = /((?:proxy-)?authorization|(?:set-)?cookie)(["'\\]*\s*[:=]\s*["'\\]*)[^\r\n]+/gi
const namedValue = new RegExp(
  `(${secretNames.map(nameSource).join('|')})(["'\\\\]*\\s*(?:[:=]|%(?:25)*3[aAdD])\\s*["'\\\\]*)[^\\s&"'\\\\,;<>)}\\]]+`,
  'gi',
)
/** Authentication schemes wherever they stand. */
const schemeValue = /\b(AWS4-HMAC-SHA256|AWS4-ECDSA-P256-SHA256|Bearer|Basic)(\s+)[^\s"',;]+[^\r\n"']*/g
const sigV2 = /\bAWS [A-Z0-9]{16,128}:[A-Za-z0-9+/=]{20,}/g
/** AWS's own access key IDs, long-lived and temporary; also within a longer word, which may be an encoding. */
const accessKeyId = /(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{12,124}/g

/** Removes what identifies or authorises from text, and the person's home folder. */
export interface Redactor {
  redact(text: string): string
  /** Removes this value from now on, plain and encoded. Values shorter than 6 characters would remove half the log. */
  addKnownSecret(secret: string): void
}

const minKnownSecretLength = 6

function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

function percentEncodeAll(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

/**
 * The part of a value's base64 that does not depend on what stands before and after it, for each of the three
 * alignments that it can have within a longer text.
 */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const fromStart = offset === 0 ? encoded : encoded.slice(offset + 1)
    // The last character holds bits of whatever follows, unless the bytes end on a boundary.
    return (offset + bytes.length) % 3 === 0 ? fromStart : fromStart.slice(0, -1)
  })
}

/** The forms in which a known value is looked for: as it is and as JSON, URL, base64 and hex encode it. */
function variantsOf(secret: string): { exact: string[]; anyCase: string[] } {
  const json = JSON.stringify(secret).slice(1, -1)
  const url = encodeURIComponent(secret)
  const base64 = base64Cores(secret)
  return {
    exact: [
      secret,
      json,
      JSON.stringify(json).slice(1, -1),
      ...base64,
      ...base64.map((core) => core.replaceAll('+', '-').replaceAll('/', '_')),
      ...base64.map((core) => encodeURIComponent(core)),
    ],
    anyCase: [
      url,
      encodeURIComponent(url),
      encodeURI(secret),
      new URLSearchParams({ v: secret }).toString().slice(2),
      // RFC 3986, as SigV4 signs it.
      url.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`),
      percentEncodeAll(secret),
      Buffer.from(secret, 'utf8').toString('hex'),
    ],
  }
}

/** Makes a redactor for a person whose files are below `homeDirectory` (null when there is none). */
export function createRedactor(homeDirectory: string | null): Redactor {
  const known = new Set<string>()
  let exact: RegExp | null = null
  let anyCase: RegExp | null = null
  const home =
    homeDirectory !== null && homeDirectory.length > 1 ? homeDirectory.replace(/[/\\]+$/, '') : null
  const homeForms =
    home === null
      ? []
      : [
          home,
          home.replaceAll('\\', '\\\\'),
          home.replaceAll('\\', '/'),
          encodeURI(home),
          encodeURIComponent(home),
        ]
  const homePattern =
    homeForms.length === 0
      ? null
      : // `/home/ann` is not part of `/home/annette`.
        new RegExp(`(?:${[...new Set(homeForms)].map(escapeForRegExp).join('|')})(?![A-Za-z0-9_-])`, 'g')

  function compile(variants: Iterable<string>, flags: string): RegExp | null {
    // Longest first, so that an encoded form is not cut by a shorter one within it.
    const forms = [...new Set(variants)].filter((form) => form.length >= minKnownSecretLength)
    forms.sort((a, b) => b.length - a.length)
    return forms.length === 0 ? null : new RegExp(forms.map(escapeForRegExp).join('|'), flags)
  }

  return {
    addKnownSecret(secret) {
      if (secret.length < minKnownSecretLength || known.has(secret)) return
      known.add(secret)
      const variants = [...known].map(variantsOf)
      exact = compile(
        variants.flatMap((each) => each.exact),
        'g',
      )
      anyCase = compile(
        variants.flatMap((each) => each.anyCase),
        'gi',
      )
    },
    redact(text) {
      let clean = text
      if (exact !== null) clean = clean.replace(exact, mark)
      if (anyCase !== null) clean = clean.replace(anyCase, mark)
      clean = clean
        .replace(headerValue, `$1$2${mark}`)
        .replace(schemeValue, `$1$2${mark}`)
        .replace(namedValue, `$1$2${mark}`)
        .replace(sigV2, mark)
        .replace(accessKeyId, mark)
      return homePattern === null ? clean : clean.replace(homePattern, '~')
    },
  }
}
