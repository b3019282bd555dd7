import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { Receipt } from '../../src-preload/contract/receipt.ts'
import { createStore } from 'zustand/vanilla'

/** What visitors get after one destination's sync. */
export interface ReceiptJob {
  readonly checking: boolean
  readonly receipt: Receipt | null
  readonly error: AppError | null
}

/** Receipts by destination. */
export interface ReceiptState {
  readonly jobs: Readonly<Record<string, ReceiptJob>>
  /** Asks, as a visitor would, for what an applied plan has changed. */
  readonly check: (destination: Destination, planId: string) => Promise<void>
  readonly reset: (destinationId: string) => void
}

const none: ReceiptJob = { checking: false, receipt: null, error: null }

/** The receipt of a destination; nothing when none was made. */
export function receiptOf(state: ReceiptState, destinationId: string): ReceiptJob {
  return state.jobs[destinationId] ?? none
}

/** Makes receipts. */
export function createReceiptStore(api: Api<File>) {
  /** The plan whose receipt is wanted, by destination: an answer about an older one comes too late. */
  const wanted = new Map<string, string>()
  return createStore<ReceiptState>()((set) => {
    const patch = (id: string, job: ReceiptJob) => set((state) => ({ jobs: { ...state.jobs, [id]: job } }))
    return {
      jobs: {},
      check: async (destination, planId) => {
        const { id, baseUrl, visibility } = destination
        wanted.set(id, planId)
        patch(id, { ...none, checking: true })
        const result = await api.createReceipt({ planId, baseUrl, expected: visibility })
        if (wanted.get(id) !== planId) return
        patch(
          id,
          result.ok
            ? { checking: false, receipt: result.value, error: null }
            : { checking: false, receipt: null, error: result.error },
        )
      },
      reset: (id) => {
        wanted.delete(id)
        patch(id, none)
      },
    }
  })
}
