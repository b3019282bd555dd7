import { setMaxListeners } from 'node:events'
import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { PausedBy, TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import { abortUpload } from '../s3/abort-upload.ts'
import type { Bandwidth } from '../s3/bandwidth.ts'
import { createBandwidth } from '../s3/bandwidth.ts'
import { whyUnreachable } from '../s3/is-reachable.ts'
import { toFailure } from '../s3/map-error.ts'
import { keyFromRelativePath, keyProblem } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { attemptTransfer, dropUpload } from './attempt.ts'
import type { DownloadBatch, EndedBatch, UploadBatch } from './batch.ts'
import { expandDownload } from './expand-download.ts'
import { createProfileHolds } from './profile-holds.ts'
import type { QueueBatch, QueueItem, StopReason } from './queue-item.ts'
import { batchFrom, isLarge, itemFrom, newBatch, newItem, recordsOfBatch, weightOf } from './queue-item.ts'
import { defaultRetryDelaysMs, patientDelayMs, retryDelayMs } from './retry-policy.ts'
import type { NamePlatform } from './safe-local-path.ts'
import { createSafeNamer } from './safe-local-path.ts'
import { createSnapshotFeed, createSpeedMeter } from './snapshot-feed.ts'
import { sweepStaleParts } from './sweep-stale-parts.ts'
import { createTransferBoard } from './transfer-board.ts'
import type { TransferJournal } from './transfer-journal.ts'
import { createMemoryJournal } from './transfer-journal.ts'
import type { TransferEvent } from './transfer.ts'
import { isTerminal } from './transfer.ts'
import { alternativeKey } from './upload-one.ts'

/** What the queue needs from its host. */
export interface TransferQueueOptions {
  readonly session: (profileId: string) => Promise<S3Session>
  /** At most ten times a second, and at once when a batch ends. */
  readonly onSnapshot: (snapshot: TransferSnapshot) => void
  readonly onBatchEnded: (batch: EndedBatch) => void
  /** Where transfers are kept for the next start; without it closing cancels them. */
  readonly journal?: TransferJournal
  /** What the sessions share; without it a limit is remembered and holds nothing back. */
  readonly bandwidth?: Bandwidth
  /** Whether to wait for a service that cannot be reached, and for credentials that have ended; true by default. */
  readonly waitsForService?: boolean
  /** Small files in flight; a large one counts for four. 8 by default. */
  readonly concurrency?: number
  readonly now?: () => number
  readonly platform?: NamePlatform
  /** Milliseconds before each further attempt at a failed transfer. */
  readonly retryDelaysMs?: readonly number[]
  /** Milliseconds between two looks for a service that could not be reached. */
  readonly offlineProbeMs?: number
}

/** All transfers of the application: bounded, observable, and each one can be paused, cancelled and tried again. */
export interface TransferQueue {
  upload(batch: UploadBatch): Promise<{ batchId: string; transfers: number }>
  /** Lists what is below the prefixes first. Throws Failures. */
  download(batch: DownloadBatch): Promise<{ batchId: string; transfers: number }>
  /** Takes up what the journal has from an earlier process, where `isWanted`. To be called once. Answers how many. */
  restore(isWanted?: (place: { profileId: string; service: string }) => boolean): number
  snapshot(): TransferSnapshot
  /** A running transfer is cancelled when its parts are taken back, which is soon. */
  cancel(ids: readonly string[] | 'all'): void
  retry(ids: readonly string[] | 'failed'): void
  /** What runs stops where it is, and goes on from there. */
  pause(ids: readonly string[] | 'all'): void
  /** Also asks a service again at once that could not be reached, or with credentials that had ended. */
  resume(ids: readonly string[] | 'all'): void
  /** Puts waiting transfers before all others, in this order. */
  moveFirst(ids: readonly string[]): void
  /** Null for as fast as it goes. */
  limitBandwidth(bytesPerSecond: number | null): void
  /** The profile has other credentials now: what waited for them goes on. */
  credentialsChanged(profileId: string): void
  /** Forgets what has ended; with `keepsRetryable` the journal goes on knowing what a later start may try again. */
  clear(how?: { readonly keepsRetryable?: boolean }): void
  /** Stops everything, for the next start to go on where there is a journal, and waits until nothing is under way. */
  close(): Promise<void>
}

/** Answers that leave it open whether the file has been stored. */
const uncertain = new Set(['unreachable', 'dns', 'timeout', 'server-error', 'slow-down'])

/** What may mean that the service, or the network, is away. */
const silent = new Set(['unreachable', 'dns', 'timeout'])

/** What only the person can mend, and then for all transfers of the profile at once. */
const signInFirst = new Set(['expired-token', 'no-credentials', 'keychain-locked', 'keychain-timeout'])

/** How long quitting waits for what runs, in milliseconds (F46). */
const closingMs = 1500

/** Makes a {@link TransferQueue}. Nothing runs until something is added or restored. */
export function createTransferQueue(options: TransferQueueOptions): TransferQueue {
  const now = options.now ?? Date.now
  const capacity = options.concurrency ?? 8
  const delays = options.retryDelaysMs ?? defaultRetryDelaysMs
  const waitsForService = options.waitsForService ?? true
  const journal = options.journal ?? createMemoryJournal()
  const bandwidth = options.bandwidth ?? createBandwidth()
  const board = createTransferBoard<QueueItem>()
  const speed = createSpeedMeter(now)
  const running = new Set<Promise<void>>()
  const listings = new Set<AbortController>()
  const holds = createProfileHolds(options.offlineProbeMs ?? 5000, goOn)
  let load = 0
  let closed = false

  const snapshot = () =>
    board.snapshot({
      bytesPerSecond: speed.measure(board.movedBytes()),
      bandwidthLimitBytesPerSecond: bandwidth.limitBytesPerSecond,
    })
  const feed = createSnapshotFeed(() => options.onSnapshot(snapshot()), now)

  async function add(batch: QueueBatch, items: QueueItem[]): Promise<{ batchId: string; transfers: number }> {
    if (closed) throw failure('cancelled', 'Pail is closing.')
    const service = await serviceOf(batch.ended.profileId)
    await journal.recordAll(recordsOfBatch(batch, items, { service, addedAt: now() }))
    take(batch, items)
    // Not before the caller has the batch's id: an empty batch would have ended already.
    setImmediate(() => (items.length === 0 ? tellEnd(batch) : pump()))
    return { batchId: batch.id, transfers: items.length }
  }

  /** Empty where it cannot be told, which the transfers themselves will explain. */
  async function serviceOf(profileId: string): Promise<string> {
    if (options.journal === undefined) return ''
    return options.session(profileId).then(
      (session) => session.service,
      () => '',
    )
  }

  function take(batch: QueueBatch, items: QueueItem[]): void {
    batch.items = items
    batch.open = items.filter((item) => !isTerminal(item.state)).length
    for (const item of items) board.add(item)
    feed.changed()
  }

  function pump(): void {
    for (const item of board.in('queued')) {
      if (holds.has(item.profileId)) continue
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
  function move(item: QueueItem, event: TransferEvent): boolean {
    const wasOpen = !isTerminal(item.state)
    if (!board.apply(item, event)) return false
    const isOpen = !isTerminal(item.state)
    if (wasOpen && !isOpen) item.batch.open--
    if (!wasOpen && isOpen) item.batch.open++
    const ended = wasOpen && !isOpen && item.batch.open === 0
    keep(item, event)
    feed.changed(ended)
    if (ended) tellEnd(item.batch)
    return true
  }

  /** Writes down what the next start has to know. */
  function keep(item: QueueItem, event: TransferEvent): void {
    const { id } = item
    if (event === 'succeed' || event === 'skip') journal.note({ t: 'ended', id, isCompleted: true })
    else if (event === 'fail' && item.error !== null) journal.note({ t: 'failed', id, error: item.error })
    else if (event === 'retry') journal.note({ t: 'failed', id, error: null })
    else if (event === 'resume') journal.note({ t: 'paused', id, paused: false })
  }

  function tellEnd(batch: QueueBatch): void {
    const count = (state: QueueItem['state']) => batch.items.filter((item) => item.state === state).length
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

  async function run(item: QueueItem): Promise<void> {
    const stop = new AbortController()
    // Every request of the transfer listens to the one signal; that many is no leak.
    setMaxListeners(0, stop.signal)
    item.stop = stop
    item.stopReason = null
    item.error = null
    const startedAt = now()
    let session: S3Session | null = null
    try {
      session = await options.session(item.profileId)
      stop.signal.throwIfAborted()
      const end = await inPaceOf(session, item, stop.signal)
      item.note = end.note
      if (end.verified !== undefined) item.verified = end.verified
      item.upload = null
      move(item, end.state === 'skipped' ? 'skip' : 'succeed')
    } catch (error) {
      const problem = toFailure(error, { key: item.key })
      // What was under way when it was stopped may have been stored all the same.
      if (stop.signal.aborted) item.triedSince ??= startedAt
      if (stop.signal.aborted) await settleStopped(item, session)
      else await settle(item, problem, { session, startedAt })
    } finally {
      item.stop = null
      item.stopReason = null
    }
  }

  /** As many small transfers at once as the service takes (F7); large ones share the line by themselves. */
  async function inPaceOf(session: S3Session, item: QueueItem, signal: AbortSignal) {
    const leave = await session.pace.enter(
      isLarge(item) || item.direction === 'download' ? 0 : item.sizeBytes,
    )
    try {
      signal.throwIfAborted()
      return await attemptTransfer(item, {
        session,
        journal,
        signal,
        onSize: (sizeBytes) => board.setSize(item, sizeBytes),
        onProgress(moved) {
          board.setMoved(item, moved)
          feed.changed()
        },
      })
    } finally {
      leave()
    }
  }

  async function settleStopped(item: QueueItem, session: S3Session | null): Promise<void> {
    if (item.stopReason === 'cancel') {
      if (session !== null) await dropUpload(item, session, journal)
      endCancelled(item)
    } else if (item.stopReason === 'pause') pauseItem(item, 'person')
    // When Pail quits the journal knows it as it is.
  }

  async function settle(
    item: QueueItem,
    problem: Failure,
    { session, startedAt }: { session: S3Session | null; startedAt: number },
  ): Promise<void> {
    const { error } = problem
    if (error.code === 'cancelled') {
      endCancelled(item)
      return
    }
    if (uncertain.has(error.code)) item.triedSince ??= startedAt
    if (waitsForService && (await isHeld(item, problem, session))) return
    item.error = error
    item.busySince = error.code === 'slow-down' ? (item.busySince ?? now()) : null
    const patient = patientDelayMs(error, now() - (item.busySince ?? now()), delays)
    if (patient === null) item.attempts++
    const delay = patient ?? retryDelayMs(error, item.attempts, delays)
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

  /** Whether the transfer is not to blame: then it is paused, and with it all others of the profile. */
  async function isHeld(item: QueueItem, { error }: Failure, session: S3Session | null): Promise<boolean> {
    const { profileId, bucket } = item
    if (signInFirst.has(error.code)) {
      holds.holdSignIn(profileId)
      item.error = error
      pauseItem(item, 'sign-in')
      return true
    }
    if (session === null || !silent.has(error.code)) return false
    // One that answers now has cut this transfer off for a reason of its own, which another attempt may meet again.
    const why = holds.has(profileId) ? error : await whyUnreachable(session, bucket).catch(() => null)
    if (why === null || item.stopReason !== null) return false
    holds.holdOffline(profileId, async () => whyUnreachable(await options.session(profileId), bucket))
    item.error = why
    pauseItem(item, 'offline')
    return true
  }

  function pauseItem(item: QueueItem, by: PausedBy): void {
    if (item.timer !== null) clearTimeout(item.timer)
    item.timer = null
    if (!move(item, 'pause')) return
    item.pausedBy = by
    if (by === 'person') journal.note({ t: 'paused', id: item.id, paused: true })
    feed.changed()
  }

  /** What a profile's hold had paused goes on. */
  function goOn(profileId: string): void {
    for (const item of board.in('paused'))
      if (item.profileId === profileId && item.pausedBy !== 'person') resumeItem(item)
    pump()
  }

  function resumeItem(item: QueueItem): void {
    if (!move(item, 'resume')) return
    item.error = null
  }

  function endCancelled(item: QueueItem): void {
    if (!move(item, 'cancel')) return
    item.error = null
    journal.note({ t: 'ended', id: item.id, isCompleted: false })
  }

  function cancelOne(item: QueueItem): void {
    if (item.timer !== null) clearTimeout(item.timer)
    item.timer = null
    if (item.state === 'running') {
      // At once, so that the next start does not go on with it, whatever happens now.
      journal.note({ t: 'ended', id: item.id, isCompleted: false })
      stopItem(item, 'cancel')
    } else if (!isTerminal(item.state)) {
      const { upload } = item
      endCancelled(item)
      if (upload !== null) takeBackLater(item)
    }
  }

  function stopItem(item: QueueItem, reason: StopReason): void {
    // Who has cancelled does not want it paused in place of that.
    if (item.stopReason === 'cancel') return
    item.stopReason = reason
    item.stop?.abort()
  }

  /** Takes back what nobody goes on with, in the background; what cannot be reached now is left to the next start. */
  function takeBackLater(item: QueueItem): void {
    sweepLater(async () => {
      if (item.upload !== null) await dropUpload(item, await options.session(item.profileId), journal)
    })
  }

  function sweepLater(work: () => Promise<void>): void {
    const task = work()
      .catch(() => undefined)
      .finally(() => running.delete(task))
    running.add(task)
  }

  function sweepLeftovers(isWanted: (place: { profileId: string; service: string }) => boolean): void {
    for (const leftover of journal.leftovers()) {
      const { profileId, bucket, key, uploadId } = leftover
      if (!isWanted(leftover)) continue
      sweepLater(async () => {
        const session = await options.session(profileId)
        if (await abortUpload(session, { bucket, key, uploadId }))
          journal.note({ t: 'swept', bucket, uploadId })
      })
    }
  }

  const chosen = (ids: readonly string[] | 'all', states: readonly QueueItem['state'][]): QueueItem[] =>
    ids === 'all'
      ? states.flatMap((state) => [...board.in(state)])
      : ids.flatMap((id) => board.find(id) ?? [])

  return {
    async upload(batch) {
      const made = newBatch({ ...batch, direction: 'upload' })
      return add(made, uploadItems(made, batch))
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
        const places = new Set<string>()
        const items = targets.map(({ key, name, sizeBytes }) => {
          const place = namer.name(name)
          places.add(dirname(place.path))
          const shown = place.relative.slice(place.relative.lastIndexOf('/') + 1)
          const more = { key, name: shown, sizeBytes: sizeBytes ?? 0 }
          return newItem(made, { direction: 'download', folder, place }, more)
        })
        // What was killed a week ago is not going to be finished; nothing waits for that.
        void sweepStaleParts(places)
        return await add(made, items)
      } finally {
        listings.delete(stop)
      }
    },
    restore(isWanted = () => true) {
      const batches = new Map<string, { batch: QueueBatch; items: QueueItem[] }>()
      let restored = 0
      for (const entry of journal.entries()) {
        if (board.find(entry.id) !== undefined || !isWanted(entry.batch)) continue
        const known = batches.get(entry.batch.id) ?? { batch: batchFrom(entry.batch), items: [] }
        batches.set(entry.batch.id, known)
        known.items.push(itemFrom(entry, known.batch))
        restored++
      }
      for (const { batch, items } of batches.values()) take(batch, items)
      sweepLeftovers(isWanted)
      if (restored > 0) setImmediate(pump)
      return restored
    },
    snapshot,
    cancel(ids) {
      for (const item of chosen(ids, ['queued', 'paused', 'waiting-to-retry', 'running'])) cancelOne(item)
    },
    retry(ids) {
      const items = ids === 'failed' ? [...board.in('failed')] : chosen(ids, [])
      for (const item of items) {
        if (item.timer !== null) clearTimeout(item.timer)
        item.timer = null
        const ended = isTerminal(item.state)
        const wasCancelled = item.state === 'cancelled'
        if (!move(item, 'retry')) continue
        // One attempt has been made: the file is looked at again.
        item.attempts = 1
        item.busySince = null
        item.error = null
        if (ended && !item.batch.items.includes(item)) item.batch.items.push(item)
        if (wasCancelled) keepAgain(item)
      }
      pump()
    },
    pause(ids) {
      for (const item of chosen(ids, ['queued', 'waiting-to-retry', 'running', 'paused'])) {
        if (item.state === 'running') stopItem(item, 'pause')
        // What waits for the service waits for the person from now on.
        else if (item.state === 'paused') {
          item.pausedBy = 'person'
          journal.note({ t: 'paused', id: item.id, paused: true })
        } else if (!isTerminal(item.state)) pauseItem(item, 'person')
      }
      feed.changed()
    },
    resume(ids) {
      for (const item of chosen(ids, ['paused'])) {
        if (item.state !== 'paused') continue
        // The others that waited for the same would wait for ever.
        if (holds.release(item.profileId)) goOn(item.profileId)
        resumeItem(item)
      }
      pump()
    },
    moveFirst(ids) {
      board.moveFirst(chosen(ids, []))
      journal.note({ t: 'first', ids: [...ids] })
      feed.changed()
    },
    limitBandwidth(bytesPerSecond) {
      bandwidth.limitBytesPerSecond = bytesPerSecond
      feed.changed()
    },
    credentialsChanged(profileId) {
      if (holds.release(profileId)) goOn(profileId)
    },
    clear({ keepsRetryable = false } = {}) {
      for (const item of board.in('failed')) {
        if (keepsRetryable && item.error?.retryable === true) continue
        journal.note({ t: 'ended', id: item.id, isCompleted: false })
        if (item.upload !== null) takeBackLater(item)
      }
      board.clear()
      feed.changed(true)
    },
    async close() {
      closed = true
      holds.close()
      for (const stop of listings) stop.abort()
      if (options.journal === undefined) this.cancel('all')
      for (const item of board.in('waiting-to-retry')) if (item.timer !== null) clearTimeout(item.timer)
      for (const item of board.in('running')) stopItem(item, 'close')
      const ended = (async () => {
        while (running.size > 0) await Promise.allSettled(running)
      })()
      // What is being taken back and does not come to its end is done by the next start (F46).
      await (options.journal === undefined ? ended : Promise.race([ended, sleep(closingMs)]))
      await journal.close()
      feed.close()
    },
  }

  /** Had been cancelled, and so struck off the journal. */
  function keepAgain(item: QueueItem): void {
    void serviceOf(item.profileId).then((service) => {
      const records = recordsOfBatch(item.batch, [item], { service, addedAt: now() })
      for (const record of records) journal.note(record)
    })
  }
}

/** The transfers of a batch of uploads. */
function uploadItems(made: QueueBatch, batch: UploadBatch): QueueItem[] {
  const taken = new Set<string>()
  return batch.files.map((file, index) => {
    const wanted = batch.wantedKeys?.[index]
    const wantedKey = wanted?.key ?? keyFromRelativePath(batch.prefix, file.name)
    // Two files of one name in one drop: even "overwrite" does not mean that they replace each other. The first has
    // the name; another one that came there before it would be overwritten.
    const isTwin = taken.has(wantedKey) && batch.onConflict === 'overwrite'
    const onConflict = isTwin ? 'keep-both' : batch.onConflict
    const key = isTwin && keyProblem(wantedKey) === null ? alternativeKey(wantedKey) : wantedKey
    taken.add(wantedKey)
    const name = file.name.slice(file.name.lastIndexOf('/') + 1)
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
    return newItem(made, work, { key, name, sizeBytes: file.sizeBytes })
  })
}

function thisPlatform(): NamePlatform {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'
}
