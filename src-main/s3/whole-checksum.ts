import { type FileIdentity, type LocalSource, openLocalSource, readPiecewise } from './local-source.ts'
import type { ChecksumName } from './running-checksum.ts'
import { runningChecksum } from './running-checksum.ts'

/** Checksums of 64 bits and more; a CRC32 is too short to tell two files of one size apart for good. */
export const tellingChecksums: readonly ChecksumName[] = ['SHA256', 'SHA1', 'CRC64NVME']

/** What a HEAD tells as the checksum of the whole object, in base64; null for others, and for `…-N`, of its parts'. */
export function wholeChecksum(
  checksum: string | null,
  names: readonly ChecksumName[],
): { readonly name: ChecksumName; readonly value: string } | null {
  const [, name, value] = /^([A-Z0-9]+)=([A-Za-z0-9+/]+=*)$/.exec(checksum ?? '') ?? []
  const known = names.find((each) => each === name)
  return known === undefined || value === undefined ? null : { name: known, value }
}

/** A checksum of all of a source, in base64. Throws Failures of this computer. */
export async function checksumOfSource(
  source: LocalSource,
  name: ChecksumName,
  signal: AbortSignal | undefined,
): Promise<string> {
  const checksum = runningChecksum(name)
  for await (const piece of readPiecewise(source, [0, source.sizeBytes], signal)) checksum.update(piece)
  return checksum.digest()
}

/**
 * Whether a file has the checksum of a whole object, of 64 bits and more; null when the object has none that tells. Reads
 * the file once. Throws Failures of this computer.
 */
export async function hasChecksum(
  file: { readonly path: string; readonly identity: FileIdentity },
  checksum: string | null,
  signal?: AbortSignal,
): Promise<boolean | null> {
  const comparable = wholeChecksum(checksum, tellingChecksums)
  if (comparable === null) return null
  const source = await openLocalSource(file.path, file.identity)
  try {
    const value = await checksumOfSource(source, comparable.name, signal)
    await source.verifyUnchanged()
    return value === comparable.value
  } finally {
    await source.close()
  }
}
