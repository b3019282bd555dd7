import { describe, expect, test } from 'vitest'
import { decodeAwsChunked } from '../../src-main/playground/aws-chunked.ts'
import {
  canonicalRequest,
  deriveSigningKey,
  emptySha256,
  formatAmzDate,
  parseAmzDate,
  parseCredential,
  sha256Hex,
  sign,
  signChunk,
  signTrailer,
  stringToSign,
} from '../../src-main/playground/sigv4.ts'
import type { ChunkSigning } from '../../src-main/playground/sigv4.ts'

// The examples of the S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
const scope = { date: '20130524', region: 'us-east-1', service: 's3' }
const amzDate = '20130524T000000Z'
const signingKey = deriveSigningKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope)
const host = 'examplebucket.s3.amazonaws.com'

interface Example {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  readonly headers?: Readonly<Record<string, string>>
  readonly payloadHash?: string
  readonly withoutAmzHeaders?: boolean
  readonly signature: string
}

const streamingHeaders = {
  host: 's3.amazonaws.com',
  'content-encoding': 'aws-chunked',
  'x-amz-decoded-content-length': '66560',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
}

const examples: readonly Example[] = [
  {
    name: 'GET object',
    method: 'GET',
    path: '/test.txt',
    headers: { range: 'bytes=0-9' },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT object',
    method: 'PUT',
    path: '/test$file.text',
    headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    payloadHash: sha256Hex('Welcome to Amazon S3.'),
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET bucket lifecycle',
    method: 'GET',
    path: '/',
    query: [['lifecycle', '']],
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'GET bucket (list objects)',
    method: 'GET',
    path: '/',
    query: [
      ['prefix', 'J'],
      ['max-keys', '2'],
    ],
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
  {
    name: 'presigned GET object',
    method: 'GET',
    path: '/test.txt',
    query: [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'],
      ['X-Amz-Date', amzDate],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
    ],
    payloadHash: 'UNSIGNED-PAYLOAD',
    withoutAmzHeaders: true,
    signature: 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  },
  {
    name: 'streaming PUT, the seed',
    method: 'PUT',
    path: '/examplebucket/chunkObject.txt',
    headers: { ...streamingHeaders, 'content-length': '66824' },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  },
  {
    name: 'streaming PUT with a trailer, the seed',
    method: 'PUT',
    path: '/examplebucket/chunkObject.txt',
    headers: { ...streamingHeaders, 'x-amz-trailer': 'x-amz-checksum-crc32c' },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  },
]

function signatureOf(example: Example): string {
  const payloadHash = example.payloadHash ?? emptySha256
  const headers: Record<string, string> = {
    host,
    ...(example.withoutAmzHeaders ? {} : { 'x-amz-content-sha256': payloadHash, 'x-amz-date': amzDate }),
    ...example.headers,
  }
  const canonical = canonicalRequest({
    method: example.method,
    path: example.path,
    query: example.query ?? [],
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    signedHeaders: Object.keys(headers).toSorted(),
    payloadHash,
  })
  return sign(signingKey, stringToSign(amzDate, scope, canonical))
}

describe('the published examples of SigV4', () => {
  test.each(examples)('$name', (example) => {
    expect(signatureOf(example)).toBe(example.signature)
  })
})

describe('canonical requests', () => {
  const canonicalOf = (path: string, values: readonly string[] = []) =>
    canonicalRequest({
      method: 'GET',
      path,
      query: [],
      headers: new Map([['x-amz-meta-a', values]]),
      signedHeaders: ['x-amz-meta-a'],
      payloadHash: emptySha256,
    }).split('\n')

  test('paths are encoded once and never normalised', () => {
    expect(canonicalOf("/a//./../b c+d%é'()*!😀")[1]).toBe(
      '/a//./../b%20c%2Bd%25%C3%A9%27%28%29%2A%21%F0%9F%98%80',
    )
  })

  test('white space in header values is folded, and lines of one header are joined', () => {
    expect(canonicalOf('/', ['  a   b ', 'c'])[3]).toBe('x-amz-meta-a:a b,c')
  })
})

describe('credentials and times', () => {
  test.each([
    ['AKIA/20130524/us-east-1/s3/aws4_request', 'AKIA'],
    ['AK/IA/20130524/us-east-1/s3/aws4_request', 'AK/IA'],
  ])('%s', (text, accessKeyId) => {
    expect(parseCredential(text)).toEqual({ accessKeyId, ...scope })
  })

  test.each([
    '',
    'AKIA',
    'AKIA/20130524/us-east-1/s3',
    'AKIA/20130524/us-east-1/s3/aws4',
    '/20130524/us-east-1/s3/aws4_request',
  ])('%j is no credential', (text) => {
    expect(parseCredential(text)).toBeUndefined()
  })

  test('times go both ways, and impossible ones do not', () => {
    expect(parseAmzDate(amzDate)?.toISOString()).toBe('2013-05-24T00:00:00.000Z')
    expect(formatAmzDate(new Date('2013-05-24T00:00:00.999Z'))).toBe(amzDate)
    for (const wrong of ['', '2013-05-24T00:00:00Z', '20131324T000000Z', '20130524T000000'])
      expect(parseAmzDate(wrong)).toBeUndefined()
  })
})

const seed = (seedSignature: string): ChunkSigning => ({ signingKey, amzDate, scope, seedSignature })
const [first, second] = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a')]

async function decode(body: Buffer, signing: ChunkSigning | undefined, trailer: boolean, pieceBytes = 1000) {
  const trailers: Record<string, string> = {}
  async function* pieces() {
    for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes)
  }
  const chunks: Buffer[] = []
  const format = {
    trailer,
    onTrailer: (headers: ReadonlyMap<string, string>) =>
      void Object.assign(trailers, Object.fromEntries(headers)),
    ...(signing ? { signing } : {}),
  }
  for await (const chunk of decodeAwsChunked(pieces(), format)) chunks.push(chunk)
  return { content: Buffer.concat(chunks), trailers }
}

describe('the published example of a signed body in chunks', () => {
  const seedSignature = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'
  const signatures = [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ] as const
  const body = Buffer.concat([
    Buffer.from(`10000;chunk-signature=${signatures[0]}\r\n`),
    first,
    Buffer.from(`\r\n400;chunk-signature=${signatures[1]}\r\n`),
    second,
    Buffer.from(`\r\n0;chunk-signature=${signatures[2]}\r\n\r\n`),
  ])

  test('each chunk is signed over the one before', () => {
    const signing = seed(seedSignature)
    expect(signChunk(signing, seedSignature, sha256Hex(first))).toBe(signatures[0])
    expect(signChunk(signing, signatures[0], sha256Hex(second))).toBe(signatures[1])
    expect(signChunk(signing, signatures[1], emptySha256)).toBe(signatures[2])
  })

  test.each([1, 7, 1000, 100_000])('it is decoded in pieces of %i bytes', async (pieceBytes) => {
    const { content } = await decode(body, seed(seedSignature), false, pieceBytes)
    expect(content.equals(Buffer.alloc(66_560, 'a'))).toBe(true)
  })

  test('a changed byte is refused', async () => {
    const tampered = Buffer.from(body)
    tampered[500] = 0x62
    await expect(decode(tampered, seed(seedSignature), false)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })

  test.each([10, 500, 65_700, body.length - 100])(
    'a body that ends after %i bytes is refused',
    async (length) => {
      await expect(decode(body.subarray(0, length), seed(seedSignature), false)).rejects.toMatchObject({
        code: 'IncompleteBody',
      })
    },
  )

  test('a body without signatures is refused where they are announced', async () => {
    await expect(
      decode(Buffer.from('1\r\na\r\n0\r\n\r\n'), seed(seedSignature), false),
    ).rejects.toMatchObject({
      code: 'IncompleteBody',
    })
  })
})

describe('the published example of a signed body with a trailer', () => {
  const seedSignature = '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e'
  const signatures = [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ] as const
  const trailerSignature = 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435'
  const bodyWith = (checksum: string) =>
    Buffer.concat([
      Buffer.from(`10000;chunk-signature=${signatures[0]}\r\n`),
      first,
      Buffer.from(`\r\n400;chunk-signature=${signatures[1]}\r\n`),
      second,
      Buffer.from(
        `\r\n0;chunk-signature=${signatures[2]}\r\nx-amz-checksum-crc32c:${checksum}\r\nx-amz-trailer-signature:${trailerSignature}\r\n\r\n`,
      ),
    ])

  test('the trailer is signed over the last chunk', () => {
    expect(signTrailer(seed(seedSignature), signatures[2], 'x-amz-checksum-crc32c:sOO8/Q==\n')).toBe(
      trailerSignature,
    )
  })

  test('it is decoded', async () => {
    const { content, trailers } = await decode(bodyWith('sOO8/Q=='), seed(seedSignature), true)
    expect(content.length).toBe(66_560)
    expect(trailers).toEqual({ 'x-amz-checksum-crc32c': 'sOO8/Q==' })
  })

  test('another checksum under the same signature is refused', async () => {
    await expect(decode(bodyWith('AAAAAA=='), seed(seedSignature), true)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })
})

describe('unsigned bodies in chunks', () => {
  test('trailers are read, with and without the last empty line', async () => {
    for (const end of ['\r\n\r\n', '\r\n']) {
      const { content, trailers } = await decode(
        Buffer.from(`2\r\nhi\r\n0\r\nX-Amz-Checksum-Crc32: 2Pktpg==${end}`),
        undefined,
        true,
      )
      expect(content.toString()).toBe('hi')
      expect(trailers).toEqual({ 'x-amz-checksum-crc32': '2Pktpg==' })
    }
  })

  test('only the last chunk may be small', async () => {
    await expect(
      decode(Buffer.from('2\r\nhi\r\n2\r\nho\r\n0\r\n\r\n'), undefined, true),
    ).rejects.toMatchObject({
      code: 'InvalidChunkSizeError',
    })
  })

  test.each(['xyz\r\n', '2\r\nhi0\r\n\r\n', '2\r\nhi\r\n0\r\n\r\nmore'])('%j is refused', async (body) => {
    await expect(decode(Buffer.from(body), undefined, true)).rejects.toMatchObject({ code: 'IncompleteBody' })
  })
})
