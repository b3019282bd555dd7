import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { ChosenFolder } from '../../src-preload/contract/selection.ts'
import type { LinkLedger } from '../links/ledger.ts'
import { headObject } from '../s3/head-object.ts'
import { inParallel } from '../s3/in-parallel.ts'
import { listAllObjects } from '../s3/list-objects.ts'
import { keyFromRelativePath, keyProblem } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { createTransferQueue } from '../transfers/queue.ts'
import { createSelectionStore } from '../transfers/selection-store.ts'
import type { BackendParts } from './backend-parts.ts'
import type { EventSources, HandlersOf } from './call.ts'
import { checkBaseUrl, normalisedPrefix } from './destination-handlers.ts'
import type { Folders } from './folders.ts'
import type { Sessions } from './sessions.ts'
import { reportUploads } from './upload-report.ts'

/** Up to this many keys are asked for one by one; for more it is quicker to list what is there. */
const askedOneByOne = 200

async function existingKeys(
  session: S3Session,
  bucket: string,
  prefix: string,
  keys: Set<string>,
): Promise<string[]> {
  const found: string[] = []
  if (keys.size <= askedOneByOne) {
    await inParallel([...keys], 16, async (key) => {
      // What cannot be a key is not there; its upload will say why.
      if (keyProblem(key) !== null) return
      if (await unlessRefused(async () => (await headObject(session, { bucket, key })) !== null))
        found.push(key)
    })
  } else {
    await unlessRefused(async () => {
      for await (const object of listAllObjects(session, { bucket, prefix }))
        if (keys.has(object.key)) found.push(object.key)
      return true
    })
  }
  return found.sort()
}

/** A key that may write but neither read nor list can still upload: the upload itself overwrites nothing unasked. */
async function unlessRefused(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof Failure && error.error.code === 'access-denied') return false
    throw error
  }
}

/** Local files on their way up and down. `close` cancels what runs and waits for it. */
export function transferHandlers(
  parts: BackendParts,
  sessions: Sessions,
  folders: Folders,
  ledger: LinkLedger,
  events: Pick<EventSources, 'onTransfers' | 'onUploadReport'>,
): HandlersOf<
  | 'registerDrop'
  | 'chooseFiles'
  | 'chooseFolder'
  | 'findConflicts'
  | 'startUpload'
  | 'startDownload'
  | 'listTransfers'
  | 'cancelTransfers'
  | 'retryTransfers'
  | 'clearTransfers'
> & { close(): Promise<void> } {
  const selections = createSelectionStore()
  const reports = new Set<Promise<void>>()
  const session = (profileId: string) => sessions.open(profileId)
  const queue = createTransferQueue({
    session,
    onSnapshot: (snapshot) => events.onTransfers.emit(snapshot),
    onBatchEnded(batch) {
      if (batch.direction !== 'upload') return
      const told = reportUploads(batch, { session, clipboard: parts.clipboard, ledger })
        .then((report) => events.onUploadReport.emit(report))
        .finally(() => reports.delete(told))
      reports.add(told)
    },
  })

  async function chosenFolder(
    purpose: 'sync' | 'download' | 'command',
    typedPath: string | null,
  ): Promise<ChosenFolder | null> {
    // With dialogs the window names no path, not even a typed one (S15).
    if (parts.dialogs !== null) {
      if (typedPath !== null) throw failure('not-allowed', 'Choose the folder in the dialog.')
      const path = await parts.dialogs.chooseFolder(purpose)
      return path === null ? null : folders.choose(path)
    }
    return typedPath === null ? null : folders.choose(typedPath)
  }

  return {
    registerDrop: ({ sources }) => selections.register(sources.map((source) => source.path)),
    async chooseFiles({ kind }) {
      if (parts.dialogs === null) throw failure('not-supported', 'There is no file dialog here.')
      const paths = await parts.dialogs.chooseFiles(kind)
      return paths === null || paths.length === 0 ? null : selections.register(paths)
    },
    chooseFolder: ({ purpose, typedPath }) => chosenFolder(purpose, typedPath),
    async findConflicts({ profileId, bucket, prefix, selectionId }) {
      const where = normalisedPrefix(prefix)
      const keys = new Set(selections.get(selectionId).map((file) => keyFromRelativePath(where, file.name)))
      const found = await existingKeys(await session(profileId), bucket, where, keys)
      return { keys: found.slice(0, 1000), total: found.length }
    },
    async startUpload({ selectionId, prefix, ...batch }) {
      checkBaseUrl(batch.baseUrl)
      const files = selections.get(selectionId)
      return queue.upload({ ...batch, prefix: normalisedPrefix(prefix), files })
    },
    startDownload: ({ folderId, ...batch }) => queue.download({ ...batch, folder: folders.path(folderId) }),
    listTransfers: async () => queue.snapshot(),
    async cancelTransfers({ ids }) {
      queue.cancel(ids)
      return {}
    },
    async retryTransfers({ ids }) {
      queue.retry(ids)
      return {}
    },
    async clearTransfers() {
      queue.clear()
      return {}
    },
    async close() {
      await queue.close()
      await Promise.allSettled(reports)
    },
  }
}
