import { describe, expect, it } from 'vitest'
import type { Transfer } from '../../../src-preload/contract/transfer.ts'
import { createTransferStore } from '../../../src-renderer/stores/transfer-store.ts'
import { emptyMemory, memoryApi } from '../memory-api.ts'

const transfer = (id: string, state: Transfer['state']): Transfer => ({
  id,
  batchId: 'batch',
  direction: 'upload',
  profileId: 'p',
  bucket: 'b',
  key: id,
  name: id,
  sizeBytes: 1,
  movedBytes: 0,
  state,
  visibility: 'private',
  error: null,
  note: null,
})

describe('a waiting transfer', () => {
  /** Three that wait between one that runs and one that is done. */
  async function waiting() {
    const memory = emptyMemory()
    const store = createTransferStore(memoryApi(memory))
    const { snapshot } = store.getState()
    const transfers = [
      transfer('r', 'running'),
      ...['a', 'b', 'c'].map((id) => transfer(id, 'queued')),
      transfer('d', 'done'),
    ]
    memory.emitTransfers({ ...snapshot, transfers })
    const order = () =>
      store
        .getState()
        .snapshot.transfers.filter(({ state }) => state === 'queued')
        .map(({ id }) => id)
        .join('')
    return { store, order, memory }
  }

  it.each([
    ['b', -1, 'bac'],
    ['c', -1, 'acb'],
    ['a', 1, 'bac'],
    ['b', 1, 'acb'],
  ] as const)('%s goes one place by %i', async (id, step, after) => {
    const { store, order } = await waiting()
    expect(order()).toBe('abc')
    expect(await store.getState().moveBy(id, step)).toBeNull()
    expect(order()).toBe(after)
  })

  it.each([
    ['a', -1],
    ['c', 1],
    ['r', 1],
    ['gone', 1],
  ] as const)('%s has no place to go to by %i, and nothing is asked', async (id, step) => {
    const { store, order, memory } = await waiting()
    expect(await store.getState().moveBy(id, step)).toBeNull()
    expect(order()).toBe('abc')
    expect(memory.calls.map(({ method }) => method)).not.toContain('moveTransfersFirst')
  })
})
