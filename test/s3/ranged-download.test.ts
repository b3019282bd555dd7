import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { checksumNames, runningChecksum } from '../../src-main/s3/running-checksum.ts'
import type { ObjectServer, ServedObject } from './object-server.ts'
import { eTagOfParts, startObjectServer } from './object-server.ts'
import { sendError, testSession } from './scripted-server.ts'

const kib = 1024
const rangeSizeBytes = 64 * kib
const bytes = randomBytes(10 * rangeSizeBytes + 1234)

let folder = ''
const closers: (() => Promise<void> | void)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-ranges-'))
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await rm(folder, { recursive: true, force: true })
})

async function start(object: ServedObject = { bytes }) {
  const server = await startObjectServer(object)
  const session = testSession(server.endpoint, {
    checksums: 'when-supported',
    timeouts: { connectionMs: 5000, socketMs: 1000 },
  })
  closers.push(
    () => server.close(),
    () => session.destroy(),
  )
  const get = (more: Partial<Parameters<typeof getObjectToFile>[1]> = {}) =>
    getObjectToFile(session, {
      bucket: 'bucket',
      key: 'key',
      targetPath: join(folder, 'target'),
      rangedThresholdBytes: 2 * rangeSizeBytes,
      rangeSizeBytes,
      ...more,
    })
  return { server, session, get }
}

/** Whether the target has these bytes; a matcher would take seconds to say so. */
const holds = async (expected: Buffer) => expected.equals(await readFile(join(folder, 'target')))
const checksum = (name: Parameters<typeof runningChecksum>[0], data: Uint8Array) => {
  const running = runningChecksum(name)
  running.update(data)
  return running.digest()
}
/** The bytes that were asked for, but for the rest of the first answer, which is not read. */
const askedBytes = (server: ObjectServer) =>
  server.asked.reduce((sum, { from, to }) => sum + Math.min(to - from, rangeSizeBytes), 0)

describe('a large object', () => {
  it('comes in ranges of one version, several at once, each byte once', async () => {
    const { server, get } = await start()
    // The first three ranges beside the first answer are held back until all of them are asked for.
    const heldBack: (() => void)[] = []
    server.onGet = ({ count, from, to, response, answer }) => {
      if (count < 1 || count > 3) return false
      heldBack.push(() => {
        answer()
        response.end(bytes.subarray(from, to))
      })
      if (heldBack.length === 3) for (const release of heldBack) release()
      return true
    }
    const moved: number[] = []
    const sizes: number[] = []
    const received = await get({
      onSize: (size) => sizes.push(size),
      onProgress: (count) => moved.push(count),
    })
    expect(received).toMatchObject({ sizeBytes: bytes.byteLength, verified: true })
    expect(await holds(bytes)).toBe(true)
    expect(sizes).toEqual([bytes.byteLength])
    expect(moved).toEqual(moved.toSorted((a, b) => a - b))
    expect(moved.at(-1)).toBe(bytes.byteLength)
    expect(askedBytes(server)).toBe(bytes.byteLength)
    const [first, ...others] = server.asked
    expect(first?.request.headers['if-match']).toBeUndefined()
    expect(others).toHaveLength(10)
    const eTag = `"${createHash('md5').update(bytes).digest('hex')}"`
    for (const { request } of others) expect(request.headers['if-match']).toBe(eTag)
    expect(await readdir(folder)).toEqual(['target'])
  })

  it('of a size that is known before is asked about first, so that no byte is sent in vain', async () => {
    const { server, get } = await start()
    expect(await get({ expectedSizeBytes: bytes.byteLength })).toMatchObject({ verified: true })
    expect(await holds(bytes)).toBe(true)
    expect(server.asked.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(bytes.byteLength)
  })

  it('without a strong ETag comes in one piece', async () => {
    const { server, get } = await start({ bytes, eTag: 'W/"weak"' })
    expect(await get({ expectedSizeBytes: bytes.byteLength })).toMatchObject({ verified: false })
    expect(await holds(bytes)).toBe(true)
    expect(server.asked).toHaveLength(1)
  })

  it('F50 of a service that ignores ranges comes in one piece', async () => {
    const { server, get } = await start()
    server.onGet = ({ response, request }) => {
      response.writeHead(200, {
        etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
        'content-length': bytes.byteLength,
      })
      response.end(request.method === 'GET' ? bytes : undefined)
      return true
    }
    expect(await get()).toMatchObject({ verified: true })
    expect(await holds(bytes)).toBe(true)
  })
})

describe('F3 F5 F13 a range', () => {
  it.each(['reset', 'stalled', 'ended early'] as const)('that is %s goes on where it was', async (how) => {
    const { server, get } = await start()
    const broken = 3 * rangeSizeBytes
    const arrived = 20 * kib
    let isBroken = false
    server.onGet = ({ from, response, answer }) => {
      if (from !== broken || isBroken) return false
      isBroken = true
      answer()
      response.write(bytes.subarray(from, from + arrived), () => {
        if (how === 'reset') setTimeout(() => response.socket?.resetAndDestroy(), 50)
        else if (how === 'ended early') setTimeout(() => response.socket?.end(), 50)
      })
      return true
    }
    expect(await get()).toMatchObject({ verified: true })
    expect(await holds(bytes)).toBe(true)
    // What is lost of the connection's buffers at a reset is the system's affair.
    const again = server.asked.filter(({ from }) => from > broken && from < broken + rangeSizeBytes)
    expect(again).toHaveLength(how === 'reset' ? again.length : 1)
    if (how !== 'reset') expect(again[0]?.from).toBe(broken + arrived)
    expect(server.asked.filter(({ from }) => from === 0)).toHaveLength(1)
  })

  it('F7 that is refused by a busy service is asked for again', async () => {
    const { server, get } = await start()
    let refused = 0
    server.onGet = ({ from, response }) => {
      if (from !== 5 * rangeSizeBytes || refused++ > 3) return false
      sendError(response, 503, 'SlowDown')
      return true
    }
    expect(await get()).toMatchObject({ verified: true })
    expect(await holds(bytes)).toBe(true)
  })

  it('that never comes ends it all: no name is given, nothing is left', async () => {
    const { server, get } = await start()
    server.onGet = ({ from, response }) => {
      if (from !== 5 * rangeSizeBytes) return false
      response.destroy()
      return true
    }
    await expect(get()).rejects.toMatchObject({ error: { code: 'unreachable', retryable: true } })
    expect(await readdir(folder)).toEqual([])
  })

  it('is given up within a second when the download is cancelled', async () => {
    const { server, get } = await start()
    const stop = new AbortController()
    const silent: (() => void)[] = []
    const allSilent = new Promise<void>((resolve) => silent.push(resolve))
    let open = 0
    server.onGet = ({ from, answer, response }) => {
      answer()
      response.write(bytes.subarray(from, from + 100))
      if (++open === 4) silent[0]?.()
      return true
    }
    const got = get({ signal: stop.signal })
    await allSilent
    const before = performance.now()
    stop.abort()
    await expect(got).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(performance.now() - before).toBeLessThan(1000)
    expect(await readdir(folder)).toEqual([])
  })
})

it('F6 a slow line with pauses is no time-out while bytes move, for several times the patience', async () => {
  const { server, get } = await start({ bytes: bytes.subarray(0, 3 * rangeSizeBytes) })
  server.onGet = ({ from, to, response, answer }) => {
    answer()
    const drip = (at: number, count: number) => {
      const end = Math.min(to, at + 4 * kib)
      response.write(bytes.subarray(at, end))
      if (end === to) response.end()
      // The patience of the session is a second.
      else if (!response.destroyed) setTimeout(() => drip(end, count + 1), count % 5 === 4 ? 400 : 100)
    }
    drip(from, 0)
    return true
  }
  const before = performance.now()
  expect(await get()).toMatchObject({ verified: true })
  expect(performance.now() - before).toBeGreaterThan(2000)
  expect(server.asked.map(({ from }) => from).toSorted((a, b) => a - b)).toEqual([
    0,
    rangeSizeBytes,
    2 * rangeSizeBytes,
  ])
})

describe('F17 an object that is replaced between ranges', () => {
  const other = randomBytes(9 * rangeSizeBytes)

  it.each(['refuses the old ETag', 'ignores If-Match'])('where the service %s', async (how) => {
    const { server, get } = await start()
    server.onGet = ({ count, request }) => {
      if (count === 4) server.object = { bytes: other }
      if (how === 'ignores If-Match') delete request.headers['if-match']
      return false
    }
    expect(await get()).toMatchObject({ sizeBytes: other.byteLength, verified: true })
    expect(await holds(other)).toBe(true)
  })

  it('again and again is an error, and nothing is left', async () => {
    const { server, get } = await start()
    server.onGet = ({ count }) => {
      if (count % 4 === 3) server.object = { bytes: randomBytes(9 * rangeSizeBytes) }
      return false
    }
    await expect(get()).rejects.toMatchObject({ error: { code: 'precondition-failed' } })
    expect(await readdir(folder)).toEqual([])
  })
})

describe('F14 F15 the ranges together', () => {
  const partSizes = [3 * rangeSizeBytes, 3 * rangeSizeBytes, 3 * rangeSizeBytes, rangeSizeBytes + 1234]
  const parts = partSizes.map((size, index) =>
    bytes.subarray(index * 3 * rangeSizeBytes, index * 3 * rangeSizeBytes + size),
  )
  const composite = (name: 'CRC32' | 'SHA256') =>
    `${checksum(name, Buffer.concat(parts.map((part) => Buffer.from(checksum(name, part), 'base64'))))}-4`
  const objects: [string, ServedObject][] = [
    ...checksumNames.map((name): [string, ServedObject] => [
      name,
      {
        bytes,
        eTag: '"opaque"',
        headers: { [`x-amz-checksum-${name.toLowerCase()}`]: checksum(name, bytes) },
      },
    ]),
    ['the MD5 in the ETag', { bytes }],
    ['the ETag of parts', { bytes, partSizes, eTag: eTagOfParts(bytes, partSizes) }],
    [
      'the ETag of parts shorter than ranges',
      {
        bytes,
        partSizes: Array.from({ length: 41 }, () => 16 * kib),
        eTag: eTagOfParts(
          bytes,
          Array.from({ length: 41 }, () => 16 * kib),
        ),
      },
    ],
    [
      'a CRC32 of parts',
      { bytes, partSizes, eTag: '"opaque"', headers: { 'x-amz-checksum-crc32': composite('CRC32') } },
    ],
    [
      'a SHA256 of parts',
      { bytes, partSizes, eTag: '"opaque"', headers: { 'x-amz-checksum-sha256': composite('SHA256') } },
    ],
  ]

  it.each(objects)('are proved by %s', async (_, object) => {
    const { server, get } = await start(object)
    for (const expectedSizeBytes of [0, bytes.byteLength]) {
      expect(await get({ expectedSizeBytes })).toMatchObject({ verified: true })
      expect(await holds(bytes)).toBe(true)
      await rm(join(folder, 'target'))
    }
    // A flipped bit once is mended, for ever it is an error.
    for (const flips of [1, Number.POSITIVE_INFINITY]) {
      let flipped = 0
      server.onGet = ({ from, to, response, answer }) => {
        const at = 5 * rangeSizeBytes + 7
        if (from > at || to <= at || from === 0 || flipped >= flips) return false
        flipped++
        const wrong = Buffer.from(bytes.subarray(from, to))
        wrong[at - from] = (wrong[at - from] ?? 0) ^ 1
        answer()
        response.end(wrong)
        return true
      }
      if (flips === 1) {
        expect(await get()).toMatchObject({ verified: true })
        expect(await holds(bytes)).toBe(true)
        await rm(join(folder, 'target'))
        expect(flipped).toBe(1)
      } else {
        await expect(get()).rejects.toMatchObject({ error: { code: 'integrity' } })
        expect(flipped).toBe(2)
        expect(await readdir(folder)).toEqual([])
      }
    }
  })

  it('are unverified where the parts are of different lengths, or nothing tells how long they are', async () => {
    const uneven = [2 * rangeSizeBytes, 4 * rangeSizeBytes, 2 * rangeSizeBytes, 2 * rangeSizeBytes + 1234]
    for (const known of [true, false]) {
      const { get } = await start({
        bytes,
        eTag: eTagOfParts(bytes, uneven),
        ...(known ? { partSizes: uneven } : {}),
      })
      expect(await get()).toMatchObject({ verified: false })
      expect(await holds(bytes)).toBe(true)
      await rm(join(folder, 'target'))
    }
  })
})
