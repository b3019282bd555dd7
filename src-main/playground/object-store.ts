import { createHash, randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { S3Error } from './errors.ts'
import { KeyIndex } from './key-index.ts'
import type { BucketRecord, ObjectRecord, PartRecord, Segment, UploadRecord } from './records.ts'

/** An upload with the parts that have arrived. */
export interface OpenUpload {
  readonly record: UploadRecord
  readonly parts: Map<number, PartRecord>
}

/** A bucket as it is held in memory. */
export interface Bucket {
  record: BucketRecord
  readonly objects: KeyIndex<ObjectRecord>
  readonly uploads: Map<string, OpenUpload>
}

/**
 * Keeps buckets and objects under one directory. Content lies in files named by random ids, metadata in JSON
 * files named by the hash of the key, so that no key ever becomes a path. Everything is written aside and
 * renamed; a crash leaves the old or the new version. All commits are synchronous, so that a condition
 * checked just before a commit still holds when it happens.
 *
 *   buckets/bucket-<name>/bucket.json
 *                         objects/<sha256 of key>.json
 *                         content/<id>
 *                         uploads/<upload id>/upload.json, <part number>.json
 *   temporary/
 */
export class ObjectStore {
  readonly #directory: string
  readonly #buckets = new Map<string, Bucket>()
  readonly #readers = new Map<string, number>()
  readonly #doomed = new Map<string, string>()

  /** Opens or makes the directory and reads all its records. Throws when a record cannot be read. */
  constructor(directory: string) {
    this.#directory = directory
    mkdirSync(join(directory, 'buckets'), { recursive: true, mode: 0o700 })
    rmSync(join(directory, 'temporary'), { recursive: true, force: true })
    mkdirSync(join(directory, 'temporary'), { mode: 0o700 })
    for (const name of readdirSync(join(directory, 'buckets')))
      if (existsSync(join(directory, 'buckets', name, 'bucket.json'))) this.#load(name)
      // A bucket whose creation or deletion was cut short has no record.
      else rmSync(join(directory, 'buckets', name), { recursive: true, force: true })
  }

  #load(directoryName: string): void {
    const directory = join(this.#directory, 'buckets', directoryName)
    const record = readJson(join(directory, 'bucket.json')) as BucketRecord
    const objects = new KeyIndex<ObjectRecord>()
    const records = readdirSync(join(directory, 'objects')).map(
      (name) => readJson(join(directory, 'objects', name)) as ObjectRecord,
    )
    objects.load(records.map((object) => [object.key, object]))
    const uploads = new Map<string, OpenUpload>()
    for (const uploadId of readdirSync(join(directory, 'uploads'))) {
      const uploadDirectory = join(directory, 'uploads', uploadId)
      if (!existsSync(join(uploadDirectory, 'upload.json'))) {
        rmSync(uploadDirectory, { recursive: true, force: true })
        continue
      }
      const parts = new Map<number, PartRecord>()
      for (const name of readdirSync(uploadDirectory))
        if (name !== 'upload.json') {
          const part = readJson(join(uploadDirectory, name)) as PartRecord
          parts.set(part.partNumber, part)
        }
      uploads.set(uploadId, { record: readJson(join(uploadDirectory, 'upload.json')) as UploadRecord, parts })
    }
    this.#buckets.set(record.name, { record, objects, uploads })
    // Content that no record speaks of was left by a crash between two steps.
    const spokenFor = new Set([
      ...records.flatMap((object) => object.segments.map(({ file }) => file)),
      ...[...uploads.values()].flatMap(({ parts }) => [...parts.values()].map(({ file }) => file)),
    ])
    for (const file of readdirSync(join(directory, 'content')))
      if (!spokenFor.has(file)) rmSync(join(directory, 'content', file), { force: true })
  }

  #path(bucket: string, ...rest: string[]): string {
    return join(this.#directory, 'buckets', `bucket-${bucket}`, ...rest)
  }

  #writeJson(path: string, value: unknown): void {
    const temporary = join(this.#directory, 'temporary', randomUUID())
    writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 })
    renameSync(temporary, path)
  }

  /** Every bucket, by name. */
  buckets(): Bucket[] {
    return [...this.#buckets.values()].toSorted((a, b) => (a.record.name < b.record.name ? -1 : 1))
  }

  bucket(name: string): Bucket | undefined {
    return this.#buckets.get(name)
  }

  createBucket(record: BucketRecord): void {
    for (const folder of ['objects', 'content', 'uploads'])
      mkdirSync(this.#path(record.name, folder), { recursive: true, mode: 0o700 })
    this.#writeJson(this.#path(record.name, 'bucket.json'), record)
    this.#buckets.set(record.name, { record, objects: new KeyIndex(), uploads: new Map() })
  }

  /** Keeps changed settings. */
  updateBucket(record: BucketRecord): void {
    const bucket = this.#existing(record.name)
    this.#writeJson(this.#path(record.name, 'bucket.json'), record)
    bucket.record = record
  }

  /** Removes a bucket and whatever unfinished uploads it has. The caller has seen that it holds no objects. */
  deleteBucket(name: string): void {
    unlinkSync(this.#path(name, 'bucket.json'))
    this.#buckets.delete(name)
    rmSync(this.#path(name), { recursive: true, force: true })
  }

  /**
   * Writes content to a file that no object speaks of yet, and tells its name and size. When the source
   * throws, nothing is left.
   */
  async writeContent(
    bucket: string,
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ file: string; size: number }> {
    const file = randomUUID()
    const temporary = join(this.#directory, 'temporary', file)
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
      if (!this.#buckets.has(bucket))
        throw new S3Error('NoSuchBucket', undefined, { elements: { BucketName: bucket } })
      renameSync(temporary, this.#path(bucket, 'content', file))
    } catch (error) {
      await handle.close().catch(() => undefined)
      rmSync(temporary, { force: true })
      throw error
    }
    return { file, size }
  }

  /** Removes content that is not wanted any more; files being read go when their last reader is done. */
  discardContent(bucket: string, files: readonly string[]): void {
    for (const file of files)
      if (this.#readers.has(file)) this.#doomed.set(file, bucket)
      else rmSync(this.#path(bucket, 'content', file), { force: true })
  }

  /**
   * Opens bytes `start` to `end` (exclusive) of a sequence of segments. They stay readable, whatever happens
   * to the object meanwhile, until `release` is called; call it in every case.
   */
  readContent(
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
    rmSync(this.#path(bucket, 'content', file), { force: true })
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
      const handle = await open(this.#path(bucket, 'content', segment.file), 'r')
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

  /** Makes the record the object's current version and removes the content it replaces. */
  putObject(bucket: string, record: ObjectRecord): void {
    const { objects } = this.#existing(bucket)
    const before = objects.get(record.key)
    this.#writeJson(this.#path(bucket, 'objects', `${hashOf(record.key)}.json`), record)
    objects.set(record.key, record)
    const kept = new Set(record.segments.map(({ file }) => file))
    this.discardContent(
      bucket,
      (before?.segments ?? []).map(({ file }) => file).filter((file) => !kept.has(file)),
    )
  }

  /** Removes an object; nothing happens when there is none. */
  deleteObject(bucket: string, key: string): void {
    const { objects } = this.#existing(bucket)
    const record = objects.get(key)
    if (!record) return
    unlinkSync(this.#path(bucket, 'objects', `${hashOf(key)}.json`))
    objects.delete(key)
    this.discardContent(
      bucket,
      record.segments.map(({ file }) => file),
    )
  }

  createUpload(bucket: string, record: UploadRecord): void {
    mkdirSync(this.#path(bucket, 'uploads', record.uploadId), { mode: 0o700 })
    this.#writeJson(this.#path(bucket, 'uploads', record.uploadId, 'upload.json'), record)
    this.#existing(bucket).uploads.set(record.uploadId, { record, parts: new Map() })
  }

  /** Keeps a part, replacing one of the same number. */
  putPart(bucket: string, uploadId: string, part: PartRecord): void {
    const upload = this.#existing(bucket).uploads.get(uploadId)
    if (!upload) throw new Error('the upload is gone')
    const before = upload.parts.get(part.partNumber)
    this.#writeJson(this.#path(bucket, 'uploads', uploadId, `${part.partNumber}.json`), part)
    upload.parts.set(part.partNumber, part)
    if (before) this.discardContent(bucket, [before.file])
  }

  /** Ends an upload; content of its parts that is not in `kept` is removed. */
  endUpload(bucket: string, uploadId: string, kept: ReadonlySet<string> = new Set()): void {
    const { uploads } = this.#existing(bucket)
    const upload = uploads.get(uploadId)
    uploads.delete(uploadId)
    rmSync(this.#path(bucket, 'uploads', uploadId), { recursive: true, force: true })
    const files = [...(upload?.parts.values() ?? [])].map(({ file }) => file)
    this.discardContent(
      bucket,
      files.filter((file) => !kept.has(file)),
    )
  }

  #existing(name: string): Bucket {
    const bucket = this.#buckets.get(name)
    if (!bucket) throw new Error(`no bucket ${name}`)
    return bucket
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

// The files are the playground's own; one that does not parse stops the start instead of losing objects.
function readJson(path: string): unknown {
  if (!statSync(path).isFile()) throw new Error(`${path} is not a file`)
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Error(`The playground cannot read its record ${path}`, { cause })
  }
}
