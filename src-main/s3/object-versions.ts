import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'
import { decodeListedKey } from './wire/list-scanner.ts'

/** A version of an object. */
export interface ObjectVersion {
  readonly versionId: string
  /** With its quotes, as S3 writes it. */
  readonly eTag: string | null
  readonly sizeBytes: number
  readonly isLatest: boolean
  readonly lastModifiedMs: number
}

/** What hides an object that was deleted. */
export type DeleteMarkerVersion = Pick<ObjectVersion, 'versionId' | 'isLatest' | 'lastModifiedMs'>

/** All that a bucket has of one key, each newest first. */
export interface KeyVersions {
  readonly versions: readonly ObjectVersion[]
  readonly markers: readonly DeleteMarkerVersion[]
}

interface VersionOptions {
  readonly bucket: string
  readonly key: string
  readonly signal?: AbortSignal
}

/** A key has few versions as a rule; the keys after it come along. */
const firstPage = 20

/** The newest versions of a key, at most about a thousand. Throws Failures: `access-denied`, `not-supported`. */
export function listObjectVersions(session: S3Session, options: VersionOptions): Promise<KeyVersions> {
  return withFailures({ key: options.key }, async () => {
    const [client, { ListObjectVersionsCommand }] = await Promise.all([
      session.client(options.bucket),
      loadSdk(),
    ])
    const versions: ObjectVersion[] = []
    const markers: DeleteMarkerVersion[] = []
    let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
    for (let page = 0; page < 2; page++) {
      const answer = await client.send(
        new ListObjectVersionsCommand({
          Bucket: options.bucket,
          Prefix: options.key,
          // Without it XML cannot carry control characters in keys.
          EncodingType: 'url',
          MaxKeys: page === 0 ? firstPage : 1000,
          ...from,
        }),
        options.signal ? { abortSignal: options.signal } : {},
      )
      const decode = answer.EncodingType === 'url' ? decodeListedKey : (key: string) => key
      const isOurs = ({ Key }: { Key?: string | undefined }) =>
        Key !== undefined && decode(Key) === options.key
      for (const version of (answer.Versions ?? []).filter(isOurs))
        versions.push({
          ...common(version),
          eTag: version.ETag ?? null,
          sizeBytes: version.Size ?? 0,
        })
      markers.push(...(answer.DeleteMarkers ?? []).filter(isOurs).map(common))
      const next = answer.NextKeyMarker === undefined ? null : decode(answer.NextKeyMarker)
      // The key itself sorts before all that begin with it.
      if (answer.IsTruncated !== true || next !== options.key) break
      from = { KeyMarker: next, VersionIdMarker: answer.NextVersionIdMarker }
    }
    return { versions, markers }
  })
}

function common(version: {
  VersionId?: string | undefined
  IsLatest?: boolean | undefined
  LastModified?: Date | undefined
}): DeleteMarkerVersion {
  return {
    versionId: version.VersionId ?? 'null',
    isLatest: version.IsLatest === true,
    lastModifiedMs: version.LastModified?.getTime() ?? 0,
  }
}

/** Removes one version, or a delete marker, for good. Throws Failures. */
export function deleteObjectVersion(
  session: S3Session,
  options: VersionOptions & { readonly versionId: string },
): Promise<void> {
  return withFailures({ key: options.key }, async () => {
    const [client, { DeleteObjectCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    await client.send(
      new DeleteObjectCommand({
        Bucket: options.bucket,
        Key: options.key,
        VersionId: options.versionId,
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
  })
}
