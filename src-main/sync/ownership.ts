import type { AppError } from '../../src-preload/contract/app-error.ts'
import { bareETag } from '../s3/e-tag.ts'
import { toFailure } from '../s3/map-error.ts'
import type { S3Session } from '../s3/s3-session.ts'
import {
  createManifestChanges,
  type FoundManifest,
  readBucketManifest,
  sweepManifests,
  writeBucketManifest,
} from './bucket-manifest.ts'
import { manifestName } from './own-keys.ts'
import { openOwnershipRecord, type SyncPlace } from './ownership-record.ts'

/** Whose an object is: ours, ours until somebody else overwrote it, or never ours. */
export type Owner = 'ours' | 'changed' | 'other'

/** What the syncs to one place have put there, and what this one adds to it. */
export interface Ownership {
  /** Whose the object with this ETag is. An object whose ETag is not known is not ours. */
  ownerOf(key: string, eTag: string | null): Owner
  /** True when nothing is known of earlier syncs to this place. */
  readonly isNew: boolean
  /** What a person has to be told before applying. */
  readonly notices: readonly string[]
  /** Hears of each object of the place's listing. */
  listed(key: string, eTag: string | null): void
  /**
   * The listing was complete: what it did not have was removed otherwise and is forgotten at the next save, and what the
   * one record knows to be ours and the other does not is brought into the other.
   */
  listedAll(): void
  /** Notes what this sync has written: the ETag that the service told; null when that is not known. */
  wrote(key: string, eTag: string | null): void
  /** Notes an object that was rewritten in place, whose headers are ours now: it is ours if it was. */
  rewrote(key: string, seenETag: string | null, eTag: string | null): void
  /** Notes an object that this sync has removed. */
  removed(key: string): void
  /** Writes what was noted to this computer; false when that failed, which loses ownership and nothing else. */
  save(): Promise<boolean>
  /** Whether there is something to publish. */
  readonly isToPublish: boolean
  /** Writes what was noted to the bucket, where that is asked for and possible. Throws Failures. */
  publish(session: S3Session, signal?: AbortSignal): Promise<void>
}

/**
 * Opens what is known of a place. Without a directory this computer keeps no record; with `inBucket` there is a manifest
 * in the bucket as well, which is read through its session. Throws the Failures of S3, if the bucket is asked.
 */
export async function openOwnership(
  directory: string | undefined,
  place: SyncPlace,
  inBucket: {
    readonly session: S3Session
    readonly signal?: AbortSignal
    /** A manifest that is not there yet is not begun. */
    readonly onlyIfThere?: boolean
  } | null = null,
): Promise<Ownership> {
  const { bucket, prefix } = place
  const where = (signal: AbortSignal | undefined) => ({
    bucket,
    prefix,
    ...(directory === undefined ? {} : { directory }),
    ...(signal ? { signal } : {}),
  })
  const [record, read] = await Promise.all([
    directory === undefined ? null : openOwnershipRecord(directory, place),
    inBucket === null ? null : readBucketManifest(inBucket.session, where(inBucket.signal)),
    directory === undefined || inBucket === null ? null : sweepManifests(directory),
  ])
  const isMissing = read?.kind === 'good' && read.eTag === null
  const manifest = isMissing && inBucket?.onlyIfThere === true ? null : read
  const known = [
    ...(record === null ? [] : [record.entries]),
    ...(manifest?.kind === 'good' ? [manifest.entries] : []),
  ]
  for (const entries of known) entries.unmark()
  const ownerOf = (key: string, eTag: string | null): Owner => {
    const written = known.flatMap((entries) => entries.get(key) ?? [])
    if (eTag !== null && written.includes(bareETag(eTag))) return 'ours'
    return written.length > 0 ? 'changed' : 'other'
  }
  /** Whether what the record knows and the listing did not have is to be forgotten. */
  let forgets = false
  const changes = createManifestChanges(directory)
  /** What the listing has shown the one record to know and the other not; they count once it was complete. */
  const adopted = createManifestChanges(directory)
  const note = (key: string, eTag: string | null) => {
    record?.entries.mark(key)
    record?.note(key, eTag)
    // What we have written or removed is so, whatever the manifest says by now.
    if (manifest !== null) changes.set(key, null, eTag === null ? null : bareETag(eTag))
  }
  return {
    ownerOf,
    isNew: (record?.isNew ?? true) && !(manifest?.kind === 'good' && manifest.eTag !== null),
    notices: [...(record?.notice == null ? [] : [record.notice]), ...noticesOf(manifest, prefix)],
    listed(key, eTag) {
      for (let each = 0; each < known.length; each++) known[each]?.mark(key)
      if (eTag === null || manifest?.kind !== 'good') return
      const bare = bareETag(eTag)
      if (record?.entries.get(key) !== bare) return
      const was = manifest.entries.get(key) ?? null
      if (was !== bare) adopted.set(key, was, bare)
    },
    listedAll() {
      forgets = true
      for (const change of adopted.entries()) changes.set(...change)
      adopted.clear()
      if (manifest?.kind !== 'good') return
      for (const key of manifest.entries.unmarked()) changes.set(key, manifest.entries.get(key) ?? null, null)
    },
    wrote: note,
    rewrote(key, seenETag, eTag) {
      if (ownerOf(key, seenETag) === 'ours') note(key, eTag)
    },
    removed: (key) => note(key, null),
    async save() {
      let isWhole = true
      try {
        if (forgets && record !== null) for (const key of record.entries.unmarked()) record.note(key, null)
      } catch {
        // They are forgotten next time; what was written has to be noted all the same.
        isWhole = false
      }
      forgets = false
      return ((await record?.save()) ?? true) && isWhole
    },
    get isToPublish() {
      return manifest?.kind === 'good' && changes.isAny
    },
    async publish(to, signal) {
      if (manifest?.kind !== 'good' || !changes.isAny) return
      await writeBucketManifest(to, where(signal), manifest, changes)
      changes.clear()
    },
  }
}

/**
 * Publishes after a run, also when it was cancelled (then within `patienceMs`, because a person waits) or something
 * failed; not when the service refuses everything. That it could not be written is a failure of its own, noted among
 * `failed`: other computers go on with the old list.
 */
export async function publishAfter(
  run: {
    readonly session: S3Session
    readonly owned: Pick<Ownership, 'publish'>
    readonly prefix: string
    readonly stopped: 'cancelled' | 'hopeless' | null
    readonly failed: AppError[]
    readonly signal: AbortSignal | undefined
  },
  patienceMs: number,
): Promise<void> {
  if (run.stopped === 'hopeless') return
  const isCancelled = run.stopped === 'cancelled'
  try {
    await run.owned.publish(run.session, isCancelled ? AbortSignal.timeout(patienceMs) : run.signal)
  } catch (error) {
    const key = run.prefix + manifestName
    if (!isCancelled) run.failed.push({ ...toFailure(error, { key }).error, key })
  }
}

function noticesOf(manifest: FoundManifest | null, prefix: string): string[] {
  if (manifest?.kind !== 'unusable') return []
  const key = `“${prefix}${manifestName}”`
  return [
    `The list in the bucket of what syncs have put there, ${key}, ${manifest.why}. It counts for nothing and is left as it is; where it is damaged, remove it and the next sync makes a new one.`,
  ]
}
