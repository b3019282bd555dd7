import { bareETag, md5OfETag } from '../s3/e-tag.ts'
import type { SourceHashes } from '../s3/e-tag.ts'
import type { SyncAction, SyncReason } from '../../src-preload/contract/sync-plan.ts'

/** What is known about one key. Facts that a row of the table does not need may be left out. */
export interface Facts {
  readonly local: 'file' | 'none'
  readonly remote: 'object' | 'marker' | 'none'
  readonly size?: 'same' | 'differs'
  /** `unverified`: the bucket tells nothing that the content could be compared with. */
  readonly content?: 'same' | 'differs' | 'unverified'
  readonly headers?: 'same' | 'differ'
  /**
   * Whose a remote key is: `ours` was put there by this place's syncs and is what they wrote, `changed` was overwritten by
   * somebody else since, `other` was never theirs.
   */
  readonly owner?: 'ours' | 'changed' | 'other'
  /** Why a remote key without a file must stay although removal was asked for. */
  readonly protection?: SyncReason | null
  readonly removeRemoteOnly?: boolean
  /** Whether removing was asked for also of what is not ours. */
  readonly removeForeign?: boolean
}

/** What is done with a key, and why. */
export interface Decision {
  readonly action: SyncAction
  readonly reason: SyncReason
}

/** What is decided of nearly every file. */
const same: Decision = Object.freeze({ action: 'skip', reason: 'same' })

/**
 * The truth table of sync. A fact that is written `-` does not matter.
 *
 * | local | remote | size    | content    | headers | owner   | protect  | remove | foreign | action         | reason            |
 * |-------|--------|---------|------------|---------|---------|----------|--------|---------|----------------|-------------------|
 * | file  | none   | -       | -          | -       | -       | -        | -      | -       | upload         | new               |
 * | file  | object | differs | -          | -       | -       | -        | -      | -       | upload         | size-differs      |
 * | file  | object | same    | differs    | -       | -       | -        | -      | -       | upload         | content-differs   |
 * | file  | object | same    | unverified | -       | -       | -        | -      | -       | upload         | unverified        |
 * | file  | object | same    | same       | differ  | -       | -        | -      | -       | update-headers | header-differs    |
 * | file  | object | same    | same       | same    | -       | -        | -      | -       | skip           | same              |
 * | none  | marker | -       | -          | -       | -       | -        | -      | -       | foreign        | folder-marker     |
 * | none  | object | -       | -          | -       | ours    | a reason | -      | -       | skip           | that reason       |
 * | none  | object | -       | -          | -       | ours    | none     | no     | -       | skip           | remote-only       |
 * | none  | object | -       | -          | -       | ours    | none     | yes    | -       | delete         | remote-only       |
 * | none  | object | -       | -          | -       | changed | a reason | -      | -       | foreign        | that reason       |
 * | none  | object | -       | -          | -       | changed | none     | no     | -       | foreign        | changed-by-others |
 * | none  | object | -       | -          | -       | changed | none     | yes    | no      | foreign        | changed-by-others |
 * | none  | object | -       | -          | -       | changed | none     | yes    | yes     | delete         | changed-by-others |
 * | none  | object | -       | -          | -       | other   | a reason | -      | -       | foreign        | that reason       |
 * | none  | object | -       | -          | -       | other   | none     | no     | -       | foreign        | not-ours          |
 * | none  | object | -       | -          | -       | other   | none     | yes    | no      | foreign        | not-ours          |
 * | none  | object | -       | -          | -       | other   | none     | yes    | yes     | delete         | not-ours          |
 *
 * A file's key never ends in `/`, so a marker never meets a file. Neither does a key with neither side come here. What was
 * not established to be ours is not.
 */
export function decide(facts: Facts): Decision {
  if (facts.local === 'file') {
    if (facts.remote === 'none') return { action: 'upload', reason: 'new' }
    if (facts.size !== 'same') return { action: 'upload', reason: 'size-differs' }
    if (facts.content === 'differs') return { action: 'upload', reason: 'content-differs' }
    // Whatever was not established as the same is sent: the other way round an edit would be lost.
    if (facts.content !== 'same') return { action: 'upload', reason: 'unverified' }
    if (facts.headers === 'differ') return { action: 'update-headers', reason: 'header-differs' }
    return same
  }
  if (facts.remote === 'marker') return { action: 'foreign', reason: 'folder-marker' }
  const isOurs = facts.owner === 'ours'
  if (facts.protection != null) return { action: isOurs ? 'skip' : 'foreign', reason: facts.protection }
  const reason = isOurs ? 'remote-only' : facts.owner === 'changed' ? 'changed-by-others' : 'not-ours'
  // Removing what is not ours is more than removing, never something else.
  const remove = facts.removeRemoteOnly === true && (isOurs || facts.removeForeign === true)
  return { action: remove ? 'delete' : isOurs ? 'skip' : 'foreign', reason }
}

/** What a listing and a HEAD tell about an object's content; null for what is not known. */
export interface RemoteDigests {
  readonly eTag: string | null
  /** True when the encryption makes the ETag something else than a digest of the content (SSE-KMS, SSE-C). */
  readonly eTagIsOpaque: boolean
  /** Our own `x-amz-meta-pail-md5`. */
  readonly ownMd5: string | null
}

/**
 * Compares content. An ETag is the MD5 of a single upload unless encryption says otherwise. That of parts (`-N`) can
 * only prove sameness, because the size of the parts is a guess; where it does not, the MD5 that we kept beside the
 * object tells.
 */
export function compareContent(
  local: SourceHashes,
  remote: RemoteDigests,
): 'same' | 'differs' | 'unverified' {
  const eTag = remote.eTagIsOpaque ? null : remote.eTag
  const md5 = md5OfETag(eTag) ?? md5OfETag(remote.ownMd5)
  if (md5 !== null) return md5 === local.md5 ? 'same' : 'differs'
  return eTag !== null && local.multipart.has(bareETag(eTag).toLowerCase()) ? 'same' : 'unverified'
}
