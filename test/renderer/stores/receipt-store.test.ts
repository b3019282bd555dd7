import { describe, expect, test } from 'vitest'
import { createReceiptStore, receiptOf } from '../../../src-renderer/stores/receipt-store.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'
import { staticDestination } from '../sample-destination.ts'

const destination = staticDestination({ baseUrl: 'https://static.example.org' })

function receiptStore() {
  const memory = emptyMemory()
  const store = createReceiptStore(memoryApi(memory))
  return { memory, store, job: () => receiptOf(store.getState(), 'd') }
}

describe('a receipt', () => {
  test('is asked for through the destination’s base URL, with what its files should be', async () => {
    const { memory, store, job } = receiptStore()
    const checking = store.getState().check(destination, 'plan-1')
    expect(job().checking).toBe(true)
    await checking
    expect(memory.calls.at(-1)).toEqual({
      method: 'createReceipt',
      input: { planId: 'plan-1', baseUrl: 'https://static.example.org', expected: 'public' },
    })
    expect(job()).toMatchObject({ checking: false, error: null, receipt: { planId: 'plan-1' } })
  })

  test('that fails says why; one that is not wanted any more is dropped', async () => {
    const { memory, store, job } = receiptStore()
    memory.failures.set('createReceipt', appError('endpoint-refused'))
    await store.getState().check(destination, 'plan-1')
    expect(job()).toMatchObject({ checking: false, receipt: null, error: { code: 'endpoint-refused' } })

    const late = store.getState().check(destination, 'plan-1')
    await Promise.all([late, store.getState().check(destination, 'plan-2')])
    expect(job().receipt?.planId).toBe('plan-2')

    const dropped = store.getState().check(destination, 'plan-3')
    store.getState().reset('d')
    await dropped
    expect(job()).toEqual({ checking: false, receipt: null, error: null })
  })
})
