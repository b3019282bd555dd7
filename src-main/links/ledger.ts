import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type LinkRecord, linkRecordSchema } from '../../src-preload/contract/presigned-url.ts'

/** The links that were given out, without the links themselves: no URL and no signature (S41). */
export interface LinkLedger {
  add(link: Omit<LinkRecord, 'id' | 'madeAt'>): Promise<LinkRecord>
  /** The latest thousand, newest first. */
  list(): Promise<LinkRecord[]>
}

const shown = 1000

/**
 * An append-only file of JSON lines, readable by its owner only. A line that cannot be read (a torn last one after a
 * power cut) is passed over; the rest stays.
 */
export function createLinkLedger(path: string, now: () => Date = () => new Date()): LinkLedger {
  let writing: Promise<unknown> = Promise.resolve()

  async function append(record: LinkRecord): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a+', 0o600)
    try {
      const { size } = await file.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await file.read(last, 0, 1, size - 1)
      // After a torn line a new one would be lost with it.
      const start = size > 0 && last.toString() !== '\n' ? '\n' : ''
      await file.write(`${start}${JSON.stringify(record)}\n`)
    } finally {
      await file.close()
    }
  }

  return {
    async add(link) {
      const record = linkRecordSchema.parse({
        id: `link_${randomBytes(12).toString('hex')}`,
        profileId: link.profileId,
        bucket: link.bucket,
        key: link.key,
        kind: link.kind,
        madeAt: now().toISOString(),
        endsAt: link.endsAt,
      })
      const run = writing.then(() => append(record))
      writing = run.catch(() => undefined)
      await run
      return record
    },
    async list() {
      await writing
      let text: string
      try {
        text = await readFile(path, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
      const records: LinkRecord[] = []
      const lines = text.split('\n')
      for (let index = lines.length - 1; index >= 0 && records.length < shown; index -= 1) {
        const record = parseLine(lines[index] ?? '')
        if (record !== null) records.push(record)
      }
      return records
    },
  }
}

function parseLine(line: string): LinkRecord | null {
  if (line === '') return null
  try {
    return linkRecordSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}
