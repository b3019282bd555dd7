import type { Api } from '../../src-preload/contract/api.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory } from './memory-api.ts'
import { findObject, objectsOf } from './memory-objects.ts'
import type { MemoryTransfers } from './memory-transfers.ts'
import { memoryUploadPlan } from './memory-upload-plan.ts'

const now = () => new Date().toISOString()

/** What is chosen on the computer of a memory, and sent and fetched. */
export function memoryUploads(
  memory: Memory,
  answer: Answer,
  id: (kind: string) => string,
  transfers: MemoryTransfers,
): Pick<
  Api<File>,
  | 'registerDrop'
  | 'registerPaste'
  | 'fetchPicture'
  | 'chooseFiles'
  | 'chooseFolder'
  | 'findConflicts'
  | 'planUpload'
  | 'startUpload'
  | 'startDownload'
> {
  const selections = new Map<string, { names: string[]; sizes: number[] }>()
  const select = (names: string[], sizes: number[]) => {
    const selectionId = id('selection')
    selections.set(selectionId, { names, sizes })
    return {
      selectionId,
      names: names.slice(0, 100),
      files: names.length,
      sizeBytes: sizes.reduce((a, b) => a + b, 0),
      problems: [],
    }
  }

  return {
    registerDrop: (input) =>
      answer('registerDrop', { sources: input.sources.length }, () =>
        select(
          input.sources.map((file) => file.name),
          input.sources.map((file) => file.size),
        ),
      ),
    registerPaste: (input) =>
      answer('registerPaste', { names: input.files.map((file) => file.name) }, () =>
        select(
          input.files.map((file) => file.name),
          input.files.map((file) => Math.floor((file.base64.length * 3) / 4)),
        ),
      ),
    fetchPicture: (input) =>
      answer('fetchPicture', input, () => ({
        ...select([input.address.slice(input.address.lastIndexOf('/') + 1)], [1234]),
        from: input.address,
      })),
    chooseFiles: (input) =>
      answer('chooseFiles', input, () => ({
        ...select(['team.jpg', 'office.jpg', 'press/logo.svg'], [2_345_678, 1_200_345, 4210]),
        problems: [{ name: 'press/broken-link', reason: 'A symbolic link, not followed.' }],
      })),
    chooseFolder: (input) =>
      answer('chooseFolder', input, () => ({ folderId: 'folder-1', name: input.typedPath ?? 'site/static' })),

    findConflicts: (input) =>
      answer('findConflicts', input, () => {
        const names = selections.get(input.selectionId)?.names ?? []
        const keys = names
          .map((name) => `${input.prefix}${name}`)
          .filter((key) => findObject(memory, input.bucket, key) !== undefined)
        return { keys, total: keys.length }
      }),
    planUpload: (input) =>
      answer('planUpload', input, () => {
        const chosen = selections.get(input.selectionId) ?? { names: [], sizes: [] }
        const exists = (key: string) => findObject(memory, input.bucket, key) !== undefined
        return memoryUploadPlan(input, chosen, { exists, openPrefixes: memory.openPrefixes })
      }),
    startUpload: (input) =>
      answer('startUpload', input, () => {
        const chosen = selections.get(input.selectionId) ?? { names: [], sizes: [] }
        const batchId = id('batch')
        const list = [...objectsOf(memory, input.bucket)]
        chosen.names.forEach((name, index) => {
          const key = `${input.prefix}${name}`
          const sizeBytes = chosen.sizes[index] ?? 0
          if (!list.some((object) => object.key === key)) {
            list.push({ key, sizeBytes, lastModified: now(), visibility: input.visibility })
          }
          transfers.add({
            id: id('transfer'),
            batchId,
            direction: 'upload',
            profileId: input.profileId,
            bucket: input.bucket,
            key,
            name,
            sizeBytes,
            movedBytes: sizeBytes,
            state: 'done',
            visibility: input.visibility,
            error: null,
            note: null,
          })
        })
        memory.objects.set(input.bucket, list)
        queueMicrotask(() => {
          memory.emitTransfers(transfers.snapshot())
          memory.emitReport({
            batchId,
            bucket: input.bucket,
            uploaded: chosen.names.length,
            failed: 0,
            skipped: 0,
            cancelled: 0,
            link: {
              kind: input.visibility === 'public' ? 'public' : 'presigned',
              count: chosen.names.length,
              endsAt: input.visibility === 'public' ? null : new Date(Date.now() + 3_600_000).toISOString(),
            },
            linkError: null,
          })
        })
        return { batchId, transfers: chosen.names.length }
      }),
    startDownload: (input) =>
      answer('startDownload', input, () => ({
        batchId: id('batch'),
        transfers: input.keys.length + input.prefixes.length,
      })),
  }
}
