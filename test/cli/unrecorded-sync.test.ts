import { describe, expect, test } from 'vitest'
import { answer, createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { answers, outcome, sync } from './sync-answers.ts'

describe('what a full disk keeps from being written down', () => {
  test('F32 that what was changed could not be written down is told, and nothing else of a sync that changed nothing', async () => {
    const told = 'could not be written down on this computer, so it cannot be undone'
    const of = (more: object) =>
      runForTest(
        [...sync, '--delete', '--yes'],
        createApiDouble(answers({ applySync: answer({ ...outcome, releaseId: null, ...more }) })),
      )
    const ran = await of({})
    expect([ran.code, ran.err.includes(told)]).toEqual([0, true])
    expect((await of({ uploaded: 0, updatedHeaders: 0, deleted: 0 })).err).not.toContain(told)
    const recorded = await runForTest([...sync, '--delete', '--yes'], createApiDouble(answers()))
    expect(recorded.err).not.toContain(told)
  })

  test('F32 that what is ours could not be written down is told', async () => {
    const told = 'later syncs may take these objects for somebody else’s'
    const of = async (more: object) => {
      const double = createApiDouble(answers({ applySync: answer({ ...outcome, ...more }) }))
      return runForTest([...sync, '--delete', '--yes'], double)
    }
    const ran = await of({ unowned: true })
    expect([ran.code, ran.err.includes(told)]).toEqual([0, true])
    expect((await of({})).err).not.toContain(told)
    const nothing = { uploaded: 0, updatedHeaders: 0, deleted: 0 }
    expect((await of({ unowned: true, ...nothing })).err).not.toContain(told)
  })
})
