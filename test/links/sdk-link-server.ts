import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { contentTypeFor } from '../../src-main/s3/content-type.ts'
import type { LinkServer, ObjectPlace } from './link-proof.ts'

/** Bucket and key of a link in path style; null when it names none. */
export function pathStyleObject({ pathname }: URL): ObjectPlace | null {
  const [, bucket = '', key = ''] = /^\/([^/]+)\/(.+)$/s.exec(pathname) ?? []
  return key === '' ? null : { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) }
}

/**
 * A server that is read with the SDK and keys of the test's own. Without a clock of the test's, links are signed for other
 * times with those keys.
 */
export function sdkLinkServer(
  client: S3Client,
  address: string,
  setAhead: ((ms: number) => void) | null,
): LinkServer & {
  /** Puts back what was there before an upload; null when there was nothing. */
  restore(object: ObjectPlace, content: Buffer | null): Promise<void>
} {
  return {
    address,
    isStorage: true,
    async objectOf(url) {
      const object = pathStyleObject(url)
      if (object === null) return null
      try {
        await client.send(new HeadBucketCommand({ Bucket: object.bucket }))
        return object
      } catch (error) {
        if ((error as Error).name === 'NotFound') return null
        throw error
      }
    },
    async read({ bucket, key }) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return Buffer.from((await Body?.transformToByteArray()) ?? [])
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return null
        throw error
      }
    },
    async restore({ bucket, key }, content) {
      const where = { Bucket: bucket, Key: key }
      if (content === null) await client.send(new DeleteObjectCommand(where))
      else
        await client.send(new PutObjectCommand({ ...where, Body: content, ContentType: contentTypeFor(key) }))
    },
    end:
      setAhead !== null
        ? { by: 'clock', setAhead }
        : {
            by: 'own links',
            async sign(link, signingDate, expiresIn) {
              const object = pathStyleObject(link)!
              const where = { Bucket: object.bucket, Key: object.key }
              const isUpload = link.searchParams.get('X-Amz-SignedHeaders')?.includes('content-type') === true
              return getSignedUrl(
                client,
                isUpload
                  ? new PutObjectCommand({ ...where, ContentType: contentTypeFor(object.key) })
                  : new GetObjectCommand(where),
                { signingDate, expiresIn, signableHeaders: new Set(isUpload ? ['content-type'] : []) },
              )
            },
          },
  }
}
