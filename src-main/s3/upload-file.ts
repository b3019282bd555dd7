import { defaultPartSizeBytes } from './e-tag.ts'
import { uploadFileInParts } from './multipart-upload.ts'
import { putObjectFile } from './put-object.ts'
import type { S3Session } from './s3-session.ts'
import type { FileUploadOptions, WrittenObject } from './written-object.ts'

/** Files above this size, in bytes, go in parts. */
export const multipartThresholdBytes = defaultPartSizeBytes

/** Stores a file: with one PUT up to the threshold, in parts above it. Throws Failures. */
export function uploadFile(
  session: S3Session,
  options: FileUploadOptions & { readonly thresholdBytes?: number; readonly partSizeBytes?: number },
): Promise<WrittenObject> {
  return options.sizeBytes > (options.thresholdBytes ?? multipartThresholdBytes)
    ? uploadFileInParts(session, options)
    : putObjectFile(session, options)
}
