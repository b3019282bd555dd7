import type { SyncOptions, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import { decide } from './decide.ts'
import { counted } from './delete-limit.ts'
import type { Excludes, LocalProblem } from './local-file.ts'
import type { Ownership } from './ownership.ts'
import { stopsDeletes } from './plan-facts.ts'
import { asksToCompress } from './precompress.ts'
import { protections } from './protections.ts'

/** What has to be known of an object that only the bucket has. */
export type RemoteOnly = Pick<ListedObject, 'key' | 'sizeBytes' | 'eTag'>

/**
 * Decides the keys that only the bucket has: whose they are, what protects them, and whether they were asked to go. Each
 * row is told with the ETag that was seen. Answers why removals that would have been planned were not; null when none was
 * given up.
 */
export function decideRemote(
  asked: {
    readonly prefix: string
    readonly options: Pick<SyncOptions, 'removeRemoteOnly' | 'removeForeign' | 'rules'>
  },
  remoteOnly: Iterable<RemoteOnly>,
  known: {
    readonly problems: readonly LocalProblem[]
    readonly excludes: Excludes
    readonly owned: Pick<Ownership, 'ownerOf'>
  },
  tell: (row: SyncRow, eTag: string | null) => void,
): string | null {
  const { problems, excludes, owned } = known
  const { removeRemoteOnly, removeForeign } = asked.options
  const protection = protections(asked.prefix, problems, excludes, asksToCompress(asked.options.rules))
  const unclear = problems.filter(({ reason }) => stopsDeletes.has(reason)).length
  let givenUp = 0
  for (const object of remoteOnly) {
    const found = protection(object.key)
    // The row that blocks the file stands for its object, too.
    if (found.coveredByRow) continue
    const facts = {
      local: 'none',
      remote: isMarker(object) ? 'marker' : 'object',
      owner: owned.ownerOf(object.key, object.eTag),
      // Without an ETag there is no telling later whether it is still the object that was seen.
      protection: found.reason ?? (object.eTag === null ? 'unverified' : null),
      removeForeign,
    } as const
    const wanted = decide({ ...facts, removeRemoteOnly })
    const decision = unclear === 0 ? wanted : decide({ ...facts, removeRemoteOnly: false })
    if (wanted.action === 'delete' && unclear > 0) givenUp++
    tell({ key: object.key, path: null, ...decision, bytes: object.sizeBytes, headers: [] }, object.eTag)
  }
  return givenUp === 0
    ? null
    : `${counted(unclear, 'file or folder', 'files or folders')} could not be read, so ${counted(givenUp)} that the folder seems not to have ${givenUp === 1 ? 'is' : 'are'} kept. Nothing is removed.`
}

/** Whether an object is a folder marker: empty, its key with a slash at the end. */
export function isMarker(object: Pick<ListedObject, 'key' | 'sizeBytes'>): boolean {
  return object.key.endsWith('/') && object.sizeBytes === 0
}

/** Whether a row's object stays although removing was asked for, because the syncs did not put it there. */
export function isStaying({ action, reason }: SyncRow): boolean {
  return action === 'foreign' && (reason === 'not-ours' || reason === 'changed-by-others')
}
