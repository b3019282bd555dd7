import { describe, expect, test } from 'vitest'
import { commandOf, createCommandStore } from '../../../src-renderer/stores/command-store.ts'
import { emptyMemory, memoryApi } from '../memory-api.ts'
import { staticDestination } from '../sample-destination.ts'

function commandStore() {
  const memory = emptyMemory()
  const destination = staticDestination({
    folder: { folderId: 'f', name: 'site' },
    runBefore: { command: 'npm run build', folderId: null },
  })
  memory.destinations = [destination]
  const store = createCommandStore(memoryApi(memory))
  return { memory, store, job: () => commandOf(store.getState(), 'd') }
}

describe('a command before a sync', () => {
  test('is asked for once, runs, and its output is all there', async () => {
    const { memory, store, job } = commandStore()
    expect(await store.getState().run('d')).toBe(true)
    expect(job().run).toMatchObject({ state: 'done', exitCode: 0, text: memory.commands.script.join('') })
    expect(memory.calls.filter(({ method }) => method === 'allowRunBefore')).toHaveLength(1)
    expect(await store.getState().run('d')).toBe(true)
    expect(memory.calls.filter(({ method }) => method === 'allowRunBefore')).toHaveLength(1)
  })

  test('that the person does not allow is not run, and that is said', async () => {
    const { memory, store, job } = commandStore()
    memory.commands.allows = false
    expect(await store.getState().run('d')).toBe(false)
    expect(job()).toMatchObject({ asking: false, run: null, error: { code: 'command-not-allowed' } })
  })

  test('that fails stops the sync and keeps what it wrote', async () => {
    const { memory, store, job } = commandStore()
    memory.commands.exitCode = 2
    expect(await store.getState().run('d')).toBe(false)
    expect(job().run).toMatchObject({ state: 'failed', exitCode: 2, text: memory.commands.script.join('') })
    store.getState().dismiss('d')
    expect(job().run).toBeNull()
  })

  test('can be stopped', async () => {
    const { memory, store, job } = commandStore()
    memory.commands.pieceMs = 5
    const ended = store.getState().run('d')
    await new Promise((resolve) => setTimeout(resolve, 8))
    expect(await store.getState().cancel('d')).toBeNull()
    expect(await ended).toBe(false)
    expect(job().run?.state).toBe('cancelled')
  })
})
