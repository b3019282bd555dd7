/** What crosses as one address at most; the bytes of a picture may be in it (`data:`). */
const longestAddress = 44_000_000

/**
 * The address of a picture that was dragged out of a web page as text: the picture's own (`<img src>`) before that of
 * the link around it. Null when there is none that could be fetched. What the page wrote is never made into a document.
 */
export function draggedAddress(data: Pick<DataTransfer, 'getData'>): string | null {
  const html = data.getData('text/html')
  const tag = /<img\b(?:[^>"']|"[^"]*"|'[^']*')*>/i.exec(html.slice(0, longestAddress))?.[0] ?? ''
  const source = /\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))/i.exec(tag)
  const image = unescaped(source?.[1] ?? source?.[2] ?? source?.[3] ?? '').trim()
  const [link = ''] = data
    .getData('text/uri-list')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
  return [image, link.trim()].find(isFetchable) ?? null
}

/** The host of an address, for a person; of a picture in its own address there is none. */
export function hostOfAddress(address: string): string | null {
  return /^https?:/i.test(address) && URL.canParse(address) ? new URL(address).host : null
}

function isFetchable(address: string): boolean {
  return (
    address.length <= longestAddress &&
    (/^data:image\//i.test(address) || (/^https?:\/\//i.test(address) && URL.canParse(address)))
  )
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** An attribute's text without its escapes; those that an address does not need stay as they are. */
function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
