import type { FileHandle } from 'node:fs/promises'
import type { Failure } from '../../src-preload/contract/failure.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import type { ReceivedSoFar, Span } from './download-checkpoint.ts'
import type { DigestedSection, ObjectProof, SectionDigest } from './object-proof.ts'
import { isFoldable, sectionDigest } from './object-proof.ts'

const mib = 1024 * 1024

/** Objects above this size, in bytes, are fetched in ranges. */
export const rangedThresholdBytes = 16 * mib

/** Ranges are at least so long, and twice that where there are many; a service counts requests. */
const shortRangeBytes = 8 * mib
const longRangeBytes = 16 * mib
/** Ranges along parts may be that long: more is lost when one is broken off. */
const longestAlignedBytes = 64 * mib
/** More ranges than this are not kept track of. */
const mostRanges = 10_000

/** A stretch of an object that is fetched in order by one request, or by a few when it is cut. */
export interface ObjectRange {
  readonly from: number
  /** Exclusive. */
  readonly to: number
  /** Up to where bytes have come, and went into the digest. */
  position: number
  /** Up to where they were written. */
  written: number
  /** Of what has come; null where the digest is made by reading the file. */
  digest: SectionDigest | null
}

/** How an object is taken apart. */
export interface RangePlan {
  readonly ranges: readonly ObjectRange[]
  /** Whether the ranges' digests tell that of the whole, so that nothing is read twice. */
  readonly folds: boolean
}

/**
 * Takes an object apart: in one range unless it is large and may be split, else in ranges along its parts, if those have
 * to be checksummed and are not too long.
 */
export function planRanges(
  sizeBytes: number,
  proof: ObjectProof | null,
  options: { readonly maySplit: boolean; readonly rangeSizeBytes?: number | undefined },
): RangePlan {
  const wanted = options.maySplit ? rangeSizeFor(sizeBytes, proof, options.rangeSizeBytes) : sizeBytes
  const rangeSize = Math.max(1, wanted)
  const count = Math.max(1, Math.ceil(sizeBytes / rangeSize))
  const folds = count === 1 || (proof !== null && isFoldable(proof, rangeSize))
  const ranges = Array.from({ length: count }, (_, index): ObjectRange => {
    const from = index * rangeSize
    return {
      from,
      to: Math.min(sizeBytes, from + rangeSize),
      position: from,
      written: from,
      digest: proof !== null && folds ? sectionDigest(proof) : null,
    }
  })
  return { ranges, folds }
}

function rangeSizeFor(sizeBytes: number, proof: ObjectProof | null, given: number | undefined): number {
  const least = Math.ceil(sizeBytes / mostRanges)
  const usual = given ?? (sizeBytes >= 8 * longRangeBytes ? longRangeBytes : shortRangeBytes)
  const wanted = Math.max(usual, least)
  const partSize = proof?.partSizeBytes ?? null
  if (partSize === null) return wanted
  const aligned = partSize * Math.max(1, Math.round(wanted / partSize))
  return aligned <= Math.max(longestAlignedBytes, least) ? aligned : wanted
}

/** Marks what is on the disk already; within a range only what is there from its beginning can be gone on with. */
export function markReceived(ranges: readonly ObjectRange[], spans: readonly Span[]): void {
  for (const range of ranges) {
    const span = spans.find(([from, to]) => from <= range.from && to > range.from)
    if (span !== undefined) range.position = range.written = Math.min(range.to, span[1])
  }
}

/** What of the ranges is written, in order and joined. */
export function writtenSpans(ranges: readonly ObjectRange[]): ReceivedSoFar['spans'] {
  const spans: [number, number][] = []
  for (const { from, written } of ranges) {
    const last = spans.at(-1)
    if (written === from) continue
    if (last !== undefined && last[1] === from) last[1] = written
    else spans.push([from, written])
  }
  return spans
}

/** The digests of ranges that are whole. */
export function digestedSections(ranges: readonly ObjectRange[]): DigestedSection[] {
  return ranges.map(({ from, to, digest }) => ({
    digest: digest?.end() ?? Buffer.alloc(0),
    sizeBytes: to - from,
  }))
}

/** Reads a stretch of a file through a digest, in pieces of 1 MiB. */
export async function digestFile(
  handle: FileHandle,
  [from, to]: Span,
  digest: SectionDigest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(mib, to - from))
  for (let position = from; position < to;) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.byteLength, to - position), position)
    if (bytesRead === 0) throw cutShort()
    digest.update(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
}

/** Something else has been at the file: it is fetched anew. */
function cutShort(): Failure {
  return failure('integrity', 'The temporary file was cut short by something else.', { retryable: true })
}
