import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import { transferSnapshotSchema } from '../../src-preload/contract/transfer.ts'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import type { EndedBatch, UploadBatch } from '../../src-main/transfers/batch.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import type { TransferQueue, TransferQueueOptions } from '../../src-main/transfers/transfer-queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import { journalPath, openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import { typescriptNode } from '../bench/typescript-node.ts'
import { startScriptedProxy } from '../sync/scripted-proxy.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'

const mib = 1024 * 1024
let place: PlaygroundForTest
let folder: string
let queue: TransferQueue | null
let ended: EndedBatch[]
let watchers: (() => void)[]

beforeAll(async () => {
  place = await startPlaygroundForTest()
})
afterAll(() => place.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-kept-'))
  await mkdir(join(folder, 'files'))
  queue = null
  ended = []
  watchers = []
  place.requests.length = 0
})
afterEach(async () => {
  await queue?.close()
  await rm(folder, { recursive: true, force: true })
})

const journalFile = () => journalPath(join(folder, 'transfers'), 'app')

async function start(options: Partial<TransferQueueOptions> = {}): Promise<TransferQueue> {
  const journal = await openTransferJournal({
    directory: join(folder, 'transfers'),
    name: 'app',
    lock: async () => async () => undefined,
  })
  if (journal === null) throw new Error('in use')
  const look = () => watchers.forEach((watcher) => watcher())
  queue = createTransferQueue({
    session: () => Promise.resolve(place.session),
    journal,
    onSnapshot(snapshot) {
      transferSnapshotSchema.parse(snapshot)
      look()
    },
    onBatchEnded(batch) {
      ended.push(batch)
      look()
    },
    retryDelaysMs: [5, 5, 5],
    offlineProbeMs: 20,
    ...options,
  })
  return queue
}

/** Waits for a state, and not for a time. */
async function until(isSo: (snapshot: TransferSnapshot) => boolean): Promise<void> {
  const now = queue
  if (now === null) throw new Error('no queue')
  await new Promise<void>((resolve) => {
    const check = () => isSo(now.snapshot()) && resolve()
    watchers.push(check)
    check()
  })
}

async function write(name: string, bytes: Buffer | string): Promise<string> {
  const path = join(folder, 'files', name)
  await writeFile(path, bytes)
  return path
}

async function upload(paths: readonly string[], more: Partial<UploadBatch> = {}): Promise<void> {
  const selections = createSelectionStore()
  const { selectionId } = await selections.register(paths)
  await queue?.upload({
    profileId: 'p',
    bucket: place.open,
    prefix: 'kept/',
    files: selections.get(selectionId),
    visibility: 'private',
    onConflict: 'keep-both',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 3600,
    ...more,
  })
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function contentOf(key: string): Promise<string> {
  const targetPath = join(folder, `down-${randomBytes(4).toString('hex')}`)
  await getObjectToFile(place.session, { bucket: place.open, key, targetPath })
  return digest(await readFile(targetPath))
}

async function keysBelow(prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listAllObjects(place.session, { bucket: place.open, prefix })) keys.push(key)
  return keys
}

async function openUploads(): Promise<number> {
  const client = await place.session.client(place.open)
  return ((await client.send(new ListMultipartUploadsCommand({ Bucket: place.open }))).Uploads ?? []).length
}

const count = (operation: string) =>
  place.requests.filter((request) => request.operation === operation && request.status < 300).length

const isOver = ({ counts }: TransferSnapshot) => counts.queued + counts.running + counts.paused === 0

describe('transfers that outlive their process', () => {
  it('F46 quitting keeps what runs and what waits, within two seconds, and the next start goes on', async () => {
    const big = randomBytes(40 * mib)
    const paths = [await write('big.bin', big), await write('a.txt', 'a'), await write('b.txt', 'b')]
    await start({ concurrency: 1 })
    await upload(paths, { prefix: 'quit/' })
    await until(({ movedBytes }) => movedBytes > 8 * mib)
    const startedAt = performance.now()
    await queue?.close()
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(await keysBelow('quit/')).toEqual([])
    expect(await openUploads()).toBe(1)
    const sent = count('UploadPart')
    expect((await start()).restore()).toBe(3)
    expect(queue?.snapshot().movedBytes).toBeGreaterThan(0)
    await until(isOver)
    expect(ended.at(-1)).toMatchObject({ done: 3, failed: 0, prefix: 'quit/', linkExpirySeconds: 3600 })
    expect(count('CreateMultipartUpload')).toBe(1)
    expect(sent).toBeGreaterThan(0)
    // Of those under way when it was closed some may have arrived unseen; no other is sent twice.
    expect(count('UploadPart')).toBeLessThanOrEqual(5 + 4)
    expect(await contentOf('quit/big.bin')).toBe(digest(big))
    expect(await openUploads()).toBe(0)
    await queue?.close()
    // Nothing is left to be kept.
    await expect(readFile(journalFile())).rejects.toThrow('ENOENT')
  })

  it('F27 killed three times at random, an upload ends identical and sends hardly a part twice', async () => {
    const big = randomBytes(64 * mib)
    const small = Array.from({ length: 20 }, (_, index) => Buffer.from(`small ${index}`))
    const files = [await write('big.bin', big)]
    for (const [index, bytes] of small.entries()) files.push(await write(`s${index}.txt`, bytes))
    const { accessKeyId, secretAccessKey } = await place.session.credentials()
    const job = {
      endpoint: place.endpoint,
      accessKeyId,
      secretAccessKey,
      bucket: place.open,
      directory: join(folder, 'transfers'),
      files,
    }
    /** Runs to its end, or until it is killed when so many parts more have arrived. */
    const run = async (killAfter: number) => {
      const script = join(import.meta.dirname, 'upload-process.ts')
      const child = spawn(typescriptNode(), [script, JSON.stringify(job)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const exited = once(child, 'exit')
      const enough = count('UploadPart') + killAfter
      const kill = setInterval(() => count('UploadPart') >= enough && child.kill('SIGKILL'), 2)
      await exited
      clearInterval(kill)
      return output
    }
    const outputs: string[] = []
    const isDone = () => outputs.some((output) => output.includes('ended'))
    for (let kill = 0; kill < 3 && !isDone(); kill++) outputs.push(await run(Math.floor(Math.random() * 3)))
    const kills = outputs.length
    if (!isDone()) outputs.push(await run(Number.POSITIVE_INFINITY))
    expect(kills).toBeGreaterThan(1)
    expect(outputs.at(-1)).toMatch(/ended \d+ 0\n$/)
    const parts = 8
    expect(count('UploadPart')).toBeLessThanOrEqual(parts + kills * 4)
    expect(await contentOf('killed/big.bin')).toBe(digest(big))
    // Neither lost nor doubled, though "keep both" would have given the second a name of its own.
    expect(await keysBelow('killed/')).toHaveLength(21)
    for (const [index, bytes] of small.entries())
      expect(await contentOf(`killed/s${index}.txt`)).toBe(digest(bytes))
    expect(await openUploads()).toBe(0)
  }, 90_000)

  it('F29 killed after the object is there and before that is written down, it is done, not doubled', async () => {
    const big = randomBytes(10 * mib)
    const paths = [
      await write('big.bin', big),
      await write('small.txt', 'small'),
      await write('twin.txt', 'new'),
    ]
    await start()
    await upload([await write('twin.txt', 'old')], { prefix: 'done/' })
    await until(() => ended.length === 1)
    await write('twin.txt', 'new')
    await upload(paths, { prefix: 'done/' })
    // The journal as it is before anything of the ends is on the disk.
    const saved = join(folder, 'saved')
    await until(({ counts }) => counts.done === 4)
    expect(await keysBelow('done/')).toHaveLength(4)
    await copyFile(journalFile(), saved)
    await queue?.close()
    await copyFile(saved, journalFile())
    const [sent, puts] = [count('UploadPart'), count('PutObject')]
    const restored = (await start()).restore()
    expect(restored).toBeGreaterThan(0)
    await until(isOver)
    expect(ended.at(-1)).toMatchObject({ done: restored, failed: 0 })
    expect([count('UploadPart'), count('PutObject')]).toEqual([sent, puts])
    expect(await keysBelow('done/')).toHaveLength(4)
  })

  it('F36 a file that was changed while Pail was not running is sent as it is now, never as a mix', async () => {
    const path = await write('edited.bin', randomBytes(24 * mib))
    await start()
    await upload([path], { prefix: 'edited/' })
    await until(({ movedBytes }) => movedBytes > 0)
    await queue?.close()
    const after = randomBytes(20 * mib)
    await write('edited.bin', after)
    ;(await start()).restore()
    await until(isOver)
    expect(ended.at(-1)).toMatchObject({ done: 1, failed: 0 })
    expect(await contentOf('edited/edited.bin')).toBe(digest(after))
    expect(await openUploads()).toBe(0)
  })

  it('keeps what a person has paused, and the order that was chosen', async () => {
    const names = ['a.txt', 'b.txt', 'c.txt']
    const paths: string[] = []
    for (const name of names) paths.push(await write(name, name))
    await start()
    queue?.pause('all')
    // Held back by a limit of nothing: they are paused before they run.
    await upload(paths, { prefix: 'order/' })
    queue?.pause('all')
    const rows = queue?.snapshot().transfers ?? []
    expect(rows.map(({ state, pausedBy }) => [state, pausedBy])).toEqual(
      names.map(() => ['paused', 'person']),
    )
    queue?.moveFirst([rows.at(-1)?.id ?? ''])
    await queue?.close()
    expect((await start()).restore()).toBe(3)
    const again = queue?.snapshot()
    expect(again?.transfers.map(({ name, state }) => [name, state])).toEqual([
      ['c.txt', 'paused'],
      ['a.txt', 'paused'],
      ['b.txt', 'paused'],
    ])
    expect(again?.counts).toMatchObject({ paused: 3, queued: 0 })
    expect(await keysBelow('order/')).toEqual([])
    queue?.resume('all')
    await until(isOver)
    expect(await keysBelow('order/')).toHaveLength(3)
  })

  it('a cancelled upload is not taken up again, and its parts are taken back', async () => {
    await start()
    await upload([await write('cancel.bin', randomBytes(40 * mib))], { prefix: 'cancel/' })
    await until(({ movedBytes }) => movedBytes > 0)
    queue?.cancel('all')
    await queue?.close()
    expect((await start()).restore()).toBe(0)
    await queue?.close()
    expect(await openUploads()).toBe(0)
    expect(await keysBelow('cancel/')).toEqual([])
  })
})

describe('a person', () => {
  it('pauses one that runs, and it goes on from where it was', async () => {
    const big = randomBytes(40 * mib)
    await start()
    await upload([await write('big.bin', big), await write('other.txt', 'other')], { prefix: 'pause/' })
    await until(({ movedBytes }) => movedBytes > 8 * mib)
    const id = queue?.snapshot().transfers.find(({ name }) => name === 'big.bin')?.id ?? ''
    queue?.pause([id])
    await until(({ counts }) => counts.paused === 1 && counts.running === 0)
    const paused = queue?.snapshot().transfers.find((row) => row.id === id)
    expect(paused).toMatchObject({ state: 'paused', pausedBy: 'person', error: null })
    expect(paused?.movedBytes).toBeGreaterThan(0)
    const before = count('UploadPart')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(count('UploadPart')).toBe(before)
    queue?.resume([id])
    await until(isOver)
    expect(count('CreateMultipartUpload')).toBe(1)
    expect(count('UploadPart')).toBeLessThanOrEqual(5 + 4)
    expect(await contentOf('pause/big.bin')).toBe(digest(big))
  })
})

describe('a service that is away', () => {
  it('F1 pauses as offline, burns no attempt, and goes on by itself when it is back', async () => {
    let isAway = false
    let asked = 0
    let onAsked: () => unknown = () => undefined
    const proxy = await startScriptedProxy(place.endpoint, () => {
      if (!isAway) return null
      asked++
      onAsked()
      return Promise.reject(new Error('cut'))
    })
    const session = place.sessionWith({ endpoint: proxy.endpoint })
    const big = randomBytes(40 * mib)
    await start({ session: () => Promise.resolve(session), retryDelaysMs: [] })
    await upload([await write('big.bin', big), await write('next.txt', 'next')], { prefix: 'away/' })
    await until(({ movedBytes }) => movedBytes > 8 * mib)
    isAway = true
    await until(({ counts }) => counts.paused > 0 && counts.running === 0)
    const row = queue?.snapshot().transfers.find(({ state }) => state === 'paused')
    expect(row).toMatchObject({ pausedBy: 'offline', error: { code: 'unreachable' } })
    // One question at a time, and nothing else.
    const enough = asked + 3
    await new Promise<void>((resolve) => {
      onAsked = () => asked >= enough && resolve()
    })
    expect(proxy.seen.slice(-3).map(({ method, key }) => [method, key])).toEqual([
      ['HEAD', ''],
      ['HEAD', ''],
      ['HEAD', ''],
    ])
    isAway = false
    await until(isOver)
    expect(ended.at(-1)).toMatchObject({ done: 2, failed: 0 })
    expect(count('CreateMultipartUpload')).toBe(1)
    expect(await contentOf('away/big.bin')).toBe(digest(big))
    await proxy.close()
  })

  it('F2 a name that cannot be found is offline, too, in words of its own, and not asked for again and again', async () => {
    let looked = 0
    const session = place.sessionWith({
      endpoint: 'https://nowhere.invalid',
      lookup: (hostname, _options, callback) => {
        looked++
        callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), '')
      },
    })
    await start({ session: () => Promise.resolve(session), offlineProbeMs: 5000 })
    await upload([await write('dns.txt', 'dns')], { prefix: 'dns/' })
    await until(({ counts }) => counts.paused === 1)
    expect(queue?.snapshot().transfers[0]).toMatchObject({ pausedBy: 'offline', error: { code: 'dns' } })
    const before = looked
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(looked).toBe(before)
    queue?.cancel('all')
    expect(queue?.snapshot().transfers[0]).toMatchObject({ state: 'cancelled' })
  })

  it('F19 an expired session waits for the person, without a storm, and goes on with the same upload', async () => {
    let isExpired = false
    let refused = 0
    const proxy = await startScriptedProxy(place.endpoint, ({ method, query }) => {
      if (method === 'PUT' && query.get('partNumber') === '4' && refused === 0) isExpired = true
      if (!isExpired) return null
      refused++
      const body =
        '<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>'
      return { status: 400, body, headers: { 'content-type': 'application/xml' } }
    })
    const session = place.sessionWith({ endpoint: proxy.endpoint })
    const big = randomBytes(40 * mib)
    const paths = [await write('big.bin', big)]
    for (let index = 0; index < 30; index++) paths.push(await write(`n${index}.txt`, `n${index}`))
    await start({ session: () => Promise.resolve(session), concurrency: 4 })
    await upload(paths, { prefix: 'expired/' })
    await until(({ counts }) => counts.paused > 0 && counts.running === 0)
    const row = queue?.snapshot().transfers.find(({ name }) => name === 'big.bin')
    expect(row).toMatchObject({ state: 'paused', pausedBy: 'sign-in', error: { code: 'expired-token' } })
    const before = refused
    // Each that was under way has asked once: the parts of the large one, the questions about the small ones.
    expect(before).toBeLessThanOrEqual(8)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(refused).toBe(before)
    isExpired = false
    queue?.credentialsChanged('p')
    await until(isOver)
    expect(ended.at(-1)).toMatchObject({ done: 31, failed: 0 })
    expect(count('CreateMultipartUpload')).toBe(1)
    expect(await contentOf('expired/big.bin')).toBe(digest(big))
    await proxy.close()
  })

  it('F12 F27 an upload that the service has forgotten meanwhile begins anew', async () => {
    const big = randomBytes(24 * mib)
    await start()
    await upload([await write('big.bin', big)], { prefix: 'forgot/' })
    await until(({ movedBytes }) => movedBytes > 0)
    await queue?.close()
    const client = await place.session.client(place.open)
    const { AbortMultipartUploadCommand } = await import('@aws-sdk/client-s3')
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: place.open }))
    for (const { Key, UploadId } of Uploads)
      await client.send(new AbortMultipartUploadCommand({ Bucket: place.open, Key, UploadId }))
    ;(await start()).restore()
    await until(isOver)
    expect(ended.at(-1)).toMatchObject({ done: 1, failed: 0 })
    expect(await contentOf('forgot/big.bin')).toBe(digest(big))
    expect(await openUploads()).toBe(0)
  })
})
