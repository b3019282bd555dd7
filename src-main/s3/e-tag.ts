import { type Hash, createHash } from 'node:crypto'
import { type LocalSource, readPiecewise } from './local-source.ts'

const mib = 1024 * 1024

/** What tools use for parts, in bytes: ours first, then those of lib-storage, aws, s3cmd, rclone, s5cmd and consoles. */
const commonPartSizes = [8, 5, 15, 16, 17, 10, 20, 25, 32, 50, 64, 100, 128, 256, 512].map(
  (size) => size * mib,
)

/** The fewest bytes of a part of ours. */
export const defaultPartSizeBytes = 8 * mib

/** S3 takes at most this many parts. */
export const maxParts = 10_000

/** The part size, in bytes, with which a file of this size fits into 10,000 parts: 8 MiB or whole MiB above. */
export function partSizeFor(sizeBytes: number): number {
  return Math.max(defaultPartSizeBytes, Math.ceil(sizeBytes / maxParts / mib) * mib)
}

/** An ETag without quotes and weakness. */
export function bareETag(eTag: string): string {
  // Nearly all have one quote at each end.
  if (eTag.length > 1 && eTag.startsWith('"') && eTag.indexOf('"', 1) === eTag.length - 1)
    return eTag.slice(1, -1)
  return eTag.replace(/^W\//, '').replaceAll('"', '')
}

/** Whether an ETag is letters, digits and hyphens between two quotes and nothing else, as nearly all are. */
export function isPlainETag(eTag: string): boolean {
  return /^"[\w-]*"$/.test(eTag)
}

/** The MD5 that an ETag has the form of, in hex, or null. Under SSE-KMS and SSE-C it only looks like one. */
export function md5OfETag(eTag: string | null | undefined): string | null {
  const bare = bareETag(eTag ?? '').toLowerCase()
  return /^[0-9a-f]{32}$/.test(bare) ? bare : null
}

/** The number of parts that an ETag of the form `md5-N` tells, or null. */
export function partsOfETag(eTag: string | null | undefined): number | null {
  // Hardly any is of several parts.
  if (eTag?.includes('-') !== true) return null
  const match = /^[0-9a-f]{32}-([1-9]\d{0,4})$/i.exec(bareETag(eTag ?? ''))
  return match ? Number(match[1]) : null
}

/** The ETag of a multipart upload whose parts have these MD5s (Amazon S3 user guide, "Checking object integrity"). */
export function multipartETag(partMd5s: readonly Uint8Array[]): string {
  const hash = createHash('md5')
  for (const md5 of partMd5s) hash.update(md5)
  return `"${hash.digest('hex')}-${partMd5s.length}"`
}

/** What {@link hashSource} found: the MD5 in hex, and the multipart ETags that the same bytes would have, bare. */
export interface SourceHashes {
  readonly md5: string
  readonly multipart: ReadonlySet<string>
}

/**
 * Reads a file once and answers its MD5, and its multipart ETags for all common part sizes that give `parts` parts, and
 * for `partSizeBytes`. Memory: one buffer of 1 MiB.
 */
export async function hashSource(
  source: LocalSource,
  options: { parts?: number | null; partSizeBytes?: number; signal?: AbortSignal } = {},
): Promise<SourceHashes> {
  const size = source.sizeBytes
  const whole = createHash('md5')
  const partSizes = new Set(candidatePartSizes(size, options.parts ?? null))
  if (options.partSizeBytes !== undefined) partSizes.add(options.partSizeBytes)
  const composites = [...partSizes].map((partSize) => new CompositeMd5(partSize))
  for await (const chunk of readPiecewise(source, [0, size], options.signal)) {
    whole.update(chunk)
    for (const composite of composites) composite.update(chunk)
  }
  return {
    md5: whole.digest('hex'),
    multipart: new Set(composites.map((composite) => bareETag(composite.digest()))),
  }
}

/** The common part sizes with which a file of this size has exactly so many parts. */
function candidatePartSizes(sizeBytes: number, parts: number | null): number[] {
  if (parts === null) return []
  return [...new Set([partSizeFor(sizeBytes), ...commonPartSizes])].filter(
    (partSize) => Math.max(1, Math.ceil(sizeBytes / partSize)) === parts,
  )
}

class CompositeMd5 {
  private readonly md5s: Uint8Array[] = []
  private readonly partSize: number
  private current: Hash = createHash('md5')
  private filled = 0

  constructor(partSize: number) {
    this.partSize = partSize
  }

  update(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.byteLength) {
      const taken = chunk.subarray(at, at + this.partSize - this.filled)
      this.current.update(taken)
      this.filled += taken.byteLength
      at += taken.byteLength
      if (this.filled === this.partSize) this.endPart()
    }
  }

  digest(): string {
    if (this.filled > 0 || this.md5s.length === 0) this.endPart()
    return multipartETag(this.md5s)
  }

  private endPart(): void {
    this.md5s.push(this.current.digest())
    this.current = createHash('md5')
    this.filled = 0
  }
}
