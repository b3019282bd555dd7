import type { Api } from '../../src-preload/contract/api.ts'
import type { Transfer, TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'

/** The transfers of a memory. */
export interface MemoryTransfers {
  add(transfer: Transfer): void
  /** Takes the transfers of a snapshot for those that there are. */
  replace(all: readonly Transfer[]): void
  snapshot(): TransferSnapshot
  readonly methods: Pick<
    Api<File>,
    | 'listTransfers'
    | 'cancelTransfers'
    | 'retryTransfers'
    | 'clearTransfers'
    | 'pauseTransfers'
    | 'resumeTransfers'
    | 'moveTransfersFirst'
    | 'setBandwidthLimit'
    | 'listUnfinishedTransfers'
    | 'resumeUnfinishedTransfers'
  >
}

/** See {@link MemoryTransfers}. They move only when a test says so. */
export function memoryTransfers(memory: Memory, answer: Answer): MemoryTransfers {
  let transfers: Transfer[] = []
  let bandwidthLimit: number | null = null
  const isChosen = (ids: readonly string[] | 'all', id: string) => ids === 'all' || ids.includes(id)
  const isWaiting = ({ state }: Transfer) =>
    state === 'queued' || state === 'running' || state === 'waiting-to-retry'
  const snapshot = (): TransferSnapshot => ({
    transfers,
    counts: {
      queued: transfers.filter((each) => each.state === 'queued').length,
      running: transfers.filter((each) => each.state === 'running').length,
      paused: transfers.filter((each) => each.state === 'paused').length,
      done: transfers.filter((each) => each.state === 'done').length,
      failed: transfers.filter((each) => each.state === 'failed').length,
      cancelled: transfers.filter((each) => each.state === 'cancelled').length,
      skipped: transfers.filter((each) => each.state === 'skipped').length,
    },
    totalBytes: transfers.reduce((sum, each) => sum + each.sizeBytes, 0),
    movedBytes: transfers.reduce((sum, each) => sum + each.movedBytes, 0),
    bandwidthLimitBytesPerSecond: bandwidthLimit,
    bytesPerSecond: 2_400_000,
    secondsLeft: 42,
  })
  const methods: MemoryTransfers['methods'] = {
    listTransfers: (input) => answer('listTransfers', input, snapshot),
    cancelTransfers: (input) => answer('cancelTransfers', input, () => ({})),
    retryTransfers: (input) => answer('retryTransfers', input, () => ({})),
    clearTransfers: (input) =>
      answer('clearTransfers', input, () => {
        transfers = transfers.filter((each) => isWaiting(each) || each.state === 'paused')
        return {}
      }),
    pauseTransfers: (input) =>
      answer('pauseTransfers', input, () => {
        transfers = transfers.map((each) =>
          isChosen(input.ids, each.id) && isWaiting(each)
            ? { ...each, state: 'paused', pausedBy: 'person' }
            : each,
        )
        memory.emitTransfers(snapshot())
        return {}
      }),
    resumeTransfers: (input) =>
      answer('resumeTransfers', input, () => {
        transfers = transfers.map(({ pausedBy, ...each }) =>
          isChosen(input.ids, each.id) && pausedBy !== undefined
            ? { ...each, state: 'queued', error: null }
            : { ...each, ...(pausedBy === undefined ? {} : { pausedBy }) },
        )
        memory.emitTransfers(snapshot())
        return {}
      }),
    moveTransfersFirst: (input) =>
      answer('moveTransfersFirst', input, () => {
        const first = input.ids.flatMap((id) => transfers.filter((each) => each.id === id))
        transfers = [...first, ...transfers.filter((each) => !first.includes(each))]
        memory.emitTransfers(snapshot())
        return {}
      }),
    setBandwidthLimit: (input) =>
      answer('setBandwidthLimit', input, () => {
        bandwidthLimit = input.bytesPerSecond
        memory.emitTransfers(snapshot())
        return {}
      }),
    listUnfinishedTransfers: (input) =>
      answer('listUnfinishedTransfers', input, () => ({ transfers: [], total: 0, notices: [] })),
    resumeUnfinishedTransfers: (input) =>
      answer('resumeUnfinishedTransfers', input, () => ({ transfers: 0, inUse: 0, notices: [] })),
  }
  return {
    add(transfer) {
      transfers = [...transfers, transfer]
    },
    replace(all) {
      transfers = [...all]
    },
    snapshot,
    methods,
  }
}
