import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BucketAccess } from '../../src-preload/contract/bucket-access.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { failed, ok } from '../../src-preload/contract/result.ts'
import { createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'

describe('on a server', () => {
  let line: RunningCommandLine
  beforeAll(async () => {
    line = await startCommandLine()
    await line.write({ 'a.txt': 'a', 'b c.txt': 'b' })
    await line.run(['put', `${line.folder}/a.txt`, `s3://${line.bucket}/in/`, '--public'])
    await line.run(['put', `${line.folder}/b c.txt`, `s3://${line.bucket}/in/`])
  })
  afterAll(() => line.close())

  test.each([
    ['in/a.txt', 'public', 200, 0],
    ['in/b c.txt', 'private', 403, 0],
    // Whether there is anything is nobody’s business: S3 refuses.
    ['in/missing', 'private', 403, 0],
  ] as const)(
    'S45 pail check says of %s what an unsigned request is answered',
    async (key, word, status, code) => {
      const asked = await line.run(['check', `s3://${line.bucket}/${key}`])
      expect(asked).toMatchObject({ code, out: `${word}\n` })
      const json = await line.run(['check', `s3://${line.bucket}/${key}`, '--json'])
      const document = JSON.parse(json.out) as VisibilityCheck
      expect(document).toMatchObject({ visibility: word, status })
      expect((await fetch(document.url)).status).toBe(status)
      expect(Date.parse(document.checkedAt)).toBeGreaterThan(Date.now() - 60_000)
    },
  )

  test('pail access tells what public and private mean', async () => {
    const told = await line.run(['access', `s3://${line.bucket}`])
    expect(told.code).toBe(0)
    expect(told.out).toMatch(/^Public: by an ACL on each object\n/)
    expect(told.out).toContain('Object ownership: BucketOwnerPreferred\n')
    expect(told.out).toContain('Block Public Access: off\n')
    const json = await line.run(['access', `s3://${line.bucket}`, '--json'])
    const document = JSON.parse(json.out) as BucketAccess
    expect(document).toMatchObject({ bucket: line.bucket, provider: 'other', public: { way: 'object-acl' } })
  })

  test('a bucket that is not there has no report', async () => {
    const told = await line.run(['access', 's3://nowhere-at-all', '--json'])
    expect(told.code).toBe(1)
    expect(JSON.parse(told.out)).toMatchObject({ error: { code: 'no-such-bucket' } })
  })
})

describe('without a server', () => {
  test('an answer that is neither yes nor no is unknown, and fails', async () => {
    const check: VisibilityCheck = {
      visibility: 'unknown',
      checkedAt: '2026-01-01T00:00:00.000Z',
      status: null,
      url: 'https://b.example.org/k',
    }
    const double = createApiDouble({ checkVisibility: () => ok(check) })
    const told = await runForTest(['check', 's3://b/k', '--json'], double)
    expect(told.code).toBe(1)
    expect(JSON.parse(told.out)).toEqual(check)
    expect(told.err).toContain('nothing was answered')
  })

  test('what is no object or no bucket is wrong usage', async () => {
    const double = createApiDouble({
      checkVisibility: () => failed({ code: 'bug', message: '', retryable: false }),
    })
    expect((await runForTest(['check', 's3://b'], double)).code).toBe(2)
    expect((await runForTest(['access', 's3://b/k'], double)).code).toBe(2)
    expect(double.calls).toEqual([])
  })
})
