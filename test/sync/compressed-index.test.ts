import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileIdentity } from '../../src-main/s3/local-source.ts'
import { openCompressedIndex } from '../../src-main/sync/compressed-index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-compressed-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const readAtMs = Date.UTC(2026, 0, 2)
const atNs = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n
const identity: FileIdentity = { dev: 1n, ino: 2n, sizeBytes: 3000, mtimeNs: atNs, ctimeNs: atNs }
const facts = { sizeBytes: 900, md5: '5d41402abc4b2a76b9719d911017c592' }

describe('what is remembered of compressing', () => {
  test('is found by the next run for the very same file, one coding beside the other', async () => {
    const index = openCompressedIndex(directory, '/site')
    index.note('a b.css', identity, 'gzip', facts, readAtMs)
    index.note('a b.css', identity, 'br', null, readAtMs)
    expect(await index.save()).toBe(true)
    const again = openCompressedIndex(directory, '/site')
    expect(again.find('a b.css', identity, 'gzip')).toEqual(facts)
    expect(again.find('a b.css', identity, 'br')).toBeNull()
    expect(again.find('other.css', identity, 'gzip')).toBeUndefined()
    for (const other of [{ sizeBytes: 3001 }, { mtimeNs: atNs + 1n }, { ctimeNs: atNs + 1n }, { ino: 3n }])
      expect(again.find('a b.css', { ...identity, ...other }, 'gzip')).toBeUndefined()
    expect(openCompressedIndex(directory, '/other').find('a b.css', identity, 'gzip')).toBeUndefined()
  })

  test('is nothing of a file that was touched less than two seconds before it was read', async () => {
    const index = openCompressedIndex(directory, '/site')
    index.note('a.css', identity, 'gzip', facts, Number(atNs / 1_000_000n) + 1999)
    expect(index.find('a.css', identity, 'gzip')).toBeUndefined()
    index.note('a.css', identity, 'gzip', facts, Number(atNs / 1_000_000n) + 2000)
    expect(index.find('a.css', identity, 'gzip')).toEqual(facts)
  })

  test('goes with the file, and is made anew when it is damaged or of other settings', async () => {
    const first = openCompressedIndex(directory, '/site')
    first.note('a.css', identity, 'gzip', facts, readAtMs)
    first.note('b.css', identity, 'gzip', facts, readAtMs)
    await first.save()
    const index = openCompressedIndex(directory, '/site')
    index.seen('b.css')
    index.forgetUnseen()
    await index.save()
    const again = openCompressedIndex(directory, '/site')
    expect(again.find('a.css', identity, 'gzip')).toBeUndefined()
    expect(again.find('b.css', identity, 'gzip')).toEqual(facts)
    const [name = ''] = await readdir(directory)
    const bytes = await readFile(join(directory, name))
    bytes[40] = (bytes[40] ?? 0) ^ 1
    await writeFile(join(directory, name), bytes)
    expect(openCompressedIndex(directory, '/site').find('b.css', identity, 'gzip')).toBeUndefined()
  })
})
