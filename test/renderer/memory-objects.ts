import type { Api } from '../../src-preload/contract/api.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import type { Answer } from './memory-answer.ts'
import type { Memory, MemoryObject } from './memory-api.ts'

/** The objects of a bucket. */
export function objectsOf(memory: Memory, bucket: string): MemoryObject[] {
  return memory.objects.get(bucket) ?? []
}

/** One object of a bucket, if there is one of this key. */
export function findObject(memory: Memory, bucket: string, key: string): MemoryObject | undefined {
  return objectsOf(memory, bucket).find((object) => object.key === key)
}

/** The objects of a memory: listed, looked at, renamed and deleted. */
export function memoryObjects(
  memory: Memory,
  answer: Answer,
  check: (bucket: string, key: string) => VisibilityCheck,
): Pick<
  Api<File>,
  | 'listObjects'
  | 'getObjectDetails'
  | 'getPicture'
  | 'measurePictures'
  | 'createFolder'
  | 'renameObject'
  | 'planDelete'
  | 'applyDelete'
> {
  let deletePlan: { bucket: string; keys: string[] } | null = null
  return {
    listObjects: (input) =>
      answer('listObjects', input, () => {
        const inside = objectsOf(memory, input.bucket).filter((object) => object.key.startsWith(input.prefix))
        const folders = new Set<string>()
        const objects = inside.filter((object) => {
          const slash = input.recursive ? -1 : object.key.indexOf('/', input.prefix.length)
          if (slash !== -1) folders.add(object.key.slice(0, slash + 1))
          return slash === -1
        })
        const entries = [
          ...[...folders].map((folder) => ({ name: folder, object: null })),
          ...objects.map((object) => ({ name: object.key, object })),
        ].sort((a, b) => (a.name < b.name ? -1 : 1))
        const from = input.continuationToken === null ? 0 : Number(input.continuationToken)
        const page = entries.slice(from, from + memory.pageSize)
        return {
          folders: page.filter((entry) => entry.object === null).map((entry) => entry.name),
          objects: page.flatMap((entry) =>
            entry.object === null
              ? []
              : [
                  {
                    key: entry.object.key,
                    sizeBytes: entry.object.sizeBytes,
                    lastModified: entry.object.lastModified,
                    eTag: '"abc"',
                    storageClass: 'STANDARD',
                  },
                ],
          ),
          continuationToken: from + memory.pageSize < entries.length ? String(from + memory.pageSize) : null,
        }
      }),
    getObjectDetails: (input) =>
      answer('getObjectDetails', input, () => {
        const object = findObject(memory, input.bucket, input.key)
        return {
          key: input.key,
          sizeBytes: object?.sizeBytes ?? 0,
          lastModified: object?.lastModified ?? null,
          eTag: '"9b2cf535f27731c974343645a3985328"',
          storageClass: 'STANDARD',
          contentType: 'image/jpeg',
          cacheControl: 'max-age=86400',
          contentEncoding: null,
          contentDisposition: null,
          contentLanguage: null,
          metadata: { 'uploaded-by': 'pail' },
          checksum: 'CRC64NVME AAAAAAAAAAA=',
          acl: object?.visibility === 'public' ? ('public-read' as const) : ('private' as const),
          publicUrl: `https://${input.bucket}.s3.eu-central-1.amazonaws.com/${input.key}`,
          visibility: check(input.bucket, input.key),
        }
      }),
    getPicture: (input) =>
      answer('getPicture', input, () =>
        memory.picture === null ? null : { base64: memory.picture, width: 30, height: 50 },
      ),
    measurePictures: (input) =>
      answer('measurePictures', input, () => ({
        sizes: input.keys.map((key) => (/\.(jpg|png)$/.test(key) ? { width: 30, height: 50 } : null)),
      })),
    createFolder: (input) => answer('createFolder', input, () => ({})),
    renameObject: (input) =>
      answer('renameObject', input, () => {
        memory.objects.set(
          input.bucket,
          objectsOf(memory, input.bucket).map((object) =>
            object.key === input.key ? { ...object, key: input.newKey } : object,
          ),
        )
        return {}
      }),
    planDelete: (input) =>
      answer('planDelete', input, () => {
        const keys = objectsOf(memory, input.bucket)
          .filter(
            (object) =>
              input.keys.includes(object.key) ||
              input.prefixes.some((prefix) => object.key.startsWith(prefix)),
          )
          .map((object) => object.key)
        deletePlan = { bucket: input.bucket, keys }
        return {
          planId: 'delete-1',
          objects: keys.length,
          sizeBytes: keys.length * 1000,
          sample: keys.slice(0, 20),
          versioned: 'no' as const,
        }
      }),
    applyDelete: (input) =>
      answer('applyDelete', input, () => {
        const plan = deletePlan
        if (plan === null) return { deleted: 0, failed: [] }
        memory.objects.set(
          plan.bucket,
          objectsOf(memory, plan.bucket).filter((object) => !plan.keys.includes(object.key)),
        )
        return { deleted: plan.keys.length, failed: [] }
      }),
  }
}
