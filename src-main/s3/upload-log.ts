/** A multipart upload, and the way to it. */
export interface LoggedUpload {
  /** As a session names its service. */
  readonly service: string
  readonly profileId: string
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
}

/**
 * Hears of every multipart upload of a session, because the service cannot tell afterwards who has begun one: metadata
 * is not listed. None of its functions throws or rejects; an upload of which no record could be kept is nobody's.
 */
export interface UploadLog {
  /** No part is sent before it returns. Also told when an upload of an earlier process is gone on with. */
  begun(upload: LoggedUpload): Promise<void>
  /** It was completed, or taken back, or the service has forgotten it. */
  ended(upload: LoggedUpload): void
  /** It was given up, and could not be taken back. */
  left(upload: LoggedUpload): void
}

/** An upload as {@link UploadLog} is told of it. */
export function loggedUpload(
  session: Pick<LoggedUpload, 'service' | 'profileId'>,
  { bucket, key, uploadId }: Pick<LoggedUpload, 'bucket' | 'key' | 'uploadId'>,
): LoggedUpload {
  return { service: session.service, profileId: session.profileId, bucket, key, uploadId }
}
