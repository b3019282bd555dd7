import { describe, expect, it } from 'vitest'
import { formatLinks } from '../../src-preload/contract/format-links.ts'

const url = 'https://static.example.org/media/team-photo_1.jpg'
const photo = { url, name: 'team-photo_1.jpg', pixels: { width: 1200, height: 800 } }
const report = { url: 'https://example.org/r.pdf?a=1&b=2', name: 'r [final].pdf', pixels: null }

describe('formatLinks', () => {
  it.each([
    ['url', `${url}\n${report.url}`],
    ['list', `team-photo_1.jpg: ${url}\nr [final].pdf: ${report.url}`],
    ['markdown', `![team photo 1](${url})\n[r \\[final\\].pdf](${report.url})`],
    [
      'html',
      `<img src="${url}" width="1200" height="800" alt="team photo 1">\n<a href="https://example.org/r.pdf?a=1&amp;b=2">r [final].pdf</a>`,
    ],
  ] as const)('%s', (format, text) => expect(formatLinks([photo, report], format)).toBe(text))

  it('S37 a hostile name stays text', () => {
    const evil = { url, name: '"><img src=x onerror=alert(1)>\n.png', pixels: null }
    expect(formatLinks([evil], 'html')).toBe(
      `<img src="${url}" alt="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;">`,
    )
    expect(formatLinks([evil], 'list').split('\n')).toHaveLength(1)
    expect(formatLinks([{ ...evil, name: 'a](javascript:x)\u2028.txt' }], 'markdown')).toBe(
      `[a\\](javascript:x) .txt](${url})`,
    )
  })

  it('an address with parentheses and quotes, as Django prints it, stays one address', () => {
    const address = "https://static.example.org/it's%20(1)!*.pdf?Signature=a"
    const one = [{ url: address, name: "it's (1).pdf", pixels: null }]
    expect(formatLinks(one, 'markdown')).toBe(
      "[it's (1).pdf](https://static.example.org/it's%20\\(1\\)!*.pdf?Signature=a)",
    )
    expect(formatLinks(one, 'html')).toBe(
      '<a href="https://static.example.org/it&#39;s%20(1)!*.pdf?Signature=a">it&#39;s (1).pdf</a>',
    )
    expect(formatLinks(one, 'url')).toBe(address)
  })
})
