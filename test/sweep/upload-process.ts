import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { identifyFile } from '../../src-main/s3/local-source.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import { createBegunUploads } from '../../src-main/sweep/begun-uploads.ts'

/**
 * An upload in a process of its own, to be killed: when a part has arrived it writes a dot to standard output and stops
 * reading the file, so that it is certain not to end.
 */
const { endpoint, accessKeyId, secretAccessKey, bucket, path, records } = JSON.parse(
  process.argv[2] ?? '',
) as Record<'endpoint' | 'accessKeyId' | 'secretAccessKey' | 'bucket' | 'path' | 'records', string>

const session = createS3Session({
  profileId: 'test',
  endpoint,
  region: 'us-east-1',
  addressing: 'path',
  checksums: 'when-supported',
  credentials: async () => ({ accessKeyId, secretAccessKey }),
  insecureAllowed: false,
  uploadLog: createBegunUploads(records),
})
const identity = await identifyFile(path)
await uploadFile(session, {
  bucket,
  key: 'killed.mp4',
  path,
  sizeBytes: identity.sizeBytes,
  identity,
  headers: {},
  thresholdBytes: 1,
  partSizeBytes: 5 * 1024 * 1024,
  onProgress() {
    process.stdout.write('.')
    // Nothing else happens in this process any more, whatever is on its way.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
})
