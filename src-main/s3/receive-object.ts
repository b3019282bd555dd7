import type { FileHandle } from 'node:fs/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ReceivedSoFar } from './download-checkpoint.ts'
import { bareETag, hashSource, partsOfETag } from './e-tag.ts'
import { fetchRanges } from './fetch-ranges.ts'
import type { HeadedObject } from './head-object.ts'
import { headObject } from './head-object.ts'
import { toFailure } from './map-error.ts'
import type { ObjectFacts } from './object-facts.ts'
import type { ObjectProof, SectionDigest } from './object-proof.ts'
import { findProof, isConclusive, matches, sectionDigest } from './object-proof.ts'
import type { RangePlan } from './object-range.ts'
import { digestedSections, markReceived, planRanges, rangedThresholdBytes } from './object-range.ts'
import type { OpenedObject } from './open-object.ts'
import { checksumsOf, openObject } from './open-object.ts'
import { rememberReceived } from './received-bytes.ts'
import type { GetObjectToFileOptions, ReceivedObject } from './received-object.ts'
import type { S3Session } from './s3-session.ts'
import type { TargetFolder } from './target-folder.ts'
import { hidesMd5 } from './written-object.ts'

/** Smaller objects are written without asking whether there is room. */
const askedForRoomBytes = 256 * 1024

/** Where an object is received, and what is there of it. */
export interface ReceivingPlace {
  readonly folder: TargetFolder
  readonly handle: FileHandle
  readonly saved: ReceivedSoFar | null
  /** Whether it may be asked for in ranges. */
  readonly mayRange: boolean
}

interface Known {
  readonly facts: ObjectFacts
  readonly opened: OpenedObject | null
  /** Null unless what is there is of this very version. */
  readonly saved: ReceivedSoFar | null
}

/**
 * Receives one version of an object, from its beginning or from what is there of the same version, and compares it with
 * what the service tells of it. Throws what the transport and the file throw, and `integrity` for bytes that do not match.
 */
export async function receiveObject(
  session: S3Session,
  options: GetObjectToFileOptions,
  place: ReceivingPlace,
): Promise<ReceivedObject> {
  const { bucket, key, signal } = options
  const reference = { bucket, key, signal }
  const { facts, opened, saved } = await lookAt(session, options, place)
  try {
    const proof = await findProof(session, reference, facts)
    const { sizeBytes } = facts
    options.onSize?.(sizeBytes)
    const isLarge = sizeBytes > (options.rangedThresholdBytes ?? rangedThresholdBytes)
    const canGoOn = isLarge && isStrong(facts.eTag) && place.mayRange
    const plan = planRanges(sizeBytes, proof, {
      maySplit: canGoOn,
      rangeSizeBytes: options.rangeSizeBytes,
    })
    if (saved !== null) markReceived(plan.ranges, saved.spans)
    let moved = plan.ranges.reduce((sum, { from, written }) => sum + written - from, 0)
    await checkRoom(place.folder, sizeBytes, moved)
    if (moved > 0) options.onProgress?.(moved)
    const memory =
      canGoOn && options.checkpoint !== undefined
        ? rememberReceived(options.checkpoint, { handle: place.handle, facts, ranges: plan.ranges })
        : null
    const whole = proof !== null && !plan.folds ? sectionDigest(proof) : null
    await memory?.begin()
    try {
      await fetchRanges({
        session,
        bucket,
        key,
        signal,
        facts,
        plan,
        opened,
        whole,
        handle: place.handle,
        onBytes(count) {
          moved += count
          memory?.count(count)
          options.onProgress?.(moved)
        },
      })
    } catch (error) {
      await memory?.settle()
      throw withRoomNeeded(error, sizeBytes - moved)
    }
    await memory?.settle()
    const verified =
      proof === null
        ? await matchesSomeETag(place.handle, facts, signal)
        : await compare({ session, reference, facts, proof, plan, whole })
    return { sizeBytes, eTag: facts.eTag, verified }
  } finally {
    opened?.body.destroy()
  }
}

/** Asks for the object: with a HEAD where the rest of it will be asked for in ranges, else with the GET itself. */
async function lookAt(
  session: S3Session,
  { bucket, key, signal, expectedSizeBytes = 0, ...options }: GetObjectToFileOptions,
  { saved, mayRange, handle }: ReceivingPlace,
): Promise<Known> {
  const isLarge = expectedSizeBytes > (options.rangedThresholdBytes ?? rangedThresholdBytes)
  if (saved !== null || (isLarge && mayRange)) {
    const head = await headObject(session, { bucket, key, ...(signal ? { signal } : {}) })
    if (head === null) throw failure('no-such-key', 'The object does not exist (any more).', { key })
    const facts = factsOf(head)
    if (saved?.eTag === facts.eTag && saved?.sizeBytes === facts.sizeBytes)
      return { facts, opened: null, saved }
    await handle.truncate(0)
    if (isStrong(facts.eTag)) return { facts, opened: null, saved: null }
  }
  const opened = await openObject(session, { bucket, key, from: 0, ifMatch: null, signal })
  return { facts: opened, opened, saved: null }
}

function factsOf(head: HeadedObject): ObjectFacts {
  const separator = head.checksum?.indexOf('=') ?? -1
  const name = head.checksum?.slice(0, separator)
  return {
    sizeBytes: head.sizeBytes,
    eTag: head.eTag,
    hidden: hidesMd5({ ServerSideEncryption: head.serverSideEncryption ?? '' }),
    ...checksumsOf((asked) => (asked === name ? head.checksum?.slice(separator + 1) : undefined)),
  }
}

/** Ranges are only asked for with If-Match, which compares strongly (RFC 9110, 13.1.1). */
function isStrong(eTag: string | null): boolean {
  return eTag !== null && !eTag.startsWith('W/') && bareETag(eTag) !== ''
}

async function checkRoom(folder: TargetFolder, sizeBytes: number, movedBytes: number): Promise<void> {
  if (sizeBytes < askedForRoomBytes) return
  const free = await folder.freeBytes()
  if (free !== null && free < sizeBytes - movedBytes) throw noRoom(sizeBytes - movedBytes, free)
}

/** Says how much is missing where the disk became full meanwhile (F32). */
function withRoomNeeded(error: unknown, neededBytes: number): unknown {
  return toFailure(error).error.code === 'disk-full' ? noRoom(neededBytes, null) : error
}

function noRoom(neededBytes: number, freeBytes: number | null) {
  const free = freeBytes === null ? '' : `, and ${mebibytes(freeBytes)} MiB are free`
  return failure(
    'disk-full',
    `There is no room left on this computer’s disk: ${mebibytes(neededBytes)} MiB more are needed${free}.`,
  )
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1)
}

/** Whether the bytes are proved to be right; throws `integrity` when they are proved to be wrong. */
async function compare(done: {
  readonly session: S3Session
  readonly reference: Parameters<typeof findProof>[1]
  readonly facts: ObjectFacts
  readonly proof: ObjectProof
  readonly plan: RangePlan
  readonly whole: SectionDigest | null
}): Promise<boolean> {
  const { session, proof, whole, facts, plan, reference } = done
  const sections =
    whole === null ? digestedSections(plan.ranges) : [{ digest: whole.end(), sizeBytes: facts.sizeBytes }]
  if (matches(proof, sections)) return true
  if (!(await isConclusive(session, reference, facts, proof))) return false
  throw failure(
    'integrity',
    proof.isETag
      ? 'What arrived does not match the object’s ETag. Nothing was kept.'
      : 'The bytes that arrived do not match their checksum.',
    { key: reference.key, retryable: true },
  )
}

/** Where nobody tells how long its parts were: whether the ETag is that of the bytes in parts as tools make them. */
async function matchesSomeETag(
  handle: FileHandle,
  { eTag, hidden, sizeBytes }: ObjectFacts,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const parts = hidden ? null : partsOfETag(eTag)
  if (parts === null || eTag === null) return false
  const hashes = await hashSource(
    {
      identity: { dev: 0n, ino: 0n, sizeBytes, mtimeNs: 0n, ctimeNs: 0n },
      sizeBytes,
      async read(buffer, position) {
        let filled = 0
        while (filled < buffer.byteLength) {
          const length = buffer.byteLength - filled
          const { bytesRead } = await handle.read(buffer, filled, length, position + filled)
          if (bytesRead === 0)
            throw failure('local-changed', 'The temporary file was cut short by something else.')
          filled += bytesRead
        }
      },
      verifyUnchanged: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    { parts, ...(signal ? { signal } : {}) },
  )
  // Another part size would give another ETag, so a difference proves nothing.
  return hashes.multipart.has(bareETag(eTag).toLowerCase())
}
