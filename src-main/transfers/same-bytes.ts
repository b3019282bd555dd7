import { bareETag, hashSource, md5OfETag, partsOfETag } from '../s3/e-tag.ts'
import type { HeadedObject } from '../s3/head-object.ts'
import { openLocalSource } from '../s3/local-source.ts'
import { hidesMd5 } from '../s3/written-object.ts'
import type { ChecksumName } from '../s3/running-checksum.ts'
import { checksumOfSource, tellingChecksums, wholeChecksum } from '../s3/whole-checksum.ts'
import type { SelectedFile } from './selection-store.ts'

/** What is known to be ours but for the proof, by its size, name and time, needs less. */
const tellingOfOurs: readonly ChecksumName[] = [...tellingChecksums, 'CRC32C', 'CRC32']

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
  const checksum = wholeChecksum(head.checksum, isOurs && isHidden ? tellingOfOurs : tellingChecksums)
  const parts = partsOfETag(head.eTag)
  if (checksum === null && parts === null && md5OfETag(head.eTag) === null) return false
  const source = await openLocalSource(file.path, file.identity, file.pieces)
  try {
    if (checksum !== null) return (await checksumOfSource(source, checksum.name, signal)) === checksum.value
    const hashes = await hashSource(source, { parts, ...(signal ? { signal } : {}) })
    const eTag = bareETag(head.eTag ?? '').toLowerCase()
    return hashes.md5 === eTag || hashes.multipart.has(eTag)
  } finally {
    await source.close()
  }
}
