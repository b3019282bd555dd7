import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { readObjectPieces } from '../s3/get-object-bytes.ts'
import { toFailure } from '../s3/map-error.ts'
import { compareKeys } from '../s3/object-key.ts'
import { putObjectBytes } from '../s3/put-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { uploadFile } from '../s3/upload-file.ts'
import { isPailsOwnKey, manifestName } from './own-keys.ts'
import { createSortedMap, type SortedMap } from '../tables/sorted-map.ts'
import { spoolsIn } from '../tables/spool.ts'

/** What the ownership manifest in a bucket was found to be. */
export type FoundManifest =
  | {
      readonly kind: 'good'
      /** Each key with the ETag that a sync wrote, bare. */
      readonly entries: SortedMap
      /** Of the manifest itself; null where there is none yet. */
      readonly eTag: string | null
    }
  /** It is none, or may not be read: nobody's word counts, and it is left as it is. */
  | { readonly kind: 'unusable'; readonly why: string }

/** The changes of a manifest: of each key what it had, and has now; null where it is not ours. */
export interface ManifestChanges {
  readonly isAny: boolean
  set(key: string, was: string | null, now: string | null): void
  /** In the order of the keys. */
  entries(): Iterable<readonly [key: string, was: string | null, now: string | null]>
  clear(): void
}

/** Makes room for changes, of which with a directory only some MB are in memory. */
export function createManifestChanges(directory: string | undefined): ManifestChanges {
  let changes = createSortedMap(spoolsIn(directory))
  let isAny = false
  return {
    get isAny() {
      return isAny
    },
    set(key, was, now) {
      isAny = true
      changes.set(key, JSON.stringify([was, now]))
    },
    *entries() {
      for (const [key, value] of changes) {
        const [was, now] = JSON.parse(value) as [string | null, string | null]
        yield [key, was, now]
      }
    },
    clear() {
      changes = createSortedMap(spoolsIn(directory))
      isAny = false
    },
  }
}

/** A larger one is not read (some 500,000 keys): it is no manifest, or it is there to fill our memory. */
const mostBytes = 64 * 1024 * 1024

/** Lines between two turns of the event loop. */
const linesATurn = 4000

/** How often it is read again and written again because somebody else was faster. */
const mostAttempts = 5

interface Where {
  readonly bucket: string
  readonly prefix: string
  /** Where most of it is kept while it is worked on; without it, in memory. */
  readonly directory?: string
  readonly signal?: AbortSignal
}

/** The first line, and the last one. */
const headingOf = (prefix: string) => `{"pailSync":1,"prefix":${JSON.stringify(prefix)},"objects":[`
const end = ']}'

/**
 * Reads the manifest of a place with one request. It is somebody else's word: whoever may write it may name any key below
 * the prefix as ours. So it is believed only whole, in exactly the form in which it is written, and later only about
 * objects with the very ETag that it tells. Throws the Failures of S3, but for a refusal.
 */
export async function readBucketManifest(session: S3Session, where: Where): Promise<FoundManifest> {
  const { bucket, prefix, directory } = where
  const parser = createParser(prefix, createSortedMap(spoolsIn(directory)))
  let found
  try {
    found = await readObjectPieces(
      session,
      {
        bucket,
        key: prefix + manifestName,
        mostBytes,
        ...(where.signal ? { signal: where.signal } : {}),
      },
      (bytes) => parser.take(bytes),
    )
  } catch (error) {
    const problem = toFailure(error)
    const { code } = problem.error
    if (code === 'access-denied') return { kind: 'unusable', why: 'may not be read' }
    if (code === 'integrity') return { kind: 'unusable', why: 'is too large' }
    throw problem
  }
  if (found === null) return { kind: 'good', entries: createSortedMap(spoolsIn(directory)), eTag: null }
  const entries = found.isTaken ? parser.end() : null
  return entries === null
    ? { kind: 'unusable', why: 'does not have the expected form' }
    : { kind: 'good', entries, eTag: found.eTag }
}

/** A longer line is none: a key has at most 1,024 bytes, each of which takes at most six characters. */
const longestLine = 8192

/** Takes a manifest piece by piece, until something about it is not as it should be. */
function createParser(
  prefix: string,
  entries: SortedMap,
): { take(bytes: Uint8Array): boolean; end(): SortedMap | null } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  /** What the next line has to be. */
  let next: 'heading' | 'entry or end' | 'entry' | 'end' | 'nothing' | 'not a manifest' = 'heading'
  let rest = ''
  const takeEntry = (line: string): typeof next => {
    const isLast = !line.endsWith(',')
    const [key, eTag] = parseLine(isLast ? line : line.slice(0, -1)) ?? []
    if (key === undefined || eTag === undefined) return 'not a manifest'
    if (!key.startsWith(prefix) || isPailsOwnKey(key, prefix) || entries.has(key)) return 'not a manifest'
    entries.set(key, eTag)
    return isLast ? 'end' : 'entry'
  }
  const takeLine = (line: string): typeof next => {
    switch (next) {
      case 'heading':
        return line === headingOf(prefix) ? 'entry or end' : 'not a manifest'
      case 'entry or end':
        return line === end ? 'nothing' : takeEntry(line)
      case 'entry':
        return takeEntry(line)
      case 'end':
        return line === end ? 'nothing' : 'not a manifest'
      default:
        return 'not a manifest'
    }
  }
  const takeText = (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) next = takeLine(line)
    if (rest.length > longestLine + headingOf(prefix).length) next = 'not a manifest'
  }
  return {
    take(bytes) {
      try {
        takeText(decoder.decode(bytes, { stream: true }))
      } catch {
        next = 'not a manifest'
      }
      return next !== 'not a manifest'
    },
    end() {
      try {
        takeText(decoder.decode())
      } catch {
        return null
      }
      return next === 'nothing' && rest === '' ? entries : null
    },
  }
}

function parseLine(line: string): [string, string] | null {
  if (line.length > longestLine) return null
  try {
    const value: unknown = JSON.parse(line)
    if (!Array.isArray(value) || value.length !== 2) return null
    const [key, eTag] = value as unknown[]
    if (typeof key !== 'string' || key === '' || Buffer.byteLength(key) > 1024) return null
    return typeof eTag === 'string' && /^[\u0021-\u007e]{1,128}$/.test(eTag) ? [key, eTag] : null
  } catch {
    return null
  }
}

/** The bytes of a manifest, some lines at a time. */
async function* serialised(
  entries: Iterable<readonly [key: string, eTag: string]>,
  prefix: string,
): AsyncGenerator<Buffer> {
  let lines = headingOf(prefix)
  let count = 0
  for (const entry of entries) {
    lines += `${count === 0 ? '' : ','}\n${JSON.stringify(entry)}`
    if (++count % linesATurn !== 0) continue
    yield Buffer.from(lines)
    lines = ''
    await nextTurn()
  }
  yield Buffer.from(`${lines}\n${end}\n`)
}

/**
 * Brings changes into the manifest, private and never cached. It replaces only the manifest that was read (If-Match, or
 * If-None-Match for the first): where somebody else was faster theirs is read and changed anew. A service that does not
 * know such conditions takes the later one; what that loses is not ours any more, which removes nothing. Throws Failures:
 * `precondition-failed` when others are faster all the time, `integrity` when what is there now is no manifest.
 */
export async function writeBucketManifest(
  session: S3Session,
  where: Where,
  read: FoundManifest & { kind: 'good' },
  changes: ManifestChanges,
): Promise<void> {
  const { bucket, prefix, signal } = where
  const key = prefix + manifestName
  for (let attempt = 1, base = read; ; attempt++) {
    try {
      await store(
        session,
        {
          bucket,
          key,
          headers: { contentType: 'application/json', cacheControl: 'no-cache' },
          ...(base.eTag === null ? { ifNoneMatch: true } : { ifMatch: base.eTag }),
          ...(signal ? { signal } : {}),
        },
        serialised(merged(base.entries, changes.entries()), prefix),
        where.directory,
      )
      return
    } catch (error) {
      const problem = toFailure(error, { key })
      const faster = problem.error.code === 'precondition-failed' || problem.error.code === 'already-exists'
      if (!faster || attempt >= mostAttempts) throw problem
      const again = await readBucketManifest(session, where)
      if (again.kind === 'unusable') throw problem
      base = again
    }
  }
}

/** What a manifest is written to before it is sent. */
const temporaryName = /^manifest-[0-9a-f]{16}\.tmp$/

/** One that nothing has been written to for so long, in milliseconds, is not being sent by anybody. */
const staleAfterMs = 24 * 60 * 60 * 1000

/**
 * Removes what processes that ended while they wrote a manifest have left in a directory. What another one may be sending
 * stays. Never throws.
 */
export async function sweepManifests(directory: string, now: () => number = Date.now): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    if (!temporaryName.test(name)) continue
    const path = join(directory, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && now() - found.mtimeMs >= staleAfterMs)
      await rm(path, { force: true }).catch(() => undefined)
  }
}

/** Stores what comes piece by piece; with a directory it is written there first, and not in memory as a whole. */
async function store(
  session: S3Session,
  target: Parameters<typeof putObjectBytes>[1],
  pieces: AsyncIterable<Buffer>,
  directory: string | undefined,
): Promise<void> {
  if (directory === undefined) {
    const all: Buffer[] = []
    for await (const piece of pieces) all.push(piece)
    await putObjectBytes(session, target, Buffer.concat(all))
    return
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `manifest-${randomBytes(8).toString('hex')}.tmp`)
  try {
    const file = await open(path, 'wx', 0o600)
    const sizeBytes = await writeAll(file, pieces)
    await uploadFile(session, { ...target, path, sizeBytes })
  } finally {
    await rm(path, { force: true }).catch(() => undefined)
  }
}

async function writeAll(file: FileHandle, pieces: AsyncIterable<Buffer>): Promise<number> {
  let sizeBytes = 0
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece)
      sizeBytes += piece.byteLength
    }
  } finally {
    await file.close()
  }
  return sizeBytes
}

/** What there is with the changes in it; both in the order of their keys. */
function* merged(
  entries: Iterable<readonly [key: string, eTag: string]>,
  changes: ReturnType<ManifestChanges['entries']>,
): Generator<readonly [key: string, eTag: string]> {
  const changing = changes[Symbol.iterator]()
  let change = changing.next()
  const added = (): readonly [string, string] | null => {
    const [key, , now] = change.done === true ? [] : change.value
    change = changing.next()
    return key === undefined || now === undefined || now === null ? null : [key, now]
  }
  for (const [key, eTag] of entries) {
    while (change.done !== true && compareKeys(change.value[0], key) < 0) {
      const entry = added()
      if (entry !== null) yield entry
    }
    if (change.done === true || change.value[0] !== key) {
      yield [key, eTag]
      continue
    }
    const [, was, now] = change.value
    change = changing.next()
    // What somebody else has written meanwhile is theirs to forget.
    if (now !== null) yield [key, now]
    else if (was !== null && eTag !== was) yield [key, eTag]
  }
  while (change.done !== true) {
    const entry = added()
    if (entry !== null) yield entry
  }
}
