/** What Windows opens at most, in characters (Electron, `shell.openExternal`); everything else opens more. */
export const longestMailto = 2081

/**
 * The `mailto:` URL of a letter without a recipient: the person chooses one in their mail program. Everything of both
 * texts is percent-encoded, so that they can begin no other field, no attachment and no recipient; a line of the body ends
 * with CRLF (RFC 6068). Pure.
 */
export function mailtoUrl(subject: string, body: string): string {
  return `mailto:?subject=${encoded(subject.replace(/\s+/g, ' '))}&body=${encoded(body.replace(/\r\n|\r|\n/g, '\r\n'))}`
}

/** Whether a URL is one that {@link mailtoUrl} makes: a subject and a body, and nothing else. */
export function isPlainMailto(url: string): boolean {
  return /^mailto:\?subject=(?:[\w.~-]|%(?!0|1|7F)[0-9A-F]{2})*&body=(?:[\w.~-]|%(?!0|1|7F)[0-9A-F]{2}|%0D%0A)*$/.test(
    url,
  )
}

function encoded(text: string): string {
  // A broken character has no UTF-8, and what steers a terminal or a header has no place in a letter.
  const clean = text
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    .replace(/\r\n|[\u0000-\u001f\u007f]/g, (found) => (found === '\r\n' ? found : ' '))
  return encodeURIComponent(clean).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
