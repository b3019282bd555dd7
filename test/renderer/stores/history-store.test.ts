import { describe, expect, test } from 'vitest'
import type { Api } from '../../../src-preload/contract/api.ts'
import type { SyncProgress } from '../../../src-preload/contract/sync-plan.ts'
import type { UndoPlan } from '../../../src-preload/contract/undo.ts'
import { createHistoryStore } from '../../../src-renderer/stores/history-store.ts'
import { appError, emptyMemory, memoryApi } from '../memory-api.ts'
import { staticDestination } from '../sample-destination.ts'
import { sampleRelease } from '../sample-release.ts'

const destination = staticDestination()

const moment: SyncProgress = {
  planId: 'undo-1',
  state: 'running',
  filesDone: 312,
  filesTotal: 900,
  bytesDone: 0,
  bytesTotal: 0,
  bytesPerSecond: 0,
  secondsLeft: 0,
  current: 'static/a.css',
}

/** A history with one sync, and an undo of it that goes on until it is let go. */
async function runningUndo() {
  const memory = emptyMemory()
  memory.releases.list = [sampleRelease()]
  memory.releases.undoRows = [
    { key: 'static/a.css', action: 'remove', reason: 'created', bytes: null, headers: [] },
  ]
  const inMemory = memoryApi(memory)
  let letGo: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const api: Api<File> = {
    ...inMemory,
    applyUndo: async (input) => {
      await held
      return inMemory.applyUndo(input)
    },
  }
  const store = createHistoryStore(api)
  const planned = await store.getState().planUndo(destination, 'r1')
  if (!planned.ok) throw new Error('The undo was not planned.')
  const plan: UndoPlan = planned.value
  const ends = store.getState().applyUndo(destination, plan)
  return { memory, store, plan, ends, letGo, running: () => store.getState().running }
}

describe('an undo', () => {
  test('tells how far it is, and of no other plan', async () => {
    const { memory, plan, ends, letGo, running } = await runningUndo()
    expect(running()).toEqual({ planId: plan.planId, progress: null, stopping: false })
    memory.emitSync({ ...moment, planId: 'another' })
    expect(running()?.progress).toBeNull()
    memory.emitSync({ ...moment, planId: plan.planId })
    expect(running()?.progress).toMatchObject({ filesDone: 312, filesTotal: 900 })
    memory.emitSync({ ...moment, planId: plan.planId, state: 'done', filesDone: 900 })
    expect(running()?.progress?.filesDone).toBe(312)
    letGo()
    await ends
    expect(running()).toBeNull()
    memory.emitSync({ ...moment, planId: plan.planId })
    expect(running()).toBeNull()
  })

  test('is stopped once, and its answer is waited for; then the history is read again', async () => {
    const { memory, store, plan, ends, letGo, running } = await runningUndo()
    const cancelled = () => memory.calls.filter(({ method }) => method === 'cancelSync')
    expect(await store.getState().stopUndo()).toBeNull()
    expect(running()?.stopping).toBe(true)
    memory.emitSync({ ...moment, planId: plan.planId })
    expect(running()).toMatchObject({ stopping: true, progress: { filesDone: 312 } })
    await store.getState().stopUndo()
    expect(cancelled().map(({ input }) => input)).toEqual([{ planId: plan.planId }])
    letGo()
    expect(await ends).toMatchObject({ ok: true, value: { removed: 1 } })
    expect(running()).toBeNull()
    expect(store.getState().releases['d']).toMatchObject([{ id: 'r1', undone: 'whole' }])
    expect(await store.getState().stopUndo()).toBeNull()
    expect(cancelled()).toHaveLength(1)
  })

  test('that could not be stopped goes on, and can be stopped again', async () => {
    const { memory, store, ends, letGo, running } = await runningUndo()
    memory.failures.set('cancelSync', appError('endpoint-refused'))
    expect(await store.getState().stopUndo()).toMatchObject({ code: 'endpoint-refused' })
    expect(running()?.stopping).toBe(false)
    letGo()
    await ends
    expect(running()).toBeNull()
  })
})
