import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import type { DownloadCheckpoint, ReceivedSoFar } from '../../src-main/s3/download-checkpoint.ts'

/** A checkpoint in a file of JSON, which keeps everything; saved often. */
export function fileCheckpoint(path: string): DownloadCheckpoint {
  return {
    id: 'transfer_0123456789abcdef',
    everyBytes: 64 * 1024,
    load: () => readSaved(path),
    async save(received) {
      await writeFile(`${path}.new`, JSON.stringify(received))
      await rename(`${path}.new`, path)
    },
    keeps: () => true,
  }
}

/** What was saved; null when nothing was. */
export function readSaved(path: string): ReceivedSoFar | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ReceivedSoFar
  } catch {
    return null
  }
}
