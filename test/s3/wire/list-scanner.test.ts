import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeListedKey, scanListing } from '../../../src-main/s3/wire/list-scanner.ts'
import { scanPlainListing } from '../../../src-main/s3/wire/plain-listing.ts'
import { encodeRfc3986 } from '../../../src-main/s3/wire/sigv4.ts'
import { testKeys } from '../scripted-server.ts'

/** What the SDK's parser makes of a document, in the shape of ours. */
async function readBySdk(xml: string) {
  const client = new S3Client({
    endpoint: 'https://s3.example.org',
    region: 'us-east-1',
    credentials: testKeys,
    forcePathStyle: true,
    requestHandler: {
      handle: async () => ({
        response: { statusCode: 200, headers: {}, body: new Blob([xml]).stream() },
      }),
    },
  })
  const answer = await client.send(new ListObjectsV2Command({ Bucket: 'b' }))
  const decode = answer.EncodingType === 'url' ? decodeListedKey : (key: string) => key
  return {
    folders: (answer.CommonPrefixes ?? []).flatMap(({ Prefix }) =>
      Prefix === undefined ? [] : [decode(Prefix)],
    ),
    objects: (answer.Contents ?? []).flatMap((object) =>
      object.Key === undefined
        ? []
        : [
            {
              key: decode(object.Key),
              sizeBytes: object.Size ?? 0,
              lastModified: object.LastModified ?? null,
              eTag: object.ETag ?? null,
              storageClass: object.StorageClass ?? null,
            },
          ],
    ),
    continuationToken: answer.IsTruncated === true ? (answer.NextContinuationToken ?? '') : null,
  }
}

const escaped = (text: string) =>
  text.replace(/[&<>"'\r]/g, (character) => {
    const names: Record<string, string> = {
      '&': '&amp;',
      '<': '&lt;',
      '>': '&gt;',
      '"': '&quot;',
      "'": '&#39;',
    }
    return names[character] ?? `&#x${character.charCodeAt(0).toString(16)};`
  })

const word = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.stringMatching(/^[ -~]{1,30}$/),
)
// What XML can carry without encoding, and is not taken for layout.
const plainWord = word.filter(
  (text) => text.trim() !== '' && !/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/.test(text),
)

const object = fc.record(
  {
    key: plainWord,
    size: fc.nat(),
    modified: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
    eTag: fc.stringMatching(/^[0-9a-f]{32}(-[1-9])?$/),
    storageClass: fc.constantFrom('STANDARD', 'GLACIER', 'X&Y'),
    extras: fc.boolean(),
  },
  { requiredKeys: ['key', 'size', 'extras'] },
)

const listing = fc.record({
  encoded: fc.boolean(),
  gap: fc.constantFrom('', '\n', '\r\n  ', '<!-- c > -->', '<?pi ?>'),
  attribute: fc.constantFrom('', ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', ` a='>"<'`),
  objects: fc.array(object, { maxLength: 8 }),
  folders: fc.array(plainWord, { maxLength: 4 }),
  token: fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,40}$/), { nil: null }),
  shuffle: fc.boolean(),
})

type Listing = typeof listing extends fc.Arbitrary<infer T> ? T : never

function documentOf(made: Listing): string {
  const { gap } = made
  const key = (text: string) => escaped(made.encoded ? encodeRfc3986(text).replaceAll('%20', '+') : text)
  const tag = (name: string, text: string) => `<${name}>${text}</${name}>${gap}`
  const parts = [
    tag('Name', 'b'),
    tag('Prefix', 'x&amp;y'),
    made.encoded ? tag('EncodingType', 'url') : '',
    tag('IsTruncated', String(made.token !== null)),
    made.token === null ? '' : tag('NextContinuationToken', escaped(made.token)),
    ...made.objects.map((each) => {
      const fields = [
        tag('Key', key(each.key)),
        tag('Size', String(each.size)),
        each.modified ? tag('LastModified', each.modified.toISOString()) : '',
        each.eTag ? tag('ETag', `&quot;${each.eTag}&quot;`) : '',
        each.storageClass ? tag('StorageClass', escaped(each.storageClass)) : '',
        each.extras
          ? `<Owner><ID>Key</ID><DisplayName/></Owner><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA1</ChecksumAlgorithm><RestoreStatus><Key>no</Key></RestoreStatus>`
          : '',
      ]
      return `<Contents>${gap}${(made.shuffle ? fields.toReversed() : fields).join('')}</Contents>${gap}`
    }),
    ...made.folders.map((folder) => `<CommonPrefixes>${tag('Prefix', key(folder))}</CommonPrefixes>`),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>${gap === '' ? '\n' : gap}<ListBucketResult${made.attribute}>${gap}${(made.shuffle ? parts.toReversed() : parts).join('')}</ListBucketResult>\n`
}

it('reads 500 generated listings as the SDK’s parser does', async () => {
  await fc.assert(
    fc.asyncProperty(listing, async (made) => {
      const xml = documentOf(made)
      expect(scanListing(xml)).toEqual(await readBySdk(xml))
    }),
    { numRuns: 500 },
  )
})

it('gives back the keys that were put in, in order', () => {
  fc.assert(
    fc.property(listing, fc.array(word, { maxLength: 5 }), (made, names) => {
      const objects = names.map((key) => ({ key, size: 1, extras: false }))
      const read = scanListing(documentOf({ ...made, encoded: true, shuffle: false, objects }))
      expect(read.objects.map(({ key }) => key)).toEqual(names)
      expect(read.folders).toEqual(made.folders)
      expect(read.continuationToken).toBe(made.token)
    }),
    { numRuns: 1000 },
  )
})

describe('the quick reader', () => {
  const usual = listing.map((made) => ({ ...made, gap: '', attribute: '', shuffle: false }))

  it('reads what services write', () => {
    fc.assert(
      fc.property(usual, (made) => {
        const xml = documentOf(made as Listing)
        expect(scanPlainListing(Buffer.from(xml))).toEqual(scanListing(xml))
      }),
      { numRuns: 500 },
    )
  })

  it('and never reads anything else than the careful one does', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 12 }),
      add: fc.constantFrom(
        '',
        '<',
        '>',
        '&',
        '&amp;',
        '\n',
        ' ',
        '<Key>',
        '</Key>',
        '<a/>',
        '<!--',
        'x',
        '9',
        '"',
      ),
    })
    fc.assert(
      fc.property(fc.oneof(usual, listing), fc.array(edit, { maxLength: 3 }), (made, edits) => {
        let xml = documentOf(made as Listing)
        for (const { at, remove, add } of edits) {
          const from = at % xml.length
          xml = xml.slice(0, from) + add + xml.slice(from + remove)
        }
        const bytes = Buffer.from(xml)
        const quick = scanPlainListing(bytes)
        if (quick !== null) expect(quick).toEqual(scanListing(bytes.toString()))
        // The careful reader is given the same page afterwards.
        expect(bytes.equals(Buffer.from(xml))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})

const result = (inner: string) => `<ListBucketResult>${inner}</ListBucketResult>`
const one = (key: string) => result(`<Contents><Key>${key}</Key></Contents>`)
const integrity = expect.objectContaining({ error: expect.objectContaining({ code: 'integrity' }) })

describe('F23 what is not a whole listing throws', () => {
  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['another root', '<html></html>'],
    ['an error', '<Error><Code>InternalError</Code></Error>'],
    ['a second root', `${one('a')}${one('b')}`],
    ['text behind the root', `${one('a')}x`],
    ['tags that do not match', result('<Contents><Key>a</Contents></Key>')],
    ['a size that is none', result('<Contents><Key>a</Key><Size>-1</Size></Contents>')],
    ['a size beyond counting', result('<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>')],
    ['two keys in one object', result('<Contents><Key>a</Key><Key>b</Key></Contents>')],
    ['elements in a key', result('<Contents><Key>a<b>c</b></Key></Contents>')],
    ['perhaps truncated', result('<IsTruncated>perhaps</IsTruncated>')],
    ['truncated without a token', result('<IsTruncated>true</IsTruncated>')],
    ['a document type that does not end', '<!DOCTYPE x [<!ENTITY e "'],
  ])('%s', (_, xml) => {
    expect(() => scanListing(xml)).toThrow(integrity)
  })

  it('a listing cut at any place', () => {
    fc.assert(
      fc.property(listing, fc.nat(), (made, at) => {
        const xml = documentOf(made).trimEnd()
        expect(() => scanListing(xml.slice(0, at % xml.length))).toThrow(integrity)
      }),
      { numRuns: 1000 },
    )
  })

  it('anything at all: a listing or `integrity`, and never another error', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('<', '>', '&', '/', '!', '?', '[', ']', '"', "'", '-', '=', ' '),
      fc.constantFrom(
        '<ListBucketResult>',
        '</ListBucketResult>',
        '<Contents>',
        '<Key>',
        '</Key>',
        '<![CDATA[',
        ']]>',
        '<!--',
        '-->',
        '<!DOCTYPE',
        '&#x110000;',
        '&#0;',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          scanListing(pieces.join(''))
        } catch (error) {
          expect(error).toEqual(integrity)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what a document can carry', () => {
  it('a document type is inert', () => {
    const bomb =
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY f "]>&e;&e;&e;"> ]><ListBucketResult><Contents><Key>a&e;&f;b</Key></Contents></ListBucketResult>'
    expect(scanListing(bomb).objects[0]?.key).toBe('a&e;&f;b')
  })

  it.each([
    ['&lt;&gt;&amp;&quot;&apos;', `<>&"'`],
    ['&#65;&#x42;&#x1F600;', 'AB😀'],
    ['&amp;lt;', '&lt;'],
    ['<![CDATA[a<b>&amp;]]>', 'a<b>&amp;'],
    [' a ', ' a '],
    ['a<!-- x -->b', 'ab'],
    ['&nbsp;&LT;&#x110000;', '&nbsp;&LT;&#x110000;'],
  ])('%s', (written, key) => {
    expect(scanListing(one(written)).objects[0]?.key).toBe(key)
  })

  it('a byte order mark before the root is skipped', () => {
    expect(scanListing(`\ufeff${one('a')}`).objects[0]?.key).toBe('a')
  })
})
