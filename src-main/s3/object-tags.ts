import type { S3Client, Tag } from '@aws-sdk/client-s3'
import { failure } from '../../src-preload/contract/failure.ts'
import { toFailure } from './map-error.ts'
import { loadSdk } from './sdk.ts'

/** Which object, or which of its versions. */
interface TaggedObject {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string
}

/**
 * The tags of an object that is going to be copied; null when there are none, or the service has no such thing. Throws
 * `access-denied` when they may not be read, and what the SDK throws.
 */
export async function readTags(
  client: S3Client,
  { bucket, key, versionId }: TaggedObject,
): Promise<Tag[] | null> {
  const { GetObjectTaggingCommand } = await loadSdk()
  try {
    const { TagSet = [] } = await client.send(
      new GetObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
    )
    return TagSet.length === 0 ? null : TagSet
  } catch (error) {
    const { code } = toFailure(error).error
    if (code === 'not-supported' || code === 'no-such-key') return null
    // A copy without the tags would take the place of the object that has them.
    if (code === 'access-denied')
      throw failure(
        'access-denied',
        'These keys may not read the object’s tags (s3:GetObjectTagging), and such a copy would lose them. Nothing was changed.',
        { key },
      )
    throw error
  }
}

/** Tags in the form of the header `x-amz-tagging`. */
export function taggingHeader(tags: readonly Tag[]): string {
  return new URLSearchParams(
    tags.map(({ Key = '', Value = '' }): [string, string] => [Key, Value]),
  ).toString()
}

/** Gives a copy the tags of its source where the service has left them out, as Ceph does. Throws what the SDK throws. */
export async function ensureTags(
  client: S3Client,
  { bucket, key }: TaggedObject,
  tags: readonly Tag[],
): Promise<void> {
  const { GetObjectTaggingCommand, PutObjectTaggingCommand } = await loadSdk()
  const now = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }))
  const text = (each: readonly Tag[]) =>
    each
      .map(({ Key, Value }) => `${Key}=${Value}`)
      .toSorted()
      .join('&')
  if (text(now.TagSet ?? []) === text(tags)) return
  await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging: { TagSet: [...tags] } }))
}
