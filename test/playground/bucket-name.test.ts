import { describe, expect, test } from 'vitest'
import { bucketNameProblem } from '../../src-main/playground/bucket-name.ts'

describe('bucket names', () => {
  test.each(['abc', 'my-bucket', 'my.bucket.name', '123', 'a-b', 'x'.repeat(63), '1.2.3', 'a--b', 'a-.b'])(
    '%s is good',
    (name) => {
      expect(bucketNameProblem(name)).toBeUndefined()
    },
  )

  test.each([
    ['', /3 and 63/],
    ['ab', /3 and 63/],
    ['x'.repeat(64), /3 and 63/],
    ['MyBucket', /lowercase/],
    ['my_bucket', /lowercase/],
    ['my bucket', /lowercase/],
    ['bücket', /lowercase/],
    ['../etc', /lowercase/],
    ['-abc', /begin and end/],
    ['abc-', /begin and end/],
    ['.abc', /begin and end/],
    ['abc.', /begin and end/],
    ['a..b', /adjacent/],
    ['192.168.5.4', /IP address/],
    ['xn--abc', /xn--/],
    ['sthree-abc', /sthree-/],
    ['amzn-s3-demo-bucket', /amzn-s3-demo-/],
    ['abc-s3alias', /-s3alias/],
    ['abc--ol-s3', /--ol-s3/],
    ['abc.mrap', /\.mrap/],
    ['abc--x-s3', /--x-s3/],
    ['abc--table-s3', /--table-s3/],
  ])('%j is not', (name, problem) => {
    expect(bucketNameProblem(name)).toMatch(problem)
  })
})
