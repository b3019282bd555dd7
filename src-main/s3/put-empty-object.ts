import { withFailures } from './map-error.ts'
import type { S3Session } from './s3-session.ts'
import { loadSdk } from './sdk.ts'

/** Puts a zero-byte object, as a folder marker is one. Throws Failures. */
export function putEmptyObject(
  session: S3Session,
  options: { bucket: string; key: string; signal?: AbortSignal },
): Promise<void> {
  return withFailures({ key: options.key, bucket: options.bucket }, async () => {
    const [client, { PutObjectCommand }] = await Promise.all([session.client(options.bucket), loadSdk()])
    await client.send(
      new PutObjectCommand({
        Bucket: options.bucket,
        Key: options.key,
        Body: new Uint8Array(0),
        ContentLength: 0,
        ContentType: 'application/x-directory',
      }),
      options.signal ? { abortSignal: options.signal } : {},
    )
  })
}
