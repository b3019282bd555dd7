import type { AppError } from '../../src-preload/contract/app-error.ts'
import type {
  PausedBy,
  Transfer,
  TransferSnapshot,
  TransferState,
} from '../../src-preload/contract/transfer.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { TransferEvent } from './transfer.ts'
import { nextState } from './transfer.ts'

/** A transfer as the queue keeps it; only the board changes `state`, `sizeBytes` and `movedBytes`. */
export interface BoardItem {
  readonly id: string
  readonly batchId: string
  readonly direction: 'upload' | 'download'
  readonly profileId: string
  readonly bucket: string
  readonly visibility: WantedVisibility | null
  key: string
  name: string
  state: TransferState
  sizeBytes: number
  movedBytes: number
  error: AppError | null
  note: string | null
  verified?: boolean
  /** Of a paused one; else null. */
  pausedBy: PausedBy | null
}

/** All transfers with running totals: every change costs the same, however many there are. */
export interface TransferBoard<Item extends BoardItem> {
  add(item: Item): void
  find(id: string): Item | undefined
  in(state: TransferState): ReadonlySet<Item>
  /** Moves an item on; false when the event means nothing in its state. */
  apply(item: Item, event: TransferEvent): boolean
  setSize(item: Item, sizeBytes: number): void
  setMoved(item: Item, movedBytes: number): void
  /** Forgets what has ended. */
  clear(): void
  /** Puts items before all others of their state, in this order. */
  moveFirst(items: readonly Item[]): void
  /** At most `limit` rows: what runs and what failed first. */
  snapshot(
    facts: Pick<TransferSnapshot, 'bytesPerSecond' | 'bandwidthLimitBytesPerSecond'>,
    limit?: number,
  ): TransferSnapshot
  movedBytes(): number
}

/** Rows come in this order. */
const shownFirst: readonly TransferState[] = [
  'running',
  'paused',
  'waiting-to-retry',
  'failed',
  'queued',
  'done',
  'cancelled',
  'skipped',
]

/** What no longer moves is left out of the total that the progress is measured against. */
const given: ReadonlySet<TransferState> = new Set(['failed', 'cancelled', 'skipped'])

/** Makes an empty {@link TransferBoard}. */
export function createTransferBoard<Item extends BoardItem>(): TransferBoard<Item> {
  const items = new Map<string, Item>()
  const byState: Record<TransferState, Set<Item>> = {
    queued: new Set(),
    running: new Set(),
    paused: new Set(),
    'waiting-to-retry': new Set(),
    done: new Set(),
    failed: new Set(),
    cancelled: new Set(),
    skipped: new Set(),
  }
  let totalBytes = 0
  let movedBytes = 0

  const count = (item: Item, sign: 1 | -1) => {
    if (given.has(item.state)) return
    totalBytes += sign * item.sizeBytes
    movedBytes += sign * item.movedBytes
  }

  function change(item: Item, work: () => void): void {
    count(item, -1)
    work()
    count(item, 1)
  }

  function forget(item: Item): void {
    count(item, -1)
    byState[item.state].delete(item)
    items.delete(item.id)
  }

  return {
    add(item) {
      items.set(item.id, item)
      byState[item.state].add(item)
      count(item, 1)
    },
    find: (id) => items.get(id),
    in: (state) => byState[state],
    apply(item, event) {
      const next = nextState(item.state, event)
      if (next === null) return false
      byState[item.state].delete(item)
      change(item, () => {
        item.state = next
        // What goes on after a pause is there still; what is tried again begins at the beginning, as far as is known.
        if (event === 'retry' || event === 'wait') item.movedBytes = 0
        if (next !== 'paused') item.pausedBy = null
        if (next === 'done') item.movedBytes = item.sizeBytes
      })
      byState[next].add(item)
      return true
    },
    setSize(item, sizeBytes) {
      change(item, () => {
        item.sizeBytes = sizeBytes
      })
    },
    setMoved(item, moved) {
      change(item, () => {
        item.movedBytes = Math.min(moved, item.sizeBytes)
      })
    },
    clear() {
      for (const state of ['done', 'failed', 'cancelled', 'skipped'] as const) {
        for (const item of byState[state]) forget(item)
      }
    },
    movedBytes: () => movedBytes,
    moveFirst(moved) {
      for (const state of ['queued', 'paused', 'waiting-to-retry'] as const) {
        const first = moved.filter((item) => byState[state].has(item))
        if (first.length > 0) byState[state] = new Set([...first, ...byState[state]])
      }
    },
    snapshot({ bytesPerSecond, bandwidthLimitBytesPerSecond }, limit = 1000) {
      const left = totalBytes - movedBytes
      const busy = byState.running.size + byState.queued.size + byState['waiting-to-retry'].size > 0
      return {
        transfers: rows(byState, limit),
        counts: {
          queued: byState.queued.size + byState['waiting-to-retry'].size,
          running: byState.running.size,
          paused: byState.paused.size,
          done: byState.done.size,
          failed: byState.failed.size,
          cancelled: byState.cancelled.size,
          skipped: byState.skipped.size,
        },
        totalBytes,
        movedBytes,
        bytesPerSecond: busy ? bytesPerSecond : 0,
        secondsLeft: busy && bytesPerSecond > 0 ? Math.ceil(left / bytesPerSecond) : null,
        bandwidthLimitBytesPerSecond,
      }
    },
  }
}

function rows<Item extends BoardItem>(byState: Record<TransferState, Set<Item>>, limit: number): Transfer[] {
  const result: Transfer[] = []
  for (const state of shownFirst) {
    // Of what has ended, the latest; of what is to come, the next.
    const ended = state === 'done' || state === 'cancelled' || state === 'skipped'
    let passed = ended ? Math.max(0, byState[state].size - (limit - result.length)) : 0
    for (const item of byState[state]) {
      if (result.length >= limit) return result
      if (passed-- > 0) continue
      result.push(row(item))
    }
  }
  return result
}

function row(item: BoardItem): Transfer {
  return {
    id: item.id,
    batchId: item.batchId,
    direction: item.direction,
    profileId: item.profileId,
    bucket: item.bucket,
    key: item.key.slice(0, 2048),
    name: item.name.slice(0, 4096),
    sizeBytes: item.sizeBytes,
    movedBytes: item.movedBytes,
    state: item.state,
    ...(item.pausedBy === null ? {} : { pausedBy: item.pausedBy }),
    visibility: item.visibility,
    error: item.error,
    note: item.note === null ? null : item.note.slice(0, 1000),
    ...(item.verified === undefined ? {} : { verified: item.verified }),
  }
}
