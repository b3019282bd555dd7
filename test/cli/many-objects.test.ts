import { DeletePublicAccessBlockCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inParallel } from '../../src-main/s3/in-parallel.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'
import { clientOf } from './s3-client.ts'

/** More than one page of a listing. */
const objects = 1203
const Bucket = 'pail-many-objects'
const keyOf = (index: number) => `docs/${String(index).padStart(4, '0')}.txt`

describe('pail set-visibility, of more than a thousand objects', () => {
  let line: RunningCommandLine
  beforeAll(async () => {
    line = await startCommandLine()
    const client = clientOf({ endpoint: line.endpoint, ...line.credentials })
    expect((await line.run(['mb', `s3://${Bucket}`])).code).toBe(0)
    await client.send(new DeletePublicAccessBlockCommand({ Bucket }))
    const keys = [...Array.from({ length: objects }, (_, index) => keyOf(index)), 'other.txt']
    await inParallel(keys, 16, async (Key) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    })
    client.destroy()
  }, 300_000)
  afterAll(() => line.close())

  const status = async (key: string) => (await fetch(`${line.endpoint}/${Bucket}/${key}`)).status
  const ends = () => Promise.all([keyOf(0), keyOf(objects - 1), 'other.txt'].map(status))

  test('S44 all are counted and the first are named before the bucket’s name is asked for, and it is undone', async () => {
    const argv = ['set-visibility', 'public', `s3://${Bucket}/docs/`]
    const refused = await line.run(argv, { typed: 'yes' })
    expect(refused.code).toBe(3)
    expect(refused.err).toContain(`1,203 objects in ${Bucket} are to become public:`)
    expect(refused.err).toContain(keyOf(0))
    expect(refused.err.match(/docs\/\d{4}\.txt/g)?.length).toBeLessThanOrEqual(50)
    expect(refused.err).toContain('  and 1,153 more')
    expect(await ends()).toEqual([403, 403, 403])

    const opened = await line.run([...argv, '--json'], { typed: Bucket })
    expect(opened.code).toBe(0)
    expect(await ends()).toEqual([200, 200, 403])
    const { results } = JSON.parse(opened.out) as { results: { plan: object; outcome: object }[] }
    expect(results).toMatchObject([
      { plan: { objects, more: false }, outcome: { counts: { public: objects, notChecked: 0 } } },
    ])

    expect((await line.run(['set-visibility', 'undo', `s3://${Bucket}`, '--yes'])).code).toBe(0)
    expect(await ends()).toEqual([403, 403, 403])
  }, 120_000)
})
