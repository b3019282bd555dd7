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
import { join } from 'node:path'
import { ContentFiles } from './content-files.ts'
import { KeyIndex } from './key-index.ts'
import type {
  BucketRecord,
  ObjectRecord,
  PartRecord,
  Segment,
  StoredVersion,
  UploadRecord,
} from './records.ts'
import {
  type VersionStack,
  contentFiles,
  currentObject,
  isDeleteMarker,
  pushVersion,
  versionIdOf,
} from './version-stack.ts'

/** An upload with the parts that have arrived. */
export interface OpenUpload {
  readonly record: UploadRecord
  readonly parts: Map<number, PartRecord>
}

/** A bucket as it is held in memory. */
export interface Bucket {
  record: BucketRecord
  /** The current objects. */
  readonly objects: KeyIndex<ObjectRecord>
  /** Of each key with more than a current object, that one too. */
  readonly stacks: KeyIndex<VersionStack>
  readonly uploads: Map<string, OpenUpload>
}

/**
 * Keeps buckets and objects under one directory. Content lies in files named by random ids, metadata in JSON
 * files named by the hash of the key, so that no key ever becomes a path. Everything is written aside and
 * renamed; a crash leaves the old or the new version. All commits are synchronous, so that a condition
 * checked just before a commit still holds when it happens.
 *
 *   buckets/bucket-<name>/bucket.json
 *                         objects/<sha256 of key>.json   the object, or {"versions": […]}, newest first
 *                         content/<id>
 *                         uploads/<upload id>/upload.json, <part number>.json
 *   temporary/
 */
export class ObjectStore {
  readonly #directory: string
  readonly #buckets = new Map<string, Bucket>()
  readonly #content: ContentFiles

  /** Opens or makes the directory and reads all its records. Throws when a record cannot be read. */
  constructor(directory: string) {
    this.#directory = directory
    this.#content = new ContentFiles(
      (bucket, file) => this.#path(bucket, 'content', file),
      join(directory, 'temporary'),
    )
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
    const stacks = readdirSync(join(directory, 'objects'))
      .map((name) => stackOf(readJson(join(directory, 'objects', name))))
      .filter((stack) => stack.length > 0)
    const current = stacks.flatMap((stack) => currentObject(stack) ?? [])
    objects.load(current.map((object) => [object.key, object]))
    const histories = new KeyIndex<VersionStack>()
    histories.load(stacks.filter(hasHistory).map((stack) => [keyOf(stack), stack]))
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
    this.#buckets.set(record.name, { record, objects, stacks: histories, uploads })
    // Content that no record speaks of was left by a crash between two steps.
    const spokenFor = new Set([
      ...stacks.flatMap(contentFiles),
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
    this.#buckets.set(record.name, {
      record,
      objects: new KeyIndex(),
      stacks: new KeyIndex(),
      uploads: new Map(),
    })
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

  /** See {@link ContentFiles.write}; refused when the bucket is gone by the time everything has been written. */
  writeContent(bucket: string, source: AsyncIterable<Uint8Array>): Promise<{ file: string; size: number }> {
    return this.#content.write(bucket, source, () => this.#buckets.has(bucket))
  }

  /** See {@link ContentFiles.read}. */
  readContent(
    bucket: string,
    segments: readonly Segment[],
    start: number,
    end: number,
  ): ReturnType<ContentFiles['read']> {
    return this.#content.read(bucket, segments, start, end)
  }

  /** See {@link ContentFiles.discard}. */
  discardContent(bucket: string, files: readonly string[]): void {
    this.#content.discard(bucket, files)
  }

  /** All versions of a key, newest first; empty when there is nothing. */
  versions(bucket: string, key: string): VersionStack {
    const { objects, stacks } = this.#existing(bucket)
    const object = objects.get(key)
    return stacks.get(key) ?? (object ? [object] : [])
  }

  /**
   * Makes the record the object's current version, and answers it with its version id. What it replaces stays where the
   * bucket keeps versions.
   */
  putObject(bucket: string, record: ObjectRecord): ObjectRecord {
    const { versioning } = this.#existing(bucket).record
    const next = pushVersion(this.versions(bucket, record.key), record, versioning)
    this.#replace(bucket, record.key, next)
    return currentObject(next) ?? record
  }

  /** Keeps what has changed about a version: its tags or its ACL. */
  updateObject(bucket: string, record: ObjectRecord): void {
    const id = versionIdOf(record)
    const stack = this.versions(bucket, record.key)
    this.#replace(
      bucket,
      record.key,
      stack.map((version) => (versionIdOf(version) === id ? record : version)),
    )
  }

  /**
   * Removes an object, or hides it behind a delete marker where the bucket keeps versions; that is the answer. Without
   * versions nothing happens when there is none.
   */
  deleteObject(bucket: string, key: string, lastModified: string): StoredVersion | undefined {
    const { versioning } = this.#existing(bucket).record
    const marker = { key, deleteMarker: true as const, lastModified }
    const next = pushVersion(this.versions(bucket, key), marker, versioning)
    this.#replace(bucket, key, next)
    return next[0]
  }

  /** Removes one version for good and answers it; undefined when there is none of this id. */
  deleteVersion(bucket: string, key: string, versionId: string): StoredVersion | undefined {
    const stack = this.versions(bucket, key)
    const removed = stack.find((version) => versionIdOf(version) === versionId)
    if (removed)
      this.#replace(
        bucket,
        key,
        stack.filter((version) => version !== removed),
      )
    return removed
  }

  /** Writes what a key has from now on, in one step, and removes content that nothing speaks of any more. */
  #replace(bucket: string, key: string, next: VersionStack): void {
    const { objects, stacks } = this.#existing(bucket)
    const before = this.versions(bucket, key)
    const path = this.#path(bucket, 'objects', `${hashOf(key)}.json`)
    if (next.length > 0) this.#writeJson(path, hasHistory(next) ? { versions: next } : next[0])
    else if (before.length > 0) unlinkSync(path)
    const object = currentObject(next)
    if (object) objects.set(key, object)
    else objects.delete(key)
    if (hasHistory(next)) stacks.set(key, next)
    else stacks.delete(key)
    const kept = new Set(contentFiles(next))
    this.discardContent(
      bucket,
      contentFiles(before).filter((file) => !kept.has(file)),
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

function hasHistory(stack: VersionStack): boolean {
  return stack.length > 1 || isDeleteMarker(stack[0])
}

function keyOf([newest]: VersionStack): string {
  return newest?.key ?? ''
}

function stackOf(json: unknown): VersionStack {
  return typeof json === 'object' && json !== null && 'versions' in json
    ? (json.versions as VersionStack)
    : [json as ObjectRecord]
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
