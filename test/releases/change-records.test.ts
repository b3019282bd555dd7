import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createChangeRecords } from '../../src-main/releases/change-records.ts'

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-changes-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const records = () =>
  createChangeRecords(join(directory, 'kept'), async () => ({
    head: z.strictObject({ at: z.string(), bucket: z.string() }),
    line: z.strictObject({ step: z.number() }),
  }))

test('F29 what was noted is there for another process before the change has ended', async () => {
  const writer = await records().begin('plan_a', { at: '2026-01-01', bucket: 'b' })
  await writer.note({ step: 1 })
  expect(await records().open('plan_a')).toEqual({
    id: 'plan_a',
    head: { at: '2026-01-01', bucket: 'b' },
    lines: [{ step: 1 }],
    hasEnded: false,
  })
  expect(await writer.end()).toBe(true)
  expect((await records().open('plan_a')).hasEnded).toBe(true)
  expect((await stat(join(directory, 'kept', 'plan_a.jsonl'))).mode & 0o777).toBe(0o600)
})

test('a change that has ended can be gone on with', async () => {
  await (await records().begin('plan_a', { at: '2026-01-01', bucket: 'b' })).end()
  const more = await records().extend('plan_a')
  await more.note({ step: 2 })
  expect(await more.end()).toBe(true)
  expect(await records().open('plan_a')).toMatchObject({ lines: [{ step: 2 }], hasEnded: true })
})

test('they come newest first, fifty at most, and are gone when forgotten', async () => {
  for (let day = 10; day < 62; day++)
    await (await records().begin(`plan_${day}`, { at: `2026-${day}`, bucket: 'b' })).end()
  const ids = (await records().list()).map(({ id }) => id)
  expect(ids).toHaveLength(50)
  expect(ids.slice(0, 2)).toEqual(['plan_61', 'plan_60'])
  await records().forget('plan_61')
  await expect(records().open('plan_61')).rejects.toMatchObject({ error: { code: 'not-found' } })
})

test('F42 one with a bit turned over is set aside and not believed; a line that was cut off is passed over', async () => {
  const path = join(directory, 'kept', 'plan_a.jsonl')
  await (await records().begin('plan_a', { at: '2026-01-01', bucket: 'b' })).end()
  await appendFile(path, '{"step":')
  expect(await records().open('plan_a')).toMatchObject({ lines: [] })
  await writeFile(path, (await readFile(path, 'utf8')).replace('"b"', '"c"'))
  expect(await records().list()).toEqual([])
  expect(await readdir(join(directory, 'kept'))).toEqual(['plan_a.jsonl.damaged'])
})

test('S15 an id that leads elsewhere is no change', async () => {
  await expect(records().open('../../settings')).rejects.toMatchObject({ error: { code: 'not-found' } })
})
