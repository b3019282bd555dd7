import type { SyncCounts } from '../../src-preload/contract/sync-plan.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import { keyFromRelativePath } from '../s3/object-key.ts'
import type { Pair } from './compare-pair.ts'
import type { RemoteOnly } from './decide-remote.ts'
import type { LocalFile } from './local-file.ts'
import type { PackedPairs } from '../tables/packed-pairs.ts'
import type { RowCollector } from './plan-rows.ts'
import type { SortedMap } from '../tables/sorted-map.ts'

/** Keeps an object whose key is not in NFC, for {@link matchOtherSpellings}; of several with one NFC the first. */
export function putAside(spelt: SortedMap, prefix: string, object: ListedObject): boolean {
  const key = keyFromRelativePath(prefix, object.key.slice(prefix.length))
  if (key === object.key || spelt.has(key)) return false
  spelt.set(key, packObject(object))
  return true
}

function packObject({ key, sizeBytes, lastModified, eTag, storageClass }: ListedObject): string {
  return JSON.stringify([key, sizeBytes, lastModified?.getTime() ?? null, eTag, storageClass])
}

/** An object that was put aside. */
function unpackObject(packed: string): ListedObject {
  const [key, sizeBytes, lastModifiedMs, eTag, storageClass] = JSON.parse(packed) as [
    string,
    number,
    number | null,
    string | null,
    ListedObject['storageClass'],
  ]
  const lastModified = lastModifiedMs === null ? null : new Date(lastModifiedMs)
  return { key, sizeBytes, lastModified, eTag, storageClass }
}

/**
 * A remote key may be spelt in NFD, as some Macs uploaded it. If the folder has that name in NFC and the bucket does
 * not, the two are the same file, and the remote spelling stays, because pages link to it. The pairs that come of it have
 * to be compared once more: what had been found out of these files, as if they were new, is taken back.
 */
export function* matchOtherSpellings(
  spelt: SortedMap,
  found: {
    readonly collector: Pick<RowCollector, 'takeNew'>
    readonly unreadable: Pair[]
    readonly counts: { -readonly [Name in keyof SyncCounts]: number }
  },
): Generator<Pair> {
  const match = (file: LocalFile): Pair | null => {
    const packed = spelt.get(file.key)
    if (packed === undefined) return null
    spelt.delete(file.key)
    const object = unpackObject(packed)
    return { file: { ...file, key: object.key }, object }
  }
  const again = found.unreadable.flatMap((each) => {
    const pair = each.object === null ? match(each.file) : null
    return pair === null ? [] : [{ each, pair }]
  })
  for (const { each } of again) found.unreadable.splice(found.unreadable.indexOf(each), 1)
  for (const { row, facts } of found.collector.takeNew((key) => spelt.has(key))) {
    found.counts.upload--
    found.counts.bytes -= row.bytes
    const { path, identity, sentAs } = facts
    if (path === null || identity === null || row.path === null)
      throw new Error('A file of the plan has lost its facts.')
    const file = { key: row.key, name: row.path, path, identity, ...(sentAs === undefined ? {} : { sentAs }) }
    const pair = match(file)
    if (pair !== null) yield pair
  }
  for (const { pair } of again) yield pair
}

/** The objects that were put aside and that no file was found for. */
export function* unpackObjects(spelt: SortedMap): Generator<RemoteOnly> {
  for (const [, packed] of spelt) yield unpackObject(packed)
}

/** Keeps an object without a file, for {@link unpackRemote}. */
export function packRemote(packed: PackedPairs, { key, sizeBytes, eTag }: RemoteOnly): void {
  packed.append(key, JSON.stringify([sizeBytes, eTag]))
}

/** The objects without a file. */
export function* unpackRemote(packed: PackedPairs): Generator<RemoteOnly> {
  for (const [key, value] of packed) {
    const [sizeBytes, eTag] = JSON.parse(value) as [number, string | null]
    yield { key, sizeBytes, eTag }
  }
}
