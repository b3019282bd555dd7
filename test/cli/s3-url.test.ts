import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatS3Url, parseBucketUrl, parseObjectUrl, parseS3Url } from '../../src-main/cli/s3-url.ts'
import { UsageError } from '../../src-main/cli/usage-error.ts'

describe('s3:// addresses', () => {
  test.each([
    ['s3://bucket', { bucket: 'bucket', key: '' }],
    ['s3://bucket/', { bucket: 'bucket', key: '' }],
    ['s3://bucket/a b+c%20d', { bucket: 'bucket', key: 'a b+c%20d' }],
    ['s3://bucket//a', { bucket: 'bucket', key: '/a' }],
    ['s3://bucket/a/../b', { bucket: 'bucket', key: 'a/../b' }],
    ['s3://bucket/a?b#c', { bucket: 'bucket', key: 'a?b#c' }],
    ['s3://bucket/s3://other/x', { bucket: 'bucket', key: 's3://other/x' }],
    ['s3://Old_Bucket.name/k', { bucket: 'Old_Bucket.name', key: 'k' }],
    ['s3://tenant:bucket/k', { bucket: 'tenant:bucket', key: 'k' }],
    ['s3://bucket/naïve/🪣\n', { bucket: 'bucket', key: 'naïve/🪣\n' }],
  ])('%j', (text, parts) => {
    expect(parseS3Url(text)).toEqual(parts)
  })

  test.each([
    '',
    'bucket/key',
    's3:/b/k',
    's3//b',
    'S3://b/k',
    'https://b/k',
    's3://',
    's3:///key',
    's3://b?x/k',
    's3://a b/k',
    ' s3://b/k',
    's3://u@b/k',
    `s3://${'b'.repeat(256)}/k`,
  ])('%j is wrong usage', (text) => {
    expect(() => parseS3Url(text)).toThrow(UsageError)
  })

  test('any key comes back as it was written', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9._:-]{1,40}$/),
        fc.string({ unit: 'binary', maxLength: 200 }),
        (bucket, key) => {
          expect(parseS3Url(formatS3Url({ bucket, key }))).toEqual({ bucket, key })
        },
      ),
      { numRuns: 500 },
    )
  })

  test('an object needs a key, a bucket must not have one', () => {
    expect(() => parseObjectUrl('s3://bucket')).toThrow(UsageError)
    expect(() => parseObjectUrl('s3://bucket/')).toThrow(UsageError)
    expect(parseObjectUrl('s3://bucket/k/').key).toBe('k/')
    expect(() => parseBucketUrl('s3://bucket/k')).toThrow(UsageError)
    expect(parseBucketUrl('s3://bucket/')).toBe('bucket')
  })
})
