import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SyncRow } from '../../../src-preload/contract/sync-plan.ts'
import { toasts } from '../../../src-renderer/components/toast-region.tsx'
import { createSyncCommands } from '../../../src-renderer/panes/sync-commands.ts'
import { createStores } from '../../../src-renderer/stores/create-stores.ts'
import { isStatic } from '../../../src-renderer/stores/destination-store.ts'
import { jobOf } from '../../../src-renderer/stores/sync-store.ts'
import { emptyMemory, memoryApi } from '../memory-api.ts'
import { staticDestination } from '../sample-destination.ts'
import { sampleRelease } from '../sample-release.ts'

const row = (name: string, action: SyncRow['action'], reason: SyncRow['reason']): SyncRow => ({
  key: `static/${name}`,
  path: name,
  action,
  reason,
  bytes: 1,
  headers: [],
})

/** A window in which a static destination is in front, with what its Sync pane can do. */
async function inFront(folderId: string | null = 'folder') {
  const memory = emptyMemory()
  memory.destinations = [
    staticDestination({ folderId, folder: folderId === null ? null : { folderId, name: 'site' } }),
  ]
  memory.planRows = [row('new.css', 'upload', 'new'), row('old.css', 'delete', 'remote-only')]
  const stores = createStores(memoryApi(memory))
  await stores.destinations.getState().load()
  const destination = stores.destinations.getState().destinations.find(isStatic)!
  stores.view.getState().openDestination(destination)
  const failed: unknown[] = []
  const commands = createSyncCommands({
    stores,
    fail: (error) => {
      if (error !== null) failed.push(error)
      return error !== null
    },
  })
  const offered = () => {
    const { destination: _, watchId, ...offers } = commands.syncOffers()!
    const names = Object.entries(offers).filter(([, is]) => is)
    return [...names.map(([name]) => name), ...(watchId === null ? [] : ['stop watching'])]
  }
  return { memory, stores, destination, commands, failed, offered }
}

describe('what is offered', () => {
  test('is nothing where no static destination is in front', async () => {
    const { stores, commands } = await inFront()
    stores.view.getState().openBucket('b')
    expect(commands.syncOffers()).toBeNull()
  })

  test('follows the sync: nothing is undone or watched under a plan that waits', async () => {
    const { stores, destination, commands, offered } = await inFront()
    expect(offered()).toEqual(['plan', 'watch', 'undo'])
    await commands.planSync(destination)
    expect(offered()).toEqual(['plan', 'apply'])
    const applying = stores.sync.getState().apply(destination.id)
    expect(offered()).toEqual(['stop'])
    await applying
    expect(offered()).toEqual(['plan', 'watch', 'undo'])
    await commands.startWatch(destination)
    expect(offered()).toEqual(['plan', 'undo', 'stop watching'])
  })

  test('without a folder is the way back alone', async () => {
    expect((await inFront(null)).offered()).toEqual(['undo'])
  })
})

test('a plan without removing leaves the other options to the destination', async () => {
  const { stores, destination, commands } = await inFront()
  stores.sync.getState().setDraft(destination.id, { removeRemoteOnly: true, maxDelete: '5' })
  await commands.planSync(destination)
  expect(jobOf(stores.sync.getState(), destination.id).plan?.counts.delete).toBe(1)
  await commands.planWithoutRemoving(destination)
  expect(jobOf(stores.sync.getState(), destination.id).plan?.counts.delete).toBe(0)
  expect(stores.sync.getState().drafts[destination.id]).toEqual({
    removeRemoteOnly: false,
    removeForeign: false,
    maxDelete: '5',
  })
})

test('a plan that removes something is asked about before it is applied', async () => {
  const { stores, destination, commands } = await inFront()
  stores.sync.getState().setDraft(destination.id, { removeRemoteOnly: true })
  await commands.planSync(destination)
  commands.applySync(destination)
  const { plan, phase } = jobOf(stores.sync.getState(), destination.id)
  expect(phase).toBe('planned')
  expect(stores.view.getState().syncQuestion).toEqual({ kind: 'confirm-sync', destination, plan })
})

describe('undoing the last sync', () => {
  const said: string[] = []
  beforeEach(() => {
    said.length = 0
    vi.spyOn(toasts, 'add').mockImplementation((toast) => {
      said.push(String(toast.title))
      return 't'
    })
  })
  afterEach(() => vi.restoreAllMocks())

  test('is asked about, and said where there is none', async () => {
    const { memory, stores, destination, commands } = await inFront()
    await commands.undoLastSync(destination)
    expect([said, stores.view.getState().syncQuestion]).toEqual([['Nothing to undo'], null])
    const release = sampleRelease()
    memory.releases.list = [release]
    await commands.undoLastSync(destination)
    expect(stores.view.getState().syncQuestion).toEqual({ kind: 'undo-sync', destination, release })
  })

  test('does not interrupt who has gone elsewhere, or is asked something else, meanwhile', async () => {
    const { memory, stores, destination, commands } = await inFront()
    memory.releases.list = [sampleRelease()]
    const { view } = stores
    let asking = commands.undoLastSync(destination)
    view.getState().openDialog({ kind: 'shortcuts' })
    await asking
    expect([view.getState().syncQuestion, view.getState().dialog]).toEqual([null, { kind: 'shortcuts' }])
    view.getState().closeDialog()
    asking = commands.undoLastSync(destination)
    view.getState().openBucket('b')
    await asking
    expect([view.getState().syncQuestion, said]).toEqual([null, []])
  })
})
