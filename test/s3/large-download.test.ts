import { mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { getObjectToFile } from '../../src-main/s3/get-object.ts'
import { temporaryName } from '../../src-main/s3/target-folder.ts'
import { fileCheckpoint } from './file-checkpoint.ts'
import { type ObjectServer, startObjectServer } from './object-server.ts'
import { testSession } from './scripted-server.ts'

const mib = 1024 * 1024
/** What 32 bits count no more. */
const edge = 2 ** 32
/** More than any single request takes, and no whole number of ranges. */
const sizeBytes = 5 * 1024 * mib + 1_234_567
/** Such that one lies across the edge. */
const rangeSizeBytes = 12_000_000
/** What is missing when it is gone on with: around the edge, and the end. Everything else is zeros. */
const missing = [
  [edge - 20 * mib, edge + 10 * mib],
  [sizeBytes - 8 * mib, sizeBytes],
] as const

/** Bytes of the object: of what was missing, each eight say where they are. */
function bytesOf(from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from)
  for (const [start, end] of missing) {
    const [first, last] = [Math.max(from, start), Math.min(to, end)]
    if (first >= last) continue
    const begin = Math.floor(first / 8)
    const words = Float64Array.from(
      { length: Math.ceil(last / 8) - begin },
      (_, index) => (begin + index) * 8,
    )
    Buffer.from(words.buffer).copy(bytes, first - from, first - begin * 8, last - begin * 8)
  }
  return bytes
}

/** Reckoned by the test itself, from its beginning to its end. */
function crcOfAll(): number {
  const zeros = Buffer.alloc(mib / 4)
  let crc = 0
  const addZeros = (count: number) => {
    for (let left = count; left > 0; left -= zeros.byteLength)
      crc = crc32(left < zeros.byteLength ? zeros.subarray(0, left) : zeros, crc)
  }
  let at = 0
  for (const [from, to] of missing) {
    addZeros(from - at)
    crc = crc32(bytesOf(from, to), crc)
    at = to
  }
  addZeros(sizeBytes - at)
  return crc
}

let folder = ''
let server: ObjectServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-large-'))
  await mkdir(join(folder, 'files'))
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crcOfAll())
  server = await startObjectServer({
    bytes: { byteLength: sizeBytes, subarray: (from = 0, to = sizeBytes) => bytesOf(from, to) },
    eTag: '"of-an-object-above-5-GiB"',
    headers: { 'x-amz-checksum-crc32': checksum.toString('base64'), 'x-amz-checksum-type': 'FULL_OBJECT' },
  })
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

it('F28 a download above 5 GiB that was broken off goes on behind 2^32 bytes and at its end, and is proved whole', async () => {
  const state = join(folder, 'state.json')
  const checkpoint = fileCheckpoint(state)
  const targetPath = join(folder, 'files', 'target')
  const [[holeFrom, holeTo], [endFrom]] = missing
  // As an earlier attempt has left it: what is there are zeros, which take no room on the disk.
  const temporary = await open(join(folder, 'files', temporaryName(checkpoint.id)), 'wx', 0o600)
  await temporary.truncate(endFrom)
  await temporary.close()
  const received = {
    eTag: '"of-an-object-above-5-GiB"',
    sizeBytes,
    spans: [
      [0, holeFrom],
      [holeTo, endFrom],
    ],
  }
  await writeFile(state, JSON.stringify(received))
  const session = testSession(server.endpoint, { checksums: 'when-supported' })
  const moved: number[] = []
  try {
    expect(
      await getObjectToFile(session, {
        bucket: 'bucket',
        key: 'key',
        targetPath,
        rangeSizeBytes,
        checkpoint: { ...checkpoint, everyBytes: 16 * mib },
        onProgress: (count) => moved.push(count),
      }),
    ).toMatchObject({ sizeBytes, verified: true })
  } finally {
    session.destroy()
  }

  // Only what was missing was asked for, and in one request across the edge.
  const asked = server.asked.map(({ from, to }) => [from, to] as const).toSorted(([a], [b]) => a - b)
  const fetched = asked.reduce((sum, [from, to]) => sum + to - from, 0)
  const wanted = missing.reduce((sum, [from, to]) => sum + to - from, 0)
  expect(fetched).toBeGreaterThanOrEqual(wanted)
  // What is there in the middle of a range is fetched with it.
  expect(fetched).toBeLessThan(wanted + 2 * rangeSizeBytes)
  expect(asked.filter(([from, to]) => from < edge && edge < to)).toHaveLength(1)
  expect(asked.at(-1)![1]).toBe(sizeBytes)
  expect(moved[0]).toBeGreaterThan(sizeBytes - wanted - 2 * rangeSizeBytes)
  expect(moved.at(-1)).toBe(sizeBytes)

  const { size, blocks } = await stat(targetPath)
  expect(size).toBe(sizeBytes)
  // The rest was never written.
  expect(blocks * 512).toBeLessThan(2 * wanted)
  const file = await open(targetPath, 'r')
  try {
    for (const [from, to] of [
      [0, mib],
      [holeFrom - mib, holeFrom + mib],
      [edge - mib, edge + mib],
      [holeTo - mib, holeTo + mib],
      [sizeBytes - mib, sizeBytes],
    ] as const) {
      const found = Buffer.alloc(to - from)
      expect((await file.read(found, 0, found.byteLength, from)).bytesRead).toBe(found.byteLength)
      expect([from, found.equals(bytesOf(from, to))]).toEqual([from, true])
    }
  } finally {
    await file.close()
  }
}, 120_000)
