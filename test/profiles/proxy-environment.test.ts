import { describe, expect, it } from 'vitest'
import { proxiesOfEnvironment, readNoProxy } from '../../src-main/profiles/proxy-environment.ts'
import { readPacAnswer, proxiesOfSystem } from '../../src-main/profiles/system-proxies.ts'

const found = (variables: Record<string, string>, url: string) =>
  proxiesOfEnvironment(variables, () => undefined)(new URL(url))

const https = 'https://s3.example.org'
const http = 'http://s3.example.org'

describe('the proxy that the environment names', () => {
  it.each([
    [{ HTTPS_PROXY: 'http://p:3128' }, https, 'http://p:3128'],
    [{ HTTPS_PROXY: 'http://p:3128' }, http, null],
    [{ HTTP_PROXY: 'http://p:3128' }, http, 'http://p:3128'],
    [{ HTTP_PROXY: 'http://p:3128' }, https, null],
    [{ ALL_PROXY: 'https://p' }, http, 'https://p'],
    [{ ALL_PROXY: 'https://p', HTTPS_PROXY: 'http://q:1' }, https, 'http://q:1'],
    // In small letters first, as curl reads them; empty is as good as absent.
    [{ https_proxy: 'http://small:1', HTTPS_PROXY: 'http://LARGE:2' }, https, 'http://small:1'],
    [{ https_proxy: '', HTTPS_PROXY: 'http://p:2' }, https, 'http://p:2'],
    [{ https_proxy: 'p:3128' }, https, 'http://p:3128'],
    [{ https_proxy: ' http://p:3128/ ' }, https, 'http://p:3128'],
    // What calls a program by CGI chooses HTTP_PROXY.
    [{ HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: 'GET' }, http, null],
    [{ http_proxy: 'http://p:1', REQUEST_METHOD: 'GET' }, http, 'http://p:1'],
    [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'example.org' }, https, null],
    [{ HTTPS_PROXY: 'http://p:1', no_proxy: 'example.com', NO_PROXY: 'example.org' }, https, 'http://p:1'],
  ] as const)('%j for %s is %s', (variables, url, origin) => {
    expect(found(variables as Record<string, string>, url) as { origin: string } | null).toEqual(
      origin === null ? null : { origin, authorization: null, saidBy: 'environment' },
    )
  })

  it('has a user whose password the log is told before it is used', () => {
    const told: string[] = []
    const find = proxiesOfEnvironment({ HTTPS_PROXY: 'http://jo:p%40ss:w%C3%BCrd@p:3128' }, (value) =>
      told.push(value),
    )
    const authorization = `Basic ${Buffer.from('jo:p@ss:würd').toString('base64')}`
    expect(find(new URL(https))).toEqual({ origin: 'http://p:3128', authorization, saidBy: 'environment' })
    expect(told).toEqual(['p@ss:würd', authorization.slice(6)])
  })

  it.each([
    'socks5://p:1080',
    'ftp://jo:hush@p',
    'http://',
    'http://jo:hush@p:99999',
    'http://jo:hush@p/path',
    'http://jo:hush%ZZ@p',
    'http://jo:hush@169.254.169.254',
    'http://jo:hush @p',
  ])('%s is refused by name, without what it holds', (value) => {
    let error: { message?: string; error?: object } = {}
    try {
      void found({ HTTPS_PROXY: value }, https)
    } catch (thrown) {
      error = thrown as typeof error
    }
    expect(error.error).toMatchObject({ code: 'proxy', retryable: false })
    expect(error.message).toContain('HTTPS_PROXY')
    expect(JSON.stringify(error)).not.toContain('hush')
  })
})

describe('NO_PROXY', () => {
  it.each([
    ['', 'https://a.example.org', false],
    ['*', 'https://a.example.org', true],
    ['example.org', 'https://example.org', true],
    ['example.org', 'https://a.example.org', true],
    ['example.org', 'https://notexample.org', false],
    ['EXAMPLE.org', 'https://a.Example.ORG', true],
    ['.example.org', 'https://a.example.org', true],
    ['.example.org', 'https://example.org', false],
    ['*.example.org', 'https://a.example.org', true],
    ['*.example.org', 'https://example.org', false],
    ['example.org.', 'https://example.org', true],
    ['a.net, example.org', 'https://example.org', true],
    ['a.net example.org', 'https://example.org', true],
    [',, ,', 'https://example.org', false],
    ['.', 'https://example.org', false],
    ['example.org:8443', 'https://example.org:8443', true],
    ['example.org:8443', 'https://example.org', false],
    ['example.org:443', 'https://example.org', true],
    ['example.org:80', 'http://a.example.org', true],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:9000', 'https://10.1.2.3:9000', true],
    ['10.1.2.3', 'https://10.1.2.30', false],
    ['2.3', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.200.1.1', true],
    ['10.0.0.0/8', 'https://11.0.0.1', false],
    ['10.0.0.0/33', 'https://10.0.0.1', false],
    ['10.0.0.0/8', 'https://a.10.0.0.0', false],
    ['fd00::1', 'https://[fd00::1]', true],
    ['[fd00::1]', 'https://[fd00:0:0::1]', true],
    ['[fd00::1]:9000', 'https://[fd00::1]:9000', true],
    ['[fd00::1]:9000', 'https://[fd00::1]', false],
    ['fd00::/16', 'https://[fd00:1::1]', true],
  ])('%j and %s: %s', (text, url, excluded) => {
    let isExcluded: boolean
    try {
      isExcluded = readNoProxy(text)(new URL(url))
    } catch {
      // No URL, such as of a host that ends like an address.
      isExcluded = false
    }
    expect(isExcluded).toBe(excluded)
  })
})

describe('the proxy that the system’s settings name', () => {
  it.each([
    ['DIRECT', null],
    ['', null],
    ['PROXY p:3128', 'http://p:3128'],
    ['HTTPS p:443; DIRECT', 'https://p'],
    ['SOCKS5 s:1080; PROXY p:3128', 'http://p:3128'],
    ['SOCKS s:1080; DIRECT', null],
    ['PROXY [fd00::1]:3128', 'http://[fd00::1]:3128'],
  ])('%j is %s', (answer, origin) => {
    expect(readPacAnswer(answer)?.origin ?? null).toBe(origin)
  })

  it('cannot be SOCKS alone, nor something that is no address', () => {
    expect(() => readPacAnswer('SOCKS5 s:1080')).toThrow(/SOCKS/)
    expect(() => readPacAnswer('QUIC q:443')).toThrow(/does not understand/)
  })

  it('is asked for once for many requests, and again after a while', async () => {
    let asked = 0
    let now = 0
    const find = proxiesOfSystem(
      async (url) => {
        asked++
        expect(url).toBe('https://s3.example.org/')
        return 'PROXY p:3128'
      },
      () => now,
    )
    const url = new URL('https://s3.example.org/b/k?X-Amz-Signature=secret')
    const [one, two] = await Promise.all([find(url), find(url)])
    expect(one).toEqual({ origin: 'http://p:3128', authorization: null, saidBy: 'system' })
    expect(two).toBe(one)
    expect(find(url)).toBe(one)
    expect(asked).toBe(1)
    now = 30_000
    await find(url)
    expect(asked).toBe(2)
  })

  it('is asked for anew when the question failed', async () => {
    const answers = [() => Promise.reject(new Error('no network')), () => Promise.resolve('DIRECT')]
    const find = proxiesOfSystem(() => answers.shift()!())
    await expect(find(new URL(https))).rejects.toThrow('no network')
    expect(await find(new URL(https))).toBeNull()
  })

  it('is asked again after it could not even be asked', async () => {
    let isReady = false
    const find = proxiesOfSystem(() => {
      if (!isReady) throw new Error('not yet')
      return Promise.resolve('DIRECT')
    })
    await expect(find(new URL(https))).rejects.toThrow('not yet')
    isReady = true
    expect(await find(new URL(https))).toBeNull()
  })
})
