import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import { transferSnapshotSchema } from '../../src-preload/contract/transfer.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import type { EndedBatch, UploadBatch } from '../../src-main/transfers/batch.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import type { SelectedFile } from '../../src-main/transfers/selection-store.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import type { TransferQueue, TransferQueueOptions } from '../../src-main/transfers/transfer-queue.ts'
import type { PlaygroundForTest } from './playground-for-test.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'

/** 1,048,576 bytes. */
export const mib = 1024 * 1024

/** A playground for all tests of a file, and for each a folder and a queue. */
export interface QueueFixture {
  readonly place: PlaygroundForTest
  readonly folder: string
  readonly queue: TransferQueue
  /** What the queue has told, each of which is as the window wants it. */
  readonly snapshots: readonly TransferSnapshot[]
  /** Another queue takes the place of the one there is. */
  renew(options?: Partial<TransferQueueOptions>): void
  /** The next batch that ends. */
  nextEnd(): Promise<EndedBatch>
  /** Makes files, and selects them. */
  select(names: Record<string, string | Buffer>): Promise<SelectedFile[]>
  /** Answers how it has ended. */
  upload(files: readonly SelectedFile[], more?: Partial<UploadBatch>): Promise<EndedBatch>
  /** What a download of an object brings. */
  content(key: string, bucket?: string): Promise<string>
  keysBelow(prefix: string): Promise<string[]>
}

/** Makes one, and takes it away when the tests are over. */
export function useQueueFixture(): QueueFixture {
  let place: PlaygroundForTest
  let folder: string
  let queue: TransferQueue
  let snapshots: TransferSnapshot[]
  let told: ((batch: EndedBatch) => void) | null

  beforeAll(async () => {
    place = await startPlaygroundForTest()
  })
  afterAll(() => place.close())
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-queue-'))
    renew()
  })
  afterEach(async () => {
    await queue.close()
    await rm(folder, { recursive: true, force: true })
  })

  function renew(options: Partial<TransferQueueOptions> = {}): void {
    snapshots = []
    told = null
    queue = createTransferQueue({
      session: () => Promise.resolve(place.session),
      onSnapshot: (snapshot) => snapshots.push(transferSnapshotSchema.parse(snapshot)),
      onBatchEnded: (batch) => told?.(batch),
      retryDelaysMs: [5, 5],
      ...options,
    })
  }

  const nextEnd = () =>
    new Promise<EndedBatch>((resolve) => {
      told = resolve
    })

  return {
    get place() {
      return place
    },
    get folder() {
      return folder
    },
    get queue() {
      return queue
    },
    get snapshots() {
      return snapshots
    },
    renew,
    nextEnd,
    async select(names) {
      const root = await mkdtemp(join(folder, 'up-'))
      for (const [name, content] of Object.entries(names)) {
        await mkdir(dirname(join(root, name)), { recursive: true })
        await writeFile(join(root, name), content)
      }
      const store = createSelectionStore()
      const selection = await store.register((await readdir(root)).map((name) => join(root, name)))
      return [...store.get(selection.selectionId)]
    },
    upload(files, more = {}) {
      const end = nextEnd()
      void queue.upload({
        profileId: 'p',
        bucket: place.open,
        prefix: 'up/',
        files,
        visibility: 'private',
        onConflict: 'fail',
        cacheControl: null,
        baseUrl: null,
        linkExpirySeconds: 3600,
        ...more,
      })
      return end
    },
    async content(key, bucket = place.open) {
      const down = await mkdtemp(join(folder, 'down-'))
      const end = nextEnd()
      await queue.download({ profileId: 'p', bucket, keys: [key], prefixes: [], folder: down })
      await end
      const [name = ''] = await readdir(down)
      return readFile(join(down, name), 'utf8')
    },
    async keysBelow(prefix) {
      const keys: string[] = []
      for await (const object of listAllObjects(place.session, { bucket: place.open, prefix }))
        keys.push(object.key)
      return keys
    },
  }
}
