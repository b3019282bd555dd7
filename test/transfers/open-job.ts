import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import { createTransferQueue } from '../../src-main/transfers/queue.ts'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'
import type { TransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import { openTransferJournal } from '../../src-main/transfers/transfer-journal.ts'
import type { TransferQueue, TransferQueueOptions } from '../../src-main/transfers/transfer-queue.ts'
import type { TransferSizes } from '../../src-main/transfers/transfer-sizes.ts'

/** What a process with a queue is told, as JSON, in its first argument. */
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
  /** So long a silent service is waited for; five seconds unless given. */
  readonly socketMs?: number
  /** Milliseconds for which the process has as many files open as it may, while it begins. */
  readonly withoutDescriptorsMs?: number
  /** Whether uploads are public, without the metadata of pictures. */
  readonly strips?: boolean
  /** The process kills itself before the end of a transfer is written down. */
  readonly diesBeforeEnds?: boolean
  /** So many objects are to be downloaded besides, and all of them wait. */
  readonly manyKeys?: number
}

/** The job of this process, and a queue for it which goes on with the journal that is there. */
export async function openJob(
  options: Pick<TransferQueueOptions, 'onSnapshot' | 'onBatchEnded'>,
): Promise<{ job: QueueJob; session: S3Session; queue: TransferQueue }> {
  const job = JSON.parse(process.argv[2] ?? '') as QueueJob
  const { endpoint, accessKeyId, secretAccessKey, directory, sizes, socketMs = 5000 } = job
  const session = createS3Session({
    profileId: 'p',
    endpoint,
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-supported',
    credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }),
    insecureAllowed: false,
    timeouts: { connectionMs: Math.max(2000, socketMs), socketMs },
    retries: { baseDelayMs: 1, maxDelayMs: 20 },
  })
  const lock = async () => async () => undefined
  const journal = await openTransferJournal({ directory, name: 'app', lock })
  if (journal === null) throw new Error('in use')
  const queue = createTransferQueue({
    session: () => Promise.resolve(session),
    journal: job.diesBeforeEnds === true ? dyingBeforeEnds(journal) : journal,
    sizes,
    retryDelaysMs: [20, 50, 100],
    offlineProbeMs: 50,
    ...options,
  })
  return { job, session, queue }
}

/** A journal whose process is gone the moment that it is to write down how a transfer has ended. */
function dyingBeforeEnds(journal: TransferJournal): TransferJournal {
  const dieOf = (record: { readonly t: string }) => {
    if (record.t === 'ended') process.kill(process.pid, 'SIGKILL')
  }
  return {
    ...journal,
    record(...records) {
      records.forEach(dieOf)
      return journal.record(...records)
    },
    note(record) {
      dieOf(record)
      journal.note(record)
    },
  }
}

/** Uploads the files of a job; `onRegistered` is called before the queue knows of them. */
export async function uploadFiles(
  queue: TransferQueue,
  { bucket, files, prefix, strips = false }: QueueJob,
  onRegistered: () => void = () => undefined,
): Promise<void> {
  const selections = createSelectionStore()
  const { selectionId } = await selections.register(files)
  onRegistered()
  await queue.upload({
    profileId: 'p',
    bucket,
    prefix,
    files: selections.get(selectionId),
    visibility: strips ? 'public' : 'private',
    ...(strips ? { stripMetadata: 'always' } : {}),
    onConflict: 'keep-both',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 3600,
  })
}
