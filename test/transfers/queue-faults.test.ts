import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'
import { s3Error } from '../sync/scripted-proxy.ts'
import type { FaultProxy, LineFault } from './fault-proxy.ts'
import { startFaultProxy } from './fault-proxy.ts'
import type { QueueScene } from './queue-scene.ts'
import { digest, gate, isOver, isPart, startQueueScene } from './queue-scene.ts'
import { partBytes } from './small-sizes.ts'

const parts = 10
let scene: QueueScene
let broken: FaultProxy | null = null

beforeAll(async () => {
  scene = await startQueueScene()
})
afterAll(() => scene.close())
afterEach(async () => {
  await scene.reset()
  await broken?.close()
  broken = null
})

/** A queue behind connections that break. It is given no second attempt: what is mended is mended below it. */
async function startBehind(fault: LineFault, socketMs = 2000): Promise<FaultProxy> {
  broken = await startFaultProxy(scene.endpoint, fault)
  const timeouts = { connectionMs: 1000, socketMs, uploadMs: 4 * socketMs }
  const session = scene.session({ endpoint: broken.endpoint, timeouts })
  await scene.start({ session: () => Promise.resolve(session), retryDelaysMs: [] })
  return broken
}

const seenParts = () => scene.proxy.seen.filter(isPart).length

describe('a line that breaks', () => {
  it('F3 reset in the midst of a part, on two connections: only those parts are sent again', async () => {
    const big = randomBytes(parts * partBytes)
    const proxy = await startBehind({ resetAfterUp: partBytes / 2, times: 2 })
    await scene.upload([await scene.write('reset.bin', big)], { prefix: 'f3/' })
    await scene.until(isOver)
    expect(scene.ended).toMatchObject([{ done: 1, failed: 0 }])
    expect(proxy.broken()).toBe(2)
    expect(scene.count('CreateMultipartUpload')).toBe(1)
    expect(scene.count('UploadPart')).toBe(parts)
    expect(await scene.contentOf('f3/reset.bin')).toBe(digest(big))
    expect(await scene.openUploads()).toBe(0)
  })

  it('F4 a black hole that takes everything and never answers ends as a time-out, and is tried elsewhere', async () => {
    const big = randomBytes(parts * partBytes)
    const proxy = await startBehind({ silentAfterUp: partBytes / 2, times: 3 }, 50)
    await scene.upload([await scene.write('hole.bin', big), await scene.write('small.txt', 'small')], {
      prefix: 'f4/',
    })
    const startedAt = performance.now()
    await scene.until(isOver)
    expect(scene.ended).toMatchObject([{ done: 2, failed: 0 }])
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(proxy.broken()).toBe(3)
    expect(await scene.contentOf('f4/hole.bin')).toBe(digest(big))
    expect(await scene.openUploads()).toBe(0)
  })

  it('F6 a slow line with jitter is no time-out while bytes move; time left is told, and cancelling is quick', async () => {
    const big = randomBytes(parts * partBytes)
    await scene.put('f6/slow.bin', big)
    const proxy = await startBehind({ bytesPerSecond: 24 * 1024 }, 500)
    await scene.download(['f6/slow.bin'])
    let secondsLeft: number | null = null
    await scene.until((snapshot) => {
      secondsLeft ??= snapshot.secondsLeft
      return isOver(snapshot)
    })
    expect(scene.ended).toMatchObject([{ done: 1, failed: 0 }])
    expect(await scene.downloaded('slow.bin')).toBe(digest(big))
    expect(secondsLeft).toBeGreaterThan(0)
    // Nothing was asked for twice: ten ranges, of which the first is the answer that told of the object.
    expect(scene.proxy.seen.filter(({ method, key }) => method === 'GET' && key !== '')).toHaveLength(parts)
    expect(proxy.broken()).toBe(0)
    await scene.upload([await scene.write('slow-up.bin', randomBytes(40 * partBytes))], { prefix: 'f6/' })
    await scene.until(({ transfers }) =>
      transfers.some(({ name, movedBytes }) => name === 'slow-up.bin' && movedBytes > 0),
    )
    const cancelledAt = performance.now()
    scene.queue.cancel('all')
    await scene.until(({ counts }) => counts.cancelled === 1)
    expect(performance.now() - cancelledAt).toBeLessThan(1000)
  })
})

describe('a busy service', () => {
  const files = 30
  const startBusy = async (now: () => number) => {
    const session = scene.session()
    await scene.start({ session: () => Promise.resolve(session), now, retryDelaysMs: [2] })
    const paths: string[] = []
    for (let index = 0; index < files; index++)
      paths.push(await scene.write(`busy-${index}.txt`, `busy ${index}`))
    await scene.upload(paths, { prefix: 'f7/' })
    return session
  }
  const isStored = ({ method, key }: { method: string; key: string }) => method === 'PUT' && key !== ''

  it('F7 that says 503 for two minutes takes no attempt away and gets less at once, and then everything', async () => {
    let clock = 0
    scene.script = (request) => {
      if (!isStored(request) || clock > 120_000) return null
      // More often than all attempts together would bear.
      clock += 250
      return s3Error(503, 'SlowDown')
    }
    const session = await startBusy(() => clock)
    const before = session.pace.limit
    await scene.until(() => clock > 120_000)
    expect(session.pace.limit).toBeLessThanOrEqual(before / 2)
    expect(scene.queue.snapshot().counts).toMatchObject({ failed: 0 })
    await scene.until(isOver)
    expect(scene.ended).toMatchObject([{ done: files, failed: 0 }])
    expect(await scene.keysBelow('f7/')).toHaveLength(files)
  })

  it('F7 that says it for more than five minutes has failed, and says so', async () => {
    let clock = 0
    scene.script = (request) => {
      if (!isStored(request)) return null
      clock += 1000
      return s3Error(503, 'SlowDown')
    }
    await startBusy(() => clock)
    await scene.until(isOver)
    expect(scene.ended).toMatchObject([{ done: 0, failed: files }])
    expect(clock).toBeGreaterThan(300_000)
    expect(scene.queue.snapshot().transfers[0]?.error).toMatchObject({ code: 'slow-down', retryable: true })
  })
})

describe('this computer', () => {
  it('F34 without a file descriptor to be had, the queue waits, and sends everything when there are some', async () => {
    const files: string[] = []
    for (let index = 0; index < 40; index++)
      files.push(await scene.write(`fd-${index}.txt`, `content ${index}`))
    files.push(await scene.write('fd-big.bin', randomBytes(parts * partBytes)))
    const limited = ['sh', '-c', 'ulimit -n 64 && exec "$0" "$@"', typescriptNode()]
    const output = await scene.runProcess(
      { files, prefix: 'f34/', withoutDescriptorsMs: 300 },
      undefined,
      limited,
    )
    expect(output).toMatch(/without \d+\n/)
    expect(output).toMatch(/ended 41 0\n$/)
    expect(await scene.keysBelow('f34/')).toHaveLength(41)
    expect(await scene.openUploads()).toBe(0)
  })

  /** Of the file's third part something else is read. */
  async function withReads(read: () => Promise<{ bytesRead: number }>, work: () => Promise<void>) {
    const handle = await open(import.meta.filename)
    const shared = Object.getPrototypeOf(handle) as { read: (...args: unknown[]) => Promise<unknown> }
    const real = shared.read
    await handle.close()
    shared.read = function (...args) {
      return args[3] === 2 * partBytes ? read() : real.apply(this, args)
    }
    try {
      await work()
    } finally {
      shared.read = real
    }
  }

  it.each([
    [
      'an error of the disk',
      () =>
        Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' })),
      { code: 'local-file', s3Code: 'EIO' },
    ],
    ['a file that ends early', () => Promise.resolve({ bytesRead: 0 }), { code: 'local-changed' }],
  ])('F35 %s: the part is not sent, nothing is stored, and the file is named', async (_, read, error) => {
    const path = await scene.write('unread.bin', randomBytes(parts * partBytes))
    await scene.start({ retryDelaysMs: [] })
    await withReads(read, async () => {
      await scene.upload([path], { prefix: 'f35/' })
      await scene.until(isOver)
    })
    expect(scene.ended).toMatchObject([{ done: 0, failed: 1 }])
    expect(scene.queue.snapshot().transfers[0]).toMatchObject({
      name: 'unread.bin',
      error,
    })
    const third = scene.proxy.seen.filter((request) => request.query.get('partNumber') === '3')
    expect(third).toEqual([])
    expect(await scene.keysBelow('f35/')).toEqual([])
    expect(await scene.openUploads()).toBe(0)
  })

  it('F43 asleep while parts were under way, and every connection dead when it wakes: nothing is doubled', async () => {
    const big = randomBytes(parts * partBytes)
    const files = [await scene.write('asleep.bin', big)]
    for (let index = 0; index < 10; index++) files.push(await scene.write(`n${index}.txt`, `n ${index}`))
    const held = gate(isPart, 3)
    scene.script = held.script
    const output = await scene.runProcess({ files, prefix: 'f43/' }, async (send) => {
      await held.until(4)
      send('SIGSTOP')
      held.open('cut')
      await sleep(500)
      send('SIGCONT')
    })
    expect(output).toMatch(/ended 11 0\n$/)
    expect(scene.count('CreateMultipartUpload')).toBe(1)
    expect(scene.count('UploadPart')).toBe(parts)
    expect(await scene.keysBelow('f43/')).toHaveLength(11)
    expect(await scene.contentOf('f43/asleep.bin')).toBe(digest(big))
    expect(await scene.openUploads()).toBe(0)
  })
})

describe('limits', () => {
  it('F47 100,000 objects are added, kept and taken up again in a heap of 256 MB, and a thousand of them shown', async () => {
    const capped = [typescriptNode(), '--max-old-space-size=256']
    const many = { manyKeys: 100_000 }
    expect(await scene.runProcess(many, undefined, capped)).toContain('paused 100000 shown 1000\n')
    expect(await scene.runProcess(many, undefined, capped)).toContain('paused 100000 shown 1000\n')
    expect((await scene.start()).restore()).toBe(0)
  }, 240_000)

  it('F47 an empty file goes and comes, and a part size that would make too many parts is not taken', async () => {
    await scene.start({ sizes: { partedAboveBytes: 1024, partSizeBytes: 1 } })
    const long = Buffer.alloc(10_001, 7)
    await scene.upload([await scene.write('empty.txt', ''), await scene.write('long.bin', long)], {
      prefix: 'f47/',
    })
    await scene.until(isOver)
    expect(scene.ended).toMatchObject([{ done: 2, failed: 0 }])
    expect(seenParts()).toBe(1)
    await scene.download(['f47/empty.txt', 'f47/long.bin'])
    await scene.until((snapshot) => isOver(snapshot) && snapshot.counts.done === 4)
    expect(await scene.downloaded('empty.txt')).toBe(digest(Buffer.alloc(0)))
    expect(await scene.downloaded('long.bin')).toBe(digest(long))
  })
})
