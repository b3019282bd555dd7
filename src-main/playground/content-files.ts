import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { S3Error } from './errors.ts'
import type { Segment } from './records.ts'

/** The files that hold the bytes of objects and parts, named by random ids. */
export class ContentFiles {
  readonly #path: (bucket: string, file: string) => string
  readonly #temporary: string
  readonly #readers = new Map<string, number>()
  readonly #doomed = new Map<string, string>()

  /** `path` says where a bucket's file lies, `temporary` where it is written first. */
  constructor(path: (bucket: string, file: string) => string, temporary: string) {
    this.#path = path
    this.#temporary = temporary
  }

  /**
   * Writes content to a file that no object speaks of yet, and tells its name and size. When the source
   * throws, or it is not wanted any more in the end, nothing is left.
   */
  async write(
    bucket: string,
    source: AsyncIterable<Uint8Array>,
    isWanted: () => boolean,
  ): Promise<{ file: string; size: number }> {
    const file = randomUUID()
    const temporary = join(this.#temporary, file)
    const handle = await open(temporary, 'wx', 0o600)
    let size = 0
    try {
      for await (const chunk of source) {
        let written = 0
        while (written < chunk.length)
          written += (await handle.write(chunk, written, chunk.length - written)).bytesWritten
        size += chunk.length
      }
      await handle.close()
      if (!isWanted()) throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: bucket } })
      renameSync(temporary, this.#path(bucket, file))
    } catch (error) {
      await handle.close().catch(() => undefined)
      rmSync(temporary, { force: true })
      throw error
    }
    return { file, size }
  }

  /** Removes content that is not wanted any more; files being read go when their last reader is done. */
  discard(bucket: string, files: readonly string[]): void {
    for (const file of files)
      if (this.#readers.has(file)) this.#doomed.set(file, bucket)
      else rmSync(this.#path(bucket, file), { force: true })
  }

  /**
   * Opens bytes `start` to `end` (exclusive) of a sequence of segments. They stay readable, whatever happens
   * to the object meanwhile, until `release` is called; call it in every case.
   */
  read(
    bucket: string,
    segments: readonly Segment[],
    start: number,
    end: number,
  ): { readonly chunks: AsyncGenerator<Buffer, void>; release(): void } {
    const files = new Set(segments.map(({ file }) => file))
    for (const file of files) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1)
    let released = false
    return {
      chunks: this.#chunks(bucket, segments, start, end),
      release: () => {
        if (released) return
        released = true
        for (const file of files) this.#readerLeaves(file)
      },
    }
  }

  #readerLeaves(file: string): void {
    const left = (this.#readers.get(file) ?? 1) - 1
    if (left > 0) {
      this.#readers.set(file, left)
      return
    }
    this.#readers.delete(file)
    const bucket = this.#doomed.get(file)
    if (bucket === undefined) return
    this.#doomed.delete(file)
    rmSync(this.#path(bucket, file), { force: true })
  }

  async *#chunks(
    bucket: string,
    segments: readonly Segment[],
    start: number,
    end: number,
  ): AsyncGenerator<Buffer, void> {
    let offset = 0
    for (const segment of segments) {
      const from = Math.max(start - offset, 0)
      const to = Math.min(end - offset, segment.size)
      offset += segment.size
      if (from >= to) continue
      const handle = await open(this.#path(bucket, segment.file), 'r')
      try {
        for (let position = from; position < to;) {
          const wanted = Math.min(to - position, 256 * 1024)
          const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, position)
          if (bytesRead === 0) throw new Error(`content file ${segment.file} is shorter than its record says`)
          position += bytesRead
          yield buffer.subarray(0, bytesRead)
        }
      } finally {
        await handle.close()
      }
    }
  }
}
