import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** The first line of every index; a file of another version is not read. */
const heading = '{"pailIndex":1}\n'

/** More entries than this are not kept, and a larger file (in bytes) is not read: an index may only save time. */
const mostEntries = 200_000
const mostBytes = 128 * 1024 * 1024

/** So many folders and places are remembered; beyond that the ones not used for longest go. */
const mostFiles = 250

/** Lines that are written at a time, with a turn for others in between. */
const linesATurn = 1000

/** The name of an index file: a digest, so that it tells nobody what it is about and fits every file system. */
export function indexFileName(
  kind: 'files' | 'objects' | 'compressed' | 'marks' | 'pairs',
  about: readonly string[],
  ending: '.jsonl' | '.sorted' | '.changes.sorted' | '.pairs' = '.jsonl',
): string {
  const digest = createHash('sha256').update(JSON.stringify(about)).digest('hex')
  return `${kind}-${digest.slice(0, 32)}${ending}`
}

/** A file is read in pieces of so many bytes, with a turn for others in between. */
const pieceBytes = 256 * 1024

/** The last line: a SHA-256 in hex of all before it. */
const sealBytes = 64 + 1

/**
 * The entries of an index file: JSON lines between a heading and a SHA-256 of all before it. Empty when there is none,
 * and also when it is torn, changed by a single bit, too large or of another version: it is then made anew (F42).
 */
export async function readIndexFile<Entry>(
  path: string,
  parse: (value: unknown) => Entry | null,
): Promise<Entry[]> {
  const entries: Entry[] = []
  const isGood = await readLines(path, (lines) => {
    for (const value of parseLines(lines)) {
      const entry = parse(value)
      if (entry === null) return false
      entries.push(entry)
    }
    return true
  })
  return isGood ? entries : []
}

/** The rest of an array behind its beginning, parsed; null for what is no such thing. */
export function parseRest(rest: string): unknown[] | null {
  const [value] = parseLines([`[${rest}`])
  return Array.isArray(value) ? (value as unknown[]) : null
}

/** Hands out the lines of an index file in groups. False when it is not whole, or a group is refused. */
async function readLines(path: string, take: (lines: readonly string[]) => boolean): Promise<boolean> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch {
    // What cannot be read costs the time that it would have saved, and nothing else.
    return false
  }
  try {
    const { size } = await file.stat()
    const end = size - sealBytes
    if (size > mostBytes || end < heading.length) return false
    const hash = createHash('sha256')
    const piece = Buffer.allocUnsafe(Math.min(end, pieceBytes))
    /** The beginning of a line whose end is in the next piece. */
    let rest: Buffer = Buffer.alloc(0)
    let isFirst = true
    for (let at = 0; at < end;) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.byteLength, end - at), at)
      if (bytesRead === 0) return false
      at += bytesRead
      const read = piece.subarray(0, bytesRead)
      hash.update(read)
      const lastEnd = read.lastIndexOf(0x0a) + 1
      if (lastEnd === 0) {
        rest = Buffer.concat([rest, read])
        continue
      }
      const lines = Buffer.concat([rest, read.subarray(0, lastEnd - 1)])
        .toString('utf8')
        .split('\n')
      rest = Buffer.from(read.subarray(lastEnd))
      if (isFirst && `${lines.shift() ?? ''}\n` !== heading) return false
      isFirst = false
      if (lines.length > 0 && !take(lines)) return false
    }
    const seal = Buffer.alloc(sealBytes)
    const { bytesRead } = await file.read(seal, 0, sealBytes, end)
    return (
      bytesRead === sealBytes &&
      rest.byteLength === 0 &&
      seal.toString('latin1') === `${hash.digest('hex')}\n`
    )
  } catch {
    return false
  } finally {
    await file.close().catch(() => undefined)
  }
}

/** As one document, which is parsed several times faster than many. */
function parseLines(lines: readonly string[]): readonly unknown[] {
  try {
    return JSON.parse(`[${lines.join(',')}]`) as unknown[]
  } catch {
    return [null]
  }
}

/** Replaces an index file by these lines of JSON, as {@link replaceIndexFile} does. */
export function writeIndexFile(path: string, lines: Iterable<string>): Promise<boolean> {
  return replaceIndexFile(path, (file) => writeSealed(file, lines))
}

/**
 * Replaces an index file by what is written to a new one, in one step, readable by its owner only. False when it could not
 * be written, which harms nothing: the next run reads more. It is not flushed to the disk, because a torn one is noticed.
 */
export async function replaceIndexFile(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<boolean> {
  const directory = dirname(path)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await write(file)
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await removeOldest(directory, basename(path))
    return true
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined)
    return false
  }
}

async function writeSealed(file: FileHandle, all: Iterable<string>): Promise<void> {
  const hash = createHash('sha256')
  const write = async (text: string) => {
    hash.update(text)
    await file.writeFile(text, 'utf8')
  }
  await write(heading)
  let lines: string[] = []
  let written = 0
  for (const line of all) {
    if (written++ >= mostEntries) break
    lines.push(`${line}\n`)
    if (lines.length < linesATurn) continue
    await write(lines.join(''))
    lines = []
  }
  await write(lines.join(''))
  await file.writeFile(`${hash.digest('hex')}\n`, 'utf8')
}

/** Removes the index files that have not been used for longest, so that no more than some are kept. */
async function removeOldest(directory: string, keep: string): Promise<void> {
  const names = (await readdir(directory)).filter(
    (name) => name !== keep && /\.(jsonl|sorted|pairs|tmp)$/.test(name),
  )
  if (names.length < mostFiles) return
  const aged = await Promise.all(
    names.map(async (name) => ({
      name,
      usedAt: await stat(join(directory, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  )
  aged.sort((a, b) => a.usedAt - b.usedAt)
  for (const { name } of aged.slice(0, names.length + 1 - mostFiles))
    await rm(join(directory, name), { force: true })
}
