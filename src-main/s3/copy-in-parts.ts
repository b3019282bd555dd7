import type { S3Client } from '@aws-sdk/client-s3'
import { failure } from '../../src-preload/contract/failure.ts'
import { abortUpload } from './abort-upload.ts'
import { type Copy, conditions, copySource, quoted, type Written, writtenHeaders } from './copy-request.ts'
import { inParallel } from './in-parallel.ts'
import { readTags, taggingHeader } from './object-tags.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { loggedUpload } from './upload-log.ts'

const copyPartBytes = 512 * 1024 * 1024
const maxParts = 10_000

/** Copies an object by parts, with its tags, which such a copy does not take along by itself. Throws what the SDK throws, and `access-denied` before anything is begun when the tags may not be read. */
export async function copyInParts(session: S3Session, client: S3Client, copy: Copy): Promise<Written> {
  const sdk = await loadSdk()
  const where = { Bucket: copy.bucket, Key: copy.newKey }
  const sending = copy.signal ? { abortSignal: copy.signal } : {}
  const size = copy.head.sizeBytes
  const partSize = Math.max(copy.partSizeBytes ?? copyPartBytes, Math.ceil(size / maxParts))
  const tags = await readTags(client, copy)
  copy.onBegun?.({ ...copy, how: 'by-parts' })
  const created = await client.send(
    new sdk.CreateMultipartUploadCommand({
      ...where,
      ...writtenHeaders(copy),
      ...(tags === null ? {} : { Tagging: taggingHeader(tags) }),
    }),
    sending,
  )
  if (created.UploadId === undefined) throw failure('server-error', 'The service gave no id for the upload.')
  const upload = { ...where, UploadId: created.UploadId }
  const open = { bucket: copy.bucket, key: copy.newKey, uploadId: created.UploadId }
  try {
    await session.uploadLog?.begun(loggedUpload(session, open))
    const eTags: string[] = []
    let copied = 0
    const starts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index * partSize)
    await inParallel(starts, 4, async (start, index) => {
      const end = Math.min(start + partSize, size) - 1
      const part = await client.send(
        new sdk.UploadPartCopyCommand({
          ...upload,
          PartNumber: index + 1,
          CopySource: copySource(copy),
          CopySourceRange: `bytes=${start}-${end}`,
          ...(copy.head.eTag === null ? {} : { CopySourceIfMatch: copy.head.eTag }),
        }),
        sending,
      )
      eTags[index] = part.CopyPartResult?.ETag ?? ''
      copied += end + 1 - start
      copy.onProgress?.(copied)
    })
    const done = await client.send(
      new sdk.CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: eTags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) },
        ...conditions(copy),
      }),
      sending,
    )
    session.uploadLog?.ended(loggedUpload(session, open))
    return {
      eTag: quoted(done.ETag),
      versionId: done.VersionId ?? null,
      serverSideEncryption: done.ServerSideEncryption ?? null,
      tags,
    }
  } catch (error) {
    await abortUpload(session, open)
    throw error
  }
}
