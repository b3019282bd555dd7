import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { s3Error } from '../sync/scripted-proxy.ts'
import type { QueueScene } from './queue-scene.ts'
import { digest, gate, isOver, isPart, startQueueScene } from './queue-scene.ts'
import { partBytes } from './small-sizes.ts'

let scene: QueueScene

beforeAll(async () => {
  scene = await startQueueScene()
})
afterAll(() => scene.close())
afterEach(() => scene.reset())

/** Begins an upload of these parts, of which some arrive and the next ones do not; then Pail quits. */
async function quitMidway(name: string, { parts = 10, prefix = 'kept/' } = {}): Promise<Buffer> {
  const bytes = randomBytes(parts * partBytes)
  const held = gate(isPart, 2)
  scene.script = held.script
  await scene.start()
  await scene.upload([await scene.write(name, bytes)], { prefix })
  await scene.until(({ movedBytes }) => movedBytes === 2 * partBytes)
  await scene.queue.close()
  held.open('cut')
  return bytes
}

describe('transfers that outlive their process', () => {
  it('F46 quitting keeps what runs and what waits, within two seconds, and the next start goes on', async () => {
    const big = randomBytes(10 * partBytes)
    const paths = [
      await scene.write('big.bin', big),
      await scene.write('a.txt', 'a'),
      await scene.write('b.txt', 'b'),
    ]
    const held = gate(isPart, 2)
    scene.script = held.script
    await scene.start({ concurrency: 1 })
    await scene.upload(paths, { prefix: 'quit/' })
    await scene.until(({ movedBytes }) => movedBytes === 2 * partBytes)
    // By a clock that stands still while the machine is busy with others.
    let tenMs = 0
    const clock = setInterval(() => tenMs++, 10)
    await scene.queue.close()
    clearInterval(clock)
    expect(tenMs).toBeLessThan(200)
    held.open('cut')
    expect(await scene.keysBelow('quit/')).toEqual([])
    expect(await scene.openUploads()).toBe(1)
    expect((await scene.start()).restore()).toBe(3)
    expect(scene.queue.snapshot().movedBytes).toBe(2 * partBytes)
    await scene.until(isOver)
    expect(scene.ended.at(-1)).toMatchObject({
      done: 3,
      failed: 0,
      prefix: 'quit/',
      linkExpirySeconds: 3600,
    })
    expect(scene.count('CreateMultipartUpload')).toBe(1)
    // What had arrived is not sent again.
    expect(scene.count('UploadPart')).toBe(10)
    expect(await scene.contentOf('quit/big.bin')).toBe(digest(big))
    expect(await scene.openUploads()).toBe(0)
    await scene.queue.close()
    // Nothing is left to be kept.
    await expect(readFile(scene.journalFile)).rejects.toThrow('ENOENT')
  })

  it('what goes on has the headers that its destination asked for', async () => {
    const asked = {
      contentDisposition: 'attachment',
      contentEncoding: 'br',
      contentType: 'application/x-film',
      cacheControl: 'no-cache',
    }
    const held = gate(isPart, 2)
    scene.script = held.script
    await scene.start()
    const [film, text] = [
      await scene.write('film.bin', randomBytes(10 * partBytes)),
      await scene.write('x.svg', 'x'),
    ]
    await scene.upload([text, film], {
      prefix: 'headers/',
      cacheControl: 'max-age=60',
      headersOf: (key) => (key.endsWith('.bin') ? asked : { contentType: '', cacheControl: '' }),
    })
    await scene.until(({ movedBytes }) => movedBytes >= 2 * partBytes)
    await scene.queue.close()
    held.open('cut')
    const next = await scene.start()
    expect(next.restore()).toBeGreaterThan(0)
    await scene.until(isOver)
    expect(await scene.headersOf('headers/film.bin')).toEqual(asked)
    // An empty one is not sent.
    expect(await scene.headersOf('headers/x.svg')).toMatchObject({
      cacheControl: null,
      contentDisposition: null,
    })
    await scene.queue.close()
  })

  it('F27 killed three times at random, an upload ends identical and sends hardly a part twice', async () => {
    const parts = 24
    const big = randomBytes(parts * partBytes)
    const small = Array.from({ length: 20 }, (_, index) => Buffer.from(`small ${index}`))
    const files = [await scene.write('big.bin', big)]
    for (const [index, bytes] of small.entries()) files.push(await scene.write(`s${index}.txt`, bytes))
    /** Runs to its end, or is killed when so many parts more have arrived and others are under way. */
    const run = async (killAfter: number | null) => {
      const held = gate(isPart, killAfter ?? Number.POSITIVE_INFINITY)
      scene.script = held.script
      const output = await scene.runProcess({ files }, async (send) => {
        if (killAfter === null) return
        await held.until(1)
        send('SIGKILL')
      })
      held.open('cut')
      return output
    }
    for (let kill = 0; kill < 3; kill++)
      expect(await run(Math.floor(Math.random() * 7))).not.toContain('ended')
    expect(await run(null)).toMatch(/ended \d+ 0\n$/)
    expect(scene.count('UploadPart')).toBeLessThanOrEqual(parts + 3 * 4)
    expect(await scene.contentOf('killed/big.bin')).toBe(digest(big))
    // Neither lost nor doubled, though "keep both" would have given the second a name of its own.
    expect(await scene.keysBelow('killed/')).toHaveLength(21)
    for (const [index, bytes] of small.entries())
      expect(await scene.contentOf(`killed/s${index}.txt`)).toBe(digest(bytes))
    expect(await scene.openUploads()).toBe(0)
  }, 60_000)

  it('F29 killed after the object is there and before that is written down, it is done, not doubled', async () => {
    await scene.start()
    await scene.upload([await scene.write('twin.txt', 'old')], { prefix: 'done/' })
    await scene.until(() => scene.ended.length === 1)
    const paths = [
      await scene.write('big.bin', randomBytes(3 * partBytes)),
      await scene.write('small.txt', 'small'),
      await scene.write('twin.txt', 'new'),
    ]
    await scene.upload(paths, { prefix: 'done/' })
    await scene.until(({ counts }) => counts.done === 4)
    expect(await scene.keysBelow('done/')).toHaveLength(4)
    await expect.poll(() => readFile(scene.journalFile, 'utf8')).toContain('"t":"ended"')
    // The journal as it is before anything of the ends is on the disk.
    const lines = (await readFile(scene.journalFile, 'utf8')).split('\n')
    await scene.queue.close()
    // The end of the first one had long been written: its file is another one now.
    const isEnd = (line: string) => line.includes('"t":"ended"')
    const first = lines.findIndex(isEnd)
    const kept = lines.filter((line, index) => index === first || !isEnd(line))
    await writeFile(scene.journalFile, kept.join('\n'))
    const [sent, puts] = [scene.count('UploadPart'), scene.count('PutObject')]
    const restored = (await scene.start()).restore()
    expect(restored).toBe(3)
    await scene.until(isOver)
    expect(scene.ended.slice(2).reduce((sum, { done }) => sum + done, 0)).toBe(3)
    expect([scene.count('UploadPart'), scene.count('PutObject')]).toEqual([sent, puts])
    expect(await scene.keysBelow('done/')).toHaveLength(4)
  })

  it('F36 a file that was changed while Pail was not running is sent as it is now, never as a mix', async () => {
    await quitMidway('edited.bin', { prefix: 'edited/' })
    const after = randomBytes(9 * partBytes)
    await scene.write('edited.bin', after)
    ;(await scene.start()).restore()
    await scene.until(isOver)
    expect(scene.ended.at(-1)).toMatchObject({ done: 1, failed: 0 })
    expect(await scene.contentOf('edited/edited.bin')).toBe(digest(after))
    expect(await scene.openUploads()).toBe(0)
  })

  it('keeps what a person has paused, and the order that was chosen', async () => {
    const names = ['a.txt', 'b.txt', 'c.txt']
    const paths: string[] = []
    for (const name of names) paths.push(await scene.write(name, name))
    await scene.start()
    await scene.upload(paths, { prefix: 'order/' })
    // In the same turn: they are paused before they run.
    scene.queue.pause('all')
    const rows = scene.queue.snapshot().transfers
    expect(rows.map(({ state, pausedBy }) => [state, pausedBy])).toEqual(
      names.map(() => ['paused', 'person']),
    )
    scene.queue.moveFirst([rows.at(-1)?.id ?? ''])
    await scene.queue.close()
    expect((await scene.start()).restore()).toBe(3)
    const again = scene.queue.snapshot()
    expect(again.transfers.map(({ name, state }) => [name, state])).toEqual([
      ['c.txt', 'paused'],
      ['a.txt', 'paused'],
      ['b.txt', 'paused'],
    ])
    expect(again.counts).toMatchObject({ paused: 3, queued: 0 })
    expect(await scene.keysBelow('order/')).toEqual([])
    scene.queue.resume('all')
    await scene.until(isOver)
    expect(await scene.keysBelow('order/')).toHaveLength(3)
  })

  it('a cancelled upload is not taken up again, and its parts are taken back', async () => {
    const held = gate(isPart, 2)
    scene.script = held.script
    await scene.start()
    await scene.upload([await scene.write('cancel.bin', randomBytes(10 * partBytes))], { prefix: 'cancel/' })
    await scene.until(({ movedBytes }) => movedBytes > 0)
    scene.queue.cancel('all')
    await scene.queue.close()
    held.open('cut')
    expect((await scene.start()).restore()).toBe(0)
    await scene.queue.close()
    expect(await scene.openUploads()).toBe(0)
    expect(await scene.keysBelow('cancel/')).toEqual([])
  })
})

describe('a person', () => {
  it('pauses one that runs, and it goes on from where it was', async () => {
    const big = randomBytes(10 * partBytes)
    const held = gate(isPart, 2)
    scene.script = held.script
    await scene.start()
    await scene.upload([await scene.write('big.bin', big), await scene.write('other.txt', 'other')], {
      prefix: 'pause/',
    })
    await scene.until(({ movedBytes }) => movedBytes >= 2 * partBytes)
    const id = scene.queue.snapshot().transfers.find(({ name }) => name === 'big.bin')?.id ?? ''
    scene.queue.pause([id])
    await scene.until(({ counts }) => counts.paused === 1 && counts.running === 0)
    const paused = scene.queue.snapshot().transfers.find((row) => row.id === id)
    expect(paused).toMatchObject({ state: 'paused', pausedBy: 'person', error: null })
    expect(paused?.movedBytes).toBe(2 * partBytes)
    held.open('cut')
    await sleep(50)
    expect(scene.count('UploadPart')).toBe(2)
    scene.queue.resume([id])
    await scene.until(isOver)
    expect(scene.count('CreateMultipartUpload')).toBe(1)
    expect(scene.count('UploadPart')).toBe(10)
    expect(await scene.contentOf('pause/big.bin')).toBe(digest(big))
  })
})

describe('a service that is away', () => {
  it('F1 pauses as offline, burns no attempt, and goes on by itself when it is back', async () => {
    let asked = 0
    let onAsked: () => unknown = () => undefined
    const held = gate(isPart, 2)
    scene.script = held.script
    const big = randomBytes(10 * partBytes)
    await scene.start({ retryDelaysMs: [], concurrency: 1 })
    await scene.upload([await scene.write('big.bin', big), await scene.write('next.txt', 'next')], {
      prefix: 'away/',
    })
    await scene.until(({ movedBytes }) => movedBytes === 2 * partBytes)
    scene.script = () => {
      asked++
      onAsked()
      return Promise.reject(new Error('cut'))
    }
    held.open('cut')
    await scene.until(({ counts }) => counts.paused > 0 && counts.running === 0)
    const row = scene.queue.snapshot().transfers.find(({ state }) => state === 'paused')
    expect(row).toMatchObject({ pausedBy: 'offline', error: { code: 'unreachable' } })
    // One question at a time, and nothing else.
    const enough = asked + 3
    await new Promise<void>((resolve) => {
      onAsked = () => asked >= enough && resolve()
    })
    expect(scene.proxy.seen.slice(-3).map(({ method, key }) => [method, key])).toEqual([
      ['HEAD', ''],
      ['HEAD', ''],
      ['HEAD', ''],
    ])
    scene.script = () => null
    await scene.until(isOver)
    expect(scene.ended.at(-1)).toMatchObject({ done: 2, failed: 0 })
    expect(scene.count('CreateMultipartUpload')).toBe(1)
    expect(await scene.contentOf('away/big.bin')).toBe(digest(big))
  })

  it('F2 a name that cannot be found is offline, too, in words of its own, and not asked for again and again', async () => {
    let looked = 0
    const session = scene.session({
      endpoint: 'https://nowhere.invalid',
      lookup: (hostname, _options, callback) => {
        looked++
        callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), '')
      },
    })
    await scene.start({ session: () => Promise.resolve(session), offlineProbeMs: 5000 })
    await scene.upload([await scene.write('dns.txt', 'dns')], { prefix: 'dns/' })
    await scene.until(({ counts }) => counts.paused === 1)
    expect(scene.queue.snapshot().transfers[0]).toMatchObject({
      pausedBy: 'offline',
      error: { code: 'dns' },
    })
    const before = looked
    await sleep(200)
    expect(looked).toBe(before)
    scene.queue.cancel('all')
    expect(scene.queue.snapshot().transfers[0]).toMatchObject({ state: 'cancelled' })
  })

  it('F19 an expired session waits for the person, without a storm, and goes on with the same upload', async () => {
    let isExpired = false
    let refused = 0
    scene.script = ({ method, query }) => {
      if (method === 'PUT' && query.get('partNumber') === '4' && refused === 0) isExpired = true
      if (!isExpired) return null
      refused++
      return s3Error(400, 'ExpiredToken')
    }
    const big = randomBytes(10 * partBytes)
    const paths = [await scene.write('big.bin', big)]
    for (let index = 0; index < 30; index++) paths.push(await scene.write(`n${index}.txt`, `n${index}`))
    await scene.start({ concurrency: 4 })
    await scene.upload(paths, { prefix: 'expired/' })
    await scene.until(({ counts }) => counts.paused > 0 && counts.running === 0)
    const row = scene.queue.snapshot().transfers.find(({ name }) => name === 'big.bin')
    expect(row).toMatchObject({ state: 'paused', pausedBy: 'sign-in', error: { code: 'expired-token' } })
    const before = refused
    // Each that was under way has asked once: the parts of the large one, and what has no body why it is refused.
    expect(before).toBeLessThanOrEqual(4 + 3 * 2)
    await sleep(100)
    expect(refused).toBe(before)
    isExpired = false
    scene.queue.credentialsChanged('p')
    await scene.until(isOver)
    expect(scene.ended.at(-1)).toMatchObject({ done: 31, failed: 0 })
    expect(scene.count('CreateMultipartUpload')).toBe(1)
    expect(await scene.contentOf('expired/big.bin')).toBe(digest(big))
  })

  it('F12 F27 an upload that the service has forgotten meanwhile begins anew', async () => {
    const big = await quitMidway('big.bin', { prefix: 'forgot/' })
    const bucket = scene.place.open
    const client = await scene.place.session.client(bucket)
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    expect(Uploads).toHaveLength(1)
    for (const { Key, UploadId } of Uploads)
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
    ;(await scene.start()).restore()
    await scene.until(isOver)
    expect(scene.ended.at(-1)).toMatchObject({ done: 1, failed: 0 })
    expect(await scene.contentOf('forgot/big.bin')).toBe(digest(big))
    expect(await scene.openUploads()).toBe(0)
  })
})
