import type { Failure } from '../../src-preload/contract/failure.ts'

/** A part that has arrived, as it is remembered. */
export interface RememberedPart {
  readonly number: number
  /** As the service wrote it. */
  readonly eTag: string
  /** In hex, of what was sent; absent where its ETag is no MD5 and a CRC32 has proved that it arrived. */
  readonly md5?: string | undefined
  /** In base64, of what was sent; absent where the service told none. */
  readonly crc32?: string | undefined
  readonly sizeBytes: number
}

/** A multipart upload that was begun by this process or an earlier one. */
export interface BegunUpload {
  readonly key: string
  readonly uploadId: string
  readonly partSizeBytes: number
  /** When it was begun, in milliseconds since 1970 by this computer's clock. */
  readonly startedAt: number
  /** Whether its parts are sent with a CRC32; absent for what the session does by itself. */
  readonly withCrc32?: boolean | undefined
  /** What is known to have arrived. The service is asked all the same: this proves what it cannot tell itself. */
  readonly parts: ReadonlyMap<number, RememberedPart>
}

/** Where is kept how far an upload has come, so that another attempt, also after a crash, goes on from there. */
export interface UploadCheckpoint {
  /** What to go on with; null to begin anew. */
  readonly begun: BegunUpload | null
  /** No part is sent before it returns. When it throws, the upload is taken back. */
  onBegun(upload: BegunUpload): Promise<void>
  onPart(part: RememberedPart): void
  /** The upload was taken back, or the service has forgotten it. */
  onDropped(): Promise<void>
  /** Whether what has arrived is to stay there after this failure, for a later attempt. */
  keeps(problem: Failure): boolean
}
