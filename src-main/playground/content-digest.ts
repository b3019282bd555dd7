import { createHash } from 'node:crypto'
import { createChecksum } from './checksums.ts'
import type { ChecksumAlgorithm } from './checksums.ts'

/** Length, MD5 and checksums of content that passes in pieces. */
export interface ContentDigest {
  update(chunk: Uint8Array): void
  readonly size: number
  /** Ends the digest: hex MD5, and a base64 checksum for each algorithm asked for. */
  finish(): { readonly md5: string; readonly checksums: ReadonlyMap<ChecksumAlgorithm, string> }
}

/** Starts a digest with those checksums. */
export function createContentDigest(algorithms: Iterable<ChecksumAlgorithm>): ContentDigest {
  const md5 = createHash('md5')
  const running = [...new Set(algorithms)].map((algorithm) => ({
    algorithm,
    checksum: createChecksum(algorithm),
  }))
  let size = 0
  return {
    update(chunk) {
      size += chunk.length
      md5.update(chunk)
      for (const { checksum } of running) checksum.update(chunk)
    },
    get size() {
      return size
    },
    finish: () => ({
      md5: md5.digest('hex'),
      checksums: new Map(
        running.map(({ algorithm, checksum }) => [algorithm, checksum.digest().toString('base64')] as const),
      ),
    }),
  }
}

/** Passes chunks on and digests them on the way. */
export async function* digesting(
  source: AsyncIterable<Buffer>,
  digest: ContentDigest,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of source) {
    digest.update(chunk)
    yield chunk
  }
}
