import { S3Client } from '@aws-sdk/client-s3'
import type { Server } from './pail-process.ts'

/** Another client of a server, which knows nothing of Pail; services that know no extra checksums are sent none. */
export function clientOf({
  endpoint,
  accessKeyId,
  secretAccessKey,
}: Pick<Server, 'endpoint' | 'accessKeyId' | 'secretAccessKey'>): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    // The SDK writes into what it is given.
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}
