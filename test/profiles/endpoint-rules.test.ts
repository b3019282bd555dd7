import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyAddress, isLoopbackHost } from '../../src-main/s3/address-policy.ts'
import { checkEndpoint, isInsecureEndpoint } from '../../src-main/profiles/endpoint-rules.ts'

const refusing = (code: string) => expect.objectContaining({ error: expect.objectContaining({ code }) })

describe('S29 endpoints', () => {
  it.each([
    ['https://s3.example.org', 'https://s3.example.org'],
    ['https://s3.example.org/', 'https://s3.example.org'],
    ['HTTPS://S3.Example.org:9000', 'https://s3.example.org:9000'],
    ['https://10.0.0.5', 'https://10.0.0.5'],
    ['https://[fd12::1]:9000', 'https://[fd12::1]:9000'],
    ['http://localhost:9000', 'http://localhost:9000'],
    ['http://127.0.0.1:7480', 'http://127.0.0.1:7480'],
    ['http://[::1]:9000', 'http://[::1]:9000'],
    ['http://0x7f000001:9000', 'http://127.0.0.1:9000'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('%s is fine', (endpoint, origin) => {
    expect(checkEndpoint(endpoint, null)).toMatchObject({ origin, insecure: false })
  })

  it.each([
    // not a plain https://host
    '',
    's3.example.org',
    'https://',
    'https:s3.example.org',
    'https:/s3.example.org',
    'https:\\\\s3.example.org',
    'https://s3.example.org\\@evil.example',
    'ftp://s3.example.org',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/plain,x',
    ' https://s3.example.org',
    'https://s3.example.org ',
    'https://s3.exa\tmple.org',
    'https://s3.example.org\n',
    'https://{account}.r2.cloudflarestorage.com',
    // more than a host
    'https://s3.example.org/bucket',
    'https://s3.example.org/a/..',
    'https://s3.example.org//',
    'https://s3.example.org/.',
    'https://s3.example.org?x=1',
    'https://s3.example.org/?',
    'https://s3.example.org#f',
    'https://s3.example.org/#',
    'https://user@s3.example.org',
    'https://user:password@s3.example.org',
    'https://@s3.example.org',
    'https://s3.example.org:99999',
    // link-local, metadata, unspecified, in every form that is taken for an address
    'https://169.254.169.254',
    'https://169.254.169.254.',
    'https://2852039166',
    'https://0xa9fea9fe',
    'https://0xa9.0xfe.0xa9.0xfe',
    'https://0251.0376.0251.0376',
    'https://169.16689662',
    'https://[::ffff:169.254.169.254]',
    'https://[::ffff:a9fe:a9fe]',
    'https://[0:0:0:0:0:ffff:a9fe:a9fe]',
    'https://[64:ff9b::a9fe:a9fe]',
    'https://[fe80::1]',
    'https://[fd00:ec2::254]',
    'https://[::]',
    'https://0.0.0.0',
    'https://0',
    'https://100.100.100.200',
    'https://metadata.google.internal',
    'https://metadata.google.internal.',
    'https://１６９.254.169.254',
    'https://169。254。169。254',
    'https://%31%36%39.254.169.254',
    'https://255.255.255.255',
    'https://224.0.0.1',
  ])('%j is refused', (endpoint) => {
    expect(() => checkEndpoint(endpoint, null)).toThrow(refusing('endpoint-refused'))
    // Consent to http has no say in it.
    expect(() => checkEndpoint(endpoint, '169.254.169.254')).toThrow(refusing('endpoint-refused'))
  })

  it.each(['https://..', 'https://.', 'https://s3..example.org', 'https://.example.org'])(
    'a host with nothing between two dots is refused: %s',
    (endpoint) => {
      expect(() => checkEndpoint(endpoint, null)).toThrow(refusing('endpoint-refused'))
    },
  )

  it('whatever is accepted is a bare origin of a host that may be talked to', () => {
    const piece = fc.constantFrom(
      'https://',
      'http://',
      'HTTP:',
      '/',
      '//',
      '\\',
      '@',
      ':',
      '?',
      '#',
      '.',
      '%',
      '[',
      ']',
      '::',
      'ffff:',

      '169.254',
      '127.0.0.1',
      '0x',
      'a9fe',
      '2852039166',
      'localhost',
      's3.example',
      'user',
      '9000',
      '%00',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const endpoint = pieces.join('')
        let checked
        try {
          checked = checkEndpoint(endpoint, null)
        } catch {
          return
        }
        const url = new URL(checked.origin)
        expect(url.origin).toBe(checked.origin)
        expect([url.username, url.password, url.pathname, url.search, url.hash]).toEqual([
          '',
          '',
          '/',
          '',
          '',
        ])
        expect(url.protocol === 'https:' || isLoopbackHost(url.hostname)).toBe(true)
        const host = url.hostname.replace(/^\[|\]$/g, '')
        if (/^[\d.]+$|:/.test(host)) expect(classifyAddress(host)).not.toBe('forbidden')
      }),
      { numRuns: 3000, examples: [[['https://', '.', '.']]] },
    )
  })
})

describe('S28 plain http', () => {
  it('off this computer needs the host name as consent', () => {
    for (const consent of [null, '', 'yes', 'example.org', 'minio.lan.evil.example']) {
      expect(() => checkEndpoint('http://minio.lan:9000', consent)).toThrow(refusing('insecure-endpoint'))
    }
    expect(checkEndpoint('http://minio.lan:9000', ' Minio.LAN ')).toEqual({
      origin: 'http://minio.lan:9000',
      hostname: 'minio.lan',
      insecure: true,
    })
    expect(checkEndpoint('http://10.0.0.5', '10.0.0.5').insecure).toBe(true)
  })

  it('wears its badge', () => {
    expect(isInsecureEndpoint('http://minio.lan:9000')).toBe(true)
    for (const endpoint of [
      null,
      'https://minio.lan',
      'http://localhost:9000',
      'http://127.0.0.1:1',
      'nonsense',
    ]) {
      expect(isInsecureEndpoint(endpoint)).toBe(false)
    }
  })
})
