import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import { identifyFile } from '../s3/local-source.ts'
import { toFailure } from '../s3/map-error.ts'
import { keyFromRelativePath, keyProblem } from '../s3/object-key.ts'
import { rangedThresholdBytes } from '../s3/object-range.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { multipartThresholdBytes } from '../s3/upload-file.ts'
import type { DownloadBatch, EndedBatch, UploadBatch } from './batch.ts'
import { downloadOne } from './download-one.ts'
import { expandDownload } from './expand-download.ts'
import { defaultRetryDelaysMs, retryDelayMs } from './retry-policy.ts'
import type { NamePlatform, SafeName } from './safe-local-path.ts'
import { createSafeNamer } from './safe-local-path.ts'
import type { SelectedFile } from './selection-store.ts'
import { createSnapshotFeed, createSpeedMeter } from './snapshot-feed.ts'
import { sweepStaleParts } from './sweep-stale-parts.ts'
import type { BoardItem } from './transfer-board.ts'
import { createTransferBoard } from './transfer-board.ts'
import type { TransferEvent } from './transfer.ts'
import { isTerminal } from './transfer.ts'
import { alternativeKey, uploadOne } from './upload-one.ts'

/** What the queue needs from its host. */
export interface TransferQueueOptions {
  readonly session: (profileId: string) => Promise<S3Session>
  /** At most ten times a second, and at once when a batch ends. */
  readonly onSnapshot: (snapshot: TransferSnapshot) => void
  readonly onBatchEnded: (batch: EndedBatch) => void
  /** Small files in flight; a large one counts for four. 8 by default. */
  readonly concurrency?: number
  readonly now?: () => number
  readonly platform?: NamePlatform
  /** Milliseconds before each further attempt at a failed transfer. */
  readonly retryDelaysMs?: readonly number[]
}

/** All transfers of the application: bounded, observable, and each one can be cancelled and tried again. */
export interface TransferQueue {
  upload(batch: UploadBatch): Promise<{ batchId: string; transfers: number }>
  /** Lists what is below the prefixes first. Throws Failures. */
  download(batch: DownloadBatch): Promise<{ batchId: string; transfers: number }>
  snapshot(): TransferSnapshot
  /** A running transfer is cancelled when its parts are taken back, which is soon. */
  cancel(ids: readonly string[] | 'all'): void
  retry(ids: readonly string[] | 'failed'): void
  /** Forgets what has ended. */
  clear(): void
  /** Cancels everything and waits until nothing is under way any more. */
  close(): Promise<void>
}

interface Batch {
  readonly id: string
  readonly ended: Pick<
    EndedBatch,
    | 'direction'
    | 'profileId'
    | 'bucket'
    | 'visibility'
    | 'baseUrl'
    | 'linkExpirySeconds'
    | 'prefix'
    | 'onConflict'
    | 'linkFormat'
  >
  items: Item[]
  /** Transfers that have not ended. */
  open: number
}

type Work =
  | {
      readonly direction: 'upload'
      readonly wantedKey: string
      /** Why the file has no key; its upload fails with that. */
      readonly nameProblem: string | null
      readonly isNamedByContent: boolean
      readonly onConflict: UploadBatch['onConflict']
      readonly reuseIdentical: boolean
      readonly cacheControl: string | null
      file: SelectedFile
    }
  | { readonly direction: 'download'; readonly folder: string; readonly place: SafeName }

interface Item extends BoardItem {
  readonly batch: Batch
  readonly work: Work
  /** Attempts that failed since it was queued by a person. */
  attempts: number
  /** When the first attempt began whose end is not known. */
  triedSince: number | null
  stop: AbortController | null
  timer: NodeJS.Timeout | null
}

/** A file that goes in parts or comes in ranges has several requests under way and buffers for them. */
const largeFileWeight = 4

/** Makes a {@link TransferQueue}. Nothing runs until something is added. */
export function createTransferQueue(options: TransferQueueOptions): TransferQueue {
  const now = options.now ?? Date.now
  const capacity = options.concurrency ?? 8
  const delays = options.retryDelaysMs ?? defaultRetryDelaysMs
  const board = createTransferBoard<Item>()
  const speed = createSpeedMeter(now)
  const running = new Set<Promise<void>>()
  const listings = new Set<AbortController>()
  let load = 0
  let closed = false

  const snapshot = () => board.snapshot({ bytesPerSecond: speed.measure(board.movedBytes()) })
  const feed = createSnapshotFeed(() => options.onSnapshot(snapshot()), now)

  function add(batch: Batch, items: Item[]): { batchId: string; transfers: number } {
    if (closed) throw failure('cancelled', 'Pail is closing.')
    batch.items = items
    batch.open = items.length
    for (const item of items) board.add(item)
    feed.changed()
    // Not before the caller has the batch's id: an empty batch would have ended already.
    setImmediate(() => (items.length === 0 ? tellEnd(batch) : pump()))
    return { batchId: batch.id, transfers: items.length }
  }

  function pump(): void {
    for (const item of board.in('queued')) {
      const weight = weightOf(item)
      if (closed || (load > 0 && load + weight > capacity)) return
      move(item, 'start')
      load += weight
      const task = run(item).finally(() => {
        load -= weight
        running.delete(task)
        pump()
      })
      running.add(task)
    }
  }

  /** Applies an event; when it ends the last transfer of its batch, that is told at once. */
  function move(item: Item, event: TransferEvent): boolean {
    const wasOpen = !isTerminal(item.state)
    if (!board.apply(item, event)) return false
    const isOpen = !isTerminal(item.state)
    if (wasOpen && !isOpen) item.batch.open--
    if (!wasOpen && isOpen) item.batch.open++
    const ended = wasOpen && !isOpen && item.batch.open === 0
    feed.changed(ended)
    if (ended) tellEnd(item.batch)
    return true
  }

  function tellEnd(batch: Batch): void {
    const count = (state: Item['state']) => batch.items.filter((item) => item.state === state).length
    const done = batch.items.filter((item) => item.state === 'done')
    options.onBatchEnded({
      batchId: batch.id,
      ...batch.ended,
      keys: done.map((item) => item.key),
      files: done.flatMap((item) => (item.work.direction === 'upload' ? [item.work.file] : [])),
      done: done.length,
      failed: count('failed'),
      skipped: count('skipped'),
      cancelled: count('cancelled'),
    })
    // A retry reports what it adds; what has arrived was told.
    batch.items = batch.items.filter((item) => item.state === 'failed' || item.state === 'cancelled')
  }

  async function run(item: Item): Promise<void> {
    const stop = new AbortController()
    // Every request of the transfer listens to the one signal; that many is no leak.
    setMaxListeners(0, stop.signal)
    item.stop = stop
    item.error = null
    const startedAt = now()
    try {
      const session = await options.session(item.profileId)
      stop.signal.throwIfAborted()
      const end = await attempt(session, item, stop.signal)
      item.note = end.note
      if (end.verified !== undefined) item.verified = end.verified
      move(item, end.state === 'skipped' ? 'skip' : 'succeed')
    } catch (error) {
      settle(
        item,
        stop.signal.aborted ? failure('cancelled', 'Cancelled.') : toFailure(error, { key: item.key }),
        startedAt,
      )
    } finally {
      item.stop = null
    }
  }

  async function attempt(
    session: S3Session,
    item: Item,
    signal: AbortSignal,
  ): Promise<{ state: 'done' | 'skipped'; note: string | null; verified?: boolean }> {
    const onProgress = (moved: number) => {
      board.setMoved(item, moved)
      feed.changed()
    }
    const { bucket, key, work } = item
    if (work.direction === 'download') {
      const onSize = (sizeBytes: number) => board.setSize(item, sizeBytes)
      const { folder, place } = work
      const { note, verified } = await downloadOne(session, {
        bucket,
        key,
        folder,
        place,
        expectedSizeBytes: item.sizeBytes,
        signal,
        onSize,
        onProgress,
      })
      return { state: 'done', note, verified }
    }
    // What was chosen may have been edited since: a further attempt takes the file as it is now.
    if (item.attempts > 0 && !work.isNamedByContent) await lookAgain(item, work)
    return uploadOne(session, {
      bucket,
      wantedKey: work.wantedKey,
      key,
      file: work.file,
      visibility: item.visibility ?? 'private',
      onConflict: work.onConflict,
      reuseIdentical: work.reuseIdentical,
      nameProblem: work.nameProblem,
      cacheControl: work.cacheControl,
      triedSince: item.triedSince,
      signal,
      onKey: (tried) => {
        item.key = tried
      },
      onProgress,
    })
  }

  async function lookAgain(item: Item, work: Extract<Work, { direction: 'upload' }>): Promise<void> {
    const folder = dirname(work.file.path)
    // The folders were no links when the file was chosen; the file itself is opened without following one.
    if ((await realpath(folder).catch(() => null)) !== folder) {
      throw failure('local-missing', 'The file’s folder is not where it was.')
    }
    const identity = await identifyFile(work.file.path)
    work.file = { ...work.file, identity, sizeBytes: identity.sizeBytes }
    board.setSize(item, identity.sizeBytes)
  }

  function settle(item: Item, problem: Failure, startedAt: number): void {
    if (problem.error.code === 'cancelled') {
      move(item, 'cancel')
      return
    }
    item.error = problem.error
    item.attempts++
    // Only these leave it open whether the file has been stored.
    const uncertain = ['unreachable', 'timeout', 'server-error', 'slow-down'].includes(problem.error.code)
    if (uncertain) item.triedSince ??= startedAt
    const delay = retryDelayMs(problem.error, item.attempts, delays)
    if (delay === null || closed) {
      move(item, 'fail')
      return
    }
    move(item, 'wait')
    item.timer = setTimeout(() => {
      item.timer = null
      if (move(item, 'retry')) pump()
    }, delay)
  }

  function cancelOne(item: Item): void {
    if (item.timer !== null) clearTimeout(item.timer)
    item.timer = null
    if (item.state === 'running') item.stop?.abort()
    else if (move(item, 'cancel')) item.error = null
  }

  function newItem(batch: Batch, work: Work, more: Pick<Item, 'key' | 'name' | 'sizeBytes'>): Item {
    return {
      id: `transfer_${randomBytes(9).toString('hex')}`,
      batchId: batch.id,
      batch,
      work,
      direction: work.direction,
      profileId: batch.ended.profileId,
      bucket: batch.ended.bucket,
      visibility: batch.ended.visibility,
      state: 'queued',
      movedBytes: 0,
      error: null,
      note: null,
      attempts: 0,
      triedSince: null,
      stop: null,
      timer: null,
      ...more,
    }
  }

  return {
    upload(batch) {
      const made = newBatch({ ...batch, direction: 'upload' })
      const taken = new Set<string>()
      const items = batch.files.map((file, index) => {
        const wanted = batch.wantedKeys?.[index]
        const wantedKey = wanted?.key ?? keyFromRelativePath(batch.prefix, file.name)
        // Two files of one name in one drop: even "overwrite" does not mean that they replace each other. The first has
        // the name; another one that came there before it would be overwritten.
        const isTwin = taken.has(wantedKey) && batch.onConflict === 'overwrite'
        const onConflict = isTwin ? 'keep-both' : batch.onConflict
        const key = isTwin && keyProblem(wantedKey) === null ? alternativeKey(wantedKey) : wantedKey
        taken.add(wantedKey)
        const work = {
          direction: 'upload',
          wantedKey,
          nameProblem: wanted?.problem ?? null,
          isNamedByContent: batch.isNamedByContent ?? false,
          onConflict,
          reuseIdentical: batch.reuseIdentical ?? false,
          cacheControl: batch.cacheControl,
          file,
        } as const
        const name = file.name.slice(file.name.lastIndexOf('/') + 1)
        return newItem(made, { ...work }, { key, name, sizeBytes: file.sizeBytes })
      })
      return Promise.resolve().then(() => add(made, items))
    },
    async download(batch) {
      const stop = new AbortController()
      listings.add(stop)
      try {
        const folder = await realpath(batch.folder).catch((error: unknown) => {
          throw failure('local-missing', 'The folder is not there (any more).', { cause: error })
        })
        const session = await options.session(batch.profileId)
        const targets = await expandDownload(session, { ...batch, signal: stop.signal })
        const namer = createSafeNamer(folder, options.platform ?? thisPlatform())
        const made = newBatch({ ...batch, direction: 'download' })
        const items = targets.map(({ key, name, sizeBytes }) => {
          const place = namer.name(name)
          const shown = place.relative.slice(place.relative.lastIndexOf('/') + 1)
          return newItem(
            made,
            { direction: 'download', folder, place },
            { key, name: shown, sizeBytes: sizeBytes ?? 0 },
          )
        })
        // What was killed a week ago is not going to be finished; nothing waits for that.
        void sweepStaleParts(targetFolders(items))
        return add(made, items)
      } finally {
        listings.delete(stop)
      }
    },
    snapshot,
    cancel(ids) {
      const items =
        ids === 'all'
          ? [...board.in('queued'), ...board.in('waiting-to-retry'), ...board.in('running')]
          : ids.flatMap((id) => board.find(id) ?? [])
      for (const item of items) cancelOne(item)
    },
    retry(ids) {
      const items = ids === 'failed' ? [...board.in('failed')] : ids.flatMap((id) => board.find(id) ?? [])
      for (const item of items) {
        if (item.timer !== null) clearTimeout(item.timer)
        item.timer = null
        const ended = isTerminal(item.state)
        if (!move(item, 'retry')) continue
        // One attempt has been made: the file is looked at again.
        item.attempts = 1
        item.error = null
        if (ended && !item.batch.items.includes(item)) item.batch.items.push(item)
      }
      pump()
    },
    clear() {
      board.clear()
      feed.changed(true)
    },
    async close() {
      closed = true
      for (const stop of listings) stop.abort()
      this.cancel('all')
      while (running.size > 0) await Promise.allSettled(running)
      feed.close()
    },
  }
}

function newBatch(
  batch: Pick<EndedBatch, 'direction' | 'profileId' | 'bucket'> & Partial<UploadBatch>,
): Batch {
  const { direction, profileId, bucket } = batch
  return {
    id: `batch_${randomBytes(9).toString('hex')}`,
    ended: {
      direction,
      profileId,
      bucket,
      visibility: batch.visibility ?? null,
      baseUrl: batch.baseUrl ?? null,
      linkExpirySeconds: batch.linkExpirySeconds ?? null,
      prefix: batch.prefix ?? null,
      onConflict: batch.onConflict ?? null,
      linkFormat: batch.linkFormat ?? 'url',
    },
    items: [],
    open: 0,
  }
}

function targetFolders(items: readonly Item[]): Set<string> {
  return new Set(
    items.flatMap(({ work }) => (work.direction === 'download' ? [dirname(work.place.path)] : [])),
  )
}

function weightOf(item: Item): number {
  const threshold = item.direction === 'upload' ? multipartThresholdBytes : rangedThresholdBytes
  return item.sizeBytes > threshold ? largeFileWeight : 1
}

function thisPlatform(): NamePlatform {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'
}
