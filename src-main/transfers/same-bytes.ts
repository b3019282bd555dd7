import { bareETag, hashSource, md5OfETag, partsOfETag } from '../s3/e-tag.ts'
import type { HeadedObject } from '../s3/head-object.ts'
import type { LocalSource } from '../s3/local-source.ts'
import { openLocalSource } from '../s3/local-source.ts'
import { hidesMd5 } from '../s3/written-object.ts'
import type { ChecksumName } from '../s3/running-checksum.ts'
import { runningChecksum } from '../s3/running-checksum.ts'
import type { SelectedFile } from './selection-store.ts'

/** Checksums of 64 bits and more; a CRC32 is too short to tell two files of one size apart for good. */
const telling: readonly ChecksumName[] = ['SHA256', 'SHA1', 'CRC64NVME']

/** What is known to be ours but for the proof, by its size, name and time, needs less. */
const tellingOfOurs: readonly ChecksumName[] = [...telling, 'CRC32C', 'CRC32']

/**
 * Whether an object has the very bytes of a file: the same size, and the same MD5 (an ETag of one part), multipart ETag
 * (for the part sizes that tools use) or whole checksum of 64 bits and more. False also when nothing could be compared:
 * sameness is never claimed without a check. With `isOurs`, for what has been sent under this name at this time, a shorter
 * checksum does where the service encrypts with KMS. Reads the file once. Throws Failures of this computer.
 */
export async function hasSameBytes(
  file: SelectedFile,
  head: Pick<HeadedObject, 'sizeBytes' | 'eTag' | 'checksum'> &
    Partial<Pick<HeadedObject, 'serverSideEncryption'>>,
  signal?: AbortSignal,
  { isOurs = false }: { readonly isOurs?: boolean } = {},
): Promise<boolean> {
  if (head.sizeBytes !== file.sizeBytes) return false
  // Where KMS encrypts, an ETag is of the form of an MD5 and none.
  const isHidden = hidesMd5({ ServerSideEncryption: head.serverSideEncryption ?? '' })
  const checksum = comparableChecksum(head.checksum, isOurs && isHidden ? tellingOfOurs : telling)
  const parts = partsOfETag(head.eTag)
  if (checksum === null && parts === null && md5OfETag(head.eTag) === null) return false
  const source = await openLocalSource(file.path, file.identity, file.pieces)
  try {
    if (checksum !== null) return (await digestOf(source, checksum.name, signal)) === checksum.value
    const hashes = await hashSource(source, { parts, ...(signal ? { signal } : {}) })
    const eTag = bareETag(head.eTag ?? '').toLowerCase()
    return hashes.md5 === eTag || hashes.multipart.has(eTag)
  } finally {
    await source.close()
  }
}

/**
 * Whether a file has the checksum of a whole object, of 64 bits and more; null when the object has none that tells. Reads
 * the file once. Throws Failures of this computer.
 */
export async function hasChecksum(
  file: Pick<SelectedFile, 'path' | 'identity'>,
  checksum: string | null,
  signal?: AbortSignal,
): Promise<boolean | null> {
  const comparable = comparableChecksum(checksum, telling)
  if (comparable === null) return null
  const source = await openLocalSource(file.path, file.identity)
  try {
    const digest = await digestOf(source, comparable.name, signal)
    await source.verifyUnchanged()
    return digest === comparable.value
  } finally {
    await source.close()
  }
}

/** A checksum of the whole object; `…-N` is one of its parts' checksums. */
function comparableChecksum(
  checksum: string | null,
  names: readonly ChecksumName[],
): { name: ChecksumName; value: string } | null {
  const [, name, value] = /^([A-Z0-9]+)=([A-Za-z0-9+/]+=*)$/.exec(checksum ?? '') ?? []
  const known = names.find((each) => each === name)
  return known === undefined || value === undefined ? null : { name: known, value }
}

async function digestOf(
  source: LocalSource,
  name: ChecksumName,
  signal: AbortSignal | undefined,
): Promise<string> {
  const checksum = runningChecksum(name)
  const size = source.sizeBytes
  const buffer = Buffer.allocUnsafe(Math.min(size, 1024 * 1024))
  for (let position = 0; position < size; position += buffer.byteLength) {
    signal?.throwIfAborted()
    const chunk = buffer.subarray(0, Math.min(buffer.byteLength, size - position))
    await source.read(chunk, position)
    checksum.update(chunk)
  }
  return checksum.digest()
}
