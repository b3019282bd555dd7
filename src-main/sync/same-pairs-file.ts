import { hash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { endianness } from 'node:os'
import { replaceIndexFile } from '../tables/index-file.ts'
import type { LocalProblem } from './local-file.ts'
import { type NamesOfFolder, type SamePairs, stampNumbers } from './same-pairs.ts'

/** The first line; a file of another version, or of a computer that writes numbers the other way, is not read. */
const heading = Buffer.from(`pail-same-pairs-1 ${endianness()}\n`)

/** Behind it: how long the list of what follows is, in bytes and hexadecimal. */
const lengthBytes = 8 + 1

/** The last line: a SHA-256 of all before it. */
const digestBytes = 43 + 1

/** A larger file is not read: an index may only save time. */
const mostBytes = 64 * 1024 * 1024

interface Listed {
  readonly context: string
  readonly count: number
  readonly keyBytes: number
  readonly eTagBytes: number
  readonly folders: readonly NamesOfFolder[]
  readonly problems: readonly LocalProblem[]
}

/**
 * Reads pairs that were written in this context. Null when there are none, of another one, or the file is torn, changed or
 * of another version (F42).
 */
export function readSamePairs(path: string, context: string): SamePairs | null {
  try {
    // What is not there is told with less ado than by an error.
    const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    if (sizeBytes === 0 || sizeBytes > mostBytes) return null
    const bytes = readFileSync(path)
    const end = bytes.byteLength - digestBytes
    if (end < heading.byteLength + lengthBytes) return null
    if (!bytes.subarray(0, heading.byteLength).equals(heading)) return null
    if (bytes.toString('latin1', end) !== digestLine(bytes.subarray(0, end))) return null
    let at = heading.byteLength + lengthBytes
    const listBytes = Number.parseInt(bytes.toString('latin1', heading.byteLength, at), 16)
    const take = (length: number) => bytes.subarray(at, (at += length))
    const listed = JSON.parse(take(listBytes).toString('utf8')) as Listed
    if (listed.context !== context) return null
    const { count, keyBytes, eTagBytes, folders, problems } = listed
    // Copied, because numbers stand where their size divides their place.
    const stamps = new BigInt64Array(stampNumbers * count)
    const times = new Float64Array(2 * count)
    new Uint8Array(stamps.buffer).set(take(stamps.byteLength))
    new Uint8Array(times.buffer).set(take(times.byteLength))
    const allKeys = take(keyBytes).toString('utf8')
    const keys = allKeys.split('\n')
    const eTags = take(eTagBytes).toString('utf8').split('\n')
    if (at !== end || keys.length !== count || eTags.length !== count) return null
    const isLowerCase = allKeys === allKeys.toLowerCase()
    return { keys, eTags, stamps, times, folders: [...folders], problems: [...problems], isLowerCase }
  } catch {
    // What cannot be read costs the time that it would have saved, and nothing else.
    return null
  }
}

/** Replaces the file by these pairs; false when it could not be written, or they have what it has no room for. */
export async function writeSamePairs(path: string, context: string, pairs: SamePairs): Promise<boolean> {
  const count = pairs.keys.length
  const lines = [pairs.keys, pairs.eTags].map((column) => column.join('\n'))
  // A name may have a line feed in it, and an ETag is what the service likes.
  if (count === 0 || lines.some((text) => text.split('\n').length !== count)) return false
  const [keys = Buffer.alloc(0), eTags = Buffer.alloc(0)] = lines.map((text) => Buffer.from(text))
  const { folders, problems } = pairs
  const counts = { context, count, keyBytes: keys.byteLength, eTagBytes: eTags.byteLength }
  const list = Buffer.from(JSON.stringify({ ...counts, folders, problems } satisfies Listed))
  const bytes = Buffer.concat([
    heading,
    Buffer.from(`${list.byteLength.toString(16).padStart(lengthBytes - 1, '0')}\n`),
    list,
    bytesOf(pairs.stamps, stampNumbers * count),
    bytesOf(pairs.times, 2 * count),
    keys,
    eTags,
  ])
  if (bytes.byteLength + digestBytes > mostBytes) return false
  return replaceIndexFile(path, async (file) => {
    await file.writeFile(bytes)
    await file.writeFile(digestLine(bytes))
  })
}

function bytesOf(numbers: BigInt64Array | Float64Array, count: number): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, count * numbers.BYTES_PER_ELEMENT)
}

function digestLine(bytes: Uint8Array): string {
  return `${hash('sha256', bytes, 'base64url')}\n`
}
