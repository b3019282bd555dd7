import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import { transferSnapshotSchema } from '../../src-preload/contract/transfer.ts'
import type { S3SessionOptions } from '../../src-main/s3/create-s3-session.ts'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { DownloadBatch, EndedBatch, UploadBatch } from '../../src-main/transfers/batch.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import { journalPath, openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import type { TransferQueue, TransferQueueOptions } from '../../src-main/transfers/transfer-queue.ts'
import { typescriptNode } from '../bench/typescript-node.ts'
import type { ScriptedProxy } from '../sync/scripted-proxy.ts'
import { startScriptedProxy } from '../sync/scripted-proxy.ts'
import type { QueueJob } from './open-job.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'
import { smallSizes } from './small-sizes.ts'

type Script = Parameters<typeof startScriptedProxy>[1]

/** Holds requests back, so that nothing depends on who is quicker. */
export interface Gate {
  /** Of a proxy: lets so many of these requests through, and no more until it is opened. */
  readonly script: Script
  /** How many wait. */
  readonly held: () => number
  /** Returns when so many wait. */
  until(held: number): Promise<void>
  /** From now on everything passes, and what waited does, or is cut. */
  open(how?: 'pass' | 'cut'): void
}

/** Holds back all but the first `passes` requests that fit. */
export function gate(fits: (request: Parameters<Script>[0]) => boolean, passes = 0): Gate {
  let left = passes
  let isOpen = false
  let waiting: ((how: 'pass' | 'cut') => void)[] = []
  let lookers: (() => void)[] = []
  return {
    held: () => waiting.length,
    until: (held) =>
      new Promise((resolve) => {
        const look = () => waiting.length >= held && resolve()
        lookers.push(look)
        look()
      }),
    script(request) {
      if (isOpen || !fits(request) || left-- > 0) return null
      return new Promise((resolve, reject) => {
        waiting.push((how) => (how === 'pass' ? resolve(null) : reject(new Error('cut'))))
        for (const look of lookers) look()
      })
    },
    open(how = 'pass') {
      isOpen = true
      for (const go of waiting) go(how)
      waiting = []
      lookers = []
    },
  }
}

/** A part of an upload. */
export const isPart: Parameters<typeof gate>[0] = ({ method, query }) =>
  method === 'PUT' && query.has('partNumber')

/** The bytes of an object. */
export const isGet: Parameters<typeof gate>[0] = ({ method, key }) => method === 'GET' && key !== ''

/** In hex. */
export const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Whether nothing is going to happen by itself any more. */
export const isOver = ({ counts }: TransferSnapshot) => counts.queued + counts.running + counts.paused === 0

/** A queue with its journal in front of a playground, and a proxy between them that follows a script. */
export interface QueueScene {
  readonly place: PlaygroundForTest
  readonly endpoint: string
  readonly proxy: ScriptedProxy
  /** What the proxy does; passes everything on at first. */
  script: Script
  /** The running queue. */
  readonly queue: TransferQueue
  readonly ended: readonly EndedBatch[]
  readonly folder: string
  readonly journalFile: string
  /** A session through the proxy. */
  session(options?: Partial<S3SessionOptions>): S3Session
  /** Starts a queue, with what the one before has left in the journal. */
  start(options?: Partial<TransferQueueOptions>): Promise<TransferQueue>
  /** Waits for a state, and not for a time. */
  until(isSo: (snapshot: TransferSnapshot) => boolean): Promise<void>
  write(name: string, bytes: Buffer | string): Promise<string>
  upload(paths: readonly string[], more?: Partial<UploadBatch>): Promise<void>
  /** Into `down` below the folder. */
  download(keys: readonly string[], as?: DownloadBatch['as']): Promise<void>
  /** Puts an object there, past the proxy. */
  put(key: string, bytes: Buffer): Promise<void>
  /** The digest of an object. */
  contentOf(key: string): Promise<string>
  /** The headers of an object, as HEAD tells them. */
  headersOf(key: string): Promise<Record<string, string | null>>
  /** The digest of a file in `down`. */
  downloaded(name: string): Promise<string>
  /** The names in `down`, those of unfinished files included. */
  downNames(): Promise<string[]>
  keysBelow(prefix: string): Promise<string[]>
  openUploads(): Promise<number>
  /** How many requests of a kind went well. */
  count(operation: string): number
  /**
   * Runs a queue in a process of its own to its end; it goes on with what the journal has, or begins with its job.
   * `act` may send it signals meanwhile. Answers what it wrote.
   */
  runProcess(
    job: Partial<QueueJob>,
    act?: (send: (signal: NodeJS.Signals) => void) => Promise<void>,
    program?: readonly string[],
  ): Promise<string>
  /** Closes the queue and forgets its files: for after each test. */
  reset(): Promise<void>
  close(): Promise<void>
}

/** Longer than any test: what a gate holds back is never given up, however long the machine is busy with others. */
const patience = { connectionMs: 120_000, socketMs: 120_000, uploadMs: 120_000 }

/** Starts one. */
export async function startQueueScene(): Promise<QueueScene> {
  const place = await startPlaygroundForTest({ smallestPartBytes: 1 })
  let script: Script = () => null
  const proxy = await startScriptedProxy(place.endpoint, (request) => script(request))
  const sessionWith = (options: Partial<S3SessionOptions> = {}) =>
    place.sessionWith({ endpoint: proxy.endpoint, timeouts: patience, ...options })
  let usual = sessionWith()
  let folder = ''
  let queue: TransferQueue | null = null
  let ended: EndedBatch[] = []
  let watchers: (() => void)[] = []
  const look = () => watchers.forEach((watcher) => watcher())

  async function reset(): Promise<void> {
    script = () => null
    await queue?.close()
    queue = null
    ended = []
    watchers = []
    place.requests.length = 0
    proxy.seen.length = 0
    if (folder !== '') await rm(folder, { recursive: true, force: true })
    folder = await mkdtemp(join(tmpdir(), 'pail-scene-'))
    await mkdir(join(folder, 'files'))
    await mkdir(join(folder, 'down'))
  }
  await reset()

  const running = () => {
    if (queue === null) throw new Error('no queue')
    return queue
  }
  return {
    place,
    endpoint: proxy.endpoint,
    proxy,
    get script() {
      return script
    },
    set script(next) {
      script = next
    },
    get queue() {
      return running()
    },
    get ended() {
      return ended
    },
    get folder() {
      return folder
    },
    get journalFile() {
      return journalPath(join(folder, 'transfers'), 'app')
    },
    session: sessionWith,
    async start(options = {}) {
      await queue?.close()
      const journal = await openTransferJournal({
        directory: join(folder, 'transfers'),
        name: 'app',
        lock: async () => async () => undefined,
      })
      if (journal === null) throw new Error('in use')
      // What was learnt about the service by another test is nobody's business.
      usual = sessionWith()
      const made = createTransferQueue({
        session: () => Promise.resolve(usual),
        journal,
        sizes: smallSizes,
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
      let closing: Promise<void> | null = null
      queue = { ...made, close: () => (closing ??= made.close()) }
      return queue
    },
    async until(isSo) {
      const now = running()
      await new Promise<void>((resolve) => {
        const check = () => isSo(now.snapshot()) && resolve()
        watchers.push(check)
        check()
      })
    },
    async write(name, bytes) {
      const path = join(folder, 'files', name)
      await writeFile(path, bytes)
      return path
    },
    async upload(paths, more = {}) {
      const selections = createSelectionStore()
      const { selectionId } = await selections.register(paths)
      await running().upload({
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
    },
    async download(keys, as) {
      const batch = { profileId: 'p', bucket: place.open, keys, prefixes: [], folder: join(folder, 'down') }
      await running().download(as === undefined ? batch : { ...batch, as })
    },
    async put(key, bytes) {
      const client = await place.session.client(place.open)
      const { PutObjectCommand } = await import('@aws-sdk/client-s3')
      await client.send(new PutObjectCommand({ Bucket: place.open, Key: key, Body: bytes }))
    },
    async headersOf(key) {
      const head = await headObject(place.session, { bucket: place.open, key })
      const { contentType, cacheControl, contentEncoding, contentDisposition } = head!
      return { contentType, cacheControl, contentEncoding, contentDisposition }
    },
    async contentOf(key) {
      const targetPath = join(folder, `content-${randomBytes(4).toString('hex')}`)
      await getObjectToFile(place.session, { bucket: place.open, key, targetPath })
      return digest(await readFile(targetPath))
    },
    downloaded: async (name) => digest(await readFile(join(folder, 'down', name))),
    downNames: () => readdir(join(folder, 'down')),
    async keysBelow(prefix) {
      const keys: string[] = []
      for await (const { key } of listAllObjects(place.session, { bucket: place.open, prefix }))
        keys.push(key)
      return keys
    },
    async openUploads() {
      const client = await place.session.client(place.open)
      const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: place.open }))
      return (Uploads ?? []).length
    },
    count: (operation) =>
      place.requests.filter((request) => request.operation === operation && request.status < 300).length,
    async runProcess(more, act, program = [typescriptNode()]) {
      const job: QueueJob = {
        endpoint: proxy.endpoint,
        ...(await place.session.credentials()),
        bucket: place.open,
        directory: join(folder, 'transfers'),
        files: [],
        prefix: 'killed/',
        keys: [],
        folder: join(folder, 'down'),
        sizes: smallSizes,
        socketMs: patience.socketMs,
        ...more,
      }
      const [command = '', ...args] = program
      const script = join(import.meta.dirname, 'queue-process.ts')
      const child = spawn(command, [...args, script, JSON.stringify(job)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
      const exited = once(child, 'exit')
      const acted = act?.((signal) => void child.kill(signal))
      await exited
      await acted
      return output
    },
    reset,
    async close() {
      await queue?.close()
      await proxy.close()
      await place.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
