import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { LoggedUpload, UploadLog } from '../s3/upload-log.ts'
import type { lineSchema } from './begun-upload-lines.ts'
import { type ProcessIdentity, isAlive, ownIdentity } from '../transfers/process-identity.ts'

/** A multipart upload that a Pail of this data folder has begun, and of whose end nothing is known. */
export interface BegunUploadRecord extends LoggedUpload {
  /** In ISO 8601, by this computer's clock. */
  readonly begunAt: string
  /** Whether the process that had it last may still be sending it. */
  readonly isRunning: boolean
}

/** The uploads that were begun from this data folder, by all its processes. */
export interface BegunUploads extends UploadLog {
  /** Those whose end is not known. Rejects when the folder cannot be read. */
  list(): Promise<BegunUploadRecord[]>
  /** Waits until what was told is on the disk, and removes a record in which nothing is open. */
  close(): Promise<void>
}

type Line = z.infer<typeof lineSchema>

interface FoundRecord {
  readonly path: string
  readonly owner: (ProcessIdentity & { readonly computer: string }) | null
  readonly lines: readonly Line[]
}

/**
 * Keeps the record in a folder, a file for each process, to which it only appends: a service does not tell who has begun
 * an upload. It holds no secret. Nothing is written before the first upload.
 */
export function createBegunUploads(directory: string): BegunUploads {
  const path = join(directory, `${process.pid.toString(36)}-${randomBytes(8).toString('hex')}.jsonl`)
  let hasBegun = false
  let last: Promise<void> = Promise.resolve()

  async function write(line: Line, durable: boolean): Promise<void> {
    let text = `${JSON.stringify(line)}\n`
    if (!hasBegun) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const head: Line = { t: 'process', ...(await ownIdentity()), computer: hostname() }
      text = `${JSON.stringify(head)}\n${text}`
    }
    const file = await open(path, hasBegun ? 'a' : 'ax', 0o600)
    hasBegun = true
    try {
      await file.appendFile(text, 'utf8')
      if (durable) await file.datasync()
    } finally {
      await file.close()
    }
  }

  /** One after the other, so that lines stay whole. A disk that takes nothing costs the record and not the upload. */
  function append(line: Line, how: { readonly durable: boolean }): Promise<void> {
    // Without its record an upload is nobody's, and only swept by choice.
    last = last.then(() => write(line, how.durable)).catch(() => undefined)
    return last
  }

  function end(t: 'ended' | 'left', upload: LoggedUpload): void {
    void append({ t, id: idOf(upload) }, { durable: false })
  }

  return {
    async begun({ service, profileId, bucket, key, uploadId }) {
      const upload = { service, profileId, bucket, key, uploadId }
      await append({ t: 'begun', ...upload, at: new Date().toISOString() }, { durable: true })
    },
    ended: (upload) => end('ended', upload),
    left: (upload) => end('left', upload),
    async list() {
      await last
      return openUploads(await readRecords(directory))
    },
    async close() {
      await last
      const records = await readRecords(directory).catch(() => [])
      for (const record of await removable(records, path))
        await rm(record.path, { force: true }).catch(() => undefined)
    },
  }
}

function idOf({ service, bucket, uploadId }: Pick<LoggedUpload, 'service' | 'bucket' | 'uploadId'>): string {
  return JSON.stringify([service, bucket, uploadId])
}

/** Another computer's process, in a data folder that both reach, cannot be asked for and may well run. */
async function mayRun(owner: NonNullable<FoundRecord['owner']>): Promise<boolean> {
  return owner.computer !== hostname() || isAlive(owner)
}

/** The records that nobody needs any more: of dead processes, and this one's own, in which all has ended. */
async function removable(records: readonly FoundRecord[], own: string): Promise<FoundRecord[]> {
  const unended = new Set((await openUploads(records)).map(idOf))
  const begunIn = ({ lines }: FoundRecord) =>
    lines.flatMap((line) => (line.t === 'begun' ? [idOf(line)] : []))
  const kept = new Set<FoundRecord>()
  for (const record of records) {
    const runs = record.path !== own && (record.owner === null || (await mayRun(record.owner)))
    if (runs || begunIn(record).some((id) => unended.has(id))) kept.add(record)
  }
  // One that tells of the end of what a kept one has begun is needed as long as that.
  for (let before = -1; before < kept.size;) {
    before = kept.size
    const begun = new Set([...kept].flatMap(begunIn))
    for (const record of records)
      if (record.lines.some((line) => line.t === 'ended' && begun.has(line.id))) kept.add(record)
  }
  return records.filter((record) => !kept.has(record))
}

async function openUploads(records: readonly FoundRecord[]): Promise<BegunUploadRecord[]> {
  const ended = new Set<string>()
  const found = new Map<string, BegunUploadRecord>()
  for (const { lines } of records) for (const line of lines) if (line.t === 'ended') ended.add(line.id)
  for (const { owner, lines } of records) {
    const runs = owner === null || (await mayRun(owner))
    const left = new Set<string>()
    for (const line of lines) {
      if (line.t === 'left') left.add(line.id)
      // Gone on with after it had been given up.
      else if (line.t === 'begun') left.delete(idOf(line))
    }
    for (const line of lines) {
      if (line.t !== 'begun' || ended.has(idOf(line))) continue
      const { t: _, at, ...upload } = line
      const isRunning = (runs && !left.has(idOf(line))) || found.get(idOf(line))?.isRunning === true
      found.set(idOf(line), { ...upload, begunAt: at, isRunning })
    }
  }
  return [...found.values()]
}

async function readRecords(directory: string): Promise<FoundRecord[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const records: FoundRecord[] = []
  const files = names.filter((one) => one.endsWith('.jsonl'))
  if (files.length === 0) return records
  const form = (await import('./begun-upload-lines.ts')).lineSchema
  for (const name of files) {
    const path = join(directory, name)
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const lines = text.split('\n').flatMap((line) => lineFrom(line, form) ?? [])
    const owner = lines.find((line) => line.t === 'process') ?? null
    records.push({ path, owner, lines })
  }
  return records
}

/** Null for what a crash has cut off or a disk has spoilt: such an upload is nobody's. */
function lineFrom(text: string, form: typeof lineSchema): Line | null {
  try {
    const parsed = form.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
