import { expect, test, vi } from 'vitest'
import { createVisibilityCommands } from '../../../src-renderer/panes/visibility-commands.ts'

const said = vi.hoisted(() => ({ undo: undefined as (() => void) | undefined }))
vi.mock('../../../src-renderer/panes/announce.ts', () => ({
  announceDone: (_: unknown, undo?: () => void) => (said.undo = undo),
}))

test('S45 a change is undone with the profile that made it, also when another one is in front by then', async () => {
  const outcome = {
    planId: 'plan',
    visibility: 'private',
    acls: 1,
    policyChanged: false,
    failed: [],
    checks: [],
    counts: { public: 0, private: 1, unknown: 0, notChecked: 0 },
    undoable: true,
  }
  const undone: unknown[] = []
  const state = { selectedId: 'made-it' }
  const stores = {
    objects: {
      applyVisibility: async () => ({ ok: true, value: outcome }),
      undoVisibility: async (input: unknown) => {
        undone.push(input)
        return { ok: true, value: { ...outcome, undoable: false } }
      },
    },
    profiles: { getState: () => state },
    view: { getState: () => ({}) },
    details: { getState: () => ({ reload: async () => undefined }) },
    checks: { getState: () => ({ forget: () => undefined }) },
  }
  const commands = createVisibilityCommands({ stores: stores as never, fail: () => false })
  await commands.applyVisibility({ planId: 'plan', objects: 1 } as never)
  state.selectedId = 'another'
  said.undo?.()
  await vi.waitFor(() => expect(undone).toHaveLength(1))
  expect(undone).toEqual([{ planId: 'plan', profileId: 'made-it' }])
})
