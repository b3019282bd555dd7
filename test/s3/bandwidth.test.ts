import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Bandwidth } from '../../src-main/s3/bandwidth.ts'
import { createBandwidth, slicesOf } from '../../src-main/s3/bandwidth.ts'
import { getObjectBytes } from '../../src-main/s3/get-object-bytes.ts'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import { startObjectServer } from './object-server.ts'
import { testSession } from './scripted-server.ts'
import { closers, transports } from './wire/both-transports.ts'

const kib = 1024

describe('the limit', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const start = (limit: number | null) => {
    const bandwidth = createBandwidth(() => performance.now())
    bandwidth.limitBytesPerSecond = limit
    return bandwidth
  }
  /** Takes again and again, and counts what it was given. */
  const taker = (bandwidth: Bandwidth, signal?: AbortSignal) => {
    const taken = { bytes: 0, ended: false }
    const run = async () => {
      try {
        for (let i = 0; i < 100_000; i++) {
          const { sliceBytes } = bandwidth
          await bandwidth.take(sliceBytes, signal)
          taken.bytes += sliceBytes
        }
      } finally {
        taken.ended = true
      }
    }
    run().catch(() => undefined)
    return taken
  }

  it('holds for all who take together, each in turn', async () => {
    const bandwidth = start(64 * kib)
    const takers = [taker(bandwidth), taker(bandwidth), taker(bandwidth)]
    await vi.advanceTimersByTimeAsync(10_000)
    const all = takers.reduce((sum, { bytes }) => sum + bytes, 0)
    expect(all).toBeGreaterThan(9.9 * 64 * kib)
    expect(all).toBeLessThanOrEqual(10 * 64 * kib + bandwidth.sliceBytes)
    for (const { bytes } of takers) expect(bytes).toBeGreaterThan(3 * 64 * kib)
  })

  it('is another one at once when it is changed, also for those that wait', async () => {
    const bandwidth = start(1 * kib)
    const slow = taker(bandwidth)
    await vi.advanceTimersByTimeAsync(4000)
    const before = slow.bytes
    expect(before).toBeLessThanOrEqual(5 * kib)
    bandwidth.limitBytesPerSecond = 100 * kib
    await vi.advanceTimersByTimeAsync(1000)
    expect(slow.bytes - before).toBeGreaterThan(90 * kib)
    expect(slow.bytes - before).toBeLessThan(115 * kib)
    bandwidth.limitBytesPerSecond = 1 * kib
    const then = slow.bytes
    await vi.advanceTimersByTimeAsync(4000)
    expect(slow.bytes - then).toBeLessThanOrEqual(6 * kib + (100 * kib) / 16)
    bandwidth.limitBytesPerSecond = null
    await vi.advanceTimersByTimeAsync(1)
    expect(slow.ended).toBe(true)
  })

  it('lets go of who does not wait any more, and of no other', async () => {
    const bandwidth = start(1 * kib)
    const stop = new AbortController()
    const gone = taker(bandwidth, stop.signal)
    const other = taker(bandwidth)
    await vi.advanceTimersByTimeAsync(2000)
    stop.abort()
    await vi.advanceTimersByTimeAsync(0)
    expect(gone.ended).toBe(true)
    const before = other.bytes
    await vi.advanceTimersByTimeAsync(4000)
    expect(other.bytes - before).toBeGreaterThan(3 * kib)
    await expect(bandwidth.take(10 * kib, stop.signal)).rejects.toThrow('aborted')
  })

  it('cuts nothing up when there is none', () => {
    const bytes = new Uint8Array(300 * kib)
    const sizes = (bandwidth: Bandwidth | undefined) =>
      Array.from(slicesOf(bytes, bandwidth), ({ byteLength }) => byteLength)
    expect(sizes(undefined)).toEqual([300 * kib])
    expect(sizes(start(null))).toEqual([300 * kib])
    expect(sizes(start(160 * kib))).toEqual(Array.from({ length: 30 }, () => 10 * kib))
  })
})

const until = (isSo: () => boolean) => vi.waitUntil(isSo, { interval: 1 })

/** A limit whose turns a test gives; `null` gives as many as are wanted. */
function turnsByHand(limitBytesPerSecond: number | null = 1) {
  let left: number | null = 0
  let waiting: (() => void)[] = []
  const bandwidth: Bandwidth = {
    limitBytesPerSecond,
    sliceBytes: 8 * kib,
    take(bytes, signal) {
      /** Whether there was a turn, which is gone then. */
      const taken = () => {
        if (left === null) return true
        if (left < bytes) return false
        left -= bytes
        return true
      }
      if (taken()) return undefined
      return new Promise((resolve, reject) => {
        const look = () => {
          if (signal?.aborted === true) reject(new DOMException('aborted', 'AbortError'))
          else if (taken()) resolve()
          else waiting.push(look)
        }
        waiting.push(look)
        signal?.addEventListener('abort', look, { once: true })
      })
    },
  }
  return {
    bandwidth,
    give(bytes: number | null) {
      left = bytes === null ? null : (left ?? 0) + bytes
      const now = waiting
      waiting = []
      for (const look of now) look()
    },
    waits: () => waiting.length > 0,
  }
}

const bytes = randomBytes(256 * kib)

describe.each(transports)('what is received over %s', (transport) => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-bandwidth-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))
  })
  const start = async (bandwidth: Bandwidth) => {
    const server = await startObjectServer({ bytes })
    const session = testSession(server.endpoint, { bandwidth, transport })
    closers.push(
      () => server.close(),
      () => session.destroy(),
    )
    return session
  }

  it('goes no faster than it may, in ranges and whole, and at full speed when the limit is lifted', async () => {
    for (const rangedThresholdBytes of [64 * kib, 1024 * kib]) {
      const turns = turnsByHand()
      const session = await start(turns.bandwidth)
      const targetPath = join(folder, `target-${rangedThresholdBytes}`)
      let moved = 0
      const done = getObjectToFile(session, {
        bucket: 'bucket',
        key: 'key',
        targetPath,
        expectedSizeBytes: bytes.byteLength,
        rangedThresholdBytes,
        rangeSizeBytes: 64 * kib,
        onProgress: (now) => (moved = now),
      })
      await until(turns.waits)
      for (let given = 8 * kib; given <= 24 * kib; given += 8 * kib) {
        turns.give(8 * kib)
        await until(() => moved === given)
        expect(turns.waits()).toBe(true)
      }
      turns.give(null)
      await done
      expect(bytes.equals(await readFile(targetPath))).toBe(true)
    }
  })

  it('is held back when it is read into memory, too', async () => {
    const turns = turnsByHand()
    const session = await start(turns.bandwidth)
    let isRead = false
    const reading = getObjectBytes(session, { bucket: 'bucket', key: 'key', mostBytes: 1024 * kib })
    void reading.then(() => (isRead = true))
    await until(turns.waits)
    turns.give(bytes.byteLength - 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isRead).toBe(false)
    turns.give(1)
    expect((await reading)?.bytes.equals(bytes)).toBe(true)
  })

  it('ends at once when it is cancelled while it waits', async () => {
    const turns = turnsByHand()
    const session = await start(turns.bandwidth)
    const stop = new AbortController()
    const done = getObjectToFile(session, {
      bucket: 'bucket',
      key: 'key',
      targetPath: join(folder, 'target'),
      signal: stop.signal,
    })
    await until(turns.waits)
    stop.abort()
    await expect(done).rejects.toMatchObject({ error: { code: 'cancelled' } })
  })
})

it.each([1, null])(
  'what is sent goes no faster than it may, also when the limit was %s at first',
  async (limit) => {
    let received = 0
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.byteLength))
      request.on('end', () => response.writeHead(200, { etag: '"e"' }).end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => void server.close())
    const turns = turnsByHand(limit)
    const session = testSession(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      bandwidth: turns.bandwidth,
    })
    closers.push(() => session.destroy())
    const done = putObjectBytes(session, { bucket: 'bucket', key: 'key', headers: {} }, bytes)
    await until(turns.waits)
    for (let given = 8 * kib; given <= 24 * kib; given += 8 * kib) {
      turns.give(8 * kib)
      await until(() => received === given)
      expect(turns.waits()).toBe(true)
    }
    turns.give(null)
    await done
    expect(received).toBe(bytes.byteLength)
  },
)
