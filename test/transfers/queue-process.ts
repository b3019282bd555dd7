import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import { openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import type { TransferSizes } from '../../src-main/transfers/transfer-sizes.ts'

/** What the process is told, as JSON, in its first argument. */
export interface QueueJob {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bucket: string
  /** Of journals. */
  readonly directory: string
  /** To be uploaded below `killed/`. */
  readonly files: readonly string[]
  /** To be downloaded into a folder. */
  readonly keys: readonly string[]
  readonly folder: string
  readonly sizes: TransferSizes
}

/** A queue in a process of its own, to be killed. It goes on with what its journal has, or begins with its job. */
const job = JSON.parse(process.argv[2] ?? '') as QueueJob
const { endpoint, accessKeyId, secretAccessKey, bucket, directory, files, keys, folder, sizes } = job

const session = createS3Session({
  profileId: 'p',
  endpoint,
  region: 'us-east-1',
  addressing: 'path',
  checksums: 'when-supported',
  credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
  insecureAllowed: false,
})
const journal = await openTransferJournal({ directory, name: 'app', lock: async () => async () => undefined })
if (journal === null) throw new Error('in use')
const queue = createTransferQueue({
  session: () => Promise.resolve(session),
  journal,
  sizes,
  onSnapshot: ({ movedBytes }) => void process.stdout.write(`${movedBytes}\n`),
  onBatchEnded: ({ done, failed }) => {
    process.stdout.write(`ended ${done} ${failed}\n`)
    void queue.close().then(() => session.destroy())
  },
})
if (queue.restore() === 0) {
  if (files.length > 0) {
    const selections = createSelectionStore()
    const { selectionId } = await selections.register(files)
    await queue.upload({
      profileId: 'p',
      bucket,
      prefix: 'killed/',
      files: selections.get(selectionId),
      visibility: 'private',
      onConflict: 'keep-both',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 3600,
    })
  }
  if (keys.length > 0) await queue.download({ profileId: 'p', bucket, keys, prefixes: [], folder })
}
