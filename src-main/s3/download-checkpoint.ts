import type { Failure } from '../../src-preload/contract/failure.ts'

/** Bytes of an object that are on the disk: from the first to before the second. */
export type Span = readonly [from: number, to: number]

/** A whole and verified file which is about to get its name: what tells it from others, in decimal digits where BigInt. */
export interface WholeFile {
  /** Without its folder. */
  readonly name: string
  readonly dev: string
  readonly ino: string
  readonly sizeBytes: number
  readonly mtimeNs: string
  /** Whether a checksum or the ETag proved its bytes. */
  readonly verified: boolean
}

/** How far a download has come, as it is remembered; plain enough for JSON. */
export interface ReceivedSoFar {
  /** Of which version: anything else at the key is fetched from its beginning. */
  readonly eTag: string
  readonly sizeBytes: number
  /** In order, none touching another; flushed to the disk before this was written. */
  readonly spans: readonly Span[]
  /** Written before the file gets its name, so that it is known again when nothing could be written after. */
  readonly whole?: WholeFile
}

/** Where is kept how far a download has come, so that another attempt, also after a crash, goes on from there (F28). */
export interface DownloadCheckpoint {
  /**
   * Of the transfer, the same at each of its attempts and not to be guessed: the temporary file is named by it, so that
   * it is found again, and none but this transfer may be using it.
   */
  readonly id: string
  /** Saved whenever so many bytes have come, and every three seconds; 64 MiB unless given. */
  readonly everyBytes?: number
  /** What was saved last, in whatever shape it was read back; null to begin anew. */
  load(): unknown
  /** Told now and then, never twice at once. When it rejects, the download goes on and less of it is remembered. */
  save(received: ReceivedSoFar): Promise<void>
  /** Whether what has arrived is to stay on the disk after this failure, for a later attempt. */
  keeps(problem: Failure): boolean
}

/** Reads what was saved; null for anything that cannot be it. */
export function receivedFrom(value: unknown): ReceivedSoFar | null {
  if (typeof value !== 'object' || value === null) return null
  const { eTag, sizeBytes, spans, whole } = value as Partial<Record<keyof ReceivedSoFar, unknown>>
  if (typeof eTag !== 'string' || !isBytes(sizeBytes) || !Array.isArray(spans)) return null
  let end = -1
  for (const span of spans as unknown[]) {
    if (!Array.isArray(span) || span.length !== 2) return null
    const [from, to] = span as unknown[]
    if (!isBytes(from) || !isBytes(to) || from <= end || to <= from || to > sizeBytes) return null
    end = to
  }
  const file = wholeFileFrom(whole)
  return { eTag, sizeBytes, spans: spans as Span[], ...(file === null ? {} : { whole: file }) }
}

function wholeFileFrom(value: unknown): WholeFile | null {
  if (typeof value !== 'object' || value === null) return null
  const { name, dev, ino, sizeBytes, mtimeNs, verified } = value as Partial<Record<keyof WholeFile, unknown>>
  const isNumber = (text: unknown): text is string => typeof text === 'string' && /^-?\d{1,20}$/.test(text)
  if (typeof name !== 'string' || name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
    return null
  if (!isNumber(dev) || !isNumber(ino) || !isNumber(mtimeNs)) return null
  if (!isBytes(sizeBytes) || typeof verified !== 'boolean') return null
  return { name, dev, ino, sizeBytes, mtimeNs, verified }
}

function isBytes(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
