import { appendFile, mkdtemp, readFile, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { releaseSchema } from '../../src-preload/contract/release.ts'
import { firstLine, newReleaseId, startOfRelease } from '../../src-main/releases/release-record.ts'
import {
  listReleaseRecords,
  openRelease,
  pruneReleaseRecords,
  releaseDirectory,
  releasePath,
} from '../../src-main/releases/release-store.ts'
import { createLineFile, extendLineFile, readLineFile } from '../../src-main/releases/sealed-lines.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-releases-'))
})
afterEach(() => rm(directory, { recursive: true }))

const started = new Date('2026-03-04T05:06:07.089Z')

async function writeRecord(id: string, how: { ended?: boolean; process?: number } = {}): Promise<string> {
  const path = releasePath(directory, id)
  const lines = await createLineFile(path)
  lines.write(
    firstLine({
      id,
      startedAt: startOfRelease(id),
      computer: 'desk',
      process: how.process ?? 1,
      folderName: 'site',
      bucket: 'bucket',
      prefix: 'p/',
      acl: null,
      keepsPrevious: false,
    }),
  )
  lines.write({ plan: 'p/a', action: 'upload', before: null })
  lines.write({ plan: 'p/b', action: 'upload', before: { eTag: '"1"', ours: true } })
  lines.write({ plan: 'p/c', action: 'delete', before: { eTag: '"2"', ours: false } })
  lines.write({ done: 'p/a', eTag: '"3"', versionId: null })
  lines.write({ done: 'p/b', eTag: '"4"', versionId: 'v4' })
  if (how.ended === false) await lines.close()
  else {
    lines.write({
      end: 'done',
      endedAt: started.toISOString(),
      created: 1,
      overwritten: 1,
      updatedHeaders: 0,
      deleted: 0,
      failed: 0,
      bytes: 7,
      undoable: 2,
      notUndoable: 0,
    })
    expect(await lines.seal()).toBe(true)
  }
  return path
}

describe('records of syncs', () => {
  test('are listed newest first, and tell what was done', async () => {
    const older = newReleaseId(started)
    const newer = newReleaseId(new Date(started.getTime() + 1))
    await writeRecord(newer)
    await writeRecord(older)
    const releases = await listReleaseRecords(directory)
    expect(releases.map(({ id }) => id)).toEqual([newer, older])
    for (const release of releases) expect(releaseSchema.parse(release)).toEqual(release)
    expect(releases[1]).toMatchObject({
      startedAt: '2026-03-04T05:06:07.089Z',
      state: 'done',
      created: 1,
      overwritten: 1,
      undoable: 2,
      undone: 'no',
    })
    expect(await listReleaseRecords(join(directory, 'none'))).toEqual([])
  })

  test('a place has its own, whichever the region and the profile', () => {
    const place = { bucket: 'bucket', prefix: 'p/' }
    const aws = releaseDirectory('root', { service: 'aws' }, place)
    expect(releaseDirectory('root', { service: 'http://localhost' }, place)).not.toBe(aws)
    expect(releaseDirectory('root', { service: 'aws' }, { ...place, prefix: 'p2/' })).not.toBe(aws)
    expect(releaseDirectory('root', { service: 'aws' }, { ...place })).toBe(aws)
  })

  test('F30 one that was cut off at any byte tells what had been written, and what is not known', async () => {
    const id = newReleaseId(started)
    const path = await writeRecord(id, { ended: false })
    const whole = await readFile(path)
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1)
    for (let length = whole.byteLength; length >= (ends[0] ?? 0); length -= 7) {
      await writeFile(path, whole.subarray(0, length))
      const { changes, end } = await openRelease(directory, id)
      const lines = ends.filter((at) => at <= length).length
      expect(end).toBeNull()
      expect(changes.map(({ key }) => key)).toEqual(['p/a', 'p/b', 'p/c'].slice(0, Math.max(0, lines - 1)))
      expect(changes.filter(({ done }) => done !== null)).toHaveLength(Math.max(0, lines - 4))
    }
    await writeFile(path, whole)
    expect(await listReleaseRecords(directory)).toMatchObject([
      { state: 'interrupted', created: 1, overwritten: 1, undoable: 2, endedAt: null },
    ])
  })

  test('F42 a bit that has changed anywhere in a sealed record is noticed, and the record is set aside', async () => {
    const id = newReleaseId(started)
    const path = await writeRecord(id)
    const whole = await readFile(path)
    // The very last byte is the end of the last line: without it the seal is not a whole line, and the rest is intact.
    // Every third, so that each of the eight bits has its turn.
    for (let at = 0; at < whole.byteLength - 1; at += 3) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      await rm(`${path}.damaged`, { force: true })
      await writeFile(path, changed)
      await expect(openRelease(directory, id)).rejects.toMatchObject({ error: { code: 'settings-corrupt' } })
      expect(await readFile(`${path}.damaged`)).toEqual(changed)
    }
    expect(await listReleaseRecords(directory)).toMatchObject([{ id, state: 'unreadable', undoable: 0 }])
  })

  test('F42 one of a later version is left where it is', async () => {
    const id = newReleaseId(started)
    await writeFile(releasePath(directory, id), '{"pailRelease":2,"all":"new"}\n')
    expect(await listReleaseRecords(directory)).toMatchObject([{ id, state: 'unreadable' }])
    expect(await readdir(directory)).toEqual([`${id}.jsonl`])
  })

  test('other files, and ids that are none, are not looked at', async () => {
    await writeFile(join(directory, 'notes.jsonl'), 'x')
    expect(await listReleaseRecords(directory)).toEqual([])
    await expect(openRelease(directory, '../../settings')).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
    await expect(openRelease(directory, newReleaseId())).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
  })

  test('the last fifty of a place are kept', async () => {
    const ids: string[] = []
    for (let index = 0; index < 53; index++) ids.push(newReleaseId(new Date(started.getTime() + index)))
    for (const id of ids) await writeRecord(id)
    await pruneReleaseRecords(directory)
    expect((await readdir(directory)).toSorted()).toEqual(ids.slice(3).map((id) => `${id}.jsonl`))
  })

  test('large ones go oldest first, but the latest stays', async () => {
    const [older = '', newer = ''] = [0, 1].map((ms) => newReleaseId(new Date(started.getTime() + ms)))
    await writeRecord(older)
    // Sparse: it takes no room on the disk.
    await truncate(await writeRecord(newer), 65 * 1024 * 1024)
    await pruneReleaseRecords(directory)
    expect(await readdir(directory)).toEqual([`${newer}.jsonl`])
  })

  test('F45 one that another process is writing is not taken for one that was cut off', async () => {
    const id = newReleaseId(started)
    const path = await writeRecord(id, { ended: false, process: process.ppid })
    const text = (await readFile(path, 'utf8')).replace('"desk"', JSON.stringify(hostname()))
    await writeFile(path, text)
    expect(await listReleaseRecords(directory)).toMatchObject([{ state: 'running' }])
    await expect(openRelease(directory, id)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
    await utimes(path, 0, Date.now() / 1000 - 120)
    expect(await listReleaseRecords(directory)).toMatchObject([{ state: 'interrupted' }])
  })
})

describe('sealed lines', () => {
  test('go on after what a crash has cut off, and are sealed again', async () => {
    const path = join(directory, 'lines')
    const lines = await createLineFile(path)
    lines.write({ a: 1 })
    expect(await lines.seal()).toBe(true)
    await appendFile(path, '{"b":2}\n{"torn":')
    const more = await extendLineFile(path)
    more.write({ c: 'ü' })
    expect(await more.seal()).toBe(true)
    expect(await readLineFile(path)).toEqual({ lines: ['{"a":1}', '{"b":2}', '{"c":"ü"}'], proved: 3 })
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"b":2', '"b":3'))
    expect(await readLineFile(path)).toBeNull()
  })

  test('are in the file within a moment, in their order, though nobody waits for them', async () => {
    const path = join(directory, 'lines')
    const lines = await createLineFile(path)
    const all = ['{"n":0}', '{"n":1}', '{"n":2}']
    for (const n of all.keys()) {
      lines.write({ n })
      await vi.waitFor(async () =>
        expect(await readLineFile(path)).toEqual({ lines: all.slice(0, n + 1), proved: 0 }),
      )
    }
    await lines.close()
  })

  test('F27 are not kept back in any number, so that a crash loses few of them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const path = join(directory, 'lines')
    const lines = await createLineFile(path)
    for (let n = 0; n < 100; n++) lines.write({ n })
    const found = async () => (await readLineFile(path))?.lines.length ?? 0
    const end = performance.now() + 4000
    // The moment for which they are gathered never ends here.
    while ((await found()) <= 90 && performance.now() < end);
    expect(await found()).toBeGreaterThan(90)
    await lines.close()
  })

  test('are in the file when somebody has waited for them, also those before', async () => {
    const path = join(directory, 'lines')
    const lines = await createLineFile(path)
    for (let n = 0; n < 3; n++) {
      lines.write({ n, first: true })
      lines.write({ n })
      expect(await lines.written()).toBe(true)
      expect((await readLineFile(path))?.lines).toHaveLength(2 * n + 2)
    }
    await lines.close()
  })

  test('a file that exists is not written over', async () => {
    const path = join(directory, 'lines')
    await writeFile(path, 'mine')
    await expect(createLineFile(path)).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await readFile(path, 'utf8')).toBe('mine')
  })
})
