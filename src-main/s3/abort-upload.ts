import { toFailure } from './map-error.ts'
import { multipartRequests } from './multipart-requests.ts'
import type { S3Session } from './s3-session.ts'

/** How long taking back may take, in milliseconds: the person has cancelled already and waits. */
const abortTimeoutMs = 15_000

/**
 * Takes back the parts of an upload. Parts that were in flight may land after the first Abort, so ListParts is asked
 * until it has none (AbortMultipartUpload, S3 API reference). Never throws: it runs while another failure is on its
 * way. Answers whether the upload is known to be gone.
 */
export async function abortUpload(
  session: S3Session,
  upload: { bucket: string; key: string; uploadId: string },
): Promise<boolean> {
  // Its own end, not the caller's signal: that one is aborted already.
  const open = { ...upload, signal: AbortSignal.timeout(abortTimeoutMs) }
  try {
    const requests = await multipartRequests(session, upload.bucket)
    for (let attempt = 0; attempt < 3; attempt++) {
      await requests.abort(open)
      if (!(await requests.hasParts(open))) return true
    }
    return false
  } catch (error) {
    const { code } = toFailure(error, {}).error
    // Ceph RGW says it of the key.
    return code === 'no-such-upload' || code === 'no-such-key'
  }
}
