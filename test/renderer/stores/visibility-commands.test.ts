import { expect, test, vi } from 'vitest'
import { createVisibilityCommands } from '../../../src-renderer/panes/visibility-commands.ts'

const said = vi.hoisted(() => ({ undo: undefined as (() => void) | undefined }))
vi.mock('../../../src-renderer/panes/announce.ts', () => ({
  announceDone: (_: unknown, undo?: () => void) => (said.undo = undo),
}))

function scene() {
  const undo = { planId: 'plan', bucket: 'b', objects: 0, more: false, sample: [] as string[], prefixes: [] }
  const dialogs: unknown[] = []
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
      planUndoVisibility: async () => ({ ok: true, value: undo }),
      undoVisibility: async (input: unknown) => {
        undone.push(input)
        return { ok: true, value: { ...outcome, undoable: false } }
      },
    },
    profiles: { getState: () => state },
    view: { getState: () => ({ openDialog: (dialog: unknown) => dialogs.push(dialog) }) },
    details: { getState: () => ({ reload: async () => undefined }) },
    checks: { getState: () => ({ forget: () => undefined }) },
  }
  const commands = createVisibilityCommands({ stores: stores as never, fail: () => false })
  return { commands, undo, dialogs, undone, state }
}

test('S45 a change is undone with the profile that made it, also when another one is in front by then', async () => {
  const { commands, dialogs, undone, state } = scene()
  await commands.applyVisibility({ planId: 'plan', objects: 1 } as never)
  state.selectedId = 'another'
  said.undo?.()
  await vi.waitFor(() => expect(undone).toHaveLength(1))
  expect(undone).toEqual([{ planId: 'plan', profileId: 'made-it' }])
  expect(dialogs).toEqual([])
})

test('S44 an undo that makes something public is not done before that was named and counted', async () => {
  const { commands, undo, dialogs, undone } = scene()
  Object.assign(undo, { objects: 2, sample: ['a.txt', 'b.txt'] })
  await commands.applyVisibility({ planId: 'plan', objects: 2 } as never)
  said.undo?.()
  await vi.waitFor(() => expect(dialogs).toHaveLength(1))
  expect(dialogs).toEqual([{ kind: 'undo-visibility', plan: undo, profileId: 'made-it' }])
  expect(undone).toEqual([])
  expect(await commands.undoVisibilityAsSeen(undo, 'made-it')).toBeNull()
  expect(undone).toEqual([{ planId: 'plan', profileId: 'made-it', confirmedPublic: 2 }])
})

/** A batch that the bucket in front has refused, there and in the list of transfers. */
function refusal(code: string, refusedByPlan: string | null, bucketThen = 'b') {
  const planned: unknown[] = []
  const front = { bucket: 'b' }
  const error = { code, message: 'Refused.', retryable: false }
  const transfers = [
    { batchId: 'other', profileId: 'p', bucket: 'b', key: 'other/x.txt', error },
    { batchId: 'batch', profileId: 'p', bucket: 'b', key: 'media/done.txt', error: null },
    { batchId: 'batch', profileId: 'p', bucket: 'b', key: 'media/a.txt', error },
  ]
  const stores = {
    objects: {
      planVisibility: async (input: unknown) => {
        planned.push(input)
        front.bucket = bucketThen
        const refusal = refusedByPlan === null ? null : { code: refusedByPlan, message: 'Neither.' }
        return { ok: true, value: { refusal } }
      },
    },
    profiles: { getState: () => ({ selectedId: 'p' }) },
    view: { getState: () => front },
    destinations: { getState: () => ({ destinations: [] }) },
    transfers: { getState: () => ({ load: async () => undefined, snapshot: { transfers } }) },
  }
  const { refusedFolder } = createVisibilityCommands({ stores: stores as never, fail: () => false })
  return { planned, ask: () => refusedFolder({ batchId: 'batch', failed: 1 } as never) }
}

test.each([
  ['public-access-blocked', null, true],
  ['public-access-blocked', 'public-access-blocked', false],
  ['acls-disabled', 'public-access-blocked', true],
  ['access-denied', null, false],
])(
  'S44 an upload refused with %s, where the folder’s policy is refused with %s: the folder is offered: %s',
  async (code, refusedByPlan, isOffered) => {
    const { ask, planned } = refusal(code, refusedByPlan)
    expect(await ask()).toEqual(isOffered ? { prefix: 'media/', message: 'Refused.' } : null)
    const folder = { profileId: 'p', bucket: 'b', keys: [], prefixes: ['media/'], visibility: 'public' }
    expect(planned).toEqual(code === 'public-access-blocked' ? [folder] : [])
  },
)

test('S44 no folder is offered in another bucket, which came to the front while the policy was asked for', async () => {
  const { ask, planned } = refusal('public-access-blocked', null, 'another')
  expect(await ask()).toBeNull()
  expect(planned).toHaveLength(1)
})
