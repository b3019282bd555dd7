import { lstat, realpath } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { type CopiedObject, updateHeaders } from '../s3/copy-object.ts'
import { bareETag, partsOfETag } from '../s3/e-tag.ts'
import { type FileIdentity, identityOf } from '../s3/local-source.ts'
import { type HeadedObject, headObject } from '../s3/head-object.ts'
import { type ObjectAcl, putObjectAcl } from '../s3/object-acl.ts'
import type { S3Session, ServerSpan } from '../s3/s3-session.ts'
import { multipartThresholdBytes, uploadFile } from '../s3/upload-file.ts'
import { type FileUploadOptions, knownSpans, type WrittenObject } from '../s3/written-object.ts'
import { md5Metadata } from './compare.ts'
import { isTooFresh } from './file-stamp.ts'
import type { FreshFiles } from './fresh-files.ts'
import type { KnownAcl } from './head-memory.ts'
import { diskReader } from './local-reader.ts'
import { aclOfRow, type PlanFacts } from './plan-facts.ts'
import type { RowFacts } from './row-facts.ts'

/** How a file is stored; a test can stand in between. */
export type Sending = (session: S3Session, options: FileUploadOptions) => Promise<WrittenObject>

/** What was stored: the ETag that the service answered, and the bytes that were sent. */
export interface StoredFacts {
  readonly eTag: string | null
  readonly sizeBytes: number
}

/** Where rows are applied to. */
export interface Target extends Pick<
  PlanFacts,
  'bucket' | 'aclsDisabled' | 'hashes' | 'heads' | 'compressor' | 'pairs' | 'aclMarks' | 'owned'
> {
  readonly signal: AbortSignal | undefined
  readonly fresh: FreshFiles
}

/** How to send, and who hears of it. */
export interface HowToSend {
  readonly sending: Sending | undefined
  readonly onProgress: (movedBytes: number) => void
}

/** A file that has been sent. */
export interface SentFile extends StoredFacts {
  readonly written: WrittenObject
}

/**
 * Stores a row's file, which has to be the one that was planned from the first byte to the last (S52). Answers what was
 * sent. Throws Failures: `local-changed`, `local-missing` and those of S3.
 */
export async function sendFile(
  session: S3Session,
  target: Target,
  row: SyncRow,
  facts: RowFacts,
  how: HowToSend,
): Promise<SentFile> {
  const { path, identity } = facts
  const acl = aclOfRow(target, facts)
  if (path === null || identity === null) throw new Error('A row without a file was to be sent.')
  const { signal } = target
  // Where the ETag will not tell the content, we keep beside the object what a later plan can compare with.
  const needsMd5 = identity.sizeBytes > multipartThresholdBytes || row.reason === 'unverified'
  const md5 = needsMd5
    ? (facts.md5 ??
      (await diskReader.hash({ key: row.key, name: row.key, path, identity }, { parts: null, signal })).md5)
    : null
  const readAtMs = Date.now()
  const written = await (how.sending ?? uploadFile)(session, {
    bucket: target.bucket,
    key: row.key,
    path,
    sizeBytes: identity.sizeBytes,
    identity,
    headers: facts.headers,
    acl: acl ?? undefined,
    ifMatch: seenETag(facts),
    metadata: md5 === null ? undefined : { [md5Metadata]: md5 },
    onProgress: how.onProgress,
    signal,
  })
  target.owned.wrote(row.key, written.eTag)
  const asRead = { ...written, md5: written.md5 ?? md5 }
  noteSent(target, row, identity, asRead, readAtMs)
  if (asRead.md5 !== null && row.path !== null && isTooFresh(identity, readAtMs))
    target.fresh.add({
      row: { ...row, path: row.path },
      path,
      identity,
      written: { ...written, md5: asRead.md5 },
    })
  noteStored(target, row.key, facts, {
    written,
    sizeBytes: identity.sizeBytes,
    metadata: md5 === null ? {} : { [md5Metadata]: md5 },
  })
  return { eTag: written.eTag, sizeBytes: identity.sizeBytes, written }
}

/** What is overwritten has to be the object that the plan has seen, where the service can tell. */
export function seenETag({ eTag, mayBeOurs }: RowFacts): string | undefined {
  return eTag === null || mayBeOurs === true ? undefined : eTag
}

/** Remembers what a file had in it when it was sent, so that the next plan need not read it. */
export function noteSent(
  { hashes, pairs }: Pick<Target, 'hashes' | 'pairs'>,
  row: SyncRow,
  identity: FileIdentity,
  written: Omit<WrittenObject, 'md5'> & { readonly md5: string | null },
  readAtMs: number,
): void {
  const { md5, eTag, verified } = written
  pairs?.sent(row.key, identity, written, readAtMs)
  if (hashes === null || md5 === null || row.path === null) return
  // Of an ETag that was not checked part by part we know only that the service said so.
  const parts = verified ? partsOfETag(eTag) : null
  const multipart = new Set(eTag === null || parts === null ? [] : [bareETag(eTag).toLowerCase()])
  hashes.note(row.path, identity, { md5, parts, multipart }, readAtMs)
}

/** Remembers how a file was stored, so that the next plan need not ask. */
export function noteStored(
  target: Pick<Target, 'heads' | 'aclsDisabled'>,
  key: string,
  facts: RowFacts,
  stored: {
    readonly written: WrittenObject
    readonly sizeBytes: number
    readonly metadata: Readonly<Record<string, string>>
  },
): void {
  const {
    contentType,
    cacheControl = null,
    contentEncoding = null,
    contentDisposition = null,
    contentLanguage = null,
  } = facts.headers
  // Without a content type the service chooses one.
  if (contentType === undefined) return
  const { eTag, serverSideEncryption, writtenIn } = stored.written
  target.heads?.noteWritten(
    key,
    {
      sizeBytes: stored.sizeBytes,
      eTag,
      contentType,
      cacheControl,
      contentEncoding,
      contentDisposition,
      contentLanguage,
      metadata: { ...stored.metadata },
      serverSideEncryption,
    },
    writtenIn,
    // Without the header an object is private, where ACLs count at all.
    target.aclsDisabled ? null : (aclOfRow(target, facts) ?? 'private'),
  )
}

/** Fixes a row's headers in place, if the object is still the one that was seen; answers its ETag. Throws Failures. */
export async function updateObjectHeaders(
  session: S3Session,
  target: Target,
  row: SyncRow,
  facts: RowFacts,
): Promise<CopiedObject> {
  const where = { bucket: target.bucket, key: row.key, ...(target.signal ? { signal: target.signal } : {}) }
  const copied = await updateHeaders(session, {
    ...where,
    // An encoding that is not wanted goes: the bytes do not have it.
    headers: { contentEncoding: null, ...facts.headers },
    expectedETag: facts.eTag ?? '',
  })
  target.owned.rewrote(row.key, facts.eTag, copied.eTag)
  // The copy could not keep an ACL that it could not read, and would have made a public file private.
  const lost = copied.acl === 'unknown' ? aclOfRow(target, facts) : null
  const acl = facts.aclChange === undefined ? lost : cannedAcl(facts.aclChange.to)
  const dated = acl === null ? [] : await setAcl(session, { ...where, acl })
  const known = acl ?? (target.aclsDisabled ? null : knownAcl(copied.acl))
  target.heads?.noteWritten(row.key, copied.head, [...copied.writtenIn, ...dated], known)
  return copied
}

/**
 * Changes who can read a row's object and nothing else, if the object is still the one that was seen; answers what HEAD
 * told of it. Throws Failures: `no-such-key`, `precondition-failed`, `acls-disabled` and those of S3.
 */
export async function updateObjectAcl(
  session: S3Session,
  target: Target,
  row: SyncRow,
  facts: RowFacts & { readonly aclChange: NonNullable<RowFacts['aclChange']> },
): Promise<HeadedObject> {
  const { key } = row
  const where = { bucket: target.bucket, key, ...(target.signal ? { signal: target.signal } : {}) }
  const head = await headObject(session, where)
  if (head === null) throw failure('no-such-key', 'The object does not exist (any more).', { key })
  if (bareETag(head.eTag ?? '') !== bareETag(facts.eTag ?? ''))
    throw failure(
      'precondition-failed',
      'The object was changed by somebody else; who can read it was left alone.',
      { key },
    )
  const acl = cannedAcl(facts.aclChange.to)
  // Should the answer get lost, it is not known what there is.
  target.heads?.noteAcl(key, null)
  // A sync of a folder above it or below it remembers the object as well. Where that cannot be told it is set all the same.
  await target.aclMarks.mark(key).catch(() => undefined)
  target.heads?.noteAcl(key, acl, await setAcl(session, { ...where, acl }))
  return head
}

/** Sets an ACL; answers when the service may have dated the object by that. */
async function setAcl(
  session: S3Session,
  options: Parameters<typeof putObjectAcl>[1],
): Promise<readonly ServerSpan[]> {
  const startedAt = Date.now()
  await putObjectAcl(session, options)
  return knownSpans(session.serverSpanSince(startedAt))
}

function cannedAcl(visibility: WantedVisibility): KnownAcl {
  return visibility === 'public' ? 'public-read' : 'private'
}

function knownAcl(acl: ObjectAcl): KnownAcl | null {
  return acl === 'private' || acl === 'public-read' ? acl : null
}

/**
 * Waits until a file that was being written has held still for a while and answers what it is now (F36). Throws
 * `local-changed` when it does not hold still, `local-missing` when it went away or is no file any more.
 */
export async function whenQuiet(
  facts: RowFacts,
  quietMs: number,
  signal: AbortSignal | undefined,
): Promise<FileIdentity> {
  if (facts.path === null) throw new Error('A row without a file was to be sent.')
  let before = await look(facts.path)
  for (let attempt = 0; attempt < 5; attempt++) {
    await sleep(quietMs, undefined, signal ? { signal } : {})
    const now = await look(facts.path)
    // In another folder or on another disk it is not the file that was planned (F37).
    if (facts.identity !== null && now.dev !== facts.identity.dev) break
    if (now.mtimeNs === before.mtimeNs && now.sizeBytes === before.sizeBytes && now.ino === before.ino)
      return now
    before = now
  }
  throw failure(
    'local-changed',
    'The file keeps changing. It was not sent; sync again when it is finished.',
    {
      retryable: true,
    },
  )
}

async function look(path: string): Promise<FileIdentity> {
  // The planned path has no link in it. Looked at before and after, because a folder on the way could be replaced by a
  // link to somewhere else, whose files nobody asked to publish (F37).
  const direct = await isDirect(path)
  const stats = await lstat(path, { bigint: true }).catch(() => null)
  if (!direct || stats === null || !stats.isFile() || !(await isDirect(path)))
    throw failure('local-missing', 'The file went away, or is not a file any more. It was not sent.')
  return identityOf(stats)
}

async function isDirect(path: string): Promise<boolean> {
  return (await realpath(path).catch(() => null)) === path
}
