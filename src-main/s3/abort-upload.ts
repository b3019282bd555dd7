import { failure } from '../../src-preload/contract/failure.ts'
import { toFailure } from './map-error.ts'
import type { OpenUpload } from './multipart-requests.ts'
import { multipartRequests } from './multipart-requests.ts'
import type { S3Session } from './s3-session.ts'
import { isGone } from './size-of-upload.ts'
import { loggedUpload } from './upload-log.ts'

/** How long taking back may take, in milliseconds: the person has cancelled already and waits. */
const abortTimeoutMs = 15_000

/** Parts in flight land soon; a service that still has some after so many Aborts is told. */
const attempts = 3

/**
 * Takes back the parts of an upload. Parts that were in flight may land after the first Abort, so ListParts is asked
 * until it has none (AbortMultipartUpload, S3 API reference). `gone`: there was no such upload, because it has been
 * completed or aborted meanwhile. Throws Failures.
 */
export async function abortMultipartUpload(
  session: S3Session,
  upload: OpenUpload,
): Promise<'aborted' | 'gone'> {
  let aborted = false
  try {
    const requests = await multipartRequests(session, upload.bucket)
    for (let attempt = 0; attempt < attempts; attempt++) {
      await requests.abort(upload)
      aborted = true
      if (await requests.hasParts(upload)) continue
      session.uploadLog?.ended(loggedUpload(session, upload))
      return 'aborted'
    }
  } catch (error) {
    const problem = toFailure(error, { key: upload.key })
    if (!isGone(problem.error.code)) throw problem
    session.uploadLog?.ended(loggedUpload(session, upload))
    return aborted ? 'aborted' : 'gone'
  }
  throw failure('server-error', 'The upload was aborted, but parts of it are still there. Try again.', {
    key: upload.key,
    retryable: true,
  })
}

/**
 * {@link abortMultipartUpload} for an upload that failed. Never throws: it runs while another failure is on its way.
 * Answers whether the upload is known to be gone.
 */
export async function abortUpload(
  session: S3Session,
  upload: { bucket: string; key: string; uploadId: string },
): Promise<boolean> {
  try {
    // Its own end, not the caller's signal: that one is aborted already.
    await abortMultipartUpload(session, { ...upload, signal: AbortSignal.timeout(abortTimeoutMs) })
    return true
  } catch {
    session.uploadLog?.left(loggedUpload(session, upload))
    return false
  }
}
