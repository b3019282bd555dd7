import { PutBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'
import { clientOf } from './s3-client.ts'

vi.setConfig({ testTimeout: 120_000 })

let line: RunningCommandLine
let client: S3Client
beforeAll(async () => {
  line = await startCommandLine()
  const { endpoint, credentials } = line
  client = clientOf({ endpoint, ...credentials })
})
afterAll(async () => {
  client.destroy()
  await line.close()
})

/** More than one batch has. */
const names = Array.from({ length: 503 }, (_, index) => `f${String(index).padStart(4, '0')}.txt`)

test('S44 more files than are sent at once are refused before the first, where everybody could read one of the last', async () => {
  const { bucket: Bucket } = line
  await line.write(Object.fromEntries(names.map((name) => [name, name])))
  const Statement = {
    Sid: 'Theirs',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/papers/f0502*`,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  const put = (files: readonly string[], ...more: string[]) =>
    line.run([
      'put',
      ...files.map((name) => `${line.folder}/${name}`),
      `s3://${Bucket}/papers/`,
      '--private',
      ...more,
    ])
  const stored = async () => {
    const listed = await line.run(['ls', `s3://${Bucket}/papers/`, '--json'])
    return (JSON.parse(listed.out) as { objects: unknown[] }).objects.length
  }
  const refused = await put(names)
  expect([refused.code, refused.out]).toEqual([3, ''])
  expect(refused.err).toContain(
    'Everybody could read papers/f0502.txt, which should be private: the bucket’s policy opens the place (statement “Theirs”). Nothing was sent.',
  )
  expect(await stored()).toBe(0)
  // Nor where it is private by itself, and would be kept beside what is there.
  const Resource = `arn:aws:s3:::${Bucket}/papers/f0502.txt`
  const Deny = { ...Statement, Sid: 'Not', Effect: 'Deny', Resource }
  const Both = JSON.stringify({ Version: '2012-10-17', Statement: [Statement, Deny] })
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy: Both }))
  const beside = await put(names, '--on-conflict', 'keep-both')
  expect([beside.code, beside.err]).toEqual([3, expect.stringMatching(/papers\/f0502_\w{7}\.txt/)])
  expect(await stored()).toBe(0)
  // Without it, all of the others go, in two batches.
  const sent = await put(names.slice(0, 502))
  expect([sent.code, sent.err]).toEqual([0, expect.stringContaining('502 files uploaded')])
  expect(await stored()).toBe(502)
})
