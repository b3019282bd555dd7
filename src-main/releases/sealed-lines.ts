import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Lines between two turns of the event loop, so that a long file does not stop the window. */
const linesATurn = 4000

/**
 * Lines that nobody waits for are gathered for so long, in milliseconds: files are sent by the thousand in a second, and to
 * hand the system each line by itself takes as long as signing the request that the line is about.
 */
const gatherMs = 10
/** No more than so many are gathered, since these are what a crash of the process loses. */
const mostGathered = 8

const sealStart = Buffer.from('{"seal":"')

/** A file of JSON lines that grows while something happens, and is sealed when that has ended. */
export interface LineWriter {
  /** Hands a line over; it is written within a moment, after those before it. Never throws: {@link seal} tells. */
  write(line: unknown): void
  /**
   * Returns when everything handed over so far is with the system, so that a crash of the process keeps it. False when any
   * of it is not: the disk is full.
   */
  written(): Promise<boolean>
  /** Writes the SHA-256 of all before it, flushes to the disk and closes. False when any of it failed. */
  seal(): Promise<boolean>
  /** Closes without a seal. */
  close(): Promise<void>
}

/** A file of lines as it was found. */
export interface FoundLines {
  readonly lines: readonly string[]
  /** How many of the lines a seal has proved to be as they were written. */
  readonly proved: number
}

/** Makes a new file, readable by its owner only. Rejects when that fails or when there is one. */
export async function createLineFile(path: string): Promise<LineWriter> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return writerTo(await open(path, 'ax', 0o600), createHash('sha256'))
}

/** Goes on after the last whole line of a file; a line that a crash cut off is taken away first. Rejects. */
export async function extendLineFile(path: string): Promise<LineWriter> {
  const bytes = await readFile(path)
  const whole = bytes.lastIndexOf(10) + 1
  const file = await open(path, 'a', 0o600)
  try {
    if (whole < bytes.byteLength) await file.truncate(whole)
  } catch (error) {
    await file.close()
    throw error
  }
  return writerTo(file, createHash('sha256').update(bytes.subarray(0, whole)))
}

function writerTo(file: FileHandle, hash: Hash): LineWriter {
  const gathered: string[] = []
  let timer: NodeJS.Timeout | undefined
  let broken = false
  /** Ends with the last of what is handed to the system. */
  let appended = Promise.resolve()
  /** The last of that has not begun yet, and will take with it whatever is gathered until then. */
  let isQueued = false

  async function append(): Promise<void> {
    isQueued = false
    const text = gathered.splice(0).join('')
    if (broken || text === '') return
    try {
      hash.update(text)
      await file.appendFile(text, 'utf8')
    } catch {
      broken = true
    }
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (isQueued) return
    isQueued = true
    appended = appended.then(append)
  }
  const write = (line: unknown) => {
    if (broken) return
    gathered.push(`${JSON.stringify(line)}\n`)
    if (gathered.length >= mostGathered) flush()
    else timer ??= setTimeout(flush, gatherMs)
  }
  const written = async () => {
    flush()
    await appended
    return !broken
  }
  return {
    write,
    written,
    async seal() {
      try {
        if (!(await written())) return false
        await file.appendFile(`{"seal":"${hash.copy().digest('hex')}"}\n`, 'utf8')
        await file.sync()
        return true
      } catch {
        return false
      } finally {
        await file.close().catch(() => undefined)
      }
    },
    async close() {
      await written()
      await file.close().catch(() => undefined)
    },
  }
}

/**
 * The whole lines of a file, without its seals; what a crash has cut off is passed over. Null when a seal does not fit,
 * that is, when a bit has changed before it. Rejects with the system's error when it cannot be read.
 */
export async function readLineFile(path: string): Promise<FoundLines | null> {
  const bytes = await readFile(path)
  const hash = createHash('sha256')
  const lines: string[] = []
  let proved = 0
  let hashed = 0
  let count = 0
  for (let start = 0; ;) {
    const end = bytes.indexOf(10, start)
    if (end < 0) return { lines, proved }
    const line = bytes.subarray(start, end)
    if (line.subarray(0, sealStart.byteLength).equals(sealStart)) {
      hash.update(bytes.subarray(hashed, start))
      hashed = start
      if (line.toString('latin1') !== `{"seal":"${hash.copy().digest('hex')}"}`) return null
      proved = lines.length
    } else lines.push(line.toString('utf8'))
    start = end + 1
    if (++count % linesATurn === 0) await nextTurn()
  }
}
