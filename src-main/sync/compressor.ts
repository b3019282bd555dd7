import { createHash } from 'node:crypto'
import type { ContentCoding } from '../../src-preload/contract/header-rule.ts'
import { type FileIdentity, openLocalSource, sameIdentity } from '../s3/local-source.ts'
import type { CompressedFacts, CompressedIndex } from './compressed-index.ts'
import { compress } from './compression.ts'

/** A file to compress: its path below the folder, where it really is, and which file it has to be (S52). */
export interface CompressedSource {
  readonly name: string
  readonly path: string
  readonly identity: FileIdentity
  readonly coding: ContentCoding
}

/** A file's bytes, compressed. */
export interface CompressedBytes {
  readonly bytes: Buffer
  /** The MD5 of the file itself, in hex. */
  readonly sourceMd5: string
}

/** Compresses the files of one plan, few at a time, and remembers what came of it. */
export interface Compressor {
  /** What is known of the result without compressing; undefined when nothing is. */
  find(source: CompressedSource): CompressedFacts | undefined
  /**
   * What comes of compressing, which is done and remembered where that is not known. Throws as `compress` does. The
   * result is kept for a `compress` to come, as long as there is room.
   */
  measure(source: CompressedSource, signal?: AbortSignal): Promise<CompressedFacts>
  /**
   * The compressed bytes: those that `measure` kept of the same file, or read and compressed now. Throws Failures:
   * `local-changed`, `local-missing`, `local-file`; aborts with the signal.
   */
  compress(source: CompressedSource, signal?: AbortSignal): Promise<CompressedBytes>
  /** Hears of each file that the folder has. */
  seen(name: string): void
  /** Forgets what came of files that were not {@link Compressor.seen}. */
  forgetUnseen(): void
  save(): Promise<boolean>
  /** Closes the file of what is remembered. */
  release(): void
}

/** Two files at the same time, so that the disk's and the network's share of the thread pool stays free. */
const slots = 2

/** Of files above this size, in bytes, only one at a time: file and result are in memory. */
const largeBytes = 8 * 1024 * 1024

const readBytes = 1024 * 1024

/** So much is kept between a plan and its applying, in bytes: a plan may wait for long. */
const mostKeptBytes = 16 * 1024 * 1024

/**
 * `index` remembers between runs; without it, nothing is known before it has been compressed. A test can stand in for
 * what compresses.
 */
export function createCompressor(
  index: CompressedIndex | null,
  compressing: typeof compress = compress,
): Compressor {
  const turns = createTurns(slots)
  const kept = new Map<string, { readonly identity: FileIdentity; readonly result: CompressedBytes }>()
  let keptBytes = 0
  const nameOf = ({ coding, name }: CompressedSource) => `${coding} ${name}`
  const find = ({ name, identity, coding }: CompressedSource) => index?.find(name, identity, coding)

  function keep(source: CompressedSource, result: CompressedBytes): void {
    if (keptBytes + result.bytes.byteLength > mostKeptBytes || kept.has(nameOf(source))) return
    kept.set(nameOf(source), { identity: source.identity, result })
    keptBytes += result.bytes.byteLength
  }

  function take(source: CompressedSource): CompressedBytes | null {
    const found = kept.get(nameOf(source))
    if (found === undefined) return null
    kept.delete(nameOf(source))
    keptBytes -= found.result.bytes.byteLength
    return sameIdentity(found.identity, source.identity) ? found.result : null
  }

  async function compressNow(
    source: CompressedSource,
    signal: AbortSignal | undefined,
  ): Promise<CompressedBytes & { facts: CompressedFacts }> {
    const release = await turns(source.identity.sizeBytes > largeBytes ? slots : 1)
    try {
      signal?.throwIfAborted()
      const readAtMs = Date.now()
      const { bytes: plain, md5: sourceMd5 } = await readSource(source, signal)
      const bytes = await compressing(plain, source.coding)
      signal?.throwIfAborted()
      const facts =
        bytes.byteLength < plain.byteLength
          ? { sizeBytes: bytes.byteLength, md5: createHash('md5').update(bytes).digest('hex') }
          : null
      index?.note(source.name, source.identity, source.coding, facts, readAtMs)
      return { bytes, sourceMd5, facts }
    } finally {
      release()
    }
  }

  return {
    find,
    async measure(source, signal) {
      const known = find(source)
      if (known !== undefined) return known
      const { facts, ...result } = await compressNow(source, signal)
      // What gains nothing is not sent.
      if (facts !== null) keep(source, result)
      return facts
    },
    compress: async (source, signal) => take(source) ?? compressNow(source, signal),
    seen: (name) => index?.seen(name),
    forgetUnseen: () => index?.forgetUnseen(),
    save: async () => (index === null ? true : index.save()),
    release: () => index?.release(),
  }
}

/** The whole file as it was at one moment, and its MD5 in hex. */
async function readSource(
  { path, identity }: CompressedSource,
  signal: AbortSignal | undefined,
): Promise<{ bytes: Buffer; md5: string }> {
  const source = await openLocalSource(path, identity)
  try {
    const bytes = Buffer.allocUnsafe(identity.sizeBytes)
    const hash = createHash('md5')
    for (let at = 0; at < bytes.byteLength; at += readBytes) {
      signal?.throwIfAborted()
      const piece = bytes.subarray(at, at + readBytes)
      await source.read(piece, at)
      hash.update(piece)
    }
    await source.verifyUnchanged()
    return { bytes, md5: hash.digest('hex') }
  } finally {
    await source.close()
  }
}

/** Lets in what asks, in turn, as long as the weights together are at most `most`. Answers how to give the place back. */
function createTurns(most: number): (weight: number) => Promise<() => void> {
  let taken = 0
  const queue: { readonly weight: number; readonly enter: () => void }[] = []
  const letIn = () => {
    while (queue[0] !== undefined && taken + queue[0].weight <= most) {
      const { weight, enter } = queue.shift() as (typeof queue)[number]
      taken += weight
      enter()
    }
  }
  return (weight) =>
    new Promise((resolve) => {
      const release = () => {
        taken -= weight
        letIn()
      }
      queue.push({ weight, enter: () => resolve(release) })
      letIn()
    })
}
