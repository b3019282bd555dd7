import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import type { Sending } from '../../src-main/sync/apply-file.ts'
import { diskReader } from '../../src-main/sync/local-reader.ts'
import { fixture } from './faults-scene.ts'

describe('limits of removal (S46)', () => {
  async function remote(count: number) {
    await fixture.publish(Object.fromEntries(Array.from({ length: count }, (_, i) => [`old/${i}`, 'x'])))
    await fixture.write({ 'a.txt': 'a' })
  }

  test('a plan removes nothing that was not confirmed by number', async () => {
    await remote(3)
    const planned = await fixture.plan({ removeRemoteOnly: true })
    for (const confirmedDeletes of [0, 2, 4])
      await expect(fixture.apply(planned, { confirmedDeletes })).rejects.toMatchObject({
        error: { code: 'safety-refused' },
      })
    expect(await fixture.keys()).toHaveLength(3)
    expect(await fixture.apply(planned)).toMatchObject({ deleted: 3, uploaded: 1 })
  })

  test('the limit that was set refuses the whole run', async () => {
    await remote(3)
    const planned = await fixture.plan({ removeRemoteOnly: true, maxDelete: 2 })
    expect(planned.deleteRefusal).toMatch(/remove 3 objects of 3, and you allowed at most 2 objects/)
    await expect(fixture.apply(planned)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
    expect(await fixture.keys()).toHaveLength(3)
    expect((await fixture.plan({ removeRemoteOnly: true, maxDelete: 3 })).deleteRefusal).toBeNull()
    expect((await fixture.plan({ removeRemoteOnly: true, maxDelete: 0 })).deleteRefusal).not.toBeNull()
  })

  test('without one: 50, or a tenth of the objects where that is more', async () => {
    await remote(51)
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.deleteRefusal).toMatch(/would remove 51 objects of 51.*at most 50 objects, or 10 %/)
    await rm(join(fixture.folder, 'a.txt'))
    await fixture.write({ 'old/0': 'x' })
    expect((await fixture.plan({ removeRemoteOnly: true })).deleteRefusal).toBeNull()
  })

  test('no file in common, the whole bucket, no versions: all of it is said before', async () => {
    await remote(2)
    const { warnings } = await fixture.plan({ removeRemoteOnly: true })
    expect(warnings.join('\n')).toMatch(/whole bucket/)
    expect(warnings.join('\n')).toMatch(/no file in common/)
    expect(warnings.join('\n')).toMatch(/2 objects will be removed.*cannot be undone/)
    expect((await fixture.plan()).warnings).toEqual([])
  })

  test('where copies are kept, removing is not told to be for good', async () => {
    await remote(2)
    const { warnings } = await fixture.plan({ removeRemoteOnly: true, keepPrevious: true })
    expect(warnings.join('\n')).toMatch(/2 objects will be removed\. Copies are kept.*can be undone/)
    expect(warnings.join('\n')).not.toMatch(/cannot be undone/)
  })

  test('a file that came back since the plan keeps its object', async () => {
    await remote(2)
    const planned = await fixture.plan({ removeRemoteOnly: true })
    await fixture.write({ 'old/1': 'back' })
    expect(await fixture.apply(planned)).toMatchObject({
      deleted: 1,
      failed: [{ key: 'old/1', code: 'local-changed' }],
    })
  })

  test('S48: two syncs to one place at a time are refused', async () => {
    await fixture.write({ 'a.txt': 'a' })
    const [first, second] = [
      await fixture.plan({}, { prefix: 'p/' }),
      await fixture.plan({}, { prefix: 'p/q/' }),
    ]
    const elsewhere = await fixture.plan({}, { prefix: 'pp/' })
    const sending: Sending = async (session, options) => {
      await expect(fixture.apply(second)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
      expect(await fixture.apply(elsewhere)).toMatchObject({ uploaded: 1 })
      return uploadFile(session, options)
    }
    expect(await fixture.apply(first, { sending })).toMatchObject({ uploaded: 1, failed: [] })
    expect(await fixture.apply(second)).toMatchObject({ uploaded: 1 })
  })

  test('a cancelled sync removes nothing and says so', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.txt`, `${i}`])))
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    const controller = new AbortController()
    let sent = 0
    const sending: Sending = async (session, options) => {
      if (++sent === 5) controller.abort()
      return uploadFile(session, options)
    }
    const states: string[] = []
    const outcome = await fixture.apply(planned, {
      sending,
      signal: controller.signal,
      onProgress: ({ state }) => states.push(state),
    })
    expect(outcome).toMatchObject({ cancelled: true, deleted: 0, failed: [] })
    expect(outcome.uploaded).toBeLessThan(40)
    expect(outcome.deletesWithheld).toMatch(/stopped before the removals/)
    expect(states.at(-1)).toBe('cancelled')
    expect(await fixture.keys()).toContain('old.txt')
  })

  test('a plan can be cancelled while it reads a file', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.put('a.txt', 'b')
    const controller = new AbortController()
    const planning = fixture.plan(
      {},
      {
        signal: controller.signal,
        reader: {
          ...diskReader,
          hash: (file, options) => {
            controller.abort()
            return diskReader.hash(file, options)
          },
        },
      },
    )
    await expect(planning).rejects.toMatchObject({ error: { code: 'cancelled' } })
  })

  test('a plan can be cancelled', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await expect(fixture.plan({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      error: { code: 'cancelled' },
    })
  })
})
