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
  /** Why a remote key without a file must stay although removal was asked for. */
  readonly protection?: SyncReason | null
  readonly removeRemoteOnly?: boolean
}

/** What is done with a key, and why. */
export interface Decision {
  readonly action: SyncAction
  readonly reason: SyncReason
}

/**
 * The truth table of sync. A fact that is written `-` does not matter.
 *
 * | local | remote | size    | content    | headers | protection | remove | action         | reason         |
 * |-------|--------|---------|------------|---------|------------|--------|----------------|----------------|
 * | file  | none   | -       | -          | -       | -          | -      | upload         | new            |
 * | file  | object | differs | -          | -       | -          | -      | upload         | size-differs   |
 * | file  | object | same    | differs    | -       | -          | -      | upload         | content-differs|
 * | file  | object | same    | unverified | -       | -          | -      | upload         | unverified     |
 * | file  | object | same    | same       | differ  | -          | -      | update-headers | header-differs |
 * | file  | object | same    | same       | same    | -          | -      | skip           | same           |
 * | none  | marker | -       | -          | -       | -          | -      | remote-only    | folder-marker  |
 * | none  | object | -       | -          | -       | a reason   | -      | remote-only    | that reason    |
 * | none  | object | -       | -          | -       | none       | no     | remote-only    | remote-only    |
 * | none  | object | -       | -          | -       | none       | yes    | delete         | remote-only    |
 *
 * A file's key never ends in `/`, so a marker never meets a file. Neither does a key with neither side come here.
 */
export function decide(facts: Facts): Decision {
  if (facts.local === 'file') {
    if (facts.remote === 'none') return { action: 'upload', reason: 'new' }
    if (facts.size !== 'same') return { action: 'upload', reason: 'size-differs' }
    if (facts.content === 'differs') return { action: 'upload', reason: 'content-differs' }
    // Whatever was not established as the same is sent: the other way round an edit would be lost.
    if (facts.content !== 'same') return { action: 'upload', reason: 'unverified' }
    if (facts.headers === 'differ') return { action: 'update-headers', reason: 'header-differs' }
    return { action: 'skip', reason: 'same' }
  }
  if (facts.remote === 'marker') return { action: 'remote-only', reason: 'folder-marker' }
  if (facts.protection != null) return { action: 'remote-only', reason: facts.protection }
  if (facts.removeRemoteOnly === true) return { action: 'delete', reason: 'remote-only' }
  return { action: 'remote-only', reason: 'remote-only' }
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
