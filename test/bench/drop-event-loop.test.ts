import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDispatch, subscribeToEvents } from '../../src-main/backend/dispatch.ts'
import type { TransferSnapshot, UploadReport } from '../../src-preload/contract/transfer.ts'
import { type RunningBackend, runBackend } from '../backend/running-backend.ts'
import { saveProfile } from '../backend/saved-profile.ts'
import { createLogDouble } from '../log-double.ts'
import { type MachineWatch, watchMachine } from './machine-slowness.ts'
import { type NullServer, nullKeys, startNullServer } from './start-null-server.ts'
import { pathOf, siteSizes, writeTree } from './tree.ts'

const files = 2000
const allowedMs = 50
let server: NullServer
let backend: RunningBackend
let folder: string
let profileId: string
let machine: MachineWatch

beforeAll(async () => {
  machine = watchMachine()
  backend = await runBackend({ host: 'electron' })
  folder = join(backend.folder, 'pictures')
  await mkdir(folder)
  writeTree(folder, { files, seed: 7, ...siteSizes })
  server = await startNullServer(5)
  profileId = await saveProfile(backend.api, { endpoint: server.endpoint, ...nullKeys }, {}, false)
})

afterAll(async () => {
  machine.end()
  await backend.close()
  server.stop()
})

/**
 * The 99th percentile of how long something that is due waits, in milliseconds, from a drop until its report: every call
 * checked and every event as text, as between the application and its window, with the list that is kept on disk. The
 * keys have a part of their file's hash, so that every file is read before any is sent. On a machine that is busy with
 * other things it is reckoned as what it would be on an idle one.
 */
async function longestWaits(bucket: string): Promise<number> {
  const log = createLogDouble()
  const dispatch = createDispatch(backend.api, { log })
  const call = async <T>(name: string, input: unknown): Promise<T> => {
    // The calls of a window come as copies.
    const result = await dispatch(name, structuredClone(input))
    if (!result.ok) throw new Error(`${name}: ${result.error.message}`)
    return result.value as T
  }
  let snapshot: TransferSnapshot | null = null
  let sentBytes = 0
  let arrived: (report: UploadReport) => void
  const report = new Promise<UploadReport>((resolve) => (arrived = resolve))
  const stop = subscribeToEvents(backend.api, { log }, (name, event) => {
    sentBytes += JSON.stringify(event).length
    if (name === 'onTransfers') snapshot = event as TransferSnapshot
    else if (name === 'onUploadReport') arrived(event as UploadReport)
  })
  const sources = Array.from({ length: files }, (_, index) => ({ path: join(folder, pathOf(index)) }))
  const place = { profileId, bucket, prefix: 'pictures/' }
  const naming = { template: '{yyyy}/{slug}-{hash8}.{ext}', clean: 'as-is' }

  const startedAt = Date.now()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const { selectionId } = await call<{ selectionId: string }>('registerDrop', { sources })
  const about = { ...place, selectionId, naming }
  await call('planUpload', { ...about, leaveOutEmpty: false, lookForExisting: true })
  await call('findConflicts', about)
  await call('startUpload', {
    ...about,
    visibility: 'private',
    onConflict: 'keep-both',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 3600,
  })
  const told = await report
  delay.disable()
  stop()
  expect(told).toMatchObject({ uploaded: files, failed: 0 })
  expect(snapshot).toMatchObject({ counts: { done: files } })
  expect(sentBytes).toBeGreaterThan(files)
  expect(await server.objects(bucket)).toHaveLength(files)
  await call('clearTransfers', {})
  return delay.percentile(99) / 1e6 / machine.slowness(startedAt, Date.now())
}

/** What else the machine does only makes it longer, so the best of five counts. */
test('while 2,000 files are dropped, what waits for the main process waits for less than 50 ms', async () => {
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 5 && best >= allowedMs; attempt++)
    best = Math.min(best, await longestWaits(`drop-${attempt}`))
  expect(best).toBeLessThan(allowedMs)
}, 120_000)
