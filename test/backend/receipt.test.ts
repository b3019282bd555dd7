import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { receiptSchema } from '../../src-preload/contract/receipt.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { startScriptedServer } from '../s3/scripted-server.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'

const options: SyncOptions = {
  cacheControl: 'max-age=86400',
  rules: [],
  exclude: [],
  removeRemoteOnly: true,
  removeForeign: true,
  manifestInBucket: false,
  maxDelete: 10,
  visibility: 'public',
  keepPrevious: false,
}

let backend: RunningBackend
let profileId = ''
let folder = ''
let buckets = 0

beforeAll(async () => {
  backend = await runBackend()
  profileId = (await value(backend.api.startPlayground({}))).profile.id
  folder = join(backend.folder, 'site')
  await mkdir(folder)
})
afterAll(() => backend.close())

const newBucket = async () => {
  const bucket = `pail-receipt-${++buckets}`
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }))
  return bucket
}
const plan = async (bucket: string, more: Partial<SyncOptions> = {}) => {
  const chosen = await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: folder }))
  return value(
    backend.api.planSync({
      profileId,
      bucket,
      prefix: 'static',
      folderId: chosen?.folderId ?? '',
      options: { ...options, ...more },
    }),
  )
}
const apply = async (bucket: string, more: Partial<SyncOptions> = {}) => {
  const { planId, counts, foreignDeletes } = await plan(bucket, more)
  await value(
    backend.api.applySync({ planId, confirmedDeletes: counts.delete, confirmedForeign: foreignDeletes }),
  )
  return planId
}

test('a receipt is that of an applied plan, as the contract has it', async () => {
  const bucket = await newBucket()
  await writeFile(join(folder, 'a.css'), 'a')
  await writeFile(join(folder, 'b.css'), 'b')
  const waiting = await plan(bucket)
  const early = backend.api.createReceipt({ planId: waiting.planId, baseUrl: null })
  expect(await codeOf(early)).toBe('invalid-argument')

  const first = await value(backend.api.createReceipt({ planId: await apply(bucket), baseUrl: null }))
  expect(receiptSchema.parse(first)).toEqual(first)
  expect(first.rows.map(({ key, action, code }) => [key, action, code])).toEqual([
    ['static/a.css', 'upload', 'ok'],
    ['static/b.css', 'upload', 'ok'],
  ])
  await rm(join(folder, 'b.css'))
  const second = await value(backend.api.createReceipt({ planId: await apply(bucket), baseUrl: null }))
  expect(second.rows.map(({ key, action, code }) => [key, action, code])).toEqual([
    ['static/b.css', 'delete', 'ok'],
  ])
})

test('what is expected follows from the plan and the base URL, unless it is said', async () => {
  const bucket = await newBucket()
  await writeFile(join(folder, 'a.css'), 'a')
  const planId = await apply(bucket, { visibility: 'private' })
  const ask = async (more: { baseUrl?: string; expected?: 'public' | 'private' } = {}) => {
    const receipt = await value(backend.api.createReceipt({ planId, baseUrl: null, ...more }))
    return [receipt.expected, receipt.rows[0]?.code]
  }
  expect(await ask()).toEqual(['private', 'ok'])
  expect(await ask({ expected: 'public' })).toEqual(['public', 'not-public'])
  const cdn = await startScriptedServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/css; charset=utf-8' }).end(),
  )
  expect(await ask({ baseUrl: cdn.endpoint })).toEqual(['public', 'wrong-cache'])
  await value(backend.api.createReceipt({ planId, baseUrl: cdn.endpoint, stripPrefix: true }))
  expect(cdn.requests.map(({ url }) => url)).toEqual(['/static/a.css', '/a.css'])
  await cdn.close()
})

test.each([
  { baseUrl: 'no address' },
  { baseUrl: 'ftp://static.example.org' },
  { baseUrl: 'https://user:secret@static.example.org' },
  { baseUrl: 'https://static.example.org/?x=1' },
  { baseUrl: null, pageOrigin: 'www.example.org' },
  { baseUrl: null, pageOrigin: 'file:///index.html' },
])('an address that cannot be asked is refused: %j', async (input) => {
  const planId = await apply(await newBucket())
  expect(await codeOf(backend.api.createReceipt({ planId, ...input }))).toBe('invalid-argument')
})

test('a plan that is gone has no receipt', async () => {
  expect(await codeOf(backend.api.createReceipt({ planId: 'plan_gone', baseUrl: null }))).toBe('not-found')
})

test('cancelling the sync ends its receipt, too', async () => {
  const planId = await apply(await newBucket())
  const cdn = await startScriptedServer(() => {
    void backend.api.cancelSync({ planId })
  })
  const receipt = await value(backend.api.createReceipt({ planId, baseUrl: cdn.endpoint }))
  expect(receipt.rows.map(({ code }) => code)).toEqual(['not-checked'])
  expect(receipt.notChecked).toBe(1)
  await cdn.close()
})
