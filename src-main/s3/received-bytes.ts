import type { FileHandle } from 'node:fs/promises'
import type { DownloadCheckpoint } from './download-checkpoint.ts'
import type { ObjectFacts } from './object-facts.ts'
import type { ObjectRange } from './object-range.ts'
import { writtenSpans } from './object-range.ts'

/** Saved whenever so much has come, or so long after the time before. */
const usualBytes = 64 * 1024 * 1024
const savedEveryMs = 3000

/** Remembers how far a download has come. */
export interface ReceivedBytes {
  /** Saves what is there before anything comes: what was saved of an earlier attempt may not be true any more. */
  begin(): Promise<void>
  /** So many more bytes have come. */
  count(bytes: number): void
  /** Waits for what is being saved, and saves what has come since. */
  settle(): Promise<void>
}

/**
 * Saves what is written from time to time, flushed to the disk before it is told: bytes that a power cut takes must not
 * be counted on.
 */
export function rememberReceived(
  checkpoint: DownloadCheckpoint,
  { handle, facts, ranges }: { handle: FileHandle; facts: ObjectFacts; ranges: readonly ObjectRange[] },
): ReceivedBytes {
  const savedBytes = checkpoint.everyBytes ?? usualBytes
  let unsaved = 0
  let savedAt = performance.now()
  let saving: Promise<void> | null = null
  let savedSpans = ''

  async function save(): Promise<void> {
    unsaved = 0
    const spans = writtenSpans(ranges)
    savedSpans = JSON.stringify(spans)
    try {
      await handle.datasync()
      await checkpoint.save({ eTag: facts.eTag ?? '', sizeBytes: facts.sizeBytes, spans })
    } catch {
      // Less is remembered; the download itself is as good as it was.
    }
    savedAt = performance.now()
  }

  const isDue = () => unsaved >= savedBytes || performance.now() - savedAt >= savedEveryMs

  async function saveWhileDue(): Promise<void> {
    // More may have come meanwhile than may be lost, and nothing after it.
    do await save()
    while (unsaved >= savedBytes)
  }

  return {
    begin: save,
    count(bytes) {
      unsaved += bytes
      if (saving !== null || !isDue()) return
      saving = saveWhileDue().finally(() => {
        saving = null
      })
    },
    async settle() {
      await saving
      // What had come when it was saved last may not have been written then.
      if (JSON.stringify(writtenSpans(ranges)) !== savedSpans) await save()
    },
  }
}
