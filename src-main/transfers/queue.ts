import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { PausedBy } from '../../src-preload/contract/transfer.ts'
import { createBandwidth } from '../s3/bandwidth.ts'
import { whyUnreachable } from '../s3/is-reachable.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { attemptTransfer, dropUpload } from './attempt.ts'
import { prepareDownload, serviceOf, uploadItems } from './new-items.ts'
import { createProfileHolds } from './profile-holds.ts'
import type { QueueBatch, QueueItem, StopReason } from './queue-item.ts'
import {
  batchFrom,
  endOf,
  itemFrom,
  newBatch,
  recordOf,
  recordsOfBatch,
  stopTimer,
  weightOf,
} from './queue-item.ts'
import {
  defaultRetryDelaysMs,
  leavesOpen,
  mayBeOffline,
  needsSignIn,
  patientDelayMs,
  retryDelayMs,
} from './retry-policy.ts'
import { createSnapshotFeed, createSpeedMeter } from './snapshot-feed.ts'
import { sweepStaleParts } from './sweep-stale-parts.ts'
import { createTakeBack } from './take-back.ts'
import { createTransferBoard } from './transfer-board.ts'
import { createMemoryJournal } from './transfer-journal.ts'
import type { TransferQueue, TransferQueueOptions } from './transfer-queue.ts'
import type { TransferEvent } from './transfer.ts'
import { isTerminal } from './transfer.ts'

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
  const takeBack = createTakeBack({ session: options.session, journal, tasks: running })
  const holds = createProfileHolds(options.offlineProbeMs ?? 5000, goOn)
  let load = 0
  let closed = false

  const snapshot = () =>
    board.snapshot({
      bytesPerSecond: speed.measure(board.movedBytes()),
      bandwidthLimitBytesPerSecond: bandwidth.limitBytesPerSecond,
    })
  const feed = createSnapshotFeed(() => options.onSnapshot(snapshot()), now)

  async function add(
    batch: QueueBatch,
    items: QueueItem[],
    isKept = true,
  ): Promise<{ batchId: string; transfers: number }> {
    if (closed) throw failure('cancelled', 'Pail is closing.')
    const service = await serviceOf(options, batch.ended.profileId)
    // What the journal does not know of it takes no word about.
    if (isKept) await journal.recordAll(recordsOfBatch(batch, items, { service, addedAt: now() }))
    take(batch, items)
    // Not before the caller has the batch's id: an empty batch would have ended already.
    setImmediate(() => (items.length === 0 ? tellEnd(batch) : pump()))
    return { batchId: batch.id, transfers: items.length }
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
    const record = recordOf(item, event)
    if (record !== null) journal.note(record)
    feed.changed(ended)
    if (ended) tellEnd(item.batch)
    return true
  }

  function tellEnd(batch: QueueBatch): void {
    options.onBatchEnded(endOf(batch))
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
    item.hasRun = true
    const startedAt = now()
    let session: S3Session | null = null
    try {
      session = await options.session(item.profileId)
      stop.signal.throwIfAborted()
      const end = await attemptTransfer(item, {
        session,
        journal,
        signal: stop.signal,
        sizes: options.sizes ?? {},
        onSize: (sizeBytes) => board.setSize(item, sizeBytes),
        onProgress(moved) {
          board.setMoved(item, moved)
          feed.changed()
        },
      })
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

  async function settleStopped(item: QueueItem, session: S3Session | null): Promise<void> {
    if (item.stopReason === 'cancel') {
      if (session !== null) await dropUpload(item, session, journal)
      if (item.direction === 'download') takeBack.of(item)
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
    if (leavesOpen(error)) item.triedSince ??= startedAt
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
    if (needsSignIn(error)) {
      holds.holdSignIn(profileId)
      item.error = error
      pauseItem(item, 'sign-in')
      return true
    }
    if (session === null || !mayBeOffline(error)) return false
    // One that answers now has cut this transfer off for a reason of its own, which another attempt may meet again.
    const why = holds.has(profileId) ? error : await whyUnreachable(session, bucket).catch(() => null)
    if (why === null || item.stopReason !== null) return false
    holds.holdOffline(profileId, async () => whyUnreachable(await options.session(profileId), bucket))
    item.error = why
    pauseItem(item, 'offline')
    return true
  }

  function pauseItem(item: QueueItem, by: PausedBy): void {
    stopTimer(item)
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
    stopTimer(item)
    if (item.state === 'running') {
      // At once, so that the next start does not go on with it, whatever happens now.
      journal.note({ t: 'ended', id: item.id, isCompleted: false })
      stopItem(item, 'cancel')
    } else if (!isTerminal(item.state)) {
      endCancelled(item)
      takeBack.of(item)
    }
  }

  function stopItem(item: QueueItem, reason: StopReason): void {
    // Who has cancelled does not want it paused in place of that.
    if (item.stopReason === 'cancel') return
    item.stopReason = reason
    item.stop?.abort()
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
        const session = await options.session(batch.profileId)
        const how = { signal: stop.signal, platform: options.platform }
        const { made, items, places } = await prepareDownload(session, batch, how)
        // What was killed a week ago is not going to be finished; nothing waits for that.
        void sweepStaleParts(places)
        return await add(made, items, batch.as?.isKept)
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
      takeBack.leftovers(isWanted)
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
        stopTimer(item)
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
        takeBack.of(item)
      }
      board.clear()
      feed.changed(true)
    },
    async close() {
      closed = true
      holds.close()
      for (const stop of listings) stop.abort()
      if (options.journal === undefined) this.cancel('all')
      for (const item of board.in('waiting-to-retry')) stopTimer(item)
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
    void serviceOf(options, item.profileId).then((service) => {
      const records = recordsOfBatch(item.batch, [item], { service, addedAt: now() })
      for (const record of records) journal.note(record)
    })
  }
}
