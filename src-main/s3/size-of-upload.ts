import { toFailure } from './map-error.ts'
import { multipartRequests } from './multipart-requests.ts'
import type { S3Session } from './s3-session.ts'

/** What the service has of an upload. */
export interface UploadSize {
  readonly parts: number
  readonly bytes: number
}

/** Adds up the parts of an upload (ListParts, all pages); null when there is no such upload any more. Throws Failures. */
export async function sizeOfUpload(
  session: S3Session,
  upload: {
    readonly bucket: string
    readonly key: string
    readonly uploadId: string
    readonly signal?: AbortSignal
  },
): Promise<UploadSize | null> {
  try {
    const requests = await multipartRequests(session, upload.bucket)
    let parts = 0
    let bytes = 0
    for (let after: number | null = 0; after !== null;) {
      const page: Awaited<ReturnType<typeof requests.listParts>> = await requests.listParts(upload, after)
      for (const part of page.parts) bytes += part.sizeBytes
      parts += page.parts.length
      // A service that says the same again and again is not believed.
      after = page.next !== null && page.next > after ? page.next : null
    }
    return { parts, bytes }
  } catch (error) {
    const problem = toFailure(error, { key: upload.key })
    if (isGone(problem.error.code)) return null
    throw problem
  }
}

/** Whether an error means that there is no such upload: Ceph RGW says it of the key. */
export function isGone(code: string): boolean {
  return code === 'no-such-upload' || code === 'no-such-key'
}
