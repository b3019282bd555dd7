import { expect } from 'playwright/test'
import { test } from './host.ts'

/** The policy as the checklist has it; what is not named falls back to nothing. */
const policy: Record<string, string> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' blob:",
  'connect-src': "'self'",
  'font-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'object-src': "'none'",
  'require-trusted-types-for': "'script'",
}

test('S5 S6 every answer of the page’s protocol carries the policy, and nothing beside the page is served', async ({
  host,
}) => {
  const own = await host.page.evaluate(() =>
    [...document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>('script, link')].map((element) =>
      'src' in element ? element.src : element.href,
    ),
  )
  // The page itself may not even fetch; the session that it lives in may.
  const ask = (urls: readonly string[]) =>
    host.electron!.evaluate(
      ({ session }, asked) =>
        Promise.all(
          asked.map(async (url) => {
            const response = await session
              .fromPartition('pail')
              .fetch(url)
              .catch(() => null)
            return {
              url,
              status: response?.status ?? 'no answer',
              policy: response?.headers.get('content-security-policy') ?? '',
              sniff: response?.headers.get('x-content-type-options') ?? '',
            }
          }),
        ),
      [...urls],
    )
  const base = 'app://bundle/'
  const elsewhere = [
    'missing.js',
    '../package.json',
    '%2e%2e/main/index.js',
    '%5c..%5cpackage.json',
    'main/index.js',
  ]
  const answers = {
    served: await ask([base, `${base}index.html`, ...own]),
    not: await ask([...elsewhere.map((path) => base + path), 'app://evil/index.html']),
  }
  expect(answers.served.length).toBeGreaterThanOrEqual(4)
  for (const { url, status } of answers.served) expect(status, url).toBe(200)
  for (const { url, status } of answers.not) expect(status, url).not.toBe(200)
  const answered = [...answers.served, ...answers.not].filter(({ status }) => status !== 'no answer')
  for (const { url, policy: found, sniff } of answered) {
    const directives = new Map(
      found.split(';').map((part) => {
        const [name = '', ...values] = part.trim().split(/\s+/)
        return [name, values.join(' ')] as const
      }),
    )
    for (const [name, value] of Object.entries(policy))
      expect(directives.get(name), `${name} of ${url}`).toBe(value)
    expect(found, url).not.toMatch(/unsafe-|\*|data:|https?:/)
    expect(sniff, url).toBe('nosniff')
  }
})

test('S12 S14 a frame within the page has nothing to call with', async ({ host }) => {
  const found = await host.page.evaluate(async () => {
    const frame = document.createElement('iframe')
    document.body.append(frame)
    await new Promise((done) => setTimeout(done, 200))
    const inside = frame.contentWindow
    const keys = inside === null ? [] : ['api', 'require', 'process'].filter((name) => name in inside)
    frame.remove()
    return keys
  })
  expect(found).toEqual([])
})
