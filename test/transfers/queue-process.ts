import { closeSync, openSync } from 'node:fs'
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
  /** To be uploaded below the prefix. */
  readonly files: readonly string[]
  readonly prefix: string
  /** To be downloaded into a folder. */
  readonly keys: readonly string[]
  readonly folder: string
  readonly sizes: TransferSizes
  /** Milliseconds for which the process has as many files open as it may, while it begins. */
  readonly withoutDescriptorsMs?: number
  /** So many objects are to be downloaded besides, and all of them wait. */
  readonly manyKeys?: number
}

/** A queue in a process of its own, to be killed. It goes on with what its journal has, or begins with its job. */
const job = JSON.parse(process.argv[2] ?? '') as QueueJob
const { endpoint, accessKeyId, secretAccessKey, bucket, directory, files, prefix, keys, folder, sizes } = job
const { withoutDescriptorsMs = 0, manyKeys = 0 } = job

const session = createS3Session({
  profileId: 'p',
  endpoint,
  region: 'us-east-1',
  addressing: 'path',
  checksums: 'when-supported',
  credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
  insecureAllowed: false,
  retries: { baseDelayMs: 1, maxDelayMs: 20 },
})
const journal = await openTransferJournal({ directory, name: 'app', lock: async () => async () => undefined })
if (journal === null) throw new Error('in use')
const queue = createTransferQueue({
  session: () => Promise.resolve(session),
  journal,
  sizes,
  retryDelaysMs: [20, 50, 100],
  offlineProbeMs: 50,
  onSnapshot: ({ movedBytes }) => void process.stdout.write(`${movedBytes}\n`),
  onBatchEnded: ({ done, failed }) => {
    process.stdout.write(`ended ${done} ${failed}\n`)
    void queue.close().then(() => session.destroy())
  },
})
/** Opens what can be opened, and gives it back in a while. */
function takeAllDescriptors(forMs: number): void {
  const taken: number[] = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    process.stdout.write(`without ${taken.length}\n`)
  }
  setTimeout(() => taken.forEach((descriptor) => closeSync(descriptor)), forMs)
}

const where = { profileId: 'p', bucket, prefixes: [], folder }
const restored = queue.restore()
if (manyKeys > 0) {
  if (restored === 0)
    await queue.download({ ...where, keys: Array.from({ length: manyKeys }, (_, index) => `many/${index}`) })
  queue.pause('all')
  const { counts, transfers } = queue.snapshot()
  process.stdout.write(`paused ${counts.paused} shown ${transfers.length}\n`)
  if (restored > 0) queue.cancel('all')
  else await queue.close().then(() => session.destroy())
} else if (restored === 0) {
  if (files.length > 0) {
    const selections = createSelectionStore()
    const { selectionId } = await selections.register(files)
    if (withoutDescriptorsMs > 0) takeAllDescriptors(withoutDescriptorsMs)
    await queue.upload({
      profileId: 'p',
      bucket,
      prefix,
      files: selections.get(selectionId),
      visibility: 'private',
      onConflict: 'keep-both',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 3600,
    })
  }
  if (keys.length > 0) await queue.download({ ...where, keys })
}
