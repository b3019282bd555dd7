import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crc32Base64 } from '../../src-main/s3/crc32.ts'
import {
  bareETag,
  hashSource,
  md5OfETag,
  multipartETag,
  partSizeFor,
  partsOfETag,
} from '../../src-main/s3/e-tag.ts'
import { openLocalSource, waitForDescriptors } from '../../src-main/s3/local-source.ts'

const mib = 1024 * 1024
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-etag-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest()

describe('hashSource', () => {
  it.each([
    [0, 1, 8],
    [1, 1, 8],
    [8 * mib, 1, 8],
    [8 * mib + 1, 2, 8],
    [16 * mib, 2, 8],
    [17 * mib, 4, 5],
    [20 * mib, 2, 10],
    [33 * mib, 3, 15],
  ])('finds the ETag of %i bytes in %i parts of %i MiB', async (size, parts, partMib) => {
    const bytes = randomBytes(size)
    const path = join(folder, `f-${size}`)
    await writeFile(path, bytes)
    const source = await openLocalSource(path)
    const hashes = await hashSource(source, { parts })
    await source.close()
    const md5s: Uint8Array[] = []
    for (let at = 0; at < size || at === 0; at += partMib * mib)
      md5s.push(md5(bytes.subarray(at, at + partMib * mib)))
    expect(md5s).toHaveLength(parts)
    expect(hashes.md5).toBe(md5(bytes).toString('hex'))
    expect(hashes.multipart).toContain(bareETag(multipartETag(md5s)))
  })
})

describe('ETags', () => {
  it('are read for what they are', () => {
    const hex = 'd41d8cd98f00b204e9800998ecf8427e'
    expect(md5OfETag(`"${hex}"`)).toBe(hex)
    expect(md5OfETag(`W/"${hex.toUpperCase()}"`)).toBe(hex)
    for (const other of [null, undefined, '', `"${hex}-2"`, '"abc"']) expect(md5OfETag(other)).toBeNull()
    expect(partsOfETag(`"${hex}-12"`)).toBe(12)
    for (const other of [null, `"${hex}"`, `"${hex}-0"`, `"${hex}-x"`]) expect(partsOfETag(other)).toBeNull()
  })

  it('F47 parts grow so that 10,000 suffice, up to the largest object', () => {
    expect(partSizeFor(0)).toBe(8 * mib)
    expect(partSizeFor(80_000 * mib)).toBe(8 * mib)
    for (const size of [80_000 * mib + 1, 1e12, 5 * 1024 ** 4, 48.8 * 1024 ** 4]) {
      expect(Math.ceil(size / partSizeFor(size))).toBeLessThanOrEqual(10_000)
      expect(partSizeFor(size) % mib).toBe(0)
    }
  })
})

describe('crc32Base64', () => {
  it('is the check value of the standard', () => {
    // CRC-32/ISO-HDLC of "123456789" is CBF43926.
    expect(crc32Base64(Buffer.from('123456789'))).toBe(Buffer.from('cbf43926', 'hex').toString('base64'))
  })

  it('is written as Node writes bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (data) => {
        const sum = Buffer.alloc(4)
        sum.writeUInt32BE(crc32(data))
        expect(crc32Base64(data)).toBe(sum.toString('base64'))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('F34 waitForDescriptors', () => {
  it('waits while too many files are open, and for nothing else', async () => {
    const fails = (code: string) => Promise.reject(Object.assign(new Error(code), { code }))
    let calls = 0
    expect(await waitForDescriptors(() => (++calls < 4 ? fails('EMFILE') : Promise.resolve('open')))).toBe(
      'open',
    )
    expect(calls).toBe(4)
    calls = 0
    await expect(waitForDescriptors(() => (calls++, fails('EACCES')))).rejects.toMatchObject({
      code: 'EACCES',
    })
    expect(calls).toBe(1)
  })
})
