import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLink, type MadeLink } from '../../src-main/links/create-link.ts'
import { testLink } from '../../src-main/links/test-link.ts'
import { createBucket, deleteBucket } from '../../src-main/s3/buckets.ts'
import { deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { putObjectAcl } from '../../src-main/s3/object-acl.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { isHere, openTarget, sessionOn, type Target, targetNames } from '../s3-conformance/target.ts'

const keys = [
  'a b.txt',
  'a+b.txt',
  '100%25.txt',
  'q?x=1#f&g.txt',
  'emoji 🪣.txt',
  'double//slash.txt',
  'e\u0301.txt',
  'media/größe (1)\'s "x".txt',
]

describe.each(targetNames)('links handed out, on %s', (name) => {
  const run = test.skipIf(!isHere(name))
  const bucket = `pail-links-${process.pid}`
  let target: Target
  let session: S3Session
  let short: MadeLink

  const link = (key: string, more: { kind?: 'public'; expiresInSeconds?: number; from?: S3Session } = {}) =>
    createLink(more.from ?? session, {
      bucket,
      key,
      kind: more.kind ?? 'presigned',
      expiresInSeconds: more.expiresInSeconds ?? 60,
      downloadAs: null,
      baseUrl: null,
    })
  const tested = (made: Pick<MadeLink, 'url' | 'kind'>, key = 'a b.txt') =>
    testLink(session, {
      ...made,
      bucket,
      key,
      baseUrl: null,
      urlOf: async (other) => (await link(other)).url,
    })
  /** The session as it was, or will be, so many seconds from now. */
  const at = (seconds: number): S3Session => ({
    ...session,
    clockOffsetMs: () => session.clockOffsetMs() + seconds * 1000,
  })

  beforeAll(async () => {
    if (!isHere(name)) return
    target = await openTarget(name)
    session = sessionOn(target, 'p1')
    await createBucket(session, { bucket, region: target.region, access: 'per-object' })
    for (const key of keys)
      await putObjectBytes(session, { bucket, key, headers: {} }, Buffer.from(`the bytes of ${key}`))
    await putObjectBytes(session, { bucket, key: 'empty', headers: {} }, new Uint8Array(0))
    short = await link('a b.txt', { expiresInSeconds: 1 })
    expect((await fetch(short.url)).status).toBe(200)
  })
  afterAll(async () => {
    if (!isHere(name)) return
    await deleteObjects(session, { bucket, keys: [...keys, 'empty'] })
    await deleteBucket(session, { bucket })
    session.destroy()
    await target.close()
  })

  run.each(keys)('%j: the same bytes, and nothing once anything of the link is another', async (key) => {
    const { url } = await link(key)
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([200, `the bytes of ${key}`])
    const tampered = {
      'a later end': url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'),
      'another signature': url.replace(
        /X-Amz-Signature=(.)/,
        (_, first) => `X-Amz-Signature=${first === '0' ? '1' : '0'}`,
      ),
      'another object': url.replace(/\/[^/?]+\?/, '/empty?'),
      'another date': url.replace(/X-Amz-Date=\d/, 'X-Amz-Date=3'),
      'another parameter': `${url}&response-content-type=text%2Fhtml`,
      'no signature': url.slice(0, url.indexOf('?')),
    }
    for (const [what, other] of Object.entries(tampered))
      expect([what, Math.floor((await fetch(other)).status / 100)]).toEqual([what, 4])
  })

  run.each(keys)('%j: the public URL has the same bytes, and none once it is private', async (key) => {
    const { url } = await link(key, { kind: 'public' })
    await putObjectAcl(session, { bucket, key, acl: 'public-read' })
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([200, `the bytes of ${key}`])
    await putObjectAcl(session, { bucket, key, acl: 'private' })
    expect((await fetch(url)).status).toBe(403)
  })

  run('a link works until its end and not after', async () => {
    const during = await link('a b.txt', { from: at(-58) })
    const after = await link('a b.txt', { from: at(-61) })
    expect(Date.parse(after.endsAt!)).toBeLessThanOrEqual(Date.now() + session.clockOffsetMs())
    expect((await fetch(during.url)).status).toBe(200)
    expect((await fetch(after.url)).status).toBe(403)
    expect(await tested(after)).toMatchObject({ outcome: 'failed', status: 403 })
  })

  run('the test of a link says what a stranger would find', async () => {
    expect(await tested(await link('a b.txt'))).toEqual({ outcome: 'works', status: 206, problem: null })
    expect(await tested(await link('empty'), 'empty')).toMatchObject({ outcome: 'works', problem: null })
    expect(await tested(await link('missing'), 'missing')).toMatchObject({
      outcome: 'failed',
      status: 404,
      problem: { code: 'no-such-key' },
    })
    const { url } = await link('a b.txt')
    expect(
      await tested({ url: url.replace(/.$/, (last) => (last === '0' ? '1' : '0')), kind: 'presigned' }),
    ).toMatchObject({
      outcome: 'failed',
      status: 403,
      problem: { code: 'signature-mismatch' },
    })
    expect(await tested(await link('a b.txt', { kind: 'public' }))).toMatchObject({
      outcome: 'failed',
      status: 403,
      problem: { code: 'access-denied', message: expect.stringMatching(/^Not everybody may read it/) },
    })
    // A clock that is far ahead signs links that have not begun; Ceph lets them begin before.
    const early = await tested(await link('a b.txt', { from: at(3600) }))
    if (name === 'ceph') expect(early.outcome).toBe('works')
    else expect(early).toMatchObject({ outcome: 'failed', problem: { code: 'clock-skew' } })
  })

  run('a link of one second is dead by now', async () => {
    await expect.poll(async () => (await fetch(short.url)).status, { timeout: 5000 }).toBe(403)
  })
})
