import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { multipartRequests } from '../../src-main/s3/multipart-requests.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { loggedUpload } from '../../src-main/s3/upload-log.ts'
import { createBegunUploads } from '../../src-main/sweep/begun-uploads.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'

let line: RunningCommandLine
let session: S3Session
let bucket: string

beforeAll(async () => {
  line = await startCommandLine()
  bucket = line.bucket
  session = createS3Session({
    profileId: 'somebody',
    endpoint: line.endpoint,
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-supported',
    credentials: async () => line.credentials,
    insecureAllowed: false,
  })
})
afterAll(async () => {
  session.destroy()
  await line.close()
})

async function begin(key: string, bytes: number): Promise<string> {
  const requests = await multipartRequests(session, bucket)
  const uploadId = (await requests.create({ bucket, key, headers: {} }, { withCrc32: false })).uploadId ?? ''
  await requests.prepare(Buffer.alloc(bytes), undefined).send({ bucket, key, uploadId }, 1)
  return uploadId
}

/** As an upload whose process has left it behind. */
async function lose(key: string, bytes: number): Promise<string> {
  const uploadId = await begin(key, bytes)
  const log = createBegunUploads(join(line.backend.folder, 'user-data', 'begun-uploads'))
  await log.begun(loggedUpload(session, { bucket, key, uploadId }))
  log.left(loggedUpload(session, { bucket, key, uploadId }))
  await log.list()
  return uploadId
}

interface Report {
  readonly uploads: { key: string; bytes: number; whose: string }[]
  readonly aborted: number
  readonly remaining: { uploads: number } | null
  readonly refused?: string
  readonly lifecycle?: { change: string; written: boolean }
}

const sweep = async (...more: string[]) => {
  const ran = await line.run(['sweep', `s3://${bucket}`, '--json', ...more])
  return { ...ran, report: JSON.parse(ran.out) as Report }
}
const keys = async () => (await sweep()).report.uploads.map(({ key, whose }) => `${key} ${whose}`).toSorted()

test('pail sweep shows a plan and aborts nothing; --abort takes back what is lost, and nothing else', async () => {
  await lose('lost\u001b.mp4', 300)
  await begin('others.mp4', 200)
  const plan = await line.run(['sweep', `s3://${bucket}`])
  expect(plan.code).toBe(0)
  expect(plan.out).toMatch(/^abandoned +0m +300 {2}lost\\u\{1b\}\.mp4 {2}\(/m)
  expect(plan.out).toMatch(/^unknown +0m +200 {2}others\.mp4 {2}\(/m)
  expect(plan.err).toContain('2 incomplete uploads: 1 of Pail’s that nothing will finish')
  expect(plan.err).toContain('With --lifecycle 7 the bucket aborts such uploads by itself')
  expect(await keys()).toEqual(['lost\u001b.mp4 abandoned', 'others.mp4 unknown'])

  const done = await sweep('--abort')
  expect(done).toMatchObject({ code: 0, report: { aborted: 1, remaining: { uploads: 1 } } })
  expect(await keys()).toEqual(['others.mp4 unknown'])
  expect((await sweep('--abort')).report).toMatchObject({ aborted: 0 })
})

test('those of others need an age, and the bucket’s name typed or --yes', async () => {
  const usage = await line.run(['sweep', `s3://${bucket}`, '--abort', '--others'])
  expect(usage).toMatchObject({ code: 2, out: '' })
  const old = ['--abort', '--others', '--older-than', '1s']
  await vi.waitFor(async () => {
    expect((await sweep('--older-than', '1s')).report.uploads).toHaveLength(1)
  }, 10_000)
  const alone = await sweep(...old)
  expect(alone).toMatchObject({ code: 3, report: { aborted: 0 } })
  expect(alone.report.refused).toContain('--yes')
  const url = `s3://${bucket}`
  expect(await line.run(['sweep', url, ...old], { typed: 'no' })).toMatchObject({ code: 3 })
  expect(await keys()).toEqual(['others.mp4 unknown'])
  expect(await line.run(['sweep', url, ...old], { typed: bucket })).toMatchObject({ code: 0 })
  expect(await keys()).toEqual([])
  await begin('young.mp4', 1)
  expect((await sweep('--older-than', '1h')).report).toMatchObject({ uploads: [], younger: 1 })
})

test('--lifecycle shows the rule, writes it with --yes, and takes it away again', async () => {
  const shown = await line.run(['sweep', `s3://${bucket}`, '--lifecycle', '7'])
  expect(shown.code).toBe(0)
  // On lines of its own, as it would be pasted.
  expect(shown.err).toMatch(/^The rule:\n\{\n {2}"ID"/m)
  expect(shown.err).toMatch(/^ {4}"DaysAfterInitiation": 7$/m)
  expect(shown.err).toContain('Nothing was changed')
  const lifecycle = async (...more: string[]) => (await sweep('--lifecycle', ...more)).report.lifecycle
  expect(await lifecycle('7', '--yes')).toMatchObject({ change: 'add', written: true, confirmed: true })
  expect(await lifecycle('7')).toMatchObject({ change: 'none', written: false })
  expect(await lifecycle('3', '--yes')).toMatchObject({ change: 'replace', written: true })
  expect(await lifecycle('0', '--yes')).toMatchObject({ change: 'remove', written: true })
  expect(await lifecycle('0')).toMatchObject({ change: 'none' })
  expect(await line.run(['sweep', `s3://${bucket}`, '--lifecycle', 'soon'])).toMatchObject({ code: 2 })
  expect(await line.run(['sweep', `s3://${bucket}/a`, '--lifecycle', '7'])).toMatchObject({ code: 2 })
})
