import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** The first line of every index; a file of another version is not read. */
const heading = '{"pailIndex":1}\n'

/** More entries than this are not kept, and a larger file (in bytes) is not read: an index may only save time. */
const mostEntries = 200_000
const mostBytes = 128 * 1024 * 1024

/** So many folders and places are remembered; beyond that the ones not used for longest go. */
const mostFiles = 200

/** Lines between two turns of the event loop, so that a large index does not stop the window. */
const linesATurn = 4000

/** The name of an index file: a digest, so that it tells nobody what it is about and fits every file system. */
export function indexFileName(
  kind: 'files' | 'objects' | 'compressed' | 'marks',
  ...about: readonly string[]
): string {
  const digest = createHash('sha256').update(JSON.stringify(about)).digest('hex')
  return `${kind}-${digest.slice(0, 32)}.jsonl`
}

/**
 * The entries of an index file: JSON lines between a heading and a SHA-256 of all before it. Empty when there is none,
 * and also when it is torn, changed by a single bit, too large or of another version: it is then made anew (F42).
 */
export async function readIndexFile<Entry>(
  path: string,
  parse: (value: unknown) => Entry | null,
): Promise<Entry[]> {
  let bytes: Buffer
  try {
    if ((await stat(path)).size > mostBytes) return []
    bytes = await readFile(path)
  } catch {
    // What cannot be read costs the time that it would have saved, and nothing else.
    return []
  }
  const end = bytes.lastIndexOf('\n', bytes.byteLength - 2) + 1
  const sealed = bytes.subarray(0, end)
  const seal = `${createHash('sha256').update(sealed).digest('hex')}\n`
  if (bytes.subarray(end).toString('utf8') !== seal) return []
  const lines = sealed.toString('utf8').split('\n')
  if (`${lines[0]}\n` !== heading) return []
  const entries: Entry[] = []
  for (let at = 1; at < lines.length - 1; at += linesATurn) {
    if (at > 1) await nextTurn()
    for (const value of parseLines(lines.slice(at, Math.min(at + linesATurn, lines.length - 1)))) {
      const entry = parse(value)
      if (entry === null) return []
      entries.push(entry)
    }
  }
  return entries
}

/** As one document, which is parsed several times faster than many. */
function parseLines(lines: readonly string[]): readonly unknown[] {
  try {
    return JSON.parse(`[${lines.join(',')}]`) as unknown[]
  } catch {
    return [null]
  }
}

/**
 * Replaces an index file in one step, readable by its owner only. False when it could not be written, which harms
 * nothing: the next run reads more. It is not flushed to the disk, because a torn one is noticed.
 */
export async function writeIndexFile(path: string, entries: Iterable<unknown>): Promise<boolean> {
  const directory = dirname(path)
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await writeSealed(temporary, entries)
    await rename(temporary, path)
    await removeOldest(directory, basename(path))
    return true
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined)
    return false
  }
}

async function writeSealed(path: string, entries: Iterable<unknown>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    const hash = createHash('sha256')
    const write = async (text: string) => {
      hash.update(text)
      await file.writeFile(text, 'utf8')
    }
    await write(heading)
    let lines: string[] = []
    let written = 0
    for (const entry of entries) {
      if (written++ >= mostEntries) break
      lines.push(`${JSON.stringify(entry)}\n`)
      if (lines.length < linesATurn) continue
      await write(lines.join(''))
      lines = []
    }
    await write(lines.join(''))
    await file.writeFile(`${hash.digest('hex')}\n`, 'utf8')
  } finally {
    await file.close()
  }
}

async function removeOldest(directory: string, keep: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name !== keep && /\.(jsonl|tmp)$/.test(name))
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
