import type { S3Client } from '@aws-sdk/client-s3'
import { failure } from '../../src-preload/contract/failure.ts'
import { abortUpload } from './abort-upload.ts'
import { type Copy, conditions, copySource, quoted, type Written, writtenHeaders } from './copy-request.ts'
import { inParallel } from './in-parallel.ts'
import { toFailure } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { loggedUpload } from './upload-log.ts'

const copyPartBytes = 512 * 1024 * 1024
const maxParts = 10_000

/** Copies an object by parts, with its tags, which such a copy does not take along by itself. Throws what the SDK throws. */
export async function copyInParts(session: S3Session, client: S3Client, copy: Copy): Promise<Written> {
  const sdk = await loadSdk()
  const where = { Bucket: copy.bucket, Key: copy.newKey }
  const sending = copy.signal ? { abortSignal: copy.signal } : {}
  const size = copy.head.sizeBytes
  const partSize = Math.max(copy.partSizeBytes ?? copyPartBytes, Math.ceil(size / maxParts))
  const tagging = await readTagging(client, copy)
  const created = await client.send(
    new sdk.CreateMultipartUploadCommand({
      ...where,
      ...writtenHeaders(copy),
      ...(tagging === null ? {} : { Tagging: tagging }),
    }),
    sending,
  )
  if (created.UploadId === undefined) throw failure('server-error', 'The service gave no id for the upload.')
  const upload = { ...where, UploadId: created.UploadId }
  const open = { bucket: copy.bucket, key: copy.newKey, uploadId: created.UploadId }
  try {
    await session.uploadLog?.begun(loggedUpload(session, open))
    const eTags: string[] = []
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
    }
  } catch (error) {
    await abortUpload(session, open)
    throw error
  }
}

/** The tags in the form of the header, null when there are none or they cannot be read. */
async function readTagging(client: S3Client, copy: Copy): Promise<string | null> {
  const { GetObjectTaggingCommand } = await loadSdk()
  try {
    const answer = await client.send(
      new GetObjectTaggingCommand({ Bucket: copy.bucket, Key: copy.key, VersionId: copy.versionId }),
    )
    const tags = (answer.TagSet ?? []).map(({ Key = '', Value = '' }): [string, string] => [Key, Value])
    return tags.length === 0 ? null : new URLSearchParams(tags).toString()
  } catch (error) {
    const { code } = toFailure(error).error
    if (code === 'not-supported' || code === 'no-such-key') return null
    // A copy without the tags would take the place of the object that has them.
    if (code === 'access-denied')
      throw failure(
        'access-denied',
        'These keys may not read the object’s tags (s3:GetObjectTagging), and a copy of an object above 5 GB would lose them. Nothing was changed.',
        { key: copy.key },
      )
    throw error
  }
}
