import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import { openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'

/** Uploads in a process of its own, to be killed. It goes on with what its journal has, or begins with `files`. */
const { endpoint, accessKeyId, secretAccessKey, bucket, directory, files } = JSON.parse(
  process.argv[2] ?? '',
) as Record<'endpoint' | 'accessKeyId' | 'secretAccessKey' | 'bucket' | 'directory', string> & {
  readonly files: readonly string[]
}

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
  onSnapshot: ({ movedBytes }) => void process.stdout.write(`${movedBytes}\n`),
  onBatchEnded: ({ done, failed }) => {
    process.stdout.write(`ended ${done} ${failed}\n`)
    void queue.close().then(() => session.destroy())
  },
})
if (queue.restore() === 0) {
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
