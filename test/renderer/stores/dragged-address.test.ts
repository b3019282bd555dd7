import { expect, it } from 'vitest'
import { draggedAddress, hostOfAddress } from '../../../src-renderer/stores/dragged-address.ts'

const dragged = (html: string, list = '') =>
  draggedAddress({ getData: (type) => (type === 'text/html' ? html : type === 'text/uri-list' ? list : '') })

const link = 'https://example.org/gallery/7'

it.each([
  ['<meta charset="utf-8"><img src="https://example.org/a.jpg" alt="x">', 'https://example.org/a.jpg'],
  [
    "<a href='/x'><IMG alt='a > b' SRC='https://example.org/a.jpg?w=1&amp;h=2'></a>",
    'https://example.org/a.jpg?w=1&h=2',
  ],
  ['<img data-src="https://other.example/b.jpg" src=https://example.org/a.jpg>', 'https://example.org/a.jpg'],
  ['<img src="https://example.org/&#233;&#x41;.png">', 'https://example.org/éA.png'],
  ['<img src="data:image/png;base64,AAAA">', 'data:image/png;base64,AAAA'],
  // The address of the link around it, where the picture has none that could be fetched.
  ['<img src="/relative.png">', link],
  ['<img src="blob:https://example.org/1">', link],
  ['<img src="javascript:alert(1)">', link],
  ['<img src="file:///etc/passwd">', link],
  ['<img src="data:text/html,x">', link],
  ['<p>only words</p>', link],
  ['<img src="&#x110000;">', link],
])('of %s it is %s', (html, address) => {
  expect(dragged(html, `# a comment\r\n${link}\r\nhttps://example.org/other\r\n`)).toBe(address)
})

it.each(['', '# nothing', 'file:///etc/passwd', 'javascript:alert(1)', 'mailto:a@example.org', 'http://'])(
  'of the list %j alone there is none',
  (list) => expect(dragged('', list)).toBeNull(),
)

it('has a host only on the web', () => {
  expect(hostOfAddress('https://example.org:8443/a')).toBe('example.org:8443')
  expect(hostOfAddress('data:image/png;base64,AAAA')).toBeNull()
})
