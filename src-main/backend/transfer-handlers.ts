import { failure } from '../../src-preload/contract/failure.ts'
import { keyTemplateReads } from '../../src-preload/contract/key-template.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import type { ChosenFolder } from '../../src-preload/contract/selection.ts'
import { createUploadNamer } from '../destinations/upload-namer.ts'
import type { LinkLedger } from '../links/ledger.ts'
import { existingKeys } from '../transfers/existing-keys.ts'
import { createTransferQueue } from '../transfers/queue.ts'
import { createSelectionStore } from '../transfers/selection-store.ts'
import type { BackendParts } from './backend-parts.ts'
import type { EventSources, HandlersOf } from './call.ts'
import { checkBaseUrl, normalisedPrefix } from './destination-handlers.ts'
import type { Folders } from './folders.ts'
import type { Sessions } from './sessions.ts'
import { reportUploads } from './upload-report.ts'

/** Without a rule, files keep their names. */
const asTheyAre: Naming = { template: null, clean: 'as-is' }

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
  const namer = createUploadNamer()
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
    async findConflicts({ profileId, bucket, prefix, selectionId, naming = asTheyAre }) {
      const where = normalisedPrefix(prefix)
      const names = await namer.name(where, selections.get(selectionId), naming)
      const keys = new Set(names.map((name) => name.key))
      const found = await existingKeys(await session(profileId), bucket, where, keys)
      return { keys: found.slice(0, 1000), total: found.length }
    },
    async startUpload({ selectionId, prefix, naming = asTheyAre, ...batch }) {
      checkBaseUrl(batch.baseUrl)
      const files = selections.get(selectionId)
      const where = normalisedPrefix(prefix)
      return queue.upload({
        ...batch,
        reuseIdentical: batch.reuseIdentical ?? false,
        linkFormat: batch.linkFormat ?? 'url',
        prefix: where,
        files,
        wantedKeys: await namer.name(where, files, naming),
        isNamedByContent: naming.template !== null && keyTemplateReads(naming.template),
      })
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
