import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { isTemporaryName, temporaryName } from '../../src-main/s3/target-folder.ts'
import { s3Error } from '../sync/scripted-proxy.ts'
import type { QueueScene } from './queue-scene.ts'
import { digest, gate, isGet, isOver, startQueueScene } from './queue-scene.ts'
import { partBytes } from './small-sizes.ts'

const ranges = 10
let scene: QueueScene

beforeAll(async () => {
  scene = await startQueueScene()
})
afterAll(() => scene.close())
afterEach(() => scene.reset())

/** The transfers that the journal tells of. */
async function journalEntries(): Promise<{ id: string }[]> {
  const lines = (await readFile(scene.journalFile, 'utf8')).split('\n')
  const ids = lines.flatMap((line) => /"t":"received","id":"([^"]+)"/.exec(line)?.[1] ?? [])
  return [...new Set(ids)].map((id) => ({ id }))
}

const gets = () => scene.proxy.seen.filter(isGet).length
const unfinished = async () => (await scene.downNames()).filter(isTemporaryName)

/** Begins a download, of which three ranges arrive and the next ones do not. */
async function beginDownload(key = 'down/big.bin') {
  const bytes = randomBytes(ranges * partBytes)
  await scene.put(key, bytes)
  const held = gate(isGet, 3)
  scene.script = held.script
  await scene.start()
  await scene.download([key])
  await scene.until(({ movedBytes }) => movedBytes === 3 * partBytes)
  return { bytes, held }
}

describe('a download that outlives its process', () => {
  it('F28 goes on where it was, and fetches what is missing and nothing else', async () => {
    const { bytes, held } = await beginDownload()
    await scene.queue.close()
    held.open('cut')
    expect(await scene.downNames()).toHaveLength(1)
    expect(await unfinished()).toHaveLength(1)
    scene.proxy.seen.length = 0
    expect((await scene.start()).restore()).toBe(1)
    await scene.until(isOver)
    expect(scene.ended).toMatchObject([{ done: 1, failed: 0 }])
    expect(await scene.downNames()).toEqual(['big.bin'])
    expect(await scene.downloaded('big.bin')).toBe(digest(bytes))
    expect(gets()).toBe(ranges - 3)
    expect(scene.queue.snapshot().transfers[0]).toMatchObject({ verified: true })
  })

  it('F17 F28 begins anew when the object was replaced meanwhile, and never splices', async () => {
    const { held } = await beginDownload()
    await scene.queue.close()
    held.open('cut')
    const other = randomBytes(ranges * partBytes)
    await scene.put('down/big.bin', other)
    ;(await scene.start()).restore()
    await scene.until(isOver)
    expect(scene.ended).toMatchObject([{ done: 1, failed: 0 }])
    expect(await scene.downloaded('big.bin')).toBe(digest(other))
    expect(await scene.downNames()).toEqual(['big.bin'])
  })

  it('F28 killed twice at random, it ends identical; until then there is no file of its name', async () => {
    const bytes = randomBytes(3 * ranges * partBytes)
    await scene.put('down/killed.bin', bytes)
    const isWrittenDown = async (spans: RegExp) => {
      while (!spans.test(await readFile(scene.journalFile, 'utf8').catch(() => ''))) await sleep(5)
    }
    for (let kill = 0; kill < 2; kill++) {
      const held = gate(isGet, 6 + Math.floor(Math.random() * 6))
      scene.script = held.script
      const output = await scene.runProcess({ keys: ['down/killed.bin'] }, async (send) => {
        await held.until(1)
        await isWrittenDown(/"spans":\[\[0,/)
        send('SIGKILL')
      })
      expect(output).not.toContain('ended')
      held.open('cut')
      expect(await unfinished()).toHaveLength(1)
      expect(await scene.downNames()).toHaveLength(1)
    }
    scene.proxy.seen.length = 0
    scene.script = () => null
    expect(await scene.runProcess({ keys: [] })).toMatch(/ended 1 0\n$/)
    expect(await scene.downNames()).toEqual(['killed.bin'])
    expect(await scene.downloaded('killed.bin')).toBe(digest(bytes))
    // Part of it was there, or three times as many would have been asked for.
    expect(gets()).toBeLessThan(3 * ranges)
  }, 60_000)

  it.each([
    ['one of several ranges', 'down/large.bin', ranges * partBytes],
    ['one of a single request', 'down/small.bin', 1000],
    ['an empty one', 'down/empty.bin', 0],
  ])(
    'F28 killed after the file has its name and before that is written down, %s is done, not doubled',
    async (_, key, size) => {
      const bytes = randomBytes(size)
      await scene.put(key, bytes)
      const name = key.slice('down/'.length)
      expect(await scene.runProcess({ keys: [key], diesBeforeEnds: true })).not.toContain('ended')
      expect(await scene.downNames()).toEqual([name])
      scene.proxy.seen.length = 0
      expect(await scene.runProcess({ keys: [] })).toMatch(/ended 1 0\n$/)
      expect(gets()).toBe(0)
      expect(await scene.downNames()).toEqual([name])
      expect(await scene.downloaded(name)).toBe(digest(bytes))
    },
  )

  it('F28 killed then, and the file is another one since: that stays, and the object comes beside it', async () => {
    const bytes = randomBytes(1000)
    await scene.put('down/edited.bin', bytes)
    await scene.runProcess({ keys: ['down/edited.bin'], diesBeforeEnds: true })
    await writeFile(join(scene.folder, 'down', 'edited.bin'), 'mine')
    expect(await scene.runProcess({ keys: [] })).toMatch(/ended 1 0\n$/)
    expect((await scene.downNames()).toSorted()).toEqual(['edited (2).bin', 'edited.bin'])
    expect(await scene.downloaded('edited (2).bin')).toBe(digest(bytes))
    expect(await readFile(join(scene.folder, 'down', 'edited.bin'), 'utf8')).toBe('mine')
  })

  it('F28 killed between the two names that a file has for a moment, one is left', async () => {
    const bytes = randomBytes(1000)
    await scene.put('down/linked.bin', bytes)
    await scene.runProcess({ keys: ['down/linked.bin'], diesBeforeEnds: true })
    // As if the hidden name had not gone yet.
    const [{ id } = { id: '' }] = await journalEntries()
    await link(join(scene.folder, 'down', 'linked.bin'), join(scene.folder, 'down', temporaryName(id)))
    expect(await scene.runProcess({ keys: [] })).toMatch(/ended 1 0\n$/)
    expect(await scene.downNames()).toEqual(['linked.bin'])
    expect(await scene.downloaded('linked.bin')).toBe(digest(bytes))
  })
})

describe('a download whose file has a name of its own', () => {
  const bytes = randomBytes(ranges * partBytes)
  const down = (name: string) => join(scene.folder, 'down', name)
  const outcome = () => scene.queue.snapshot().transfers[0]

  it('F28 has that name after a restart as well, and replaces what is there only when it is whole', async () => {
    await scene.put('down/named.bin', bytes)
    const held = gate(isGet, 3)
    scene.script = held.script
    await scene.start()
    await writeFile(down('mine.bin'), 'mine')
    await scene.download(['down/named.bin'], { fileName: 'mine.bin', onTaken: 'replace', isKept: true })
    await scene.until(({ movedBytes }) => movedBytes === 3 * partBytes)
    await scene.queue.close()
    held.open('cut')
    expect(await readFile(down('mine.bin'), 'utf8')).toBe('mine')
    ;(await scene.start()).restore()
    await scene.until(isOver)
    expect(outcome()).toMatchObject({ state: 'done', name: 'mine.bin', note: null })
    expect(await scene.downNames()).toEqual(['mine.bin'])
    expect(await scene.downloaded('mine.bin')).toBe(digest(bytes))
  })

  it('replaces a link and not what it points to, and no folder', async () => {
    await scene.put('down/named.bin', bytes)
    await scene.start()
    await writeFile(join(scene.folder, 'other'), 'other')
    await symlink(join(scene.folder, 'other'), down('link'))
    await scene.download(['down/named.bin'], { fileName: 'link', onTaken: 'replace', isKept: true })
    await scene.until(({ counts }) => counts.done === 1)
    expect(await scene.downloaded('link')).toBe(digest(bytes))
    expect(await readFile(join(scene.folder, 'other'), 'utf8')).toBe('other')
    scene.queue.clear()
    await mkdir(down('folder'))
    await scene.download(['down/named.bin'], { fileName: 'folder', onTaken: 'replace', isKept: true })
    await scene.until(({ counts }) => counts.failed === 1)
    expect(outcome()).toMatchObject({ error: { code: 'already-exists' } })
  })

  it('fails where the name is taken, also when it is taken meanwhile, and fetches nothing in vain', async () => {
    await scene.put('down/named.bin', bytes)
    await scene.start()
    await writeFile(down('taken'), 'mine')
    const as = { fileName: 'taken', onTaken: 'fail', isKept: true } as const
    await scene.download(['down/named.bin'], as)
    await scene.until(({ counts }) => counts.failed === 1)
    expect(outcome()).toMatchObject({ error: { code: 'already-exists' } })
    expect(gets()).toBe(0)
    scene.queue.clear()
    await rm(down('taken'))
    const held = gate(isGet, 3)
    scene.script = held.script
    await scene.download(['down/named.bin'], as)
    await held.until(1)
    await writeFile(down('taken'), 'mine')
    held.open()
    await scene.until(({ counts }) => counts.failed === 1)
    expect(outcome()).toMatchObject({ error: { code: 'already-exists' } })
    expect(await readFile(down('taken'), 'utf8')).toBe('mine')
    expect(await scene.downNames()).toEqual(['taken'])
  })

  it('is forgotten with its process when nobody is to go on with it', async () => {
    await scene.put('down/named.bin', bytes)
    scene.script = gate(isGet, 3).script
    await scene.start()
    await scene.download(['down/named.bin'], { fileName: 'piped', onTaken: 'fail', isKept: false })
    await scene.until(({ movedBytes }) => movedBytes === 3 * partBytes)
    await scene.queue.close()
    expect((await scene.start()).restore()).toBe(0)
  })

  it('S33 has no name that leads elsewhere', async () => {
    await scene.start()
    for (const fileName of ['../up', 'a/b', '..', '.', '/abs'])
      await expect(
        scene.download(['k'], { fileName, onTaken: 'replace', isKept: true }),
      ).rejects.toMatchObject({
        error: { code: 'invalid-argument' },
      })
  })
})

describe('a download that nobody goes on with', () => {
  it('leaves nothing when it is cancelled while it runs, while it is paused, or by the next start', async () => {
    const { held } = await beginDownload()
    scene.queue.cancel('all')
    await scene.until(isOver)
    held.open('cut')
    await expect.poll(() => scene.downNames()).toEqual([])

    const paused = await beginDownload()
    scene.queue.pause('all')
    await scene.until(({ counts }) => counts.paused === 1)
    paused.held.open('cut')
    expect(await unfinished()).toHaveLength(1)
    scene.queue.cancel('all')
    await expect.poll(() => scene.downNames()).toEqual([])

    const quit = await beginDownload()
    await scene.queue.close()
    quit.held.open('cut')
    expect(await unfinished()).toHaveLength(1)
    ;(await scene.start()).restore()
    scene.queue.cancel('all')
    await expect.poll(() => scene.downNames()).toEqual([])
    await scene.queue.close()
    expect((await scene.start()).restore()).toBe(0)
  })

  it('can be told to begin anew at once, while much else is being removed, and is whole then', async () => {
    const { bytes, held } = await beginDownload()
    await scene.download(Array.from({ length: 300 }, (_, index) => `none/${index}`))
    scene.queue.pause('all')
    await scene.until(({ counts }) => counts.running === 0)
    await scene.queue.close()
    held.open('cut')
    expect((await scene.start()).restore()).toBe(301)
    const begun = scene.queue.snapshot().transfers.find(({ name }) => name === 'big.bin')?.id ?? ''
    // The one that is told to begin anew is the last to be removed.
    scene.queue.cancel(scene.queue.snapshot().transfers.flatMap(({ id }) => (id === begun ? [] : id)))
    scene.queue.cancel([begun])
    scene.queue.retry([begun])
    await scene.until(({ counts }) => counts.done === 1)
    expect(await scene.downloaded('big.bin')).toBe(digest(bytes))
    expect(await scene.downNames()).toEqual(['big.bin'])
  })

  it('keeps what has arrived when it failed and can be tried again, until it is cleared away', async () => {
    const bytes = randomBytes(ranges * partBytes)
    const keys = ['down/again.bin', 'down/cleared.bin']
    for (const key of keys) await scene.put(key, bytes)
    const asked = new Map<string, number>()
    scene.script = (request) => {
      if (!isGet(request)) return null
      asked.set(request.key, (asked.get(request.key) ?? 0) + 1)
      return (asked.get(request.key) ?? 0) > 3 ? s3Error(500, 'InternalError') : null
    }
    await scene.start({ retryDelaysMs: [] })
    await scene.download(keys)
    await scene.until(({ counts }) => counts.failed === 2)
    // For a later start they are still there, and so is their list.
    scene.queue.clear({ keepsRetryable: true })
    await scene.queue.close()
    expect(await unfinished()).toHaveLength(2)
    expect((await scene.start({ retryDelaysMs: [] })).restore()).toBe(2)
    scene.script = () => null
    scene.proxy.seen.length = 0
    scene.queue.retry(
      scene.queue.snapshot().transfers.flatMap(({ id, name }) => (name === 'again.bin' ? id : [])),
    )
    await scene.until(({ counts }) => counts.done === 1)
    expect(await scene.downloaded('again.bin')).toBe(digest(bytes))
    expect(gets()).toBeLessThan(ranges)
    expect(scene.queue.snapshot().counts).toMatchObject({ failed: 1 })
    expect(await unfinished()).toHaveLength(1)
    scene.queue.clear()
    await expect.poll(() => scene.downNames()).toEqual(['again.bin'])
  })

  it('makes no folder only to look for what it has left', async () => {
    await scene.put('tree/inner/leaf.bin', Buffer.from('leaf'))
    await scene.start()
    const folder = join(scene.folder, 'down')
    const where = { profileId: 'p', bucket: scene.place.open, keys: [], prefixes: ['tree/'], folder }
    await scene.queue.download(where)
    scene.queue.pause('all')
    await scene.queue.close()
    expect((await scene.start()).restore()).toBe(1)
    scene.queue.cancel('all')
    await scene.queue.close()
    expect(await scene.downNames()).toEqual([])
  })
})
