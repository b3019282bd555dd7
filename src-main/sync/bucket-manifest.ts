import { setImmediate as nextTurn } from 'node:timers/promises'
import { toFailure } from '../s3/map-error.ts'
import { getObjectBytes } from '../s3/get-object-bytes.ts'
import { putObjectBytes } from '../s3/put-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { isPailsOwnKey, manifestName } from './own-keys.ts'
import { createPackedMap, type PackedMap } from './packed-map.ts'

/** What the ownership manifest in a bucket was found to be. */
export type FoundManifest =
  | {
      readonly kind: 'good'
      /** Each key with the ETag that a sync wrote, bare. */
      readonly entries: PackedMap
      /** Of the manifest itself; null where there is none yet. */
      readonly eTag: string | null
    }
  /** It is none, or may not be read: nobody's word counts, and it is left as it is. */
  | { readonly kind: 'unusable'; readonly why: string }

/** One change: what a key had, and has now. Null where it is not ours. */
export interface ManifestChange {
  readonly was: string | null
  readonly now: string | null
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
  readonly signal?: AbortSignal
}

const headingOf = (prefix: string) => `{"pailSync":1,"prefix":${JSON.stringify(prefix)},"objects":[`

/**
 * Reads the manifest of a place with one request. It is somebody else's word: whoever may write it may name any key below
 * the prefix as ours. So it is believed only whole, in exactly the form in which it is written, and later only about
 * objects with the very ETag that it tells. Throws the Failures of S3, but for a refusal.
 */
export async function readBucketManifest(session: S3Session, where: Where): Promise<FoundManifest> {
  const { bucket, prefix } = where
  let found
  try {
    found = await getObjectBytes(session, {
      bucket,
      key: prefix + manifestName,
      mostBytes,
      ...(where.signal ? { signal: where.signal } : {}),
    })
  } catch (error) {
    const problem = toFailure(error)
    const { code } = problem.error
    if (code === 'access-denied') return { kind: 'unusable', why: 'may not be read' }
    if (code === 'integrity') return { kind: 'unusable', why: 'is too large' }
    throw problem
  }
  if (found === null) return { kind: 'good', entries: createPackedMap(), eTag: null }
  const entries = await parseManifest(found.bytes, prefix)
  return entries === null
    ? { kind: 'unusable', why: 'does not have the expected form' }
    : { kind: 'good', entries, eTag: found.eTag }
}

/** The entries of a manifest; null when anything at all about it is not as it should be. */
export async function parseManifest(bytes: Uint8Array, prefix: string): Promise<PackedMap | null> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
  const lines = text.split('\n')
  if (lines[0] !== headingOf(prefix) || lines.at(-1) !== '' || lines.at(-2) !== ']}') return null
  const entries = createPackedMap()
  const last = lines.length - 3
  for (let at = 1; at <= last; at++) {
    if (at % linesATurn === 0) await nextTurn()
    const line = lines[at] ?? ''
    const entry = parseLine(at === last ? line : line.endsWith(',') ? line.slice(0, -1) : '')
    if (entry === null) return null
    const [key, eTag] = entry
    if (!key.startsWith(prefix) || isPailsOwnKey(key, prefix) || entries.has(key)) return null
    entries.set(key, eTag)
  }
  return entries
}

function parseLine(line: string): [string, string] | null {
  // A key has at most 1,024 bytes, each of which takes at most six characters.
  if (line.length > 8192) return null
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

async function serialise(entries: PackedMap, prefix: string): Promise<Buffer> {
  const chunks: string[] = [`${headingOf(prefix)}\n`]
  let line = 0
  for (const entry of entries) {
    if (++line % linesATurn === 0) await nextTurn()
    chunks.push(`${JSON.stringify(entry)}${line === entries.size ? '' : ','}\n`)
  }
  chunks.push(']}\n')
  return Buffer.from(chunks.join(''))
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
  changes: ReadonlyMap<string, ManifestChange>,
): Promise<void> {
  const { bucket, prefix, signal } = where
  const key = prefix + manifestName
  for (let attempt = 1, base = read; ; attempt++) {
    const entries = merged(base.entries, changes)
    const bytes = await serialise(entries, prefix)
    try {
      await putObjectBytes(
        session,
        {
          bucket,
          key,
          headers: { contentType: 'application/json', cacheControl: 'no-cache' },
          ...(base.eTag === null ? { ifNoneMatch: true } : { ifMatch: base.eTag }),
          ...(signal ? { signal } : {}),
        },
        bytes,
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

function merged(entries: PackedMap, changes: ReadonlyMap<string, ManifestChange>): PackedMap {
  const all = createPackedMap()
  for (const [key, eTag] of entries) all.set(key, eTag)
  for (const [key, { was, now }] of changes) {
    if (now !== null) all.set(key, now)
    // What somebody else has written meanwhile is theirs to forget.
    else if (was === null || all.get(key) === was) all.delete(key)
  }
  return all
}
